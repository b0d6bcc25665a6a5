import { z } from 'zod'
import { decimal, text } from '../../kinds/fields/fields.ts'
import { ON, type StepKind } from './step.ts'

const said = z
  .strictObject({
    input: text(512, (value) =>
      /^azureml:[\w.-]{1,255}:[\w.-]{1,255}$/.test(value)
        ? undefined
        : 'must be a registered data asset, azureml:name:version',
    ).describe('A registered data asset, `azureml:name:version`.'),
    tolerance: decimal(0, 1_000_000)
      .optional()
      .describe('Largest difference of two numbers that are equal. Default 0.000001.'),
    mismatches: decimal(0, 1).optional().describe('Share of rows that may differ. Default 0.'),
  })
  .describe(
    'A batch job on a fixed input, compared with what the default deployment makes of it. Where one of them is `summary_only`, which writes no rows, or the jobs of the default deployment fail twice in a row, it is enough that the job of the new one completes.',
  )

/** A batch job on a fixed input: the new deployment's output must be the default one's, within tolerance. */
export const trial: StepKind<'trial', z.output<typeof said>> = {
  schema: said,
  read: ({ input, tolerance = 1e-6, mismatches = 0 }) => ({
    type: 'trial',
    trial: { input, tolerance, mismatches },
  }),
  phase: 'verifying',
  isTimed: false,
  go(_, { candidate, trials, intents, now }) {
    const answer = trials.get(candidate.slot)
    // It is never entered, so that whoever says promote means the wait for it: what it finds would have ended that.
    if (intents.some(({ verb }) => verb === 'promote')) return ON
    if (answer === undefined)
      return { go: 'wait', reason: 'TrialRuns', message: 'The trial job is to be started.' }
    if (answer.is === 'same') return ON
    if (answer.is === 'different')
      return { go: 'fail', reason: 'TrialDiffers', message: answer.message }
    const reason = answer.is === 'running' ? 'TrialRuns' : 'CannotTry'
    const { message } = answer
    const how = answer.is === 'problem' ? ' `verdigris rollout promote` goes on without it.' : ''
    return { go: 'wait', reason, message: `${message}${how}`, until: now + LOOK_AGAIN_MS }
  },
}

const LOOK_AGAIN_MS = 10_000
