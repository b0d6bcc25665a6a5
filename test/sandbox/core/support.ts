import type { ArmRequest, ArmResponse, Json } from '../../../src/sandbox/core/contract.ts'
import {
  createWorkspace,
  respond,
  type State,
  type WorkspaceOptions,
} from '../../../src/sandbox/core/machine.ts'
import { checkExchange } from '../../support/openapi.ts'

export const OPTIONS: WorkspaceOptions = {
  subscriptionId: '11111111-2222-4333-8444-555555555555',
  resourceGroup: 'rg',
  workspace: 'ws',
  location: 'eastus',
  workspaceId: '8fb755b9-c4c8-490a-a83d-a4df8f862d9e',
  tenantId: '72f988bf-86f1-41af-91ab-2d7cd011db47',
  seed: 7,
  storage: {
    accountName: 'acct',
    blobOrigin: 'https://acct.blob.core.windows.net',
    accountKey: 'a2V5',
    sasToken: 'sv=2021-10-04&sig=x',
  },
}

export const ORIGIN = 'https://management.azure.com'
const SUBSCRIPTION = `/subscriptions/${OPTIONS.subscriptionId}`
const PROVIDER = 'providers/Microsoft.MachineLearningServices'
export const WORKSPACE = `${SUBSCRIPTION}/resourceGroups/rg/${PROVIDER}/workspaces/ws`
export const LOCATION = `${SUBSCRIPTION}/${PROVIDER}/locations/eastus`
export const START = Date.UTC(2026, 0, 5, 9)

export interface Sent extends ArmResponse {
  readonly json: { [key: string]: Json }
}

/** A workspace with a clock of its own; every answer is checked against Azure's OpenAPI documents. */
export class World {
  readonly state: State
  now = START

  constructor(options: Partial<WorkspaceOptions> = {}) {
    this.state = createWorkspace({ ...OPTIONS, ...options }, START)
  }

  /** `path` is below the workspace, unless it begins with `/` (an ARM id) or `https:`. */
  send(method: string, path: string, body?: Json, more: Partial<ArmRequest> = {}): Sent {
    const absolute = path.startsWith('https:') ? path : `${ORIGIN}${this.idOf(path)}`
    const version = absolute.includes('api-version=') ? '' : 'api-version=2024-04-01'
    const joint = absolute.includes('?') ? '&' : '?'
    const request: ArmRequest = {
      method,
      url: version === '' ? absolute : `${absolute}${joint}${version}`,
      headers: { authorization: 'Bearer x' },
      principal: { objectId: 'someone' },
      ...(body === undefined ? {} : { body }),
      ...more,
    }
    const { response } = respond(this.state, request, this.now)
    checkExchange(request, response)
    return { ...response, json: (response.body ?? {}) as Sent['json'] }
  }

  private idOf(path: string): string {
    if (path.startsWith('/')) return path
    return path === '' ? WORKSPACE : `${WORKSPACE}/${path}`
  }

  pass(ms: number): void {
    this.now += ms
  }
}

export const HOUR = 3_600_000

export function endpointBody(properties: { [key: string]: Json } = {}): { [key: string]: Json } {
  return {
    location: 'eastus',
    identity: { type: 'SystemAssigned' },
    properties: { authMode: 'Key', ...properties },
  }
}

export function deploymentBody(
  properties: { [key: string]: Json } = {},
  capacity = 1,
): { [key: string]: Json } {
  return {
    location: 'eastus',
    sku: { name: 'Default', capacity },
    properties: {
      endpointComputeType: 'Managed',
      instanceType: 'Standard_DS3_v2',
      ...properties,
    },
  }
}

/** An endpoint `shop` with the named deployments, all Succeeded. */
export function shop(
  deployments: readonly string[] = [],
  options: Partial<WorkspaceOptions> = {},
): World {
  const world = new World(options)
  world.send('PUT', 'onlineEndpoints/shop', endpointBody())
  world.pass(HOUR)
  for (const name of deployments) {
    world.send('PUT', `onlineEndpoints/shop/deployments/${name}`, deploymentBody())
    world.pass(HOUR)
  }
  return world
}

export function member(value: Json | undefined, path: string): Json | undefined {
  let current: Json | undefined = value
  for (const name of path.split('.')) {
    if (typeof current !== 'object' || current === null) return undefined
    current = (current as { [key: string]: Json })[name]
  }
  return current
}
