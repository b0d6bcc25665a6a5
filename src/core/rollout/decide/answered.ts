import type { Intent, IntentAnswer } from '../../model/rollout.ts'
import { isUnderWay } from '../record.ts'
import type { RolloutDecision } from './decision.ts'
import { isSettling } from './moving.ts'
import type { RolloutInput } from './rollout-input.ts'

/** Every intent gets an answer. `promote` is taken up by the step that waits: it is accepted when that moved something. */
export function answered(
  input: RolloutInput,
  decision: RolloutDecision,
  refused: readonly IntentAnswer[],
  taken: Intent | undefined,
): RolloutDecision {
  const accepted = (intent: Intent): IntentAnswer => ({
    intent,
    result: 'accepted',
    message: decision.message,
  })
  const given = new Map(
    [...refused, ...(taken === undefined ? [] : [accepted(taken)])].map((one) => [
      one.intent.id,
      one,
    ]),
  )
  const answers = input.intents.map((intent): IntentAnswer => {
    const known = given.get(intent.id)
    if (known?.result === 'refused') return unrefused(intent, input) ?? known
    if (known !== undefined) return known
    if (taken !== undefined && comesAfter(intent, taken, input.intents))
      return {
        intent,
        result: 'pending',
        message: `${taken.verb}, which was said before it, comes first.`,
      }
    return intent.verb === 'promote'
      ? { intent, ...promotedBy(input, decision) }
      : { intent, ...refusal(decision) }
  })
  return { ...decision, answers }
}

/** What a row refuses may have been done before, or wait for a stable deployment that is made again to go back to. */
function unrefused(intent: Intent, input: RolloutInput): IntentAnswer | undefined {
  if (isCarriedOut(intent, input))
    return { intent, result: 'accepted', message: 'It was carried out before.' }
  const { record, isRemade } = input
  const takesBack = intent.verb === 'abort' || intent.verb === 'undo'
  if (!takesBack || !isUnderWay(record) || !isRemade) return undefined
  const message = `It is carried out when ${record.stable.slot} is up again. A newer commit, or \`rollout promote\`, leads on without it.`
  return { intent, result: 'pending', message }
}

/** One word a turn: what is said later applies to what that leaves behind. */
function comesAfter(intent: Intent, taken: Intent, intents: RolloutInput['intents']): boolean {
  return intents.indexOf(intent) > intents.indexOf(taken)
}

/**
 * Whether a wait was ended by it. The wait may not have begun while a write or the candidate is on its way, and what comes
 * behind it may still hold the road: until then it is said again.
 */
function promotedBy(
  input: RolloutInput,
  decision: RolloutDecision,
): Pick<IntentAnswer, 'result' | 'message'> {
  const { record } = input
  const { transition, step, message } = decision
  if (FORWARD.some((one) => one === transition?.result)) return { result: 'accepted', message }
  const isMoving = isUnderWay(record)
  if (transition !== undefined || !isMoving || record.isPaused) return refusal(decision)
  const isPassed = record.phase === 'progressing' && step > record.step
  return isPassed || isSettling(input, record) ? { result: 'pending', message } : refusal(decision)
}

/** Said before the record came to say so: its answer was lost, and it is said again. */
function isCarriedOut({ verb, at }: Intent, { record }: RolloutInput): boolean {
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

function refusal({ message }: RolloutDecision): Pick<IntentAnswer, 'result' | 'message'> {
  return { result: 'refused', message: `It does not apply now: ${message}` }
}

const FORWARD = ['step', 'started', 'promoted', 'fast_promoted', 'adopted'] as const
