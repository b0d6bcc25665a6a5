import { z } from 'zod'
import { isObject, type Json, type JsonObject } from '../model/values/json.ts'
import { shown } from './fields/shown.ts'
import { suggest } from './fields/suggest.ts'
import type { FieldIssue } from './kind.ts'

type Path = readonly (string | number)[]
type RawIssue = z.core.$ZodIssue

/** Reads the fields of a manifest by a schema: the value, or every issue, each at its field and with a suggestion. */
export function fieldsOf<T>(
  schema: z.ZodType<T>,
  input: JsonObject,
): { readonly value: T } | { readonly issues: readonly FieldIssue[] } {
  const parsed = schema.safeParse(input)
  if (parsed.success) return { value: parsed.data }
  const described = schemaOf(schema)
  return { issues: parsed.error.issues.flatMap((issue) => issuesOf(issue, [], input, described)) }
}

// Drawing one costs more than reading a manifest by it, and there are few.
const drawn = new WeakMap<z.ZodType, JsonObject>()

/** The JSON Schema of what a person may write. */
export function schemaOf(schema: z.ZodType): JsonObject {
  const known = drawn.get(schema)
  if (known !== undefined) return known
  const made = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonObject
  drawn.set(schema, made)
  return made
}

export function at(issue: FieldIssue, path: Path): FieldIssue {
  return { ...issue, path: [...path, ...issue.path] }
}

/** A copy without the fields that are undefined, which is what a spec may hold. */
export function defined(fields: object): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

function issuesOf(issue: RawIssue, base: Path, input: Json, schema: JsonObject): FieldIssue[] {
  const path = [...base, ...issue.path.map((key) => (typeof key === 'symbol' ? '' : key))]
  if (issue.code === 'unrecognized_keys') {
    const fields = propertiesAt(schema, path)
    const known = Object.entries(fields)
      .filter(
        ([name, field]) => name !== '$schema' && !(isObject(field) && field.readOnly === true),
      )
      .map(([name]) => name)
    // Microsoft's files, and not ours, may name their schema.
    const printed = '$schema' in fields ? PRINTED : NONE
    return issue.keys.map((key) =>
      printed.has(key) ? printedField(key, path) : unknownField(key, path, known),
    )
  }
  if (issue.code === 'invalid_union') return unionIssues(issue.errors, path, input, schema)
  const missing = valueAt(input, path) === undefined
  const name = nameAt(path)
  if (missing) return [{ path, reason: 'MissingField', message: `"${name}" is required` }]
  const given = issue.code === 'custom' ? issue.params?.reason : undefined
  const reason = typeof given === 'string' ? given : 'InvalidValue'
  return [{ path, reason, message: `"${name}" ${messageOf(issue)}` }]
}

/** The last field of a path, and of a list which item: `slots[0]`. */
function nameAt(path: Path): string {
  const [last = 'the manifest', list] = path.toReversed()
  return typeof last === 'number' && list !== undefined ? `${list}[${last}]` : String(last)
}

/** What `az ml ... show` prints of any thing, and no manifest declares; some kinds take a part of it and drop it. */
const PRINTED: ReadonlySet<string> = new Set([
  ...['resourceGroup', 'resource_group', 'resource_id', 'id', 'kind', 'location', 'etag', 'sku'],
  ...['system_data', 'systemData', 'creation_context', 'provisioning_state', 'provisioningState'],
  ...['scoring_uri', 'openapi_uri', 'latest_version', 'utc_time_created', 'job_name'],
  ...['referenced_uris', 'is_anonymous', 'is_archived', 'intellectual_property'],
])

const NONE: ReadonlySet<string> = new Set()

function printedField(key: string, path: Path): FieldIssue {
  const message = `${shown(key)} is printed by "az ml ... show" and can be declared by nobody, nor is it taken by "az ml ... create": remove it`
  return { path: [...path, key], reason: 'ReadOnlyField', message }
}

function unknownField(key: string, path: Path, known: readonly string[]): FieldIssue {
  const near = suggest(key, known)
  const hint = near === undefined ? `known here: ${known.join(', ')}` : `did you mean "${near}"?`
  const message = `unknown field ${shown(key)}: ${hint}`.slice(0, 600)
  return { path: [...path, key], reason: 'UnknownField', message }
}

/** Of a union's branches only the one that is meant speaks: the one whose type fits. */
function unionIssues(
  branches: readonly RawIssue[][],
  path: Path,
  input: Json,
  schema: JsonObject,
): FieldIssue[] {
  const meant = branches.find((issues) => !issues.some(isTypeOfWhole)) ?? branches[0] ?? []
  return meant.flatMap((issue) => issuesOf(issue, path, input, schema))
}

function isTypeOfWhole(issue: RawIssue): boolean {
  return issue.code === 'invalid_type' && issue.path.length === 0
}

function messageOf(issue: RawIssue): string {
  if (issue.code === 'invalid_type') {
    return issue.expected === 'object' || issue.expected === 'record'
      ? 'must be a mapping'
      : `must be of type ${issue.expected}`
  }
  return issue.message
}

function valueAt(input: Json, path: Path): Json | undefined {
  let value: Json | undefined = input
  for (const key of path) {
    if (Array.isArray(value)) value = value[Number(key)]
    else if (isObject(value) && Object.hasOwn(value, key)) value = value[key]
    else return undefined
  }
  return value
}

/** The described fields of the mapping at a path: through lists, maps, and the branches of unions. */
function propertiesAt(schema: JsonObject, path: Path): JsonObject {
  const [head, ...rest] = path
  const branches = Array.isArray(schema.anyOf) ? schema.anyOf.filter(isObject) : []
  if (branches.length > 0) {
    return Object.fromEntries(branches.flatMap((one) => Object.entries(propertiesAt(one, path))))
  }
  if (head === undefined) return isObject(schema.properties) ? schema.properties : {}
  const named = isObject(schema.properties) ? schema.properties[head] : undefined
  const next = named ?? (typeof head === 'number' ? schema.items : schema.additionalProperties)
  return isObject(next) ? propertiesAt(next, rest) : {}
}

/** An inline asset may go without a name, then it has no version either. */
export function namelessVersion(fields: {
  readonly name?: string | undefined
  readonly version?: string | undefined
}): readonly FieldIssue[] {
  if (fields.name !== undefined || fields.version === undefined) return []
  const message = '"name" is required where a "version" is given'
  return [{ path: ['version'], reason: 'MissingField', message }]
}
