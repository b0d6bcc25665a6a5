import { schemaOf } from '../kinds/decode.ts'
import { variantsOf } from '../kinds/fields/variants.ts'
import { KINDS } from '../kinds/index.ts'
import { KIND_NAMES } from '../model/ref.ts'
import { isObject, type Json, type JsonObject } from '../model/values/json.ts'
import { applicationSchema } from './applications/application-spec.ts'
import { envelopeJsonSchema } from './envelope.ts'
import { analysisTemplateSchema } from './rollouts/analysis-template.ts'
import { rolloutSchema } from './rollouts/rollout-spec.ts'

/** JSON Schemas for editors, by file name: one per kind as CLI v2 files have it, and the envelope. */
export function manifestSchemas(): { readonly [name: string]: JsonObject } {
  const kinds = KIND_NAMES.map((kind) => [`${kind}.schema.json`, KINDS[kind].jsonSchema()] as const)
  return {
    ...Object.fromEntries(kinds),
    'envelope.schema.json': envelopeJsonSchema(),
    'Application.schema.json': schemaOf(applicationSchema({ allowLocal: false })),
    'Rollout.schema.json': schemaOf(rolloutSchema),
    'AnalysisTemplate.schema.json': schemaOf(analysisTemplateSchema),
  }
}

/** The manifest reference in Markdown: a table of fields per kind, drawn from the schemas that manifests are read by. */
export function manifestReference(): string {
  const kinds = KIND_NAMES.map(
    (kind) => `### ${kind}\n\n${variantsOf(KINDS[kind].jsonSchema()).map(variant).join('\n')}`,
  )
  const application = schemaOf(applicationSchema({ allowLocal: false }))
  return [
    ...kinds,
    section('Rollout', schemaOf(rolloutSchema)),
    section('AnalysisTemplate', schemaOf(analysisTemplateSchema)),
    section('Application', application),
    section('Envelope', envelopeTop()),
  ].join('\n')
}

/** The envelope without the specs, which have sections of their own. */
function envelopeTop(): JsonObject {
  const { oneOf: _, ...rest } = envelopeJsonSchema()
  return { description: 'The other form of every manifest.', ...rest }
}

function section(title: string, schema: JsonObject): string {
  return `### ${title}\n\n${table(schema)}`
}

/** One way to write a kind; its title only where there is another way. */
function variant(schema: JsonObject): string {
  return typeof schema.title === 'string'
    ? `#### ${schema.title}\n\n${table(schema)}`
    : table(schema)
}

function table(schema: JsonObject): string {
  const description = typeof schema.description === 'string' ? `${schema.description}\n\n` : ''
  const head = '| field | type | required | meaning |\n| --- | --- | --- | --- |\n'
  return `${description}${head}${rowsOf(schema, '').join('\n')}\n`
}

/** One row per field, fields of mappings below their mapping. What is ignored or refused is left out. */
function rowsOf(schema: JsonObject, prefix: string): readonly string[] {
  const fields = isObject(schema.properties) ? schema.properties : {}
  const required = Array.isArray(schema.required) ? schema.required : []
  return Object.entries(fields).flatMap(([name, field]) => {
    if (!isObject(field) || name === '$schema' || isRefused(field)) return []
    const path = `${prefix}${name}`
    const meaning = typeof field.description === 'string' ? field.description : ''
    const need = required.includes(name) ? 'yes' : ''
    const row = `| \`${path}\` | ${typeOf(field)} | ${need} | ${cell(meaning)} |`
    return [row, ...innerRows(field, path)]
  })
}

function isRefused(field: JsonObject): boolean {
  return field.readOnly === true || field.not !== undefined || field.const === false
}

function innerRows(field: JsonObject, path: string): readonly string[] {
  if (isObject(field.properties)) return rowsOf(field, `${path}.`)
  if (isObject(field.items)) return rowsOf(field.items, `${path}[].`)
  const values = field.additionalProperties
  return isObject(values) && isObject(values.properties) ? rowsOf(values, `${path}.*.`) : []
}

function typeOf(field: JsonObject): string {
  if (Array.isArray(field.enum)) return cell(field.enum.map((word) => `\`${word}\``).join(' \\| '))
  if (field.const !== undefined) return `\`${field.const}\``
  if (Array.isArray(field.anyOf))
    return cell([...new Set(field.anyOf.map(branchType))].join(' or '))
  const { type, minimum, maximum } = field
  if (type === 'integer' || type === 'number') return `${type} ${minimum} to ${maximum}`
  if (type === 'array') return 'list'
  if (type === 'boolean') return 'true or false'
  if (type === 'object') return 'mapping'
  return type === 'string' ? 'text' : ''
}

function branchType(branch: Json): string {
  return isObject(branch) ? typeOf(branch) : ''
}

function cell(text: string): string {
  return text.replaceAll(/(?<!\\)\|/g, '\\|').replaceAll('\n', ' ')
}
