import { isObject, type Json, type JsonObject } from '../model/json.ts'

/**
 * The part of JSON Schema (2020-12) that golden files may use: every keyword whose work is bounded by the size of the
 * schema and of the answer. No patterns, no references, no formats (ATTACKS 38, 39).
 */
interface Keyword {
  /** Whether the keyword's own value is one. */
  readonly isWell: (rule: Json) => boolean
  /** The JSON Pointer of the first place below the value that breaks the rule; undefined when none does. */
  readonly broken: (rule: Json, value: Json, schema: JsonObject) => string | undefined
}

/** Parts of a schema in all: they bound the work, together with the size of an answer. */
const MAX_PARTS = 1000
const TYPES = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'] as const

const KEYWORDS: ReadonlyMap<string, Keyword> = new Map<string, Keyword>([
  ['title', says(isText, () => true)],
  ['description', says(isText, () => true)],
  ['type', says(isTypes, (rule, value) => listOf(rule).some((type) => isOfType(type, value)))],
  ['const', says(isAnything, isEqual)],
  ['enum', says(Array.isArray, (rule, value) => listOf(rule).some((one) => isEqual(one, value)))],
  ['minimum', onNumbers((rule, value) => value >= rule)],
  ['maximum', onNumbers((rule, value) => value <= rule)],
  ['exclusiveMinimum', onNumbers((rule, value) => value > rule)],
  ['exclusiveMaximum', onNumbers((rule, value) => value < rule)],
  ['multipleOf', onNumbers(isMultiple, (rule) => rule > 0)],
  ['minLength', onSizes(textLength, (rule, size) => size >= rule)],
  ['maxLength', onSizes(textLength, (rule, size) => size <= rule)],
  ['minItems', onSizes(listLength, (rule, size) => size >= rule)],
  ['maxItems', onSizes(listLength, (rule, size) => size <= rule)],
  ['minProperties', onSizes(keyCount, (rule, size) => size >= rule)],
  ['maxProperties', onSizes(keyCount, (rule, size) => size <= rule)],
  ['required', says(isTexts, hasAll)],
  ['properties', { isWell: isObject, broken: brokenProperty }],
  ['additionalProperties', { isWell: isAnything, broken: brokenAddition }],
  ['items', { isWell: isAnything, broken: brokenItem }],
  ['allOf', { isWell: isSchemas, broken: brokenPart }],
  ['anyOf', { isWell: isSchemas, broken: brokenChoice }],
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
  for (const [name, rule] of Object.entries(schema)) {
    const keyword = KEYWORDS.get(name)
    if (keyword === undefined) return `uses "${name}", which golden schemas cannot`
    if (!keyword.isWell(rule)) return `has a "${name}" that says nothing`
  }
  return undefined
}

function innerSchemas(schema: JsonObject): readonly Json[] {
  const { properties = {}, items = [], additionalProperties = [], allOf = [], anyOf = [] } = schema
  return [
    ...(isObject(properties) ? Object.values(properties) : []),
    ...[items, additionalProperties].filter((one) => !Array.isArray(one)),
    ...[allOf, anyOf].flatMap(listOf),
  ]
}

/** The JSON Pointer of the first place at which a value is not of a schema; undefined when it is. */
export function schemaMismatch(schema: Json, value: Json): string | undefined {
  if (!isObject(schema)) return schema === false ? '' : undefined
  for (const [name, rule] of Object.entries(schema)) {
    const place = KEYWORDS.get(name)?.broken(rule, value, schema)
    if (place !== undefined) return place
  }
  return undefined
}

/** A keyword that speaks of the value as a whole. */
function says(
  isWell: (rule: Json) => boolean,
  holds: (rule: Json, value: Json) => boolean,
): Keyword {
  return { isWell, broken: (rule, value) => (holds(rule, value) ? undefined : '') }
}

/** A keyword that says nothing of what is no number. */
function onNumbers(
  holds: (rule: number, value: number) => boolean,
  isFit: (rule: number) => boolean = () => true,
): Keyword {
  return says(
    (rule) => typeof rule === 'number' && isFit(rule),
    (rule, value) => typeof value !== 'number' || holds(Number(rule), value),
  )
}

/** A keyword that speaks of how large something is, if it has that size. */
function onSizes(
  sizeOf: (value: Json) => number | undefined,
  holds: (rule: number, size: number) => boolean,
): Keyword {
  return says(
    (rule) => Number.isInteger(rule) && Number(rule) >= 0,
    (rule, value) => {
      const size = sizeOf(value)
      return size === undefined || holds(Number(rule), size)
    },
  )
}

function brokenProperty(rule: Json, value: Json): string | undefined {
  if (!isObject(rule) || !isObject(value)) return undefined
  return firstBroken(
    Object.entries(rule).flatMap(([key, schema]) =>
      Object.hasOwn(value, key) ? [[key, schema, value[key] ?? null] as const] : [],
    ),
  )
}

function brokenAddition(rule: Json, value: Json, { properties }: JsonObject): string | undefined {
  if (!isObject(value)) return undefined
  const known = isObject(properties) ? properties : {}
  return firstBroken(
    Object.entries(value).flatMap(([key, one]) =>
      Object.hasOwn(known, key) ? [] : [[key, rule, one] as const],
    ),
  )
}

function brokenItem(rule: Json, value: Json): string | undefined {
  if (!Array.isArray(value)) return undefined
  return firstBroken(listOf(value).map((one, index) => [String(index), rule, one] as const))
}

function firstBroken(
  parts: readonly (readonly [key: string, schema: Json, value: Json])[],
): string | undefined {
  for (const [key, schema, value] of parts) {
    const place = schemaMismatch(schema, value)
    if (place !== undefined) return `/${key}${place}`
  }
  return undefined
}

function brokenPart(rule: Json, value: Json): string | undefined {
  for (const schema of listOf(rule)) {
    const place = schemaMismatch(schema, value)
    if (place !== undefined) return place
  }
  return undefined
}

function brokenChoice(rule: Json, value: Json): string | undefined {
  return listOf(rule).some((schema) => schemaMismatch(schema, value) === undefined) ? undefined : ''
}

function listOf(value: Json): readonly Json[] {
  return Array.isArray(value) ? value : [value]
}

function isAnything(): boolean {
  return true
}

function isText(rule: Json): boolean {
  return typeof rule === 'string'
}

function isTexts(rule: Json): boolean {
  return Array.isArray(rule) && rule.every((one) => typeof one === 'string')
}

function isTypes(rule: Json): boolean {
  return listOf(rule).length > 0 && listOf(rule).every((type) => TYPES.some((one) => one === type))
}

function isSchemas(rule: Json): boolean {
  return Array.isArray(rule) && rule.length > 0
}

function isOfType(type: Json, value: Json): boolean {
  if (type === 'integer') return Number.isInteger(value)
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  return type === 'object' ? isObject(value) : typeof value === type
}

/** It looks no deeper than the rule goes: an answer may be of any depth. */
function isEqual(rule: Json, value: Json | undefined): boolean {
  if (Array.isArray(rule))
    return (
      Array.isArray(value) &&
      value.length === rule.length &&
      rule.every((one, index) => isEqual(one, value[index]))
    )
  if (!isObject(rule)) return rule === value
  const keys = Object.keys(rule)
  return (
    isObject(value) &&
    keys.length === Object.keys(value).length &&
    keys.every((key) => Object.hasOwn(value, key) && isEqual(rule[key] ?? null, value[key]))
  )
}

/** Decimal fractions are no exact numbers: 0.3 is taken for a multiple of 0.1. */
function isMultiple(rule: number, value: number): boolean {
  const times = value / rule
  return Math.abs(times - Math.round(times)) <= 1e-9 * Math.max(1, Math.abs(times))
}

function hasAll(rule: Json, value: Json): boolean {
  return !isObject(value) || listOf(rule).every((key) => Object.hasOwn(value, String(key)))
}

/** In code points, as the standard counts. */
function textLength(value: Json): number | undefined {
  return typeof value === 'string' ? [...value].length : undefined
}

function listLength(value: Json): number | undefined {
  return Array.isArray(value) ? value.length : undefined
}

function keyCount(value: Json): number | undefined {
  return isObject(value) ? Object.keys(value).length : undefined
}
