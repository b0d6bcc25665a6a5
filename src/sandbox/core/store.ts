import { type Call, workspaceId } from './call.ts'
import type { JsonObject } from './contract.ts'
import type { Resource, ResourceKind, State } from './state.ts'

/** The key of a resource: its path below the workspace in lower case, as ARM compares ids. */
export function keyOf(state: State, path: string): string {
  return `${rootOf(state)}/${path.toLowerCase()}`
}

const roots = new WeakMap<State['settings'], string>()

function rootOf(state: State): string {
  const root = roots.get(state.settings) ?? workspaceId(state).toLowerCase()
  roots.set(state.settings, root)
  return root
}

export function find(state: State, path: string): Resource | undefined {
  return state.resources[keyOf(state, path)]
}

/** A resource by full ARM id, whatever its case. */
export function findById(state: State, id: string): Resource | undefined {
  return state.resources[id.toLowerCase()]
}

/** Puts a new resource into the state and returns it. */
export function add(call: Call, kind: ResourceKind, path: string, body: JsonObject): Resource {
  return addAt(call.state, kind, path, body, call.principal.objectId, call.now)
}

/** As `add`, for what the workspace itself makes. */
export function addAt(
  state: State,
  kind: ResourceKind,
  path: string,
  body: JsonObject,
  createdBy: string,
  nowMs: number,
): Resource {
  const resource: Resource = {
    id: `${workspaceId(state)}/${path}`,
    name: path.slice(path.lastIndexOf('/') + 1),
    kind,
    ordinal: ++state.made,
    createdAtMs: nowMs,
    createdBy,
    modifiedAtMs: nowMs,
    body,
  }
  const key = keyOf(state, path)
  state.resources[key] = resource
  shelfOf(state, parentOf(key)).set(key, resource)
  return resource
}

export function drop(state: State, path: string): void {
  const key = keyOf(state, path)
  for (const below of Object.keys(state.resources)) {
    if (below === key || below.startsWith(`${key}/`)) delete state.resources[below]
  }
}

/** The resources directly in a collection (`onlineEndpoints`, `models/m/versions`), oldest first. */
export function list(state: State, collection: string): Resource[] {
  const shelf = shelfOf(state, keyOf(state, collection))
  const found: Resource[] = []
  for (const [key, kept] of shelf) {
    const resource = state.resources[key]
    if (resource === undefined) shelf.delete(key)
    else found.push(resource)
    if (resource !== undefined && resource !== kept) shelf.set(key, resource)
  }
  return found.sort((left, right) => left.ordinal - right.ordinal)
}

type Shelf = Map<string, Resource>

/**
 * Resources by the collection they lie in. Beside the state, which is plain JSON; what is added goes through `addAt`, what
 * is taken out, by whomever, is noticed when it is looked for.
 */
const shelves = new WeakMap<State['resources'], Map<string, Shelf>>()

function shelfOf({ resources }: State, collection: string): Shelf {
  const all = shelves.get(resources) ?? shelvesOf(resources)
  const shelf = all.get(collection) ?? new Map<string, Resource>()
  all.set(collection, shelf)
  return shelf
}

function shelvesOf(resources: State['resources']): Map<string, Shelf> {
  const all = new Map<string, Shelf>()
  for (const [key, resource] of Object.entries(resources)) {
    const shelf = all.get(parentOf(key)) ?? new Map<string, Resource>()
    all.set(parentOf(key), shelf.set(key, resource))
  }
  shelves.set(resources, all)
  return all
}

function parentOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/'))
}

/** The newest first, as the service lists assets. */
export function newestFirst(resources: readonly Resource[]): Resource[] {
  return [...resources].sort((left, right) => right.ordinal - left.ordinal)
}
