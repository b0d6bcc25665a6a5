import { isObject } from '../../../src/core/model/values/json.ts'
import { ROLLOUT_TAG, type RolloutRecord, recordOf } from '../../../src/core/rollout/record.ts'
import type { WorldState } from '../trace.ts'
import { recordKeyOf, type Target } from './target.ts'

export type Weights = Readonly<Record<string, number>>
export type EndpointState = WorldState['endpoints'][string]
export type DeploymentState = WorldState['deployments'][string]

const TERMINAL: ReadonlySet<string> = new Set(['Succeeded', 'Failed', 'Canceled'])

export function isTerminal(provisioningState: string): boolean {
  return TERMINAL.has(provisioningState)
}

/** Names fold case in Azure. */
function found<Value>(all: Readonly<Record<string, Value>>, name: string): Value | undefined {
  const exact = all[name]
  if (exact !== undefined) return exact
  const spelled = Object.keys(all).find((key) => key.toLowerCase() === name)
  return spelled === undefined ? undefined : all[spelled]
}

export function endpointIn(state: WorldState, endpoint: string): EndpointState | undefined {
  return found(state.endpoints, endpoint)
}

export function deploymentIn(
  state: WorldState,
  endpoint: string,
  deployment: string,
): DeploymentState | undefined {
  return found(state.deployments, `${endpoint}/${deployment}`)
}

/** Names, in lower case, of the deployments of an endpoint. */
export function deploymentsIn(state: WorldState, endpoint: string): readonly string[] {
  const head = `${endpoint}/`
  return Object.keys(state.deployments)
    .map((key) => key.toLowerCase())
    .filter((key) => key.startsWith(head))
    .map((key) => key.slice(head.length))
}

/** The state of what a call speaks to. */
export function targetIn(
  state: WorldState,
  { kind, endpoint = '', deployment = '' }: Target,
): EndpointState | DeploymentState | undefined {
  if (kind === 'endpoint') return endpointIn(state, endpoint)
  return kind === 'deployment' ? deploymentIn(state, endpoint, deployment) : undefined
}

/** Whether Azure works on the endpoint or on any of its deployments. */
export function isTreeBusy(state: WorldState, endpoint: string): boolean {
  const own = endpointIn(state, endpoint)
  if (own !== undefined && !isTerminal(own.provisioningState)) return true
  return deploymentsIn(state, endpoint).some((name) => {
    const one = deploymentIn(state, endpoint, name)
    return one !== undefined && !isTerminal(one.provisioningState)
  })
}

/** Percent by deployment: names in lower case, only what is more than 0. A batch endpoint's default deployment has it all. */
export function weightsOf(endpoint: EndpointState | undefined): Weights {
  if (endpoint === undefined) return {}
  if (endpoint.kind === 'online') return positive(endpoint.traffic)
  const { defaultDeployment } = endpoint
  return defaultDeployment === undefined || defaultDeployment === ''
    ? {}
    : { [defaultDeployment.toLowerCase()]: 100 }
}

export function mirrorOf(endpoint: EndpointState | undefined): Weights {
  return positive(endpoint?.mirror)
}

/** Of a body as it is sent. */
export function weightsIn(body: unknown, route: 'online' | 'batch'): Weights {
  const properties = propertiesOf(body)
  if (route === 'online') return positive(properties.traffic)
  const { defaults } = properties
  const name = isObject(defaults) ? defaults.deploymentName : undefined
  return typeof name === 'string' && name !== '' ? { [name.toLowerCase()]: 100 } : {}
}

export function mirrorIn(body: unknown): Weights {
  return positive(propertiesOf(body).mirrorTraffic)
}

function positive(map: unknown): Weights {
  if (!isObject(map)) return {}
  const entries = Object.entries(map).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number' && entry[1] > 0,
  )
  return Object.fromEntries(entries.map(([name, weight]) => [name.toLowerCase(), weight]))
}

export function propertiesOf(body: unknown): Readonly<Record<string, unknown>> {
  return isObject(body) && isObject(body.properties) ? body.properties : {}
}

export function tagsIn(body: unknown): Readonly<Record<string, string>> {
  return isObject(body) && isObject(body.tags) ? (body.tags as Record<string, string>) : {}
}

export function capacityIn(body: unknown): number | undefined {
  const sku = isObject(body) ? body.sku : undefined
  const capacity = isObject(sku) ? sku.capacity : undefined
  return typeof capacity === 'number' ? capacity : undefined
}

/** What the tag of an endpoint says of its rollout; undefined when there is none, or it is not one of ours. */
export function recordIn(
  tags: Readonly<Record<string, string>> | undefined,
  route: 'online' | 'batch',
  endpoint: string,
): RolloutRecord | undefined {
  const text = tags?.[ROLLOUT_TAG]
  return typeof text === 'string' ? recordOf(text, recordKeyOf(route, endpoint)) : undefined
}

export function recordOfEndpoint(state: WorldState, endpoint: string): RolloutRecord | undefined {
  const found = endpointIn(state, endpoint)
  return found && recordIn(found.tags, found.kind, endpoint)
}

/** What Azure takes where a deployment says nothing. */
const USUAL_TIMEOUT_MS = 5000

/** How long a request to a deployment may run: its own time-out, or the usual one. */
export function requestTimeoutMs(deployment: DeploymentState | undefined): number {
  const settings = propertiesOf(deployment?.body).requestSettings
  const own = isObject(settings) ? spanMs(settings.requestTimeout) : undefined
  return own ?? USUAL_TIMEOUT_MS
}

/** `PT1M30S` in milliseconds. */
function spanMs(value: unknown): number | undefined {
  const match =
    typeof value === 'string' ? /^PT(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?$/.exec(value) : null
  if (match === null) return undefined
  const [, hours = 0, minutes = 0, seconds = 0] = match
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000
}
