import { isObject, type Json, type JsonObject } from './json.ts'
import { onceByText } from './once.ts'

/** RFC 6901 reference tokens of a pointer; the same few pointers are asked for at every tick. */
const tokensOf = onceByText(10_000, splitUp)

function splitUp(pointer: string): readonly string[] {
  if (pointer === '') return []
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function partOf(token: string): string {
  const isPlain = !token.includes('~') && !token.includes('/')
  return isPlain ? `/${token}` : `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`
}

/** What the value at a pointer is called: its last segment, as it is written. */
export function nameAt(pointer: string): string {
  return pointer.slice(pointer.lastIndexOf('/') + 1)
}

/** The value at a pointer; undefined when any step is missing. Own properties only, so no prototype is ever reached. */
export function valueAt(object: JsonObject, pointer: string): Json | undefined {
  return valueBelow(object, tokensOf(pointer))
}

function valueBelow(object: JsonObject, tokens: readonly string[]): Json | undefined {
  let value: Json | undefined = object
  for (const token of tokens) {
    if (Array.isArray(value)) value = /^\d+$/.test(token) ? value[Number(token)] : undefined
    else if (isObject(value) && Object.hasOwn(value, token)) value = value[token]
    else return undefined
  }
  return value
}

/** A copy with the value set; objects on the way are made where they are missing. The original is untouched. */
export function withValue(object: JsonObject, pointer: string, value: Json): JsonObject {
  const made = marked.get(object) ?? []
  const known = made.find((one) => one.pointer === pointer && isSame(one.value, value))
  if (known !== undefined) return known.copy
  const copy = set(object, tokensOf(pointer), value)
  marked.set(object, [...made.slice(1 - COPIES_KEPT), { pointer, value, copy }])
  return copy
}

const COPIES_KEPT = 3

/** The same word, or the same flat map: marks and weights. */
function isSame(one: Json | undefined, other: Json): boolean {
  if (one === other) return true
  if (!isObject(one) || !isObject(other)) return false
  const keys = Object.keys(one)
  const others = Object.keys(other)
  return (
    keys.length === others.length &&
    keys.every((key, place) => key === others[place] && one[key] === other[key])
  )
}

/** The copies made last of an object: marks are put on the same body again and again, and equal copies are best one. */
interface Copied {
  readonly pointer: string
  readonly value?: Json
  readonly copy: JsonObject
}

const marked = new WeakMap<JsonObject, readonly Copied[]>()
const shortened = new WeakMap<JsonObject, Copied>()

/** A copy without the value; undefined steps are fine. */
export function without(object: JsonObject, pointer: string): JsonObject {
  const known = shortened.get(object)
  if (known?.pointer === pointer) return known.copy
  const copy = shorter(object, pointer)
  if (copy !== object) shortened.set(object, { pointer, copy })
  return copy
}

function shorter(object: JsonObject, pointer: string): JsonObject {
  const tokens = tokensOf(pointer)
  const last = tokens.at(-1)
  const parent = valueBelow(object, tokens.slice(0, -1))
  if (last === undefined || !isObject(parent) || !Object.hasOwn(parent, last)) return object
  const { [last]: _, ...rest } = parent
  return set(object, tokens.slice(0, -1), rest) as JsonObject
}

/** A body with some fields left out and others replaced: the write of a take-back, over whatever a read gives. */
export function laidOver(
  body: JsonObject,
  change: {
    readonly fields: readonly { readonly path: string; readonly value: Json }[]
    readonly dropped: readonly string[]
  },
): JsonObject {
  const kept = change.dropped.reduce(without, body)
  return change.fields.reduce((laid, { path, value }) => withValue(laid, path, value), kept)
}

/**
 * Pointers of all leaves: values that are not objects, arrays as one, and the pointers named as `wholes`, which count as
 * one value whatever is inside. An empty object is no leaf: who declares `tags: {}` says nothing about any tag.
 */
export function leavesOf(object: JsonObject, wholes: readonly string[]): readonly string[] {
  const known = found.get(object)
  if (known?.wholes === wholes) return known.leaves
  const leaves = leavesIn(object, wholes)
  found.set(object, { wholes, leaves })
  return leaves
}

const found = new WeakMap<
  JsonObject,
  { readonly wholes: readonly string[]; readonly leaves: readonly string[] }
>()

function leavesIn(object: JsonObject, wholes: readonly string[]): readonly string[] {
  const leaves: string[] = []
  const walk = (value: JsonObject, path: string): void => {
    for (const [key, child] of Object.entries(value)) {
      const pointer = `${path}${partOf(key)}`
      if (isObject(child) && !wholes.includes(pointer)) walk(child, pointer)
      else leaves.push(pointer)
    }
  }
  walk(object, '')
  return leaves
}

/** Only the values at the pointers, in their places. */
export function projectionOf(object: JsonObject, pointers: readonly string[]): JsonObject {
  let projection: JsonObject = {}
  for (const pointer of pointers) {
    const value = valueAt(object, pointer)
    if (value !== undefined) projection = withValue(projection, pointer, value)
  }
  return projection
}

function set(object: JsonObject, tokens: readonly string[], value: Json): JsonObject {
  const [head, ...rest] = tokens
  if (head === undefined) return value as JsonObject
  const child = Object.hasOwn(object, head) ? object[head] : undefined
  const next = rest.length === 0 ? value : set(isObject(child) ? child : {}, rest, value)
  return { ...object, [head]: next }
}
