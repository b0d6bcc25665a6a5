import { isObject } from '../../../../src/core/model/values/json.ts'
import type { TraceEvent } from '../../trace.ts'
import type { CallEvent } from '../call.ts'
import { roadOf } from '../git.ts'
import type { History } from '../history.ts'
import { type Invariant, NOTHING } from '../invariant.ts'
import { isPromotion, risesOf, type Shift, saidSince, shiftIn } from '../shift.ts'
import { isMeasurement } from './reactions.ts'
import { isStableDown } from './steps.ts'

/** S21, S29: no step forward without a number that is one. */
export const JUDGING: readonly Invariant[] = [
  {
    id: 'S21',
    title: 'Numbers that are missing or no numbers never let a rollout go on',
    observe: (history, event) => stepsInTheDark(history, event, 'S21'),
  },
  {
    id: 'S29',
    title: 'Without an answer of the provider no step is made',
    observe: (history, event) => stepsInTheDark(history, event, 'S29'),
  },
]

interface Asked {
  readonly tick: number
  readonly calls: CallEvent[]
}

function stepsInTheDark(history: History, event: TraceEvent, id: 'S21' | 'S29'): readonly string[] {
  const asked = history.memo(id, () => new Map<string, Asked>())
  if (event.type === 'crash') asked.delete(event.controller)
  if (event.type === 'call' && isMeasurement(event)) noteQuestion(asked, event)
  const shift = shiftIn(history, event)
  if (shift === undefined || !goesOn(history, shift)) return NOTHING
  const { controller, tick } = shift.call
  const known = asked.get(controller)
  const found = known?.tick === tick ? known.calls.map(answerIn) : []
  // A step that was decided by numbers, and whose write failed, is sent again: that is no other step.
  const decided = history.memo(`${id} decided`, () => new Set<string>())
  const step = `${shift.endpoint} ${JSON.stringify(shift.recordAfter)}`
  if (found.includes('data')) decided.add(step)
  if (decided.has(step)) return NOTHING
  if ((found.includes('noNumber') ? 'S21' : 'S29') !== id) return NOTHING
  const how = found.length === 0 ? 'nobody asked' : 'there were no numbers'
  return [`${shift.endpoint} goes on with its rollout, and ${how} in this tick`]
}

function noteQuestion(asked: Map<string, Asked>, event: CallEvent): void {
  const known = asked.get(event.controller)
  const calls = known?.tick === event.tick ? known.calls : []
  asked.set(event.controller, { tick: event.tick, calls: [...calls, event] })
}

/** More traffic for a judged candidate that has some already, or the end of its bake. */
function goesOn(history: History, shift: Shift): boolean {
  const { climb } = history.lineages.of(shift.endpoint)
  if (climb === undefined || climb.reached.size === 0 || !isJudgedRoad(history, shift)) return false
  // A person may say that it goes on; and where stable is down, nothing is better than all that is left.
  if (saidSince(history, 'promote', shift.endpoint, climb.startedAt)) return false
  return !isStableDown(shift) && (isPromotion(shift) || isHigher(history, shift))
}

function isJudgedRoad(history: History, { call, endpoint }: Shift): boolean {
  const commits = history.commitsInForce(call.application)
  return commits.every((commit) => roadOf(commit, endpoint)?.isJudged === true)
}

function isHigher(history: History, shift: Shift): boolean {
  const { endpoint, recordAfter, after } = shift
  const { climb, proven } = history.lineages.of(endpoint)
  const candidate = recordAfter?.candidate
  const isMoving = recordAfter?.phase === 'progressing' || recordAfter?.phase === 'baking'
  if (candidate === undefined || climb === undefined || !isMoving) return false
  if (proven.has(candidate.rev) || !climb.key.startsWith(candidate.rev)) return false
  const highest = Math.max(...climb.reached.keys())
  return (after[candidate.slot] ?? 0) > highest && risesOf(shift).includes(candidate.slot)
}

function answerIn({ seenStatus, seenBody }: CallEvent): 'data' | 'noNumber' | 'none' {
  if (seenStatus !== 200) return 'none'
  const { deployments } = isObject(seenBody) ? seenBody : {}
  // Other providers have other shapes: an answer counts as one.
  if (!isObject(deployments)) return 'data'
  const counts = Object.values(deployments).flatMap((one) =>
    isObject(one) ? [one.requests, one.errors] : [],
  )
  const isWhole = counts.every((list) => Array.isArray(list) && list.every(Number.isFinite))
  return isWhole && counts.length > 0 ? 'data' : 'noNumber'
}
