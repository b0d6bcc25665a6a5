import type { Answer } from '../call.ts'
import type { Json } from '../contract.ts'
import { gatewayError } from '../errors.ts'
import { isObject } from '../json.ts'

/**
 * Where a written body has maps from text to text, by the service's OpenAPI document (mfe.json); a star is every member.
 * Those of computes are something else: their `properties.properties` has a schema of its own.
 */
const MAPS: readonly (readonly string[])[] = [
  ['tags'],
  ['properties', 'tags'],
  ['properties', 'properties'],
  ['properties', 'environmentVariables'],
  ['properties', 'deploymentConfiguration', 'tags'],
  ['properties', 'deploymentConfiguration', 'settings'],
  ['properties', 'flavors', '*', 'data'],
]
const MAPS_OF_COMPUTES = MAPS.slice(0, 1)

/** A body whose maps of texts hold texts, or the refusal of one that cannot be read as such. */
export type WithTexts = { readonly body: Json } | { readonly refusal: Answer }

/**
 * What the service makes of a written body: clients send numbers and booleans where it keeps texts (azure-ai-ml 1.35 does
 * so with `hash_version`), and read texts back.
 */
export function withTexts(body: Json, collection: string): WithTexts {
  const maps = collection === 'computes' ? MAPS_OF_COMPUTES : MAPS
  try {
    return { body: maps.reduce((read, path) => within(read, path, []), body) }
  } catch (error) {
    if (error instanceof NoText) return { refusal: refusalOf(error.message) }
    throw error
  }
}

/** Its message is the place of what is no text. */
class NoText extends Error {}

/** The value with the map at `path` made of texts. */
function within(value: Json, path: readonly string[], place: readonly string[]): Json {
  if (!isObject(value)) return value
  const [name, ...rest] = path
  const read = (old: Json, there: readonly string[]) =>
    name === undefined ? textFrom(old, there) : within(old, rest, there)
  const isMeant = (one: string) => name === undefined || name === '*' || name === one
  const entries = Object.entries(value).map(([one, old]) =>
    isMeant(one) ? [one, read(old, [...place, one])] : [one, old],
  )
  return Object.fromEntries(entries)
}

/** Null stays: the service takes it for a text that is not there. */
function textFrom(value: Json, place: readonly string[]): Json {
  if (typeof value === 'object' && value !== null) throw new NoText(place.join('.'))
  return value === null ? null : String(value)
}

/** The first sentence is Azure's, what follows is ours. */
function refusalOf(place: string): Answer {
  const message = `The request content was invalid and could not be deserialized: '${place}' must be a text.`
  return gatewayError(400, 'InvalidRequestContent', message)
}
