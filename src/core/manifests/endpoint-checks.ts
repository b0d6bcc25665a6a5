import { shown } from '../kinds/fields/shown.ts'
import { hintFor } from '../kinds/fields/suggest.ts'
import type { Problem } from '../model/problem.ts'
import { scopeOf } from '../model/ref.ts'
import { isObject, type JsonObject } from '../model/values/json.ts'
import type { Declaration } from './declare.ts'
import type { DeploymentName } from './documents/documents.ts'

/** What can be wrong between endpoints and their deployments, all of them together. */
export function endpointProblems(
  declarations: readonly Declaration[],
  meant: readonly DeploymentName[],
): readonly Problem[] {
  return [
    ...unknownTargets(declarations, meant),
    ...sharedNames(declarations),
    ...strayDeployments(declarations),
    ...misspeltEndpoints(declarations),
  ]
}

/** A deployment that an endpoint sends something to, and the field that says so. */
interface Target {
  readonly name: string
  readonly path: readonly string[]
}

/**
 * Traffic to a deployment that no manifest declares is a mistake, unless none of the endpoint's deployments is declared:
 * then they are managed elsewhere, and it is worth a warning. The default deployment of a batch endpoint is its traffic.
 */
function unknownTargets(
  declarations: readonly Declaration[],
  meant: readonly DeploymentName[],
): readonly Problem[] {
  const declared = Map.groupBy(meant, ({ endpoint }) => endpoint)
  return declarations.flatMap(({ desired, key, placeOf }) => {
    const targets = targetsOf(desired.spec)
    if (targets.length === 0) return []
    const names = (declared.get(key) ?? []).map(({ name }) => name)
    const known = names.length === 0 ? 'none is' : `declared: ${names.join(', ')}`
    return targets
      .filter(({ name }) => !names.includes(name.toLowerCase()))
      .map(
        ({ name, path }): Problem => ({
          severity: names.length === 0 ? 'warning' : 'error',
          reason: 'TrafficToUnknownDeployment',
          message: `${path[0]} of ${shown(desired.ref.name)} names ${shown(name)}, a deployment that is not declared here (${known})`,
          at: placeOf(path),
        }),
      )
  })
}

function targetsOf({ traffic, mirror_traffic, defaults }: JsonObject): readonly Target[] {
  const weighed = Object.entries({ traffic, mirror_traffic }).flatMap(([field, weights]) =>
    Object.entries(isObject(weights) ? weights : {})
      .filter(([, weight]) => weight !== 0)
      .map(([name]) => ({ name, path: [field, name] })),
  )
  const usual = isObject(defaults) ? defaults.deployment_name : undefined
  const path = ['defaults', 'deployment_name']
  return typeof usual === 'string' ? [...weighed, { name: usual, path }] : weighed
}

/** Online and batch endpoints answer under one host name, `{name}.{region}.inference.ml.azure.com` (FACTS 1.2, 1.4). */
function sharedNames(declarations: readonly Declaration[]): readonly Problem[] {
  const endpoints = declarations.filter(
    ({ desired }) => desired.ref.kind === 'OnlineEndpoint' || desired.ref.kind === 'BatchEndpoint',
  )
  const groups = Map.groupBy(endpoints, ({ desired }) => desired.ref.name.toLowerCase())
  return [...groups.values()]
    .filter((group) => group.length > 1)
    .flatMap((group) =>
      group.map(({ desired: { ref, at } }): Problem => {
        const message = `${shown(ref.name)} is an online endpoint and a batch endpoint: names are unique in a region among both`
        return { severity: 'error', reason: 'DuplicateIdentity', message, at }
      }),
    )
}

/**
 * An endpoint may be managed elsewhere, while its deployments are declared here. Where one with nearly its name is declared, a
 * slip of the pen is likelier.
 */
function misspeltEndpoints(declarations: readonly Declaration[]): readonly Problem[] {
  const declared = new Set(declarations.map(({ key }) => key))
  const byKind = Map.groupBy(declarations, ({ desired }) => desired.ref.kind)
  return declarations.flatMap(({ desired: { ref }, placeOf }): readonly Problem[] => {
    if (ref.parent === undefined || declared.has(scopeOf(ref))) return []
    const kind = ref.kind === 'OnlineDeployment' ? 'OnlineEndpoint' : 'BatchEndpoint'
    const hint = hintFor(
      ref.parent,
      (byKind.get(kind) ?? []).map(({ desired }) => desired.ref.name),
    )
    if (hint === '') return []
    const message = `the endpoint ${shown(ref.parent)} is not declared here${hint} (one that is managed elsewhere must be in the workspace)`
    return [
      { severity: 'warning', reason: 'UnknownEndpoint', message, at: placeOf(['endpoint_name']) },
    ]
  })
}

/** A deployment runs where its endpoint does: on the cluster, or on managed compute. */
function strayDeployments(declarations: readonly Declaration[]): readonly Problem[] {
  const endpoints = new Map(declarations.map((one) => [one.key, one.desired]))
  return declarations
    .filter(({ desired }) => desired.ref.kind === 'OnlineDeployment')
    .flatMap(({ desired, placeOf }): readonly Problem[] => {
      const endpoint = endpoints.get(scopeOf(desired.ref))
      if (endpoint === undefined) return []
      const home = endpoint.spec.compute === undefined ? 'managed' : 'kubernetes'
      if (desired.spec.type === home) return []
      const name = shown(endpoint.ref.name)
      const message =
        home === 'kubernetes'
          ? `the endpoint ${name} is on Kubernetes: say "type: kubernetes" here too`
          : `the endpoint ${name} is managed (it has no "compute"): a Kubernetes deployment cannot be in it`
      return [{ severity: 'error', reason: 'ComputeMismatch', message, at: placeOf(['type']) }]
    })
}
