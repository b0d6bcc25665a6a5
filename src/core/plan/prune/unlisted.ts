import type { Live, World } from '../../model/live.ts'
import type { Memory } from '../../model/memory.ts'
import { isDeployment, keyOf, type Ref } from '../../model/ref.ts'
import { isUnderWay, type RolloutRecord } from '../../rollout/record.ts'
import { placeOf } from '../ownership/place.ts'
import { recordsKnown } from '../rollouts/known-record.ts'
import { deploymentOf, flowsOf, isEndpoint } from '../traffic/traffic-plan.ts'

/**
 * Deployments that matter and that the lists do not show: those that a rollout's record names, and those with traffic.
 * They are read directly before anything is concluded from their absence (INVARIANTS S26).
 */
export function unlistedIn(resources: readonly Live[], memory: Memory): readonly Ref[] {
  const deployments = resources.filter(({ ref }) => isDeployment(ref.kind))
  const listed = new Set(deployments.map((live) => placeOf(live).key))
  const named = resources.flatMap((live) => namedBy(live, memory))
  return named.flatMap(({ ref, key }) => (listed.has(key) ? [] : [ref]))
}

/** Keys of the endpoints whose rollouts are under way. */
export function watchedIn(memory: Memory): ReadonlySet<string> {
  const watched = Object.entries(memory).filter(([, known]) => known.watched !== undefined)
  return new Set(watched.map(([key]) => key))
}

/** Keys of the endpoints whose rollout's stable deployment a direct GET did not find, or that is not up. */
export function bereftOf({ resources, absent }: World, memory: Memory): readonly string[] {
  const down = resources.filter(({ ref, phase }) => isDeployment(ref.kind) && phase !== 'Ready')
  const lost = new Set([...absent, ...down.map(({ ref }) => keyOf(ref))])
  if (lost.size === 0) return []
  return resources.filter((live) => isBereft(live, lost, memory)).map(({ ref }) => keyOf(ref))
}

function isBereft(live: Live, lost: ReadonlySet<string>, memory: Memory): boolean {
  const { ref } = live
  if (!isEndpoint(ref)) return false
  const slots = recordsKnown(live, memory).map(({ stable }) => stable.slot)
  return slots.some((slot) => lost.has(keyOf(deploymentOf(ref, slot))))
}

interface Named {
  readonly ref: Ref
  readonly key: string
}

function namedBy(endpoint: Live, memory: Memory): readonly Named[] {
  if (!isEndpoint(endpoint.ref)) return []
  const records = recordsKnown(endpoint, memory)
  const before = names.get(endpoint)
  if (before?.records === records) return before.named
  const named = readNames(endpoint, records).map((ref) => ({ ref, key: keyOf(ref) }))
  names.set(endpoint, { records, named })
  return named
}

const names = new WeakMap<
  Live,
  { readonly records: readonly RolloutRecord[]; readonly named: readonly Named[] }
>()

function readNames({ ref, body }: Live, records: readonly RolloutRecord[]): readonly Ref[] {
  if (!isEndpoint(ref)) return []
  const recorded = records.flatMap((record) => [
    ...[record.stable, record.previous],
    ...(isUnderWay(record) ? [record.candidate] : []),
  ])
  const { live, mirror } = flowsOf(ref.kind, body)
  const names = new Set([
    ...recorded.flatMap((one) => one?.slot ?? []),
    ...Object.keys(live),
    ...Object.keys(mirror),
  ])
  return [...names].map((name) => deploymentOf(ref, name))
}
