import { describe, expect, test } from '@jest/globals'
import { KINDS } from '../../../src/core/kinds/index.ts'
import { isIssues } from '../../../src/core/kinds/inline.ts'
import type { Decoded, Kind, LocalContent } from '../../../src/core/kinds/kind.ts'
import { variantsOf } from '../../../src/core/kinds/variants.ts'
import { hashOf } from '../../../src/core/model/hash.ts'
import { canonical, isObject, type Json, type JsonObject } from '../../../src/core/model/json.ts'
import { leavesOf, valueAt, without, withValue } from '../../../src/core/model/pointer.ts'
import { KIND_NAMES } from '../../../src/core/model/ref.ts'
import { contextOf } from '../../support/workspace.ts'
import { SAMPLES, type Sample } from './field-samples.ts'

// Every field of every kind, from A to B and back through Git: either the live body follows, or the plan refuses
// beforehand, because the kind says that Azure cannot change it.

const CONTEXT = contextOf({})
const IDENTITY = ['name', 'endpoint_name', 'version']

/** Any local path holds something: its content is its name. */
const content: LocalContent = {
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
  text: (path) => `name: ${path}\ndependencies: []\n`,
}

interface Form {
  readonly title: string
  readonly kind: Kind
  readonly paths: readonly string[]
}

const FORMS: readonly Form[] = KIND_NAMES.flatMap((name) =>
  variantsOf(KINDS[name].jsonSchema()).map((schema) => ({
    title: [name, schema.title ?? []].flat().join(' '),
    kind: KINDS[name],
    paths: fieldsOf(schema, ''),
  })),
)

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

