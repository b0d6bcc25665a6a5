import type { Desired } from '../../model/desired.ts'
import type { Live } from '../../model/live.ts'
import type { KeyMemory, Memory } from '../../model/memory.ts'
import { keyOf } from '../../model/ref.ts'
import { inForce } from '../../rollout/decide/decision.ts'
import { followed } from '../../rollout/decide/rollout-input.ts'
import { notAhead, type RolloutRecord, recordOf } from '../../rollout/record.ts'
import { recordIn, recordTagIn } from '../../rollout/record-tag.ts'
import { isSame, servesNobody } from '../../rollout/weights.ts'
import type { PlanContext } from '../context.ts'
import { placeOf } from '../ownership/place.ts'
import { flowsOf, isEndpoint } from '../traffic/traffic-plan.ts'

/**
 * The record on the endpoint; a text that is none of ours is not taken for a fresh start. Where somebody took the tag away
 * or wrote another one, or the whole endpoint is gone, this process knows what it said.
 */
export function knownRecord(
  context: PlanContext,
  desired: Desired,
): {
  readonly record: RolloutRecord | undefined
  readonly isBroken: boolean
  readonly text?: string
} {
  const { liveAt, memory, now } = context
  const key = keyOf(desired.ref)
  const live = liveAt.get(key)
  const tag = live && recordTagIn(desired.ref, live.body)
  const isOurs = typeof tag === 'string' && recordOf(tag, key) !== undefined
  const text = isOurs ? tag : (lostRecord(context, desired) ?? tag)
  if (typeof text !== 'string') return { record: undefined, isBroken: text !== undefined }
  const written = recordOf(text, key)
  const arrived = memory[key]?.arrived
  const record = written && notAhead(written, arrived?.record === text ? arrived.at : now)
  return { record, isBroken: record === undefined, text }
}

/**
 * What this process knows of the record: the newest one that explains who is served, or nobody is; else the last one, if
 * there is one that was seen in force, and where users are sent beside it is drift, as it would be with the tag.
 */
function lostRecord(
  { liveAt, memory }: PlanContext,
  { ref, rollout }: Desired,
): string | undefined {
  const key = keyOf(ref)
  if (rollout === undefined || !isEndpoint(ref)) return undefined
  const { live, mirror } = flowsOf(ref.kind, liveAt.get(key)?.body ?? {})
  const { record, seen } = memory[key] ?? {}
  // A write that was accepted may have failed since: then what was seen in force before it is what is there.
  const explaining = [record, seen].find((text = '') => {
    const known = recordOf(text, key)
    if (known === undefined) return false
    const { weights } = inForce(known, { rollout: followed(rollout, known), mirror })
    return servesNobody(live) || isSame(weights, live)
  })
  return explaining ?? seen ?? record
}

/** The record on an endpoint; where it was lost, those that this process may go by instead. */
export function recordsKnown(live: Live, memory: Memory): readonly RolloutRecord[] {
  const known = memory[placeOf(live).key]
  const before = records.get(live)
  if (before !== undefined && before.known === known) return before.found
  const found = readRecords(live, known)
  records.set(live, { known, found })
  return found
}

// They are asked for several times at every look, and change with what is live or remembered.
const records = new WeakMap<
  Live,
  { readonly known: KeyMemory | undefined; readonly found: readonly RolloutRecord[] }
>()

function readRecords(
  { ref, body }: Live,
  { record, seen }: KeyMemory = {},
): readonly RolloutRecord[] {
  const key = keyOf(ref)
  const written = recordIn(ref, body)
  return written === undefined
    ? [record, seen].flatMap((text) => (text && recordOf(text, key)) || [])
    : [written]
}
