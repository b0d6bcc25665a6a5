import { isObject } from '../../../src/core/model/values/json.ts'
import type { WorldState } from '../trace.ts'
import { type Commit, type Declared, declaredInstances, declares, roadOf } from './git.ts'
import { isModel } from './model.ts'
import { type DeploymentState, deploymentIn, endpointIn, weightsOf } from './world.ts'

/** Who is meant to be where, and what is left to others. */
export interface Meant {
  /** The model that an endpoint ends on, where it is not what Git wants. */
  readonly endsOn?: Readonly<Record<string, string | undefined>>
  /** An autoscaler has the number of instances. */
  readonly isScaledByOthers?: boolean
}

/** How the workspace differs from what a commit declares: what exists, is healthy, serves, and with what. */
export function differencesFrom(
  commit: Commit,
  state: WorldState,
  meant: Meant = {},
): readonly string[] {
  return commit.declared.flatMap((declared) => {
    if (declared.kind === 'endpoint') return endpointDifferences(commit, declared, state, meant)
    if (declared.kind === 'deployment') return deploymentDifferences(commit, declared, state, meant)
    return []
  })
}

function endpointDifferences(
  commit: Commit,
  { endpoint, spec }: Declared,
  state: WorldState,
  meant: Meant,
): readonly string[] {
  const found = endpointIn(state, endpoint)
  const end = meant.endsOn?.[endpoint]
  if (found === undefined) return [`${endpoint} is not there`]
  if (found.provisioningState !== 'Succeeded') return [`${endpoint} is ${found.provisioningState}`]
  const weights = weightsOf(found)
  const road = roadOf(commit, endpoint)
  if (road?.form === 'template')
    return templateDifferences(commit, endpoint, state, {
      ...meant,
      model: end ?? road.template?.model,
    })
  if (end !== undefined && road !== undefined)
    return templateDifferences(commit, endpoint, state, { ...meant, model: end })
  const declared = declaredWeights(spec)
  if (
    declared === undefined ||
    JSON.stringify(sorted(declared)) === JSON.stringify(sorted(weights))
  )
    return []
  return [`${endpoint} sends ${JSON.stringify(weights)}, declared is ${JSON.stringify(declared)}`]
}

function declaredWeights({
  traffic,
  defaults,
}: Declared['spec']): Readonly<Record<string, number>> | undefined {
  if (isObject(traffic)) {
    const positive = Object.entries(traffic).filter(([, weight]) => Number(weight) > 0)
    return Object.fromEntries(
      positive.map(([name, weight]) => [name.toLowerCase(), Number(weight)]),
    )
  }
  const name = isObject(defaults) ? defaults.deployment_name : undefined
  return typeof name === 'string' ? { [name.toLowerCase()]: 100 } : undefined
}

function sorted(weights: Readonly<Record<string, number>>): readonly (readonly [string, number])[] {
  return Object.entries(weights).sort(([left], [right]) => (left < right ? -1 : 1))
}

/** All traffic on one deployment that runs the model that is meant, with as many instances as are declared. */
function templateDifferences(
  commit: Commit,
  endpoint: string,
  state: WorldState,
  meant: Meant & { readonly model: unknown },
): readonly string[] {
  const weights = weightsOf(endpointIn(state, endpoint))
  const [name, ...others] = Object.keys(weights)
  if (name === undefined || others.length > 0)
    return [`${endpoint} sends ${JSON.stringify(weights)}`]
  const found = deploymentIn(state, endpoint, name)
  if (found === undefined) return [`${endpoint} sends all to ${name}, which is not there`]
  const full = `${endpoint}/${name}`
  return [...healthDifferences(full, found), ...contentDifferences(commit, full, found, meant)]
}

function deploymentDifferences(
  commit: Commit,
  { endpoint, deployment = '', spec }: Declared,
  state: WorldState,
  meant: Meant,
): readonly string[] {
  const full = `${endpoint}/${deployment}`
  const found = deploymentIn(state, endpoint, deployment)
  if (declares(commit, endpoint) === undefined) return []
  if (found === undefined) return [`${full} is not there`]
  return [
    ...healthDifferences(full, found),
    ...contentDifferences(commit, full, found, { ...meant, model: spec.model }),
  ]
}

function healthDifferences(full: string, found: DeploymentState): readonly string[] {
  return found.provisioningState === 'Succeeded' ? [] : [`${full} is ${found.provisioningState}`]
}

function contentDifferences(
  commit: Commit,
  full: string,
  found: DeploymentState,
  { model, isScaledByOthers }: Meant & { readonly model: unknown },
): readonly string[] {
  const [endpoint = '', name = ''] = full.split('/')
  const count = isScaledByOthers === true ? undefined : declaredInstances(commit, endpoint, name)
  const isOther =
    typeof model === 'string' &&
    /:\d+$/.test(model) &&
    found.model !== undefined &&
    !isModel(found.model, model)
  return [
    ...(isOther ? [`${full} runs ${found.model}, wanted is ${model}`] : []),
    ...(count !== undefined && endpointIsOnline(commit, endpoint) && found.instances !== count
      ? [`${full} has ${found.instances} instances, declared are ${count}`]
      : []),
  ]
}

function endpointIsOnline(commit: Commit, endpoint: string): boolean {
  return declares(commit, endpoint)?.route !== 'batch'
}