/** `a.b[].c` and `a.*.b` name one element, `nvidia.com/gpu` is one name. */
function withField(fields: JsonObject, path: string, value: Json): JsonObject {
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

function decoded(form: Form, path: string, sample: Sample, value: Json | undefined): Decoded {
  const base: JsonObject = SAMPLES[form.title]?.base ?? {}
  // A build context takes the place of an image.
  const { image: _, ...imageless } = base
  const start = path.startsWith('build.') ? imageless : base
  const fixed = Object.entries(sample.with ?? {}).reduce(
    (fields, [other, given]) => withField(fields, other, given),
    start,
  )
  const result = form.kind.decode(
    value === undefined ? fixed : withField(fixed, path, value),
    content,
  )
  if (isIssues(result)) throw new Error(`${path}: ${JSON.stringify(result)}`)
  return result
}

function armOf({ kind }: Form, { inline: _, ...own }: Decoded): JsonObject {
  return kind.toArm({ ...own, policy: {}, at: { file: 'x', line: 1, column: 1 } }, CONTEXT)
}

/** Leaves of what is declared now, and of what was before: those go back to the service's default. */
function ownedBy({ wholes = [] }: Kind, declared: JsonObject, before: JsonObject) {
  const now = leavesOf(declared, wholes)
  const released = leavesOf(before, wholes).filter(
    (leaf) => !now.some((other) => `${other}/`.startsWith(`${leaf}/`) || leaf === other),
  )
  return { now, released }
}

function written(kind: Kind, live: JsonObject, declared: JsonObject, before: JsonObject) {
  const { now, released } = ownedBy(kind, declared, before)
  const rest = [...(kind.notEchoed ?? []), ...released].reduce(without, live)
  return now.reduce((body, leaf) => withValue(body, leaf, valueAt(declared, leaf) ?? null), rest)
}

/** Pointers at which live is not what is declared, and what is live there. */
function differences(kind: Kind, live: JsonObject, declared: JsonObject, before: JsonObject) {
  const { now, released } = ownedBy(kind, declared, before)
  const [is, want] = [kind.normalise(live), kind.normalise(declared)]
  return [...now, ...released]
    .map((path) => ({ path, is: valueAt(is, path), want: valueAt(want, path) }))
    .filter((one) => canonical(one.is) !== canonical(one.want))
}

function isRefused(kind: Kind, found: ReturnType<typeof differences>): boolean {
  const within = (path: string, pointers: readonly string[]) =>
    pointers.some((pointer) => `${path}/`.startsWith(`${pointer}/`))
  return found.some(
    ({ path, is }) =>
      within(path, kind.immutable) || (is !== undefined && within(path, kind.addOnly ?? [])),
  )
}

describe.each(FORMS)('every field of $title', (form) => {
  const { kind, paths, title } = form
  const samples = SAMPLES[title]?.fields ?? {}

  test('has samples, and there are none for fields that are not', () => {
    expect(Object.keys(samples).sort()).toEqual([...paths].sort())
  })

  test.each(paths.filter((path) => IDENTITY.includes(path)))('%s makes another thing', (path) => {
    const sample = samples[path]
    if (sample === undefined) throw new Error(`no samples for ${path}`)
    const [a, b] = [sample.a, sample.b].map((value) => decoded(form, path, sample, value).ref)
    expect(a && kind.armPath(a)).not.toEqual(b && kind.armPath(b))
  })

  test.each(paths.filter((path) => !IDENTITY.includes(path)))(
    '%s goes from A to B and back',
    (path) => {
      const sample = samples[path]
      if (sample === undefined) throw new Error(`no samples for ${path}`)
      const a = armOf(form, decoded(form, path, sample, sample.a))
      const b = armOf(form, decoded(form, path, sample, sample.b))
      const live = written(kind, kind.createDefaults(CONTEXT), a, {})
      expect(differences(kind, live, a, {})).toEqual([])
      if (sample.b === undefined) {
        expect(kind.normalise(b)).toEqual(kind.normalise(a))
        return
      }
      expect(canonical(a)).not.toBe(canonical(b))
      const found = differences(kind, live, b, a)
      expect(found).not.toEqual([])
      if (isRefused(kind, found)) return
      const moved = written(kind, live, b, a)
      expect(differences(kind, moved, b, a)).toEqual([])
      expect(differences(kind, moved, a, b)).not.toEqual([])
      const back = written(kind, moved, a, b)
      expect(differences(kind, back, a, b)).toEqual([])
      expect(kind.normalise(back)).toEqual(kind.normalise(live))
    },
  )
})

test.each(FORMS)(
  'what $title no longer declares goes back to the default of the service',
  (form) => {
    const { kind, paths, title } = form
    const base = SAMPLES[title]?.base ?? {}
    const bare = armOf(form, decoded(form, '', { a: null, b: null }, undefined))
    for (const path of paths) {
      const sample = SAMPLES[title]?.fields[path]
      const isRequired = IDENTITY.includes(path) || Object.hasOwn(base, path)
      if (sample === undefined || isRequired || path.startsWith('build.')) continue
      const a = armOf(form, decoded(form, path, sample, sample.a))
      const live = written(kind, kind.createDefaults(CONTEXT), a, {})
      const found = differences(kind, live, bare, a)
      if (isRefused(kind, found)) continue
      const released = written(kind, live, bare, a)
      expect(differences(kind, released, bare, a)).toEqual([])
      expect(kind.normalise(released)).toEqual(
        kind.normalise(written(kind, kind.createDefaults(CONTEXT), bare, {})),
      )
    }
  },
)

test('a key may be added to properties, which cannot be altered or removed', () => {
  for (const form of FORMS.filter(({ paths }) => paths.includes('properties'))) {
    const [one, two] = [{ p: '1' }, { p: '1', q: '2' }].map((value) =>
      armOf(form, decoded(form, 'properties', { a: null, b: null }, value)),
    )
    const { kind } = form
    const live = written(kind, kind.createDefaults(CONTEXT), one ?? {}, {})
    const added = differences(kind, live, two ?? {}, one ?? {})
    expect([added.length, isRefused(kind, added)]).toEqual([1, false])
    const more = written(kind, live, two ?? {}, one ?? {})
    const removed = differences(kind, more, one ?? {}, two ?? {})
    expect([removed.length, isRefused(kind, removed)]).toEqual([1, true])
  }
})

test('the fields that cannot be changed in place are these', () => {
  const refused = FORMS.flatMap((form) =>
    form.paths.flatMap((path): string[] => {
      const sample = SAMPLES[form.title]?.fields[path]
      if (sample?.b === undefined || IDENTITY.includes(path)) return []
      const a = armOf(form, decoded(form, path, sample, sample.a))
      const b = armOf(form, decoded(form, path, sample, sample.b))
      const live = written(form.kind, form.kind.createDefaults(CONTEXT), a, {})
      return isRefused(form.kind, differences(form.kind, live, b, a))
        ? [`${form.title} ${path}`]
        : []
    }),
  )
  expect(refused).toEqual([
    'OnlineEndpoint Managed properties',
    'OnlineEndpoint On Kubernetes properties',
    'OnlineEndpoint On Kubernetes compute',
    'OnlineDeployment Managed properties',
    'OnlineDeployment Managed instance_type',
    'OnlineDeployment On Kubernetes properties',
    'OnlineDeployment On Kubernetes type',
    'OnlineDeployment On Kubernetes instance_type',
    'BatchEndpoint properties',
    'BatchDeployment properties',
    'Model path',
    'Model type',
    'Model properties',
    'Model flavors',
    'Environment image',
    'Environment conda_file',
    'Environment build.path',
    'Environment build.dockerfile_path',
    'Environment os_type',
    ...['liveness', 'readiness', 'scoring'].flatMap((route) => [
      `Environment inference_config.${route}_route.path`,
      `Environment inference_config.${route}_route.port`,
    ]),
    'Environment properties',
    'Data path',
    'Data type',
    'Data properties',
    'Code path',
  ])
})
