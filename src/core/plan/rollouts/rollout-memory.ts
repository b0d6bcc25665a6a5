import { lastWriteOf } from '../../model/basis.ts'
import { isAtRest } from '../../model/live.ts'
import type { KeyMemory } from '../../model/memory.ts'
import type { Action } from '../../model/plan.ts'
import { recordTagIn } from '../../rollout/record-tag.ts'
import type { Assessment } from '../assess.ts'
import type { PlanContext } from '../context.ts'
import { isEndpoint } from '../traffic/traffic-plan.ts'

type MemoryField = 'arrived' | 'tallies' | 'judged' | 'seen' | 'record' | 'watched' | 'blindSince'

type RolloutMemory = {
  readonly [Field in MemoryField]: KeyMemory[Field] | undefined
}

/** What is remembered of an endpoint's rollout after this reading; a field that is undefined is forgotten. */
export function rolloutMemory(
  assessment: Assessment,
  before: KeyMemory,
  input: PlanContext,
): RolloutMemory {
  return {
    arrived: arrivalOf(assessment, before, input.now),
    tallies: tallied(assessment),
    judged: judgedOf(assessment, before),
    seen: seenOf(assessment, before),
    record: recordTextOf(assessment, before),
    watched: watchedOf(assessment, before, input),
    blindSince: blindSinceOf(assessment, before, input.now),
  }
}

/** The longest time between two turns that counts as watched: in a longer one the controller was not there. */
const GAP_MS = 2 * 60_000

/** Time that a rollout was watched since its record was written: neither waits for people nor our own absence count. */
function watchedOf(
  { rolloutPlan, ref }: Assessment,
  before: KeyMemory,
  { now, sync }: PlanContext,
): KeyMemory['watched'] {
  const record = rolloutPlan?.watchKey
  if (record === undefined || !isEndpoint(ref) || rolloutPlan?.isWatchedAnew) return undefined
  const known = before.watched?.record === record ? before.watched : { ms: 0, at: now }
  const isWatched = rolloutPlan?.isWatched === true
  if (!isWatched && known.ms === 0) return undefined
  const gap = Math.min(Math.max(0, now - known.at), Math.max(GAP_MS, 2 * sync.intervalMs))
  return { record, ms: known.ms + (isWatched ? gap : 0), at: now }
}

function blindSinceOf(
  { rolloutPlan, ref }: Assessment,
  before: KeyMemory,
  now: number,
): KeyMemory['blindSince'] {
  return isEndpoint(ref) && rolloutPlan?.isBlind === true ? (before.blindSince ?? now) : undefined
}

/** Since when an endpoint is seen at rest with the weights of its record; a restart begins the wait anew, never less. */
function arrivalOf(
  { live, rolloutPlan, trafficPlan }: Assessment,
  before: KeyMemory,
  now: number,
): KeyMemory['arrived'] {
  const record = rolloutPlan?.recordText
  if (record === undefined || !isAtRest(live) || trafficPlan === undefined) return undefined
  if (rolloutPlan?.isArrived !== true) return undefined
  const after = lastWriteOf(live)
  const known = before.arrived
  // Behind a write of somebody else's the weights may have been others meanwhile.
  return known?.record === record && known.after === after ? known : { record, at: now, after }
}

function seenOf({ rolloutPlan, ref }: Assessment, { seen }: KeyMemory): KeyMemory['seen'] {
  const record = rolloutPlan?.recordText
  if (record === undefined || !isEndpoint(ref)) return undefined
  return rolloutPlan?.isArrived === true || seen === record ? record : undefined
}

/** A record that this process wrote is not the one that is read while that write is under way, or by a late reading. */
function recordTextOf(
  { rolloutPlan, ref, live }: Assessment,
  before: KeyMemory,
): KeyMemory['record'] {
  const read = rolloutPlan?.recordText
  if (read === undefined || !isEndpoint(ref)) return undefined
  return isAtRest(live) && before.written === undefined ? read : (before.record ?? read)
}

function tallied({ rolloutPlan, ref }: Assessment): KeyMemory['tallies'] {
  const isCounted =
    isEndpoint(ref) && rolloutPlan !== undefined && rolloutPlan.failureCounts.startMs > 0
  return isCounted ? rolloutPlan.failureCounts : undefined
}

/** A rollout that is over is judged no more, and somebody wants to know what ended it. */
function judgedOf({ rolloutPlan, ref }: Assessment, { judged }: KeyMemory): KeyMemory['judged'] {
  return rolloutPlan === undefined || !isEndpoint(ref) ? undefined : (rolloutPlan.judged ?? judged)
}

/** The record of a rollout that a write carries. */
export function recordCarried({ ref, body = {} }: Action): Pick<KeyMemory, 'record'> {
  const record = recordTagIn(ref, body)
  return typeof record === 'string' ? { record } : {}
}
