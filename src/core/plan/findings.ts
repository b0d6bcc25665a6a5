import type { Finding, Held } from '../model/plan.ts'
import { keyOf } from '../model/ref.ts'
import type { Assessment } from './assess.ts'
import { weightsAt } from './body.ts'
import type { Circumstances } from './checks.ts'
import { FIGHT_LIMIT } from './patience.ts'

/** How a thing stands; undefined for what is neither declared nor ours. */
export function findingOf(
  assessment: Assessment,
  around: Circumstances,
  held: readonly Held[],
): Finding | undefined {
  const { ref, key, desired, owner, differences, road, live } = assessment
  const isOurs = owner.ownership === 'ours' && assessment.kind.operations.delete !== undefined
  if (desired === undefined && !isOurs) return undefined
  const known = around.input.memory[key]
  const own = held.filter((one) => keyOf(one.ref) === key)
  return {
    ref,
    key,
    sync: syncOf(assessment),
    health: healthOf(assessment, own),
    drift: desired?.policy.drift ?? around.input.sync.drift,
    differences,
    ...(known?.driftedSince === undefined ? {} : { driftedSince: known.driftedSince }),
    fight: (known?.corrections?.count ?? 0) >= FIGHT_LIMIT,
    ...(owner.revision === undefined ? {} : { appliedRevision: owner.revision }),
    ...(live === undefined || road === undefined || ref.kind !== 'OnlineEndpoint'
      ? {}
      : { traffic: { desired: road.weights, live: weightsAt(live.body, '/properties/traffic') } }),
  }
}

function syncOf({ desired, live, reason, road, unresolved }: Assessment): Finding['sync'] {
  if (unresolved.length > 0) return 'unknown'
  if (desired === undefined) return 'out_of_sync'
  const arrived = (road?.waitingFor.length ?? 0) === 0
  return live !== undefined && reason === undefined && arrived ? 'synced' : 'out_of_sync'
}

function healthOf({ live }: Assessment, held: readonly Held[]): Finding['health'] {
  if (held.some(({ reason }) => reason === 'Suspended')) return 'suspended'
  if (live === undefined) return 'missing'
  if (live.phase === 'Failed') return 'degraded'
  return live.phase === 'Ready' ? 'healthy' : 'progressing'
}
