import { beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { keyOf, type Ref } from '../../src/core/model/ref.ts'
import type { Json, JsonObject } from '../../src/core/model/values/json.ts'
import { valueAt, without } from '../../src/core/model/values/pointer.ts'
import { SAMPLES } from '../core/kinds/field-samples.ts'
import {
  FORMS,
  type Form,
  fieldsWith,
  fieldsWithAll,
  IDENTITY,
  sampleOf,
} from '../core/kinds/forms.ts'
import type { Files } from '../support/commits.ts'
import { REFUSED } from './refused-transitions.ts'
import { type Scene, type Settled, type Stage, setScene } from './transition-stage.ts'

// Every field of every kind, from A to B and back through Git and the whole controller: live is what is declared each
// time, or the plan said beforehand why it will not be, and wrote nothing.

const CONTENT: Files = Object.fromEntries([
  ...['a', 'b'].flatMap((folder) =>
    ['Dockerfile', 'MLTable', 'Other', 's.py', 'a.py', 'b.py'].map((name) => [
      `${folder}/${name}`,
      `# ${folder} ${name}\n`,
    ]),
  ),
  ['a.yml', 'name: a\ndependencies: []\n'],
])

const SCHEMAS: Readonly<Record<string, string>> = {
  'OnlineEndpoint Managed': 'managedOnlineEndpoint',
  'OnlineEndpoint On Kubernetes': 'kubernetesOnlineEndpoint',
  'OnlineDeployment Managed': 'managedOnlineDeployment',
  'OnlineDeployment On Kubernetes': 'kubernetesOnlineDeployment',
  BatchEndpoint: 'batchEndpoint',
  BatchDeployment: 'modelBatchDeployment',
  Model: 'model',
  Environment: 'environment',
  Data: 'data',
}

/** A CLI v2 file; code has no schema of its own, and needs the envelope. */
function documentOf({ title }: Pick<Form, 'title'>, fields: JsonObject): string {
  const schema = SCHEMAS[title]
  if (schema === undefined) return envelopeOf(title, fields)
  const $schema = `https://azuremlschemas.azureedge.net/latest/${schema}.schema.json`
  return JSON.stringify({ $schema, ...fields })
}

function envelopeOf(title: string, { name, ...spec }: JsonObject, metadata = {}): string {
  const [kind = ''] = title.split(' ')
  const named = name === undefined ? metadata : { name, ...metadata }
  return JSON.stringify({ apiVersion: 'verdigris.dev/v1', kind, metadata: named, spec })
}

/** What has to be there beside the thing: an endpoint has deployments, a deployment has an endpoint. */
function companionsOf({ title }: Form, fields: JsonObject): Files {
  const [kind = '', ...form] = title.split(' ')
  const other = (name: string, what: JsonObject): [string, string] => {
    const sort = kind.endsWith('Endpoint') ? 'Deployment' : 'Endpoint'
    const title = [kind.replace(/Endpoint|Deployment/, sort), ...form].join(' ')
    return [`${name}.yml`, documentOf({ title }, { ...SAMPLES[title]?.base, ...what, name })]
  }
  if (kind.endsWith('Deployment') && typeof fields.endpoint_name === 'string') {
    return Object.fromEntries([other(fields.endpoint_name, {})])
  }
  if (!kind.endsWith('Endpoint') || typeof fields.name !== 'string') return {}
  const names = kind === 'BatchEndpoint' ? ['nightly', 'weekly'] : ['blue', 'green']
  const where = { endpoint_name: fields.name }
  return Object.fromEntries(names.map((name) => other(name, where)))
}

function filesOf(form: Form, fields: JsonObject): Files {
  return {
    ...CONTENT,
    ...companionsOf(form, fields),
    'subject.yml': documentOf(form, fields),
  }
}

/** The thing that the form's base declares, among others. */
function subjectOf({ kind }: Form, { desired }: Settled): Ref {
  const found = desired.find(({ ref, at }) => ref.kind === kind.kind && at.file === 'subject.yml')
  if (found === undefined) throw new Error('the subject is not declared')
  return found.ref
}

/** Before the first commit with the thing itself: what is there beside it. An endpoint comes with its deployments. */
function sceneFor(form: Form): Promise<Scene> {
  const compute = form.title.startsWith('Online') ? 'Kubernetes' : 'AmlCompute'
  const isDeployment = form.title.includes('Deployment')
  const beside = isDeployment ? companionsOf(form, SAMPLES[form.title]?.base ?? {}) : {}
  return setScene(compute, { ...CONTENT, ...beside })
}

describe.each(FORMS)('every field of $title', (form) => {
  let scene: Scene
  beforeAll(async () => {
    scene = await sceneFor(form)
  })

  const { title, paths } = form
  test.each(paths)('%s goes from A to B and back', async (path) => {
    const sample = sampleOf(form, path)
    const at = (value: Json | undefined) => filesOf(form, fieldsWith(form, path, sample, value))
    const both = { a: at(sample.a), b: at(sample.b) }
    const { there } = await thereAndBack(form, await scene.fork(), both)
    expect(there.refused).toBe(REFUSED[title]?.changed?.[path])
    // What says the same in other words asks for nothing.
    if (sample.b === undefined) expect(there.writes).toBe(0)
  })

  test.each(paths)('%s is declared, and is not, and is again', async (path) => {
    const sample = sampleOf(form, path)
    const { [path]: _, ...fields } = fieldsWith(form, path, sample, undefined)
    const a = filesOf(form, fieldsWith(form, path, sample, sample.a))
    const b = filesOf(form, fields)
    const { there, ref, live } = await thereAndBack(form, await scene.fork(), { a, b })
    expect(there.refused).toBe(REFUSED[title]?.removed?.[path])
    if (there.refused !== undefined || keyOf(subjectOf(form, there)) !== keyOf(ref)) return
    // As if the field had never been declared.
    const untouched = await scene.fork()
    await untouched.commit(b)
    const kept = KEPT[path] ?? []
    const [is, want] = [live, await untouched.live(ref)].map((body) =>
      kept.reduce(without, body ?? {}),
    )
    expect(is).toEqual(want)
  })
})

/** Handed over, not taken back: who stops declaring a number of instances may have autoscale. */
const KEPT: Readonly<Record<string, readonly string[]>> = {
  instance_count: ['/sku/capacity'],
  traffic: ['/properties/traffic'],
  'defaults.deployment_name': ['/properties/defaults'],
}

/** Commits A, B and A again; gives how B went and what was live then. */
async function thereAndBack(form: Form, stage: Stage, { a, b }: { a: Files; b: Files }) {
  const first = await stage.commit(a)
  expect(first.refused).toBe(undefined)
  const ref = subjectOf(form, first)
  const before = await stage.live(ref)
  const there = await stage.commit(b)
  const live = await stage.live(ref)
  if (there.refused !== undefined) expect(live).toEqual(before)
  const back = await stage.commit(a)
  expect(back.refused).toBe(undefined)
  if (there.refused !== undefined) expect(back.writes).toBe(0)
  expect(await stage.live(ref)).toEqual(before)
  return { ref, there, live }
}

describe.each(FORMS)('a walk through the fields of $title', (form) => {
  const { title, paths } = form
  const changeable = paths.filter(
    (path) => !IDENTITY.includes(path) && REFUSED[title]?.changed[path] === undefined,
  )
  const step = fc
    .dictionary(fc.constantFrom(...changeable), fc.constantFrom('a', 'b'), { maxKeys: 6 })
    .map((chosen) => {
      const values = Object.entries(chosen).flatMap(([path, word]): [string, Json][] => {
        const value = sampleOf(form, path)[word]
        return value === undefined ? [] : [[path, value]]
      })
      return fieldsWithAll(form, new Map(values))
    })

  test('ends where its last commit would have led by itself', async () => {
    const scene = await sceneFor(form)
    const walk = fc.array(step, { minLength: 2, maxLength: 5 })
    const property = fc.asyncProperty(walk, async (commits) => {
      const stage = await scene.fork()
      const first = filesOf(form, SAMPLES[title]?.base ?? {})
      const ref = subjectOf(form, await stage.commit(first))
      let [applied, last] = [first, SAMPLES[title]?.base ?? {}]
      for (const fields of commits) {
        const files = filesOf(form, fields)
        if ((await stage.commit(files)).refused === undefined) [applied, last] = [files, fields]
      }
      const direct = await scene.fork()
      await direct.commit(applied)
      const [is, want] = [await stage.live(ref), await direct.live(ref)].map((body) =>
        handedOver(last).reduce(without, body ?? {}),
      )
      expect(is).toEqual(want)
    })
    await fc.assert(property, { numRuns: 6 })
  })
})

describe.each(FORMS)('$title in an envelope', (form) => {
  const { title, kind } = form
  const base = SAMPLES[title]?.base ?? {}
  const enveloped = (spec: JsonObject, labels: JsonObject): Files => ({
    ...filesOf(form, base),
    'subject.yml': envelopeOf(title, { ...base, ...spec }, { labels }),
  })
  const tagsOf = async (stage: Stage, ref: Ref) =>
    valueAt((await stage.live(ref)) ?? {}, kind.tagsAt) ?? {}

  test('labels go from A to B and back, as tags', async () => {
    const stage = await (await sceneFor(form)).fork()
    const labels = [{ t: '1' }, { t: '2', u: '3' }, { t: '1' }, {}]
    for (const wanted of labels) {
      const settled = await stage.commit(enveloped({}, wanted))
      expect(settled.refused).toBe(undefined)
      expect(await tagsOf(stage, subjectOf(form, settled))).toEqual(wanted)
    }
  })

  test('the same said by a CLI v2 file, by labels and by tags is the same', async () => {
    const stage = await (await sceneFor(form)).fork()
    const wanted = { t: '1', u: '2' }
    const plain = filesOf(form, { ...base, tags: wanted })
    const settled = await stage.commit(plain)
    for (const files of [
      enveloped({}, wanted),
      enveloped({ tags: { u: '2' } }, { t: '1' }),
      enveloped({ tags: wanted }, {}),
      plain,
    ]) {
      expect((await stage.commit(files)).writes).toBe(0)
      expect(await tagsOf(stage, subjectOf(form, settled))).toEqual(wanted)
    }
  })

  test('policy that comes and goes writes nothing', async () => {
    const stage = await (await sceneFor(form)).fork()
    const settled = await stage.commit(enveloped({}, {}))
    const annotations = { 'verdigris.dev/drift': 'report', 'verdigris.dev/prune': 'disabled' }
    const withPolicy = envelopeOf(title, base, { annotations })
    for (const subject of [withPolicy, documentOf(form, base)]) {
      const again = await stage.commit({ ...filesOf(form, base), 'subject.yml': subject })
      expect(again.writes).toBe(0)
      expect(subjectOf(form, again)).toEqual(subjectOf(form, settled))
    }
  })
})

test.each(FORMS.filter(({ paths }) => paths.includes('properties')))(
  'properties of $title may be added to, and never taken from',
  async (form) => {
    const base = SAMPLES[form.title]?.base ?? {}
    const at = (properties: JsonObject) => filesOf(form, { ...base, properties })
    const stage = await (await sceneFor(form)).fork()
    const first = await stage.commit(at({ p: '1' }))
    const added = await stage.commit(at({ p: '1', q: '2' }))
    const taken = await stage.commit(at({ p: '1' }))
    const refused = [first, added, taken].map((settled) => settled.refused)
    expect(refused).toEqual([undefined, undefined, 'CannotChangeInPlace'])
  },
)

/** Tags that somebody else put there stay, whatever Git does to its own. */
test.each(FORMS)('tags of others on $title outlive A, B and A', async (form) => {
  const base = SAMPLES[form.title]?.base ?? {}
  const at = (tags: JsonObject) => filesOf(form, { ...base, tags })
  const stage = await (await sceneFor(form)).fork()
  const ref = subjectOf(form, await stage.commit(at({ t: '1' })))
  await stage.tagByHand(ref, { other: 'kept' })
  for (const tags of [{ t: '2', u: '3' }, { t: '1' }, {}]) {
    await stage.commit(at(tags))
    const live = (await stage.live(ref)) ?? {}
    expect(valueAt(live, form.kind.tagsAt)).toEqual({ ...tags, other: 'kept' })
  }
})

/** What the last commit does not speak of, and stays as an earlier one said. */
function handedOver(fields: JsonObject): readonly string[] {
  return Object.entries(KEPT).flatMap(([path, pointers]) =>
    valueAt(fields, `/${path.replace('.', '/')}`) === undefined ? pointers : [],
  )
}
