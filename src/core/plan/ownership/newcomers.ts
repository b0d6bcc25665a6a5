import { isObserving } from '../../model/observe.ts'
import { isDeployment } from '../../model/ref.ts'
import { once } from '../../model/values/once.ts'
import type { Assessment } from '../assess.ts'
import { isHeld, type PlanContext } from '../context.ts'
import { isEndpoint, servingDeployments } from '../traffic/traffic-plan.ts'

/** Names of endpoints that Git declares with traffic and that serve nothing yet. */
function newcomers(assessments: readonly Assessment[]): readonly string[] {
  return assessments
    .filter(({ ref, desired }) => desired !== undefined && isEndpoint(ref))
    .filter((endpoint) => wantsTraffic(endpoint) && !serves(endpoint))
    .map(({ ref }) => ref.name)
}

/** The same of all there is: every endpoint that is to go asks for them. */
export const newcomersIn = once((all: ReadonlyMap<string, Assessment>) =>
  newcomers([...all.values()]),
)

function wantsTraffic({ desired, trafficPlan }: Assessment): boolean {
  const isAimed = trafficPlan?.isDeclared === true && Object.keys(trafficPlan.target).length > 0
  return desired?.rollout !== undefined || isAimed
}

function serves({ ref, live }: Assessment): boolean {
  return (
    live?.phase === 'Ready' && isEndpoint(ref) && servingDeployments(ref.kind, live.body).size > 0
  )
}

/**
 * Those for which time passes. None while it is we who keep one of them from serving, by a freeze, a suspension or by only
 * observing: what goes waits then for as long as that lasts, and its time begins when it is over.
 */
export function awaitedNewcomers(
  assessments: readonly Assessment[],
  input: PlanContext,
): readonly string[] {
  if (input.freezes.length > 0 || isObserving(input.sync)) return []
  const awaited = newcomers(assessments)
  const names = new Set(awaited.map((name) => name.toLowerCase()))
  const isHeldBack = assessments.some(({ ref, desired }) => {
    const endpoint = isDeployment(ref.kind) ? ref.parent : ref.name
    const isOfOne = names.has(endpoint?.toLowerCase() ?? '')
    return isOfOne && desired !== undefined && isHeld(input, desired)
  })
  return isHeldBack ? [] : awaited
}

/** Whether an endpoint of ours that Git declares no longer has to wait for those that are new. */
export function isWaitingForNewcomers(
  { ref, desired, owner, live }: Assessment,
  names: readonly string[],
): boolean {
  const isLeaving = desired === undefined && owner.ownership === 'ours' && isEndpoint(ref)
  if (!isLeaving || live === undefined || !isEndpoint(ref)) return false
  return names.length > 0 && servingDeployments(ref.kind, live.body).size > 0
}
