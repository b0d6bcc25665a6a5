import { shown } from '../kinds/fields/shown.ts'
import type { Desired } from '../model/desired.ts'
import type { Place, Problem } from '../model/problem.ts'
import { isDeployment, keyOf, scopeOf } from '../model/ref.ts'
import type { Step } from '../model/rollout.ts'
import { RAISED_BY_SUPPORT, SERVICE_LIMITS } from '../model/service-limits.ts'
import type { Declaration } from './declare.ts'

type PlaceOf = (path: readonly (string | number)[]) => Place

/** What passes Azure's own limits by the manifests alone. Warnings: a limit may have been raised, and Azure has the last word. */
export function limitProblems(declarations: readonly Declaration[]): readonly Problem[] {
  const desired = declarations.map((one) => one.desired)
  const [deployments, others] = [deploymentsIn(desired), desired.filter(isEndpointLike)]
  return [
    ...declarations.flatMap((one) => instanceProblems(one.desired, one.placeOf)),
    ...crowdedEndpoints(deployments, desired),
    ...crowdedClusters(deployments, others),
    ...beyond(others, SERVICE_LIMITS.endpoints, 'endpoints', 'in a region'),
    ...beyond(deployments, SERVICE_LIMITS.deployments, 'deployments', 'in a region'),
  ]
}

/** More instances than a managed deployment may have. On Kubernetes the cluster says how many find room. */
export function instanceProblems({ ref, spec }: Desired, placeOf: PlaceOf): readonly Problem[] {
  const { instance_count: count, type } = spec
  if (ref.kind !== 'OnlineDeployment' || type === 'kubernetes' || typeof count !== 'number')
    return []
  return tooMany(count, placeOf(['instance_count']))
}

/** The same of the steps that say a number of instances. */
export function scaleProblems(steps: readonly Step[], placeOf: PlaceOf): readonly Problem[] {
  return steps.flatMap((step, index) =>
    step.type === 'setScale' && step.instances !== undefined
      ? tooMany(step.instances, placeOf([index, 'setScale', 'instances']))
      : [],
  )
}

function tooMany(count: number, at: Place): readonly Problem[] {
  const { instances } = SERVICE_LIMITS
  if (count <= instances) return []
  return [problem(`${count} instances: Azure allows ${instances} in a deployment`, at)]
}

/** Both slots of a Rollout may be there at once. */
function deploymentsIn(desired: readonly Desired[]): readonly Desired[] {
  const slots = desired.flatMap(({ rollout }) => rollout?.slots ?? [])
  return [...desired.filter(({ ref }) => isDeployment(ref.kind)), ...slots]
}

function isEndpointLike({ ref }: Desired): boolean {
  return ref.kind === 'OnlineEndpoint' || ref.kind === 'BatchEndpoint'
}

function crowdedEndpoints(
  deployments: readonly Desired[],
  desired: readonly Desired[],
): readonly Problem[] {
  const most = SERVICE_LIMITS.deploymentsPerEndpoint
  return [...Map.groupBy(deployments, ({ ref }) => scopeOf(ref))].flatMap(([endpoint, group]) => {
    const [first] = group
    if (group.length <= most || first === undefined) return []
    const what = `${group.length} deployments of ${shown(first.ref.parent ?? '')}: Azure allows ${most} of an endpoint`
    const own = desired.find(({ ref }) => keyOf(ref) === endpoint)
    return [problem(what, (own ?? first).at)]
  })
}

/** A Kubernetes cluster has limits of its own. */
function crowdedClusters(
  deployments: readonly Desired[],
  endpoints: readonly Desired[],
): readonly Problem[] {
  const online = endpoints.filter(({ spec }) => typeof spec.compute === 'string')
  const clusters = Map.groupBy(online, ({ spec }) => String(spec.compute).toLowerCase())
  return [...clusters.values()].flatMap((group) => {
    const keys = new Set(group.map(({ ref }) => keyOf(ref)))
    const inCluster = deployments.filter(({ ref }) => keys.has(scopeOf(ref)))
    const { clusterEndpoints, clusterDeployments } = SERVICE_LIMITS
    return [
      ...beyond(group, clusterEndpoints, 'endpoints', 'on a cluster'),
      ...beyond(inCluster, clusterDeployments, 'deployments', 'on a cluster'),
    ]
  })
}

/** Told once, at the first that finds no room. */
function beyond(
  all: readonly Desired[],
  most: number,
  what: string,
  where: string,
): readonly Problem[] {
  const one = all[most]
  if (one === undefined) return []
  return [problem(`${all.length} ${what} are declared: Azure allows ${most} ${where}`, one.at)]
}

function problem(what: string, at: Place): Problem {
  const message = `${what}, ${RAISED_BY_SUPPORT}`
  return { severity: 'warning', reason: 'ServiceLimit', message, at }
}
