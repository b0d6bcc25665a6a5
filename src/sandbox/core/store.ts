import { type Call, workspaceId } from './call.ts'
import type { JsonObject } from './contract.ts'
import type { Resource, ResourceKind, State } from './state.ts'

/** The key of a resource: its path below the workspace in lower case, as ARM compares ids. */
export function keyOf(state: State, path: string): string {
  return `${workspaceId(state)}/${path}`.toLowerCase()
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
  state.resources[keyOf(state, path)] = resource
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
  const prefix = `${keyOf(state, collection)}/`
  return Object.entries(state.resources)
    .filter(([key]) => key.startsWith(prefix) && !key.slice(prefix.length).includes('/'))
    .map(([, resource]) => resource)
    .sort((left, right) => left.ordinal - right.ordinal)
}

/** The newest first, as the service lists assets. */
export function newestFirst(resources: readonly Resource[]): Resource[] {
  return [...resources].sort((left, right) => right.ordinal - left.ordinal)
}
