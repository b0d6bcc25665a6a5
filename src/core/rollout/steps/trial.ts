import { ON, type StepKind } from './step.ts'

/** A batch job on a fixed input: the new deployment's output must be the default one's, within tolerance. */
export const trial: StepKind<'trial'> = {
  phase: 'verifying',
  isTimed: false,
  go(_, { candidate, trials, now }) {
    const answer = trials.get(candidate.slot)
    if (answer === undefined)
      return { go: 'wait', reason: 'TrialRuns', message: 'The trial job is to be started.' }
    if (answer.is === 'same') return ON
    if (answer.is === 'different')
      return { go: 'fail', reason: 'TrialDiffers', message: answer.message }
    const reason = answer.is === 'running' ? 'TrialRuns' : 'CannotTry'
    return { go: 'wait', reason, message: answer.message, until: now + LOOK_AGAIN_MS }
  },
}

const LOOK_AGAIN_MS = 10_000
