import { variantsOf } from '../../../src/core/kinds/fields/variants.ts'
import { KINDS } from '../../../src/core/kinds/index.ts'
import type { Kind, LocalContent } from '../../../src/core/kinds/kind.ts'
import { KIND_NAMES } from '../../../src/core/model/ref.ts'
import { hashOf } from '../../../src/core/model/values/hash.ts'
import { isObject, type Json, type JsonObject } from '../../../src/core/model/values/json.ts'
import { SAMPLES, type Sample } from './field-samples.ts'

/** One way in which a kind is written, with the paths of all fields that it has. */
export interface Form {
  readonly title: string
  readonly kind: Kind
  readonly paths: readonly string[]
}

export const FORMS: readonly Form[] = KIND_NAMES.flatMap((name) =>
  variantsOf(KINDS[name].jsonSchema()).map((schema) => ({
    title: [name, schema.title ?? []].flat().join(' '),
    kind: KINDS[name],
    paths: fieldsOf(schema, ''),
  })),
)

/** Any local path holds something: its content is its name. */
export const CONTENT: LocalContent = {
  upload: (path) => ({
    name: path.split('/').at(-1) ?? '',
    isFolder: true,
    hash: hashOf(path),
    files: ['Dockerfile', 'MLTable', 'Other', 's.py'].map((file) => ({
      path: file,
      blob: hashOf(path, 40),
      size: 1,
    })),
  }),
  leavesOut: () => undefined,
  manifest: (_, path) => ({ path, reason: 'FileNotFound', message: 'no other file is there' }),
  data: (path) => ({ data: { name: path, dependencies: [] } }),
}

/** Fields that say which thing is meant: another value is another thing. */
export const IDENTITY = ['name', 'endpoint_name', 'version']

/** Paths of all fields that a person may write and that mean something. */
function fieldsOf(schema: JsonObject, prefix: string): readonly string[] {
  const properties = isObject(schema.properties) ? schema.properties : {}
  return Object.entries(properties).flatMap(([name, field]) =>
    isObject(field) && isMeant(name, field) ? leafFields(field, `${prefix}${name}`) : [],
  )
}

function isMeant(name: string, field: JsonObject): boolean {
  const isRefused = field.not !== undefined || field.const === false
  return name !== '$schema' && field.readOnly !== true && !isRefused
}

function leafFields(field: JsonObject, path: string): readonly string[] {
  const { properties, items, additionalProperties: values } = field
  if (isObject(properties)) return fieldsOf(field, `${path}.`)
  if (isObject(items) && isObject(items.properties)) return fieldsOf(items, `${path}[].`)
  return isObject(values) && isObject(values.properties) ? fieldsOf(values, `${path}.*.`) : [path]
}

/** The samples of a field; a field without any is a mistake of the tests. */
export function sampleOf({ title }: Form, path: string): Sample {
  const sample = SAMPLES[title]?.fields[path]
  if (sample === undefined) throw new Error(`no samples for ${title} ${path}`)
  return sample
}

/** What a manifest says with this value of a field, beside all that is required for it; undefined = the field is not there. */
export function fieldsWith(
  { title }: Form,
  path: string,
  sample: Sample,
  value: Json | undefined,
): JsonObject {
  const base: JsonObject = SAMPLES[title]?.base ?? {}
  // A build context takes the place of an image.
  const { image: _, ...imageless } = base
  const fixed = Object.entries(sample.with ?? {}).reduce(
    (fields, [other, given]) => withField(fields, other, given),
    path.startsWith('build.') ? imageless : base,
  )
  return value === undefined ? fixed : withField(fixed, path, value)
}

/** What a manifest says that has a value of each of these fields. */
export function fieldsWithAll(form: Form, values: ReadonlyMap<string, Json>): JsonObject {
  let fields: JsonObject = SAMPLES[form.title]?.base ?? {}
  for (const [path, value] of values) {
    const needed = Object.entries(sampleOf(form, path).with ?? {})
    for (const [other, given] of [...needed, [path, value] as const]) {
      fields = withField(fields, other, given)
    }
  }
  return fields
}

/** `a.b[].c` and `a.*.b` name one element, `nvidia.com/gpu` is one name. */
export function withField(fields: JsonObject, path: string, value: Json): JsonObject {
  const [head = '', ...rest] = path.split(/\.(?!com\/)/)
  const key = head === '*' ? 'request' : head.replace('[]', '')
  if (rest.length === 0) return { ...fields, [key]: value }
  const below = fields[key]
  if (!head.endsWith('[]')) {
    return { ...fields, [key]: withField(isObject(below) ? below : {}, rest.join('.'), value) }
  }
  const first = Array.isArray(below) && isObject(below[0]) ? below[0] : {}
  return { ...fields, [key]: [withField(first, rest.join('.'), value)] }
}
