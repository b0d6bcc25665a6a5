import type { Live, World } from '../model/live.ts'
import { isDeployment, keyOf, type Ref } from '../model/ref.ts'
import { isUnderWay } from '../rollout/record.ts'
import { recordIn } from './record-tag.ts'
import { deploymentOf, flowsOf, isEndpoint } from './road.ts'

/**
 * Deployments that matter and that the lists do not show: those that a rollout's record names, and those with traffic.
 * They are read directly before anything is concluded from their absence (INVARIANTS S26).
 */
export function unlistedIn(resources: readonly Live[]): readonly Ref[] {
  const listed = new Set(
    resources.filter(({ ref }) => isDeployment(ref.kind)).map(({ ref }) => keyOf(ref)),
  )
  return resources.flatMap(namedBy).filter((ref) => !listed.has(keyOf(ref)))
}

/** Keys of the endpoints whose rollout's stable deployment a direct GET did not find, or that is not up. */
export function bereftOf({ resources, absent }: World): readonly string[] {
  const down = resources.filter(({ ref, phase }) => isDeployment(ref.kind) && phase !== 'Ready')
  const lost = new Set([...absent, ...down.map(({ ref }) => keyOf(ref))])
  return resources.filter((live) => isBereft(live, lost)).map(({ ref }) => keyOf(ref))
}

function isBereft({ ref, body }: Live, lost: ReadonlySet<string>): boolean {
  const stable = recordIn(ref, body)?.stable
  if (!isEndpoint(ref) || stable === undefined) return false
  return lost.has(keyOf(deploymentOf(ref, stable.slot)))
}

function namedBy(endpoint: Live): readonly Ref[] {
  const { ref, body } = endpoint
  if (!isEndpoint(ref)) return []
  const record = recordIn(ref, body)
  const { stable, candidate, previous } = record ?? {}
  const isMoving = isUnderWay(record)
  const recorded = [stable, previous, ...(isMoving ? [candidate] : [])]
  const { live, mirror } = flowsOf(ref.kind, body)
  const names = new Set([
    ...recorded.flatMap((one) => one?.slot ?? []),
    ...Object.keys(live),
    ...Object.keys(mirror),
  ])
  return [...names].map((name) => deploymentOf(ref, name))
}
