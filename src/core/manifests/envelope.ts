import { z } from 'zod'
import { defined, fieldsOf, schemaOf } from '../kinds/decode.ts'
import { text, texts } from '../kinds/fields/fields.ts'
import { shown } from '../kinds/fields/shown.ts'
import { suggest } from '../kinds/fields/suggest.ts'
import { mapVariants } from '../kinds/fields/variants.ts'
import { KINDS } from '../kinds/index.ts'
import type { FieldIssue } from '../kinds/kind.ts'
import type { Policy } from '../model/desired.ts'
import { KIND_NAMES, type KindName } from '../model/ref.ts'
import { isObject, type Json, type JsonObject } from '../model/values/json.ts'
import { policyOf } from './policy.ts'

export const API_VERSION = 'verdigris.dev/v1'

/** Documents of our own kinds, which are read elsewhere. */
export const OWN_KINDS = ['Application', 'Rollout', 'AnalysisTemplate'] as const
const KINDS_HERE: readonly string[] = [...KIND_NAMES, ...OWN_KINDS]

const envelopeSchema = z.strictObject({
  apiVersion: z.literal(API_VERSION).describe('Always `verdigris.dev/v1`.'),
  kind: z.string().describe('The kind of the spec.'),
  metadata: z
    .strictObject({
      name: text(255).describe('The name; it stands for `name` in the spec.'),
      labels: texts({ entries: 50, key: 512, value: 256 })
        .optional()
        .describe('Become tags, beside `tags` of the spec.'),
      annotations: texts({ entries: 100, key: 512, value: 4096 })
        .optional()
        .describe(
          'Policy under `verdigris.dev/`: `drift`, `prune`, `on-delete`, `suspend-until`, `adopt`.',
        ),
    })
    .describe('Who it is.'),
  spec: z.record(z.string(), z.unknown()).describe('The fields of the kind, as in a CLI v2 file.'),
})

/** An envelope opened: a CLI v2 document, and what only an envelope can say. */
export type Opened =
  | {
      readonly kind: KindName
      readonly fields: JsonObject
      readonly policy: Policy
      /** What is wrong with the envelope itself, by paths from its root; the fields are read all the same. */
      readonly around: readonly FieldIssue[]
    }
  | { readonly kind: (typeof OWN_KINDS)[number] }
  | { readonly issues: readonly FieldIssue[] }

export function openEnvelope(document: JsonObject): Opened {
  const version = versionIssue(document.apiVersion)
  if (version !== undefined) return { issues: [version] }
  const kind = kindIssue(document.kind)
  if (kind !== undefined) return { issues: [kind] }
  const own = OWN_KINDS.find((one) => one === document.kind)
  if (own !== undefined) return { kind: own }
  const read = fieldsOf(envelopeSchema, document)
  const { spec } = document
  if ('issues' in read && !isObject(spec)) return { issues: read.issues }
  const here = { kind: document.kind as KindName, spec: isObject(spec) ? spec : {} }
  if ('issues' in read) return { ...withoutEnvelope(here, document.metadata), around: read.issues }
  const { metadata } = read.value
  const { policy, issues } = policyOf(metadata.annotations ?? {}, here.kind)
  const around = [
    ...issues.map((issue) => ({ ...issue, path: ['metadata', ...issue.path] })),
    ...clashes(metadata.name, metadata.labels ?? {}, here.spec),
  ]
  const tags = tagsOf(metadata.labels, here.spec.tags)
  const fields = { ...here.spec, ...defined({ name: metadata.name, tags }) }
  return { kind: here.kind, fields, policy, around }
}

/** Of an envelope that is wrong, its fields: nothing is declared by it, and what is wrong with them is told as well. */
function withoutEnvelope(
  { kind, spec }: { readonly kind: KindName; readonly spec: JsonObject },
  metadata: Json | undefined,
): Pick<Extract<Opened, { policy: Policy }>, 'kind' | 'fields' | 'policy'> {
  const name = isObject(metadata) ? metadata.name : undefined
  return { kind, fields: { ...spec, ...defined({ name }) }, policy: {} }
}

/** Where an issue of the opened document is in the envelope. */
export function pathInEnvelope(
  path: readonly (string | number)[],
  has: (path: readonly (string | number)[]) => boolean,
): readonly (string | number)[] {
  if (path.length === 0) return []
  const inSpec = ['spec', ...path]
  if (path[0] === 'name') return ['metadata', 'name']
  if (path[0] !== 'tags' || has(inSpec)) return inSpec
  return ['metadata', 'labels', ...path.slice(1)]
}

/** A later or an earlier version is refused by name: its fields may mean something else (ATTACKS 40). */
function versionIssue(version: Json | undefined): FieldIssue | undefined {
  if (version === API_VERSION) return undefined
  const given = typeof version === 'string' ? shown(version) : 'none'
  const message = `apiVersion must be ${API_VERSION}, not ${given}`
  return { path: ['apiVersion'], reason: 'UnsupportedApiVersion', message }
}

function kindIssue(kind: Json | undefined): FieldIssue | undefined {
  const path = ['kind']
  if (typeof kind !== 'string') {
    return { path, reason: 'MissingField', message: '"kind" is required' }
  }
  if (KINDS_HERE.includes(kind)) return undefined
  const near = suggest(kind, KINDS_HERE)
  const hint = near === undefined ? `known: ${KINDS_HERE.join(', ')}` : `did you mean ${near}?`
  return { path, reason: 'UnknownKind', message: `unknown kind ${shown(kind)}: ${hint}` }
}

function clashes(
  name: string,
  labels: { readonly [name: string]: string },
  spec: JsonObject,
): readonly FieldIssue[] {
  const issues: FieldIssue[] = []
  if (spec.name !== undefined && spec.name !== name) {
    const message = 'the name is in metadata and, differently, in spec: keep the one in metadata'
    issues.push({ path: ['spec', 'name'], reason: 'ConflictingFields', message })
  }
  const tags = isObject(spec.tags) ? spec.tags : {}
  for (const key of Object.keys(labels)) {
    if (!Object.hasOwn(tags, key) || tags[key] === labels[key]) continue
    const message = `the tag ${shown(key)} is in metadata.labels and, differently, in spec.tags`
    issues.push({ path: ['spec', 'tags', key], reason: 'ConflictingFields', message })
  }
  return issues
}

function tagsOf(labels: JsonObject | undefined, tags: Json | undefined): Json | undefined {
  if (labels === undefined) return tags
  if (tags !== undefined && !isObject(tags)) return tags
  return { ...labels, ...tags }
}

/** The name is in the metadata. */
function nameless(schema: JsonObject): JsonObject {
  const { required } = schema
  return Array.isArray(required)
    ? { ...schema, required: required.filter((name) => name !== 'name') }
    : schema
}

/** JSON Schema of an envelope, with the spec of each kind. */
export function envelopeJsonSchema(): JsonObject {
  const { properties, ...rest } = schemaOf(envelopeSchema)
  const kinds = KIND_NAMES.map((kind) => {
    const { $schema: _, ...spec } = mapVariants(KINDS[kind].jsonSchema(), nameless)
    return { properties: { kind: { const: kind }, spec } }
  })
  const kind = { type: 'string', enum: KIND_NAMES, description: 'The kind of the spec.' }
  return {
    ...rest,
    properties: { ...(isObject(properties) ? properties : {}), kind },
    oneOf: kinds,
  }
}
