import type { About, Intent, IntentAnswer } from '../../model/rollout.ts'
import { isUnderWay } from '../record.ts'
import type { RolloutInput } from './rollout-input.ts'

/**
 * What an operator says is meant for the rollout that he saw (INVARIANTS S31): a word that waits is bound to the revision,
 * to that very rollout of it and, where it ends a wait, to the step.
 */

/** What is there now. */
type Standing = Pick<RolloutInput, 'record' | 'wanted'>

/** The revision that a lever is about now; without a record an abort is about whatever serves. */
function revisionMeant({ record, wanted }: Standing, verb: Intent['verb']): string | undefined {
  if (record === undefined) return verb === 'abort' ? undefined : wanted.rev
  if (record.phase === 'stable') return verb === 'undo' ? record.stable.rev : wanted.rev
  // What was aborted is not what begins again once Git wants something else.
  const isOfGit = verb === 'retry' && wanted.slot !== ''
  return isOfGit ? wanted.rev : (record.candidate?.rev ?? wanted.rev)
}

/** The word, bound to what it is about where it is not yet. */
export function bound(intent: Intent, standing: Standing): Intent {
  const { record } = standing
  const rollout = record !== undefined && record.beganMs > 0 ? { beganAt: record.beganMs } : {}
  const step = isUnderWay(record) && intent.verb === 'promote' ? { step: record.step } : {}
  const revision = revisionMeant(standing, intent.verb)
  const seen: About = { ...(revision === undefined ? {} : { revision }), ...rollout, ...step }
  return { ...intent, about: { ...seen, ...intent.about } }
}

/** The answer to a word that is about something else than what is there now; undefined = it is meant. */
export function misdirected(intent: Intent, standing: Standing): IntentAnswer | undefined {
  const { about, verb } = intent
  if (about === undefined) return undefined
  if (verb === 'promote' && isDone(about, standing))
    return { intent, result: 'accepted', message: 'It has gone on from there.' }
  const { beganAt } = about
  const now = revisionMeant(standing, verb)
  const { revision = now } = about
  const isOther = now !== undefined && revision !== now
  const beganMs = standing.record?.beganMs ?? 0
  const isAnew = beganAt !== undefined && beganMs > 0 && beganMs !== beganAt
  if (!isOther && !isAnew) return undefined
  const what = isOther ? `revision ${now} stands there now` : 'it has begun anew since'
  const message = `It was said of revision ${revision}, and ${what}. Look at \`verdigris rollout status\`, and say it again if it is meant for that.`
  return { intent, result: 'refused', message }
}

/** The wait that it was to end is over: its write had arrived though its answer was lost, or somebody else ended it. */
function isDone({ revision, beganAt, step }: About, { record }: Standing): boolean {
  if (record === undefined || beganAt === undefined || step === undefined) return false
  if (record.phase === 'stable') return record.stable.rev === revision
  return isUnderWay(record) && record.beganMs === beganAt && record.step > step
}
