import type { Behaviour, DeploymentView, EndpointView, JsonObject } from '../contract.ts'
import { modelFaults } from '../faults.ts'
import { objectOf, textOf } from '../json.ts'
import { provisioningState, settle } from '../operations/operations.ts'
import { trafficInForce } from '../operations/traffic.ts'
import type { Resource, State } from '../state.ts'
import { list } from '../store.ts'
import { durationMs } from '../time.ts'
import { runsWith } from './asset-views.ts'
import { BROKEN, declaredBehaviour } from './behaviour.ts'

const REQUEST_TIMEOUT_MS = 5000

/** What the data plane needs, as in force at `now`. Changes `state` only by settling what time has ended. */
export function endpointViews(state: State, now: number): EndpointView[] {
  settle(state, now)
  return list(state, 'onlineEndpoints').map((endpoint) => endpointView(state, endpoint, now))
}

function endpointView(state: State, endpoint: Resource, now: number): EndpointView {
  const { traffic, mirrorTraffic } = trafficInForce({ state }, endpoint)
  const properties = objectOf((endpoint.inForce ?? endpoint.body).properties)
  const deployments = list(state, `onlineEndpoints/${endpoint.name}/deployments`)
  return {
    name: endpoint.name,
    authMode: (textOf(properties.authMode) ?? 'Key') as EndpointView['authMode'],
    keys: endpoint.keys ?? { primaryKey: '', secondaryKey: '' },
    provisioningState: provisioningState(state, endpoint, now),
    traffic: numbers(traffic),
    mirrorTraffic: numbers(mirrorTraffic),
    deployments: deployments.map((deployment) => deploymentView(state, endpoint, deployment, now)),
    tokens: (endpoint.tokens ?? [])
      .filter(({ expiresAtMs }) => expiresAtMs > now)
      .map(({ token }) => token),
  }
}

function numbers(shares: JsonObject): Record<string, number> {
  return Object.fromEntries(Object.entries(shares).map(([name, share]) => [name, Number(share)]))
}

/** While an update runs, what is being started; after it failed, what still runs. */
function deploymentView(
  state: State,
  endpoint: Resource,
  deployment: Resource,
  now: number,
): DeploymentView {
  const ended = state.operations[deployment.operation ?? '']?.ended
  const { inForce } = deployment
  const isBack = ended !== undefined && ended.status !== 'Succeeded' && inForce !== undefined
  const body = isBack ? inForce : deployment.body
  const generation = isBack ? deployment.inForceGeneration : deployment.containerGeneration
  const properties = objectOf(body.properties)
  const requests = objectOf(properties.requestSettings)
  const behaviour = behaviourOf(state, deployment)
  const faults = modelFaults(state, endpoint.name, deployment.name)
  return {
    name: deployment.name,
    provisioningState: provisioningState(state, deployment, now),
    inForce: inForce !== undefined,
    containerGeneration: generation ?? 1,
    instanceCount: Number(objectOf(body.sku).capacity ?? 1),
    requestTimeoutMs: durationMs(requests.requestTimeout) ?? REQUEST_TIMEOUT_MS,
    maxConcurrentRequestsPerInstance: Number(requests.maxConcurrentRequestsPerInstance ?? 1),
    environmentVariables: texts(objectOf(properties.environmentVariables)),
    ...runsWith(state, properties),
    ...(faults.length === 0 ? {} : { faults }),
    ...(behaviour === undefined ? {} : { behaviour }),
  }
}

/** While an update runs, the old container still serves. */
function behaviourOf(state: State, { inForce, body }: Resource): Behaviour | undefined {
  const { behaviour, problem } = declaredBehaviour(state, objectOf((inForce ?? body).properties))
  return problem === undefined ? behaviour : BROKEN
}

function texts(values: JsonObject): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]))
}
