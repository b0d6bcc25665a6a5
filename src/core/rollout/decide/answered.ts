import type { Intent, IntentAnswer } from '../../model/rollout.ts'
import { isUnderWay } from '../record.ts'
import { isSettling } from './moving.ts'
import type { Progress } from './progress.ts'
import type { Situation } from './situation.ts'

/** Every intent gets an answer. `promote` is taken up by the step that waits: it is accepted when that moved something. */
export function answered(
  situation: Situation,
  progress: Progress,
  refused: readonly IntentAnswer[],
  taken: Intent | undefined,
): Progress {
  const accepted = (intent: Intent): IntentAnswer => ({
    intent,
    result: 'accepted',
    message: progress.message,
  })
  const given = new Map(
    [...refused, ...(taken === undefined ? [] : [accepted(taken)])].map((one) => [
      one.intent.id,
      one,
    ]),
  )
  const answers = situation.intents.map((intent): IntentAnswer => {
    const known = given.get(intent.id)
    if (known?.result === 'refused') return unrefused(intent, situation) ?? known
    if (known !== undefined) return known
    if (taken !== undefined && comesAfter(intent, taken, situation.intents))
      return {
        intent,
        result: 'pending',
        message: `${taken.verb}, which was said before it, comes first.`,
      }
    return intent.verb === 'promote'
      ? { intent, ...promotedBy(situation, progress) }
      : { intent, ...refusal(progress) }
  })
  return { ...progress, answers }
}

/** What a row refuses may have been done before, or wait for a stable deployment that is made again to go back to. */
function unrefused(intent: Intent, situation: Situation): IntentAnswer | undefined {
  if (isCarriedOut(intent, situation))
    return { intent, result: 'accepted', message: 'It was carried out before.' }
  const { record, isRemade } = situation
  const takesBack = intent.verb === 'abort' || intent.verb === 'undo'
  if (!takesBack || !isUnderWay(record) || !isRemade) return undefined
  const message = `It is carried out when ${record.stable.slot} is up again. A newer commit, or \`rollout promote\`, leads on without it.`
  return { intent, result: 'pending', message }
}

/** One word a turn: what is said later applies to what that leaves behind. */
function comesAfter(intent: Intent, taken: Intent, intents: Situation['intents']): boolean {
  return intents.indexOf(intent) > intents.indexOf(taken)
}

/**
 * Whether a wait was ended by it. The wait may not have begun while a write or the candidate is on its way, and what comes
 * behind it may still hold the road: until then it is said again.
 */
function promotedBy(
  situation: Situation,
  progress: Progress,
): Pick<IntentAnswer, 'result' | 'message'> {
  const { record } = situation
  const { turn, step, message } = progress
  if (FORWARD.some((one) => one === turn?.result)) return { result: 'accepted', message }
  const isMoving = isUnderWay(record)
  if (turn !== undefined || !isMoving || record.isPaused) return refusal(progress)
  const isPassed = record.phase === 'progressing' && step > record.step
  return isPassed || isSettling(situation, record)
    ? { result: 'pending', message }
    : refusal(progress)
}

/** Said before the record came to say so: its answer was lost, and it is said again. */
function isCarriedOut({ verb, at }: Intent, { record }: Situation): boolean {
  if (record === undefined || record.sinceMs < at) return false
  switch (verb) {
    case 'retry':
      return record.phase !== 'aborted'
    case 'abort':
      return record.phase === 'aborted'
    case 'pause':
      return record.isPaused
    case 'resume':
      return !record.isPaused
    default:
      return false
  }
}

function refusal({ message }: Progress): Pick<IntentAnswer, 'result' | 'message'> {
  return { result: 'refused', message: `It does not apply now: ${message}` }
}

const FORWARD = ['step', 'started', 'promoted', 'fast_promoted', 'adopted'] as const
