import { isObject, type Json, type JsonObject } from '../model/json.ts'
import { msOf } from './duration.ts'

/** A step of a normal form: a value in, the same value in its one form out; undefined takes it away. */
export type Step = (value: Json) => Json | undefined

/**
 * The body with every step done at its pointer, then without nulls and empty objects, then with the defaults filled in.
 * A pointer may hold `*` for every key of a mapping. Doing it twice changes nothing, as long as no step does.
 */
export function normalForm(
  body: JsonObject,
  form: { steps: { readonly [pointer: string]: Step }; defaults: JsonObject },
): JsonObject {
  let normal: Json = body
  for (const [pointer, step] of Object.entries(form.steps)) {
    normal = applied(normal, pointer.slice(1).split('/'), step)
  }
  return withDefaults(asObject(compact(normal)), form.defaults)
}

function asObject(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {}
}

function applied(value: Json, path: readonly string[], step: Step): Json {
  const [head, ...rest] = path
  if (!isObject(value) || head === undefined) return value
  const changed: [string, Json][] = []
  for (const [key, child] of Object.entries(value)) {
    const meant = head === '*' || head === key
    const next =
      !meant || child === null ? child : rest.length > 0 ? applied(child, rest, step) : step(child)
    if (next !== undefined) changed.push([key, next])
  }
  return Object.fromEntries(changed)
}

/** Null, absent and {} are equal (FACTS 9): none of them stays. Lists keep their places. */
function compact(value: Json): Json | undefined {
  if (value === null) return undefined
  if (!isObject(value)) return value
  const kept = Object.entries(value).flatMap(([key, child]): [string, Json][] => {
    const inner = compact(child)
    return inner === undefined ? [] : [[key, inner]]
  })
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
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
export function weights(value: Json): Json {
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
    .replace(/\/+$/, '')
  const paths = plain.search(/\/paths\//i)
  if (!/^azureml:\/\//i.test(plain) || paths < 0) return plain
  return plain.slice(0, paths).toLowerCase() + plain.slice(paths)
}
