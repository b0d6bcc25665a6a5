import { z } from 'zod'
import { canonical, isObject, type Json, type JsonObject } from '../model/json.ts'
import type { ProbeAnswer } from '../model/probe.ts'
import type { GoldenRequest } from '../model/rollout.ts'

/** What is wrong with an answer to a golden request, in words that do not repeat it; undefined when nothing is. */
export function mismatchOf(
  { status, expect, maxLatencyMs }: GoldenRequest,
  answer: Extract<ProbeAnswer, { readonly status: number }>,
): string | undefined {
  if (answer.status !== status) return `status ${answer.status}, expected ${status}`
  if (answer.latencyMs > maxLatencyMs)
    return `took ${Math.round(answer.latencyMs)} ms, at most ${maxLatencyMs} allowed`
  if (expect.is === 'anything') return undefined
  if (answer.body === undefined) return 'the answer is no JSON'
  if (expect.is === 'schema') return schemaMismatch(expect.schema, answer.body)
  const isExact = expect.is === 'equal'
  const path = differs(expect.value, answer.body, { isExact, tolerance: expect.tolerance }, '')
  return path === undefined ? undefined : `the answer differs at ${path === '' ? 'its root' : path}`
}

interface Rules {
  /** Nothing more than what is expected may be there. */
  readonly isExact: boolean
  readonly tolerance: number
}

/** The JSON Pointer of the first place where `got` is not what `want` says; undefined when there is none. */
function differs(
  want: Json,
  got: Json | undefined,
  rules: Rules,
  path: string,
): string | undefined {
  if (typeof want === 'number' && typeof got === 'number')
    return Math.abs(want - got) <= rules.tolerance ? undefined : path
  if (Array.isArray(want)) return listDiffers(want, got, rules, path)
  if (isObject(want)) return objectDiffers(want, got, rules, path)
  return canonical(want) === canonical(got) && got !== undefined ? undefined : path
}

/** Lists are compared place by place: predictions come in the order of what was asked. */
function listDiffers(
  want: readonly Json[],
  got: Json | undefined,
  rules: Rules,
  path: string,
): string | undefined {
  if (!Array.isArray(got) || got.length !== want.length) return path
  for (const [index, value] of want.entries()) {
    const found = differs(value, got[index] as Json | undefined, rules, `${path}/${index}`)
    if (found !== undefined) return found
  }
  return undefined
}

function objectDiffers(
  want: JsonObject,
  got: Json | undefined,
  rules: Rules,
  path: string,
): string | undefined {
  if (!isObject(got)) return path
  const extra = Object.keys(got).find((key) => !Object.hasOwn(want, key))
  if (rules.isExact && extra !== undefined) return `${path}/${extra}`
  for (const [key, value] of Object.entries(want)) {
    const there = Object.hasOwn(got, key) ? got[key] : undefined
    const found = differs(value, there, rules, `${path}/${key}`)
    if (found !== undefined) return found
  }
  return undefined
}

const KEYWORDS = new Set([
  ...['type', 'enum', 'const', 'title', 'description'],
  ...['properties', 'required', 'additionalProperties', 'minProperties', 'maxProperties'],
  ...['items', 'minItems', 'maxItems', 'minLength', 'maxLength'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...['anyOf', 'allOf'],
])

/**
 * Why a JSON Schema of a golden file cannot be used; undefined when it can. Only keywords whose work is bounded are
 * taken: no patterns, no references, no formats (ATTACKS 38, 39).
 */
export function schemaComplaint(schema: JsonObject): string | undefined {
  const unknown = unknownKeyword(schema)
  if (unknown !== undefined) return `uses "${unknown}", which golden schemas cannot`
  try {
    compiled(schema)
    return undefined
  } catch {
    return 'is no JSON Schema that can be used'
  }
}

function unknownKeyword(schema: Json): string | undefined {
  if (!isObject(schema)) return undefined
  for (const [keyword, value] of Object.entries(schema)) {
    if (!KEYWORDS.has(keyword)) return keyword
    const inner = innerSchemas(keyword, value)
    for (const one of inner) {
      const found = unknownKeyword(one)
      if (found !== undefined) return found
    }
  }
  return undefined
}

function innerSchemas(keyword: string, value: Json): readonly Json[] {
  if (keyword === 'properties') return isObject(value) ? Object.values(value) : []
  if (keyword === 'anyOf' || keyword === 'allOf') return Array.isArray(value) ? value : []
  return keyword === 'items' || keyword === 'additionalProperties' ? [value] : []
}

// Making a validator costs more than using it.
const validators = new WeakMap<JsonObject, z.ZodType>()

function compiled(schema: JsonObject): z.ZodType {
  const known = validators.get(schema)
  if (known !== undefined) return known
  const made = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0])
  validators.set(schema, made)
  return made
}

/** Without zod's generated code: names in the schema come from a manifest. */
function schemaMismatch(schema: JsonObject, body: Json): string | undefined {
  const checked = compiled(schema).safeParse(body, { jitless: true })
  if (checked.success) return undefined
  const path = checked.error.issues[0]?.path.map((key) => `/${String(key)}`).join('') ?? ''
  return `the answer is not of the schema at ${path === '' ? 'its root' : path}`
}
