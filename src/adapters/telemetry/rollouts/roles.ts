import { isDeployment } from '../../../core/model/ref.ts'
import type { ResourceStatus } from '../../../core/model/report.ts'
import type { RolloutStatus } from '../../../core/model/rollout.ts'
import type { ROLE } from '../labels.ts'

export type Role = (typeof ROLE)[number]
type Weights = NonNullable<ResourceStatus['traffic']>['live']

/**
 * Which part a deployment has, so that a new deployment's name makes no new series. With a rollout its record says it;
 * without one `stable` is what serves most now, `candidate` everything else that Git wants to serve, `retired` what it
 * does not. Azure folds case in names, so do we.
 */
export function rolesOf({ traffic, rollout }: ResourceStatus): (deployment: string) => Role {
  if (rollout?.stable !== undefined) return (name) => roleInRollout(rollout, name.toLowerCase())
  const { desired = {}, live = {} } = traffic ?? {}
  const stable = [...new Set([...Object.keys(live), ...Object.keys(desired)])]
    .sort()
    .toSorted(
      (a, b) => weight(live, b) - weight(live, a) || weight(desired, b) - weight(desired, a),
    )[0]
  return (name) => {
    if (isSameName(name, stable)) return 'stable'
    return weight(desired, name) > 0 ? 'candidate' : 'retired'
  }
}

function roleInRollout(status: RolloutStatus, name: string): Role {
  const { stable, candidate, mirror } = status
  if (isSameName(name, stable?.deployment)) return 'stable'
  if (isUnderWay(status) && isSameName(name, candidate?.deployment)) return 'candidate'
  const copies = Object.entries(mirror).find(([one]) => isSameName(name, one))?.[1] ?? 0
  return copies > 0 ? 'shadow' : 'retired'
}

/** Something is on its way, or on its way back. */
export function isUnderWay({ phase }: RolloutStatus): boolean {
  return phase !== 'idle' && phase !== 'rolled_back'
}

/** How many deployments of each endpoint there are, by part. */
export function deploymentsByRole(
  endpoints: readonly ResourceStatus[],
  all: readonly ResourceStatus[],
): readonly { readonly endpoint: ResourceStatus; readonly role: Role; readonly count: number }[] {
  const present = all.filter(({ ref, health }) => isDeployment(ref.kind) && health !== 'missing')
  const byParent = Map.groupBy(present, ({ ref }) => ref.parent?.toLowerCase())
  return endpoints.flatMap((endpoint) => {
    const roleOf = rolesOf(endpoint)
    const own = byParent.get(endpoint.ref.name.toLowerCase()) ?? []
    const byRole = Map.groupBy(own, ({ ref }) => roleOf(ref.name))
    return [...byRole].map(([role, members]) => ({ endpoint, role, count: members.length }))
  })
}

/** All live traffic is on the stable revision. */
export function isHome({ traffic, rollout }: ResourceStatus): boolean {
  const serving = Object.entries(traffic?.live ?? {}).filter(([, percent]) => percent > 0)
  const stable = rollout?.stable?.deployment
  return serving.length > 0 && serving.every(([name]) => isSameName(name, stable))
}

function isSameName(a: string, b: string | undefined): boolean {
  return a.toLowerCase() === b?.toLowerCase()
}

function weight(weights: Weights, name: string): number {
  return weights[name] ?? 0
}
