import { hashOf } from './hash.ts'
import { canonical, isObject, type Json, type JsonObject } from './json.ts'

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

/** `AzureAsyncOperationUri` changes with every write and is signed anew on reads (FACTS 0.6, 0.10). */
function withoutVolatile(body: JsonObject): JsonObject {
  const { systemData: _, ...kept } = body
  return inside(kept, 'properties', ({ provisioningState: _state, ...properties }) =>
    inside(properties, 'properties', ({ AzureAsyncOperationUri: _uri, ...own }) => own),
  )
}

function inside(
  body: JsonObject,
  key: string,
  change: (value: JsonObject) => JsonObject,
): JsonObject {
  const value: Json | undefined = body[key]
  return isObject(value) ? { ...body, [key]: change(value) } : body
}
