import { type Address, type Answer, PROVIDER } from './call.ts'
import { gatewayError } from './errors.ts'
import { matchPath, ROUTES, type Route, type Scope } from './routes.ts'
import type { State } from './state.ts'

/** A request's place in the table of routes. */
export interface Place {
  readonly route: Route
  readonly params: Readonly<Record<string, string>>
}

/** A request that has no place: its answer, made when its turn has come. */
export interface NoPlace {
  /** What was asked for, for the 501. */
  readonly operation: string
  readonly answer?: Answer
}

const NAMES = ['subscriptions', 'resourcegroups', 'providers'] as const

/** Finds the route of a method and address. ARM ids count in any case. */
export function placeOf(state: State, method: string, address: Address): Place | NoPlace {
  const known = places.get(address)
  if (known?.settings === state.settings && known.method === method) return known.place
  const place = found(state, method, address)
  places.set(address, { settings: state.settings, method, place })
  return place
}

interface Known {
  readonly settings: State['settings']
  readonly method: string
  readonly place: Place | NoPlace
}

/** Where an address led last. */
const places = new WeakMap<Address, Known>()

function found(state: State, method: string, address: Address): Place | NoPlace {
  const scoped = scopeOf(state, address)
  if ('answer' in scoped || !('scope' in scoped)) return scoped
  const { scope, rest } = scoped
  for (const route of ROUTES) {
    if (route.scope !== scope || route.method !== method) continue
    const params = matchPath(route.path, rest)
    if (params !== undefined) return { route, params }
  }
  return { operation: operationName(method, scope, rest) }
}

interface Scoped {
  readonly scope: Scope
  readonly rest: readonly string[]
}

function scopeOf(state: State, { segments, path }: Address): Scoped | NoPlace {
  const ids = named(segments)
  const missing = missingAbove(state, ids)
  if (missing !== undefined) return { operation: path, answer: missing }
  const [provider = '', collection = '', name, ...rest] = ids.below
  if (ids.subscriptions === undefined || !equal(provider, PROVIDER)) return { operation: path }
  const inGroup = ids.resourcegroups !== undefined
  if (equal(collection, 'locations') && !inGroup && name !== undefined) {
    return locationScope(state, name, rest)
  }
  if (!equal(collection, 'workspaces')) return { operation: path }
  if (name === undefined) return { scope: 'workspaces', rest: [] }
  return inGroup ? workspaceScope(state, name, rest) : { operation: path }
}

function missingAbove(state: State, ids: Named): Answer | undefined {
  const { subscriptionId, resourceGroup } = state.settings
  const { subscriptions: subscription, resourcegroups: group } = ids
  if (subscription !== undefined && !equal(subscription, subscriptionId)) {
    const message = `The subscription '${subscription}' could not be found.`
    return gatewayError(404, 'SubscriptionNotFound', message)
  }
  if (group !== undefined && !equal(group, resourceGroup)) {
    const message = `Resource group '${group}' could not be found.`
    return gatewayError(404, 'ResourceGroupNotFound', message)
  }
  return undefined
}

function locationScope(state: State, name: string, rest: readonly string[]): Scoped | NoPlace {
  if (equal(name.replaceAll(' ', ''), state.settings.location)) return { scope: 'location', rest }
  const message = `The location '${name}' has no workspace.`
  return { operation: name, answer: gatewayError(404, 'LocationNotFound', message) }
}

function workspaceScope(state: State, name: string, rest: readonly string[]): Scoped | NoPlace {
  const { workspace, resourceGroup } = state.settings
  if (equal(name, workspace)) return { scope: 'workspace', rest }
  const message = `The Resource '${PROVIDER}/workspaces/${name}' under resource group '${resourceGroup}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`
  return { operation: name, answer: gatewayError(404, 'ResourceNotFound', message) }
}

interface Named {
  subscriptions?: string
  resourcegroups?: string
  below: readonly string[]
}

/** The ids at the head of a path and what is below `providers`. */
function named(segments: readonly string[]): Named {
  const found: Named = { below: [] }
  for (let index = 0; index < segments.length; index += 2) {
    const name = NAMES.find((known) => known === segments[index]?.toLowerCase())
    if (name === undefined) return found
    if (name === 'providers') return { ...found, below: segments.slice(index + 1) }
    const value = segments[index + 1]
    if (value !== undefined) found[name] = value
  }
  return found
}

function equal(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase()
}

/** `PUT Microsoft.MachineLearningServices/workspaces/batchEndpoints`: names left out, every other segment. */
function operationName(method: string, scope: Scope, rest: readonly string[]): string {
  const head = scope === 'location' ? 'locations' : 'workspaces'
  const isAction = method === 'POST' && rest.length % 2 === 1
  const types = rest.filter((_, index) => index % 2 === 0)
  const action = isAction && rest.length > 1 ? rest.at(-1) : undefined
  const path = [PROVIDER, head, ...(action === undefined ? types : types.slice(0, -1))]
  return `${method} ${[...path, ...(action === undefined ? [] : [action])].join('/')}`
}
