import type { KindName } from '../../../src/core/model/ref.ts'
import { isObject, type Json, type JsonObject } from '../../../src/core/model/values/json.ts'
import { SAMPLES } from '../../core/kinds/field-samples.ts'
import { FORMS, type Form, fieldsWith, sampleOf } from '../../core/kinds/forms.ts'

/** A manifest as text, and what is special about it. */
export interface Generated {
  /** The form, the field, and what is there instead of a right value. */
  readonly id: string
  readonly kind: KindName
  readonly text: string
}

/** What YAML 1.1, which the CLI reads, and YAML 1.2 may take for different things, and what is of another type. */
const SCALARS = [
  ...['null', '~', '""', 'true', 'yes', "'True'", '7', "'7'", '0', '-1', '1.5', "'1.5'", '012'],
  ...['0x10', '0o17', '1e3', '1_000', '1:30', '2024-01-01', '2024-01-01T10:00:00Z', '.inf', '.nan'],
  ...['some text', '"with\\nlines"', '[]', '[a]', '{}', '{a: b}', '99999999999999999999'],
] as const

/** Other ways to write a word. */
const LETTERS: readonly (readonly [name: string, of: (word: string) => string])[] = [
  ['upper case', (word) => word.toUpperCase()],
  ['a capital', (word) => capital(word)],
  ['camel case', (word) => word.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())],
  [
    'Pascal case',
    (word) => capital(word).replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
  ],
  ['hyphens', (word) => word.replaceAll('_', '-')],
  ['spaces', (word) => word.replaceAll('_', ' ')],
  ['no underscores', (word) => word.replaceAll('_', '')],
]

/** Every form with each value of every field, and each such manifest with one thing changed. */
export function generated(): readonly Generated[] {
  const all = FORMS.filter(({ kind }) => kind.kind !== 'Code').flatMap(ofForm)
  return [...new Map(all.map((one) => [one.id, one])).values()]
}

function ofForm(form: Form): readonly Generated[] {
  return [...form.paths.flatMap((path) => ofField(form, path)), ...besideOf(form)]
}

const ID =
  '/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/environments/e/versions/1'

/** What `az ml ... show` prints, and what only some kinds or some clients know. */
const BESIDE: JsonObject = {
  ...{ id: `azureml:${ID}`, kind: 'Managed', location: 'eastus', provisioning_state: 'Succeeded' },
  ...{ scoring_uri: 'https://x', openapi_uri: 'https://x', resourceGroup: 'ml', etag: 'x' },
  ...{ creation_context: { created_at: '2024-01-01T10:00:00' }, latest_version: '1' },
  ...{ utc_time_created: '2024-01-01', job_name: 'x', resource_id: 'x', referenced_uris: ['x'] },
  ...{ intellectual_property: { publisher: 'x' }, datastore: 'other', system_metadata: { a: 'b' } },
  ...{ auto_delete_setting: { condition: 'created_greater_than', value: '30d' } },
  ...{ default_deployment_template: { asset_id: 'x' }, allowed_deployment_templates: [] },
  ...{ private_network_connection: true, package_model: true, stage: 'Staging', traffic: {} },
  ...{ settings: {}, compute: 'azureml:one', properties: { a: 'b' }, mirror_traffic: {} },
}
const RESOURCES: JsonObject = {
  ...{ docker_args: '--a', shm_size: '1g', locations: ['x'], properties: { a: 'b' } },
  max_instance_count: 2,
}
const ENVIRONMENTS: readonly Json[] = [
  ...['file:./env.yml', 'file:none.yml', 'azureml:e@latest', 'azureml:e', 'e:1', ID],
  ...[`azureml:${ID}`, 'azureml://registries/r/environments/e/versions/1', './env.yml'],
  ...[{ image: 'x' }, { name: 'e', image: 'x' }, { name: 'e', version: '1', image: 'x' }],
]

function besideOf(form: Form): readonly Generated[] {
  const kind = form.kind.kind
  const of = (name: string, fields: JsonObject): Generated => ({
    id: `${form.title} with ${name}`,
    kind,
    text: textOf({ ...SAMPLES[form.title]?.base, ...fields }),
  })
  const runs = kind.endsWith('Deployment') ? ENVIRONMENTS : []
  return [
    ...Object.entries(BESIDE).map(([name, value]) => of(name, { [name]: value })),
    ...Object.entries(RESOURCES).map(([name, value]) => of(name, { resources: { [name]: value } })),
    ...runs.map((environment) => of(JSON.stringify(environment), { environment })),
  ]
}

function ofField(form: Form, path: string): readonly Generated[] {
  const sample = sampleOf(form, path)
  const made = (what: string, fields: JsonObject, instead?: string): Generated => ({
    id: `${form.title} ${path} ${what}`,
    kind: form.kind.kind,
    text: textOf(fields, instead),
  })
  const withA = fieldsWith(form, path, sample, sample.a)
  const marked = fieldsWith(form, path, sample, MARK)
  return [
    made('a', withA),
    ...(sample.b === undefined ? [] : [made('b', fieldsWith(form, path, sample, sample.b))]),
    made('missing', withoutField(withA, path)),
    made('beside it an unknown one', besides(withA, path)),
    ...SCALARS.map((scalar) => made(scalar, marked, scalar)),
    ...(isWord(sample.a)
      ? LETTERS.map(([name, of]) => made(name, marked, JSON.stringify(of(String(sample.a)))))
      : []),
  ]
}

const MARK = '\u0001'

/** JSON, which is YAML of every version, with one scalar as it is written. */
function textOf(fields: JsonObject, instead = ''): string {
  const lines = Object.entries(fields).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
  return lines.join('').replaceAll(JSON.stringify(MARK), () => instead)
}

function isWord(value: Json): boolean {
  return typeof value === 'string' && /^[a-z]+(?:_[a-z]+)*$/.test(value)
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1)
}

/** Without the field itself; what it lies in stays. */
function withoutField(fields: JsonObject, path: string): JsonObject {
  const [head = '', ...rest] = path.split(/\.(?!com\/)/)
  const key = head === '*' ? 'request' : head.replace('[]', '')
  const { [key]: below, ...others } = fields
  if (rest.length === 0) return others
  const inside = (one: Json): Json => (isObject(one) ? withoutField(one, rest.join('.')) : one)
  return { ...fields, [key]: Array.isArray(below) ? below.map(inside) : inside(below ?? null) }
}

/** Puts a field that nobody knows into the mapping of the last part of a path. */
function besides(fields: JsonObject, path: string): JsonObject {
  const [head = '', ...rest] = path.split(/\.(?!com\/)/)
  const key = head === '*' ? 'request' : head.replace('[]', '')
  if (rest.length === 0) return { ...fields, unheard_of: 1 }
  const below = fields[key]
  if (Array.isArray(below)) {
    return {
      ...fields,
      [key]: below.map((one) => (isObject(one) ? besides(one, rest.join('.')) : one)),
    }
  }
  return isObject(below) ? { ...fields, [key]: besides(below, rest.join('.')) } : fields
}
