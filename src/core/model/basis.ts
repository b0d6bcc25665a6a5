import type { Live } from './live.ts'
import { hashOf } from './values/hash.ts'
import { canonical, isObject, type Json, type JsonObject, textIn } from './values/json.ts'

/**
 * The ground a write was decided on: 16 hex digits over a raw ARM body, 'absent' when there is none. Two readings
 * between which only the service's own book-keeping moved have the same basis.
 */
export function basisOf(body: JsonObject | undefined): string {
  if (body === undefined) return 'absent'
  const known = bases.get(body)
  if (known !== undefined) return known
  const basis = hashOf(canonical(withoutVolatile(body)), 16)
  bases.set(body, basis)
  return basis
}

// A body that was read is not changed any more.
const bases = new WeakMap<JsonObject, string>()

/** The ground of a write to a live thing: what Azure holds, without what is restored on paper only. */
export function basisOfLive(live: Live | undefined): string {
  return basisOf(live?.restored?.read ?? live?.body)
}

/**
 * The last write to a live thing, whoever sent it: between two readings with the same mark there was none, also where the
 * body went elsewhere and came back. Where Azure does not name its operations, it is the body alone.
 */
export function lastWriteOf(live: Live): string {
  return lastWriteIn(live.restored?.read ?? live.body)
}

/** The same, of a body as Azure gives it. */
export function lastWriteIn(body: JsonObject | undefined): string {
  // What follows is signed anew on every read.
  const [operation = ''] = operationLinkIn(body)?.split('?') ?? []
  return `${basisOf(body)} ${operation}`
}

function operationLinkIn(body: JsonObject | undefined): string | undefined {
  const properties = body !== undefined && isObject(body.properties) ? body.properties : {}
  const inner = isObject(properties.properties) ? properties.properties : {}
  const { AzureAsyncOperationUri: link } = inner
  return typeof link === 'string' ? link : undefined
}

/** What a write leaves on a thing, as its answer tells it. */
export interface WriteMark {
  /** The id of the operation that it began. */
  readonly operation?: string
  /** The basis of the body that it was answered with. */
  readonly body?: string
}

/** `link` is the address of the operation, `body` the answered one; each may be missing. */
export function writeMarkOf(link: string | undefined, body: JsonObject | undefined): WriteMark {
  return {
    ...(link === undefined ? {} : { operation: operationIdIn(link) }),
    ...(body === undefined ? {} : { body: basisOf(body) }),
  }
}

/**
 * Whether the write with this mark is the last one to a live thing, whoever else writes: the thing names its operation, or,
 * where it names none (assets, newer batch builds), is what the write was answered with.
 */
export function isLastWrite({ body, restored }: Live, mark: WriteMark): boolean {
  const read = restored?.read ?? body
  const link = operationLinkIn(read)
  return link === undefined ? mark.body === basisOf(read) : mark.operation === operationIdIn(link)
}

/** The last part of `…/od:<workspace>:<id>?…`: what stands before it differs between the header and the body (FACTS 2.1). */
function operationIdIn(link: string): string {
  const [address = ''] = link.split('?')
  return address.slice(Math.max(address.lastIndexOf(':'), address.lastIndexOf('/')) + 1)
}

/** Failed is no book-keeping: what was decided of a thing that was up is not decided of one that is not. */
function failureIn(state: Json | undefined): JsonObject {
  return /^(failed|canceled)$/i.test(textIn(state)) ? { provisioningState: 'Failed' } : {}
}

/** `AzureAsyncOperationUri` changes with every write and is signed anew on reads (FACTS 0.6, 0.10). */
function withoutVolatile(body: JsonObject): JsonObject {
  const { systemData: _, ...kept } = body
  return inside(kept, 'properties', ({ provisioningState, ...properties }) => ({
    ...inside(properties, 'properties', ({ AzureAsyncOperationUri: _uri, ...own }) => own),
    ...failureIn(provisioningState),
  }))
}

function inside(
  body: JsonObject,
  key: string,
  change: (value: JsonObject) => JsonObject,
): JsonObject {
  const value: Json | undefined = body[key]
  return isObject(value) ? { ...body, [key]: change(value) } : body
}
