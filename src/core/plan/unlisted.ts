import { KINDS } from '../kinds/index.ts'
import type { Live } from '../model/live.ts'
import { valueAt } from '../model/pointer.ts'
import { isDeployment, keyOf, type Ref } from '../model/ref.ts'
import { ROLLOUT_TAG, recordOf } from '../rollout/record.ts'
import { flowsOf, isEndpoint } from './road.ts'

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

function namedBy({ ref, body }: Live): readonly Ref[] {
  if (!isEndpoint(ref)) return []
  const text = valueAt(body, `${KINDS[ref.kind].tagsAt}/${ROLLOUT_TAG}`)
  const record = typeof text === 'string' ? recordOf(text, keyOf(ref)) : undefined
  const { stable, candidate, previous, phase } = record ?? {}
  const isMoving = phase === 'progressing' || phase === 'baking'
  const recorded = [stable, previous, ...(isMoving ? [candidate] : [])]
  const { live, mirror } = flowsOf(ref.kind, body)
  const names = new Set([
    ...recorded.flatMap((one) => one?.slot ?? []),
    ...Object.keys(live),
    ...Object.keys(mirror),
  ])
  const kind = ref.kind === 'OnlineEndpoint' ? 'OnlineDeployment' : 'BatchDeployment'
  return [...names].map((name) => ({ kind, parent: ref.name, name }))
}
