import type { ArmRequest, Json, JsonObject, Principal } from './contract.ts'
import { objectOf } from './json.ts'
import type { Build } from './operations/builds.ts'
import type { State } from './state.ts'

/** One request, taken apart. */
export interface Call {
  readonly state: State
  readonly request: ArmRequest
  readonly now: number
  readonly build: Build
  readonly apiVersion: string
  readonly address: Address
  readonly principal: Principal
  /** The resource type below the workspace, e.g. `onlineEndpoints/deployments`. */
  readonly type: string
  /** What the route's braces matched, in the case given. */
  readonly params: Readonly<Record<string, string>>
}

export interface Address {
  readonly origin: string
  readonly path: string
  readonly segments: readonly string[]
  readonly query: ReadonlyMap<string, string>
}

/** What a handler says; the machine adds the headers that every answer has. */
export interface Answer {
  readonly status: number
  readonly body?: Json
  /** The body as JSON, where that is at hand. */
  readonly text?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly createsContainer?: string
  /** Who failed: `gateway` answers come from ARM itself and carry none of the service's own headers. */
  readonly from?: 'gateway' | 'nobody'
}

export type Handler = (call: Call) => Answer

/** Takes an absolute URL apart; query names in lower case, the last of equal names wins. Many ask for the same few. */
export function addressOf(url: string): Address {
  const known = addresses.get(url)
  if (known !== undefined) return known
  if (addresses.size >= ADDRESSES_MAX) addresses.clear()
  const address = takenApart(url)
  addresses.set(url, address)
  return address
}

const ADDRESSES_MAX = 5000
const addresses = new Map<string, Address>()

function takenApart(url: string): Address {
  const { origin, pathname, searchParams } = new URL(url)
  const path = decodeURIComponent(pathname).replace(/(?<!\/)\/+$/, '')
  const query = new Map([...searchParams].map(([name, value]) => [name.toLowerCase(), value]))
  return { origin, path, segments: path.split('/').filter((part) => part !== ''), query }
}

export function param(call: Call, name: string): string {
  return call.params[name] ?? ''
}

export function requestBody(call: Call): JsonObject {
  return objectOf(call.request.body)
}

export const PROVIDER = 'Microsoft.MachineLearningServices'

export function subscriptionId(state: State): string {
  return `/subscriptions/${state.settings.subscriptionId}`
}

export function workspaceId(state: State): string {
  const { resourceGroup, workspace } = state.settings
  return `${subscriptionId(state)}/resourceGroups/${resourceGroup}/providers/${PROVIDER}/workspaces/${workspace}`
}

export function locationId(state: State): string {
  return `${subscriptionId(state)}/providers/${PROVIDER}/locations/${state.settings.location}`
}
