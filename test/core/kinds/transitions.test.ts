import { describe, expect, test } from '@jest/globals'
import { isIssues } from '../../../src/core/kinds/inline.ts'
import type { Decoded, Kind } from '../../../src/core/kinds/kind.ts'
import { canonical, type Json, type JsonObject } from '../../../src/core/model/values/json.ts'
import { leavesOf, valueAt, without, withValue } from '../../../src/core/model/values/pointer.ts'
import { contextOf } from '../../support/workspace.ts'
import { SAMPLES, type Sample } from './field-samples.ts'
import { CONTENT, FORMS, type Form, fieldsWith, IDENTITY, sampleOf } from './forms.ts'

// Every field of every kind, from A to B and back through Git: either the live body follows, or the plan refuses
// beforehand, because the kind says that Azure cannot change it.

const CONTEXT = contextOf({})

function decoded(form: Form, path: string, sample: Sample, value: Json | undefined): Decoded {
  const result = form.kind.decode(fieldsWith(form, path, sample, value), CONTENT)
  if (isIssues(result)) throw new Error(`${path}: ${JSON.stringify(result)}`)
  return result
}

function armOf({ kind }: Form, decoded: Decoded): JsonObject {
  return kind.toArm(decoded, CONTEXT)
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
    const sample = sampleOf(form, path)
    const [a, b] = [sample.a, sample.b].map((value) => decoded(form, path, sample, value).ref)
    expect(a && kind.armPath(a)).not.toEqual(b && kind.armPath(b))
  })

  test.each(paths.filter((path) => !IDENTITY.includes(path)))(
    '%s goes from A to B and back',
    (path) => {
      const sample = sampleOf(form, path)
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
    'OnlineEndpoint Managed identity.type',
    'OnlineEndpoint Managed identity.user_assigned_identities[].resource_id',
    'OnlineEndpoint On Kubernetes properties',
    'OnlineEndpoint On Kubernetes identity.type',
    'OnlineEndpoint On Kubernetes identity.user_assigned_identities[].resource_id',
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
    'Data path',
    'Data type',
    'Data properties',
    'Code path',
  ])
})
