import { isObject, type Json, type JsonObject } from '../model/values/json.ts'
import { msOf } from './fields/duration.ts'

/** A step of a normal form: a value in, the same value in its one form out; undefined takes it away. */
export type NormalStep = (value: Json) => Json | undefined

/** Steps by their pointers; a pointer may hold `*` for every key of a mapping, and none lies inside another. */
export interface Steps {
  readonly [pointer: string]: NormalStep
}

/**
 * The body with every step done at its pointer, then without nulls and empty objects, then with the defaults filled in.
 * Doing it twice changes nothing, as long as no step does.
 */
export function normalForm(
  body: JsonObject,
  form: { readonly steps: Steps; readonly defaults: JsonObject },
): JsonObject {
  return withDefaults(asObject(walked(body, treeOf(form.steps))), form.defaults)
}

/** The steps below one place, by the next part of their pointers. */
interface Tree {
  readonly step?: NormalStep
  readonly below: Map<string, Tree>
}

const LEAF: Tree = { below: new Map() }
// The steps of a kind are written down once, so there are few.
const trees = new WeakMap<Steps, Tree>()

function treeOf(steps: Steps): Tree {
  const known = trees.get(steps)
  if (known !== undefined) return known
  const root: Tree = { below: new Map() }
  for (const [pointer, step] of Object.entries(steps)) {
    const path = pointer.slice(1).split('/')
    const last = path.pop() ?? ''
    let place = root
    for (const part of path) {
      const next = place.below.get(part) ?? { below: new Map() }
      place.below.set(part, next)
      place = next
    }
    place.below.set(last, { step, below: new Map() })
  }
  trees.set(steps, root)
  return root
}

function asObject(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {}
}

/** Null, absent and {} are equal (FACTS 9): none of them stays. Lists keep their places. */
function walked(value: Json, tree: Tree): Json | undefined {
  if (value === null) return undefined
  if (!isObject(value)) return value
  const kept: Record<string, Json> = {}
  let isEmpty = true
  for (const key of Object.keys(value)) {
    const child = value[key] as Json
    const inside = tree.below.get(key) ?? tree.below.get('*') ?? LEAF
    const done = inside.step === undefined || child === null ? child : inside.step(child)
    const inner = done === undefined ? undefined : walked(done, inside)
    if (inner === undefined) continue
    isEmpty = false
    put(kept, key, inner)
  }
  return isEmpty ? undefined : kept
}

/** Also for a key that an assignment would take for the prototype. */
function put(object: Record<string, Json>, key: string, value: Json): void {
  if (key !== '__proto__') object[key] = value
  else
    Object.defineProperty(object, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    })
}

function withDefaults(body: JsonObject, defaults: JsonObject): JsonObject {
  const filled: Record<string, Json> = { ...body }
  for (const [key, value] of Object.entries(defaults)) {
    const own = filled[key]
    if (own === undefined) filled[key] = value
    else if (isObject(own) && isObject(value)) filled[key] = withDefaults(own, value)
  }
  return filled
}

/** Server-owned: away with it. */
export function drop(): undefined {
  return undefined
}

/** Enums and VM sizes: the service folds case as it likes (FACTS 0.14). */
export function fold(value: Json): Json {
  return typeof value === 'string' ? value.toLowerCase() : value
}

/** `East US 2` is `eastus2`. */
export function foldLocation(value: Json): Json {
  return typeof value === 'string' ? value.toLowerCase().replaceAll(' ', '') : value
}

/** ARM ids and references to assets: one form, whatever the case and the prefix. */
export function foldId(value: Json): Json {
  return typeof value === 'string' ? value.replace(/^azureml:(?=\/)/i, '').toLowerCase() : value
}

export function foldIds(value: Json): Json {
  if (!isObject(value)) return value
  return Object.keys(value)
    .map((id) => id.toLowerCase())
    .sort()
}

/** ISO 8601 as milliseconds. */
export function duration(value: Json): Json {
  return typeof value === 'string' ? (msOf(value) ?? value) : value
}

/** As above; zero is what the service answers when it has not filled in its default (FACTS 0.12). */
export function unsetAtZero(value: Json): Json | undefined {
  const ms = duration(value)
  return ms === 0 ? undefined : ms
}

/** Weights: names folded, a missing one is 0 and a 0 is a missing one (FACTS 0.20). */
export function normalWeights(value: Json): Json {
  if (!isObject(value)) return value
  const entries = Object.entries(value).filter(([, weight]) => weight !== 0)
  return Object.fromEntries(entries.map(([name, weight]) => [name.toLowerCase(), weight]))
}

/** `properties.properties` without the keys that the service adds and changes with every write (FACTS 0.10). */
export function ownProperties(value: Json): Json {
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).filter(([key]) => !isServerKey(key)))
}

function isServerKey(key: string): boolean {
  return /^azureml\.|^(?:AzureAsyncOperationUri|BatchEndpointCreationApiVersion)$/i.test(key)
}

/**
 * Where content is in a datastore. The service rewrites it: `paths/ServiceReplicated/<guid>/LocalUpload/…` is
 * `paths/LocalUpload/…` (FACTS 0.16), and resourcegroups becomes resourceGroups (FACTS 0.14).
 */
export function foldUri(value: Json): Json {
  if (typeof value !== 'string') return value
  const plain = value
    .replace(/\/paths\/(?:ServiceReplicated\/[^/]+\/)+/i, '/paths/')
    .replace(/(?<!\/)\/+$/, '')
  const paths = plain.search(/\/paths\//i)
  if (!/^azureml:\/\//i.test(plain) || paths < 0) return plain
  return plain.slice(0, paths).toLowerCase() + plain.slice(paths)
}
