import { isObject } from '../../../src/sandbox/core/json.ts'
import { provisioningState } from '../../../src/sandbox/core/operations/operations.ts'
import { trafficInForce } from '../../../src/sandbox/core/operations/traffic.ts'
import type { Resource, State } from '../../../src/sandbox/core/state.ts'
import type { WorldState } from '../trace.ts'

type Endpoint = WorldState['endpoints'][string]
type Deployment = WorldState['deployments'][string]

/** The workspace as it is, whatever reads of it may show. Bodies are shared with the sandbox, which replaces them whole. */
export function stateOf(state: State, now: number): WorldState {
  const endpoints: Record<string, Endpoint> = {}
  const deployments: Record<string, Deployment> = {}
  const assets: Record<string, boolean> = {}
  for (const resource of Object.values(state.resources)) {
    switch (resource.kind) {
      case 'onlineEndpoint':
      case 'batchEndpoint':
        endpoints[resource.name] = endpointOf(state, resource, now)
        break
      case 'onlineDeployment':
      case 'batchDeployment':
        deployments[pathOf(resource)] = deploymentOf(state, resource, now)
        break
      case 'assetVersion':
        assets[assetName(resource)] = objectIn(resource.body.properties).isArchived === true
        break
      default:
    }
  }
  return { endpoints, deployments, assets }
}

function endpointOf(state: State, resource: Resource, now: number): Endpoint {
  const isOnline = resource.kind === 'onlineEndpoint'
  const inForce = objectIn((resource.inForce ?? resource.body).properties)
  const { traffic, mirrorTraffic } = isOnline
    ? trafficInForce({ state }, resource)
    : { traffic: {}, mirrorTraffic: {} }
  const chosen = objectIn(inForce.defaults).deploymentName
  return {
    kind: isOnline ? 'online' : 'batch',
    provisioningState: provisioningState(state, resource, now),
    tags: objectIn(resource.body.tags) as Endpoint['tags'],
    traffic: traffic as Endpoint['traffic'],
    mirror: mirrorTraffic as Endpoint['mirror'],
    ...(typeof chosen === 'string' ? { defaultDeployment: chosen } : {}),
    body: resource.body,
  }
}

function deploymentOf(state: State, resource: Resource, now: number): Deployment {
  const runs = resource.inForce ?? resource.body
  const model = modelOf(objectIn(runs.properties).model)
  const capacity = resource.kind === 'onlineDeployment' ? objectIn(runs.sku).capacity : 1
  return {
    provisioningState: provisioningState(state, resource, now),
    tags: objectIn(resource.body.tags) as Deployment['tags'],
    instances: Number(capacity ?? 1),
    ...(model === undefined ? {} : { model }),
    isServing: resource.inForce !== undefined,
    body: resource.body,
  }
}

/** `fraud:1` of an asset id, in either of the shapes in which deployments name their model. */
export function modelOf(reference: unknown): string | undefined {
  const id = isObject(reference) ? reference.assetId : reference
  const found = typeof id === 'string' ? /\/models\/([^/]+)\/versions\/([^/]+)$/i.exec(id) : null
  return found === null ? undefined : `${found[1]}:${found[2]}`
}

/** `endpoint/deployment`. */
function pathOf({ id }: Resource): string {
  const [, endpoint = '', deployment = ''] =
    /Endpoints\/([^/]+)\/deployments\/([^/]+)$/i.exec(id) ?? []
  return `${endpoint}/${deployment}`
}

const KINDS: Readonly<Record<string, string>> = {
  models: 'Model',
  environments: 'Environment',
  codes: 'Code',
  data: 'Data',
}

function assetName({ id }: Resource): string {
  const [, kind = '', name = '', version = ''] =
    /\/([^/]+)\/([^/]+)\/versions\/([^/]+)$/i.exec(id) ?? []
  return `${KINDS[kind] ?? kind}/${name}:${version}`
}

function objectIn(value: unknown): Record<string, unknown> {
  return isObject(value as never) ? (value as Record<string, unknown>) : {}
}
