import { type Schema, Validator } from '@cfworker/json-schema'
import { z } from 'zod'
import { isObject, type Json, type JsonObject } from '../../model/values/json.ts'

/** Parts of a schema in all: they bound the work, together with the size of an answer. */
const MAX_PARTS = 1000
const DIALECT = '2020-12'

const TYPES = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'] as const
const type = z.enum(TYPES)
const size = z.int().min(0)
const list = z.array(z.unknown()).min(1)

/**
 * The keywords of JSON Schema that golden files may use, and what each may say: all whose work is bounded by the size of
 * the schema and of the answer. No patterns, no references, no formats (ATTACKS 38, 39).
 */
const KEYWORDS: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>([
  ...(['title', 'description'] as const).map((name) => [name, z.string()] as const),
  ['type', z.union([type, z.array(type).min(1)])],
  ['const', z.unknown()],
  ['enum', list],
  ...(['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'] as const).map(
    (name) => [name, z.number()] as const,
  ),
  ['multipleOf', z.number().positive()],
  ...(
    ['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'] as const
  ).map((name) => [name, size] as const),
  ['required', z.array(z.string())],
  ['properties', z.record(z.string(), z.unknown())],
  ['additionalProperties', z.unknown()],
  ['items', z.unknown()],
  ['allOf', list],
  ['anyOf', list],
])

/** Why a schema cannot be used; undefined when it can. */
export function schemaComplaint(schema: Json): string | undefined {
  const ahead: Json[] = [schema]
  let parts = 0
  for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
    parts += 1
    if (parts > MAX_PARTS) return `has more than ${MAX_PARTS} parts`
    if (typeof next === 'boolean') continue
    if (!isObject(next)) return 'holds something that is no schema'
    const complaint = keywordComplaint(next)
    if (complaint !== undefined) return complaint
    ahead.push(...innerSchemas(next))
  }
  return undefined
}

function keywordComplaint(schema: JsonObject): string | undefined {
  for (const [name, said] of Object.entries(schema)) {
    const rule = KEYWORDS.get(name)
    if (rule === undefined) return `uses "${name}", which golden schemas cannot`
    if (!rule.safeParse(said).success) return `has a "${name}" that says nothing`
  }
  return undefined
}

function innerSchemas(schema: JsonObject): readonly Json[] {
  const { properties = {}, items, additionalProperties, allOf = [], anyOf = [] } = schema
  return [
    ...(isObject(properties) ? Object.values(properties) : []),
    ...[items, additionalProperties].filter((one) => one !== undefined),
    ...[allOf, anyOf].flatMap((all) => (Array.isArray(all) ? (all as readonly Json[]) : [all])),
  ]
}

/** The JSON Pointer of the first place at which a value is not of a schema; undefined when it is. */
export function schemaMismatch(schema: Json, value: Json): string | undefined {
  const { valid, errors } = new Validator(schema as Schema | boolean, DIALECT, true).validate(value)
  if (valid) return undefined
  return (errors.at(-1)?.instanceLocation ?? '#').slice(1)
}

/** Values of an answer times what a schema asks of each: 50 ms of work, as measured. */
const MOST_CHECKS = 100_000

/** Whether a value is larger than can be checked in one go: each of its values may meet each part of the schema. */
export function isTooMuch(schema: Json, value: Json): boolean {
  const mostValues = MOST_CHECKS / sizeOf(schema, MOST_CHECKS)
  return sizeOf(value, mostValues) > mostValues
}

/** How many values there are in a value, and itself; counted until they are more than `most`. */
function sizeOf(value: Json, most: number): number {
  const ahead: Json[] = [value]
  let count = 0
  for (let next = ahead.pop(); next !== undefined && count <= most; next = ahead.pop()) {
    count += 1
    if (typeof next === 'object' && next !== null)
      for (const one of Object.values(next)) ahead.push(one)
  }
  return count
}
