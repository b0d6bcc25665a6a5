import { describe, expect, test } from '@jest/globals'
import { isIssues } from '../../src/core/kinds/inline.ts'
import { readApplications } from '../../src/core/manifests/applications/application.ts'
import type { Json, JsonObject } from '../../src/core/model/values/json.ts'
import { CONTENT, FORMS, type Form, fieldsWith, sampleOf, withField } from '../core/kinds/forms.ts'
import { readingOf, rolloutOf, told } from '../core/manifests/rollout-repository.ts'
import { snapshotOf } from '../support/snapshot.ts'
import { contextOf } from '../support/workspace.ts'
import { PAGES } from './pages.ts'

// What the manifest reference calls a default is one: who writes it says what who writes nothing says.

interface Told {
  readonly title: string
  readonly path: string
  readonly value: Json
}

/** No values: the root folder, and what is taken from the environment. */
const NO_VALUE = ['spec.source.path', 'spec.workspace.identity', 'tenantId']

/** Every default on the page, by the heading that it stands below. */
const DEFAULTS: readonly Told[] = (
  PAGES.find(({ path }) => path === 'docs/manifests.md')?.text ?? ''
)
  .split(/^### /m)
  .flatMap((section) => {
    const [kind = ''] = section.split('\n')
    return section.split(/^#### /m).flatMap((form) => {
      const [title = ''] = form.split('\n')
      return rowsOf(title === kind ? kind : `${kind} ${title}`, form)
    })
  })

function rowsOf(title: string, text: string): readonly Told[] {
  const rows = text.matchAll(/^\| `([^`]+)` \|.*\bDefault (?:`([^`]+)`|([^\s`,;]*[^\s`,;.]))/gm)
  return [...rows].flatMap(([, path = '', quoted, bare]) =>
    NO_VALUE.some((one) => path.endsWith(one))
      ? []
      : [{ title, path, value: valueIn(quoted ?? bare ?? '') }],
  )
}

function valueIn(word: string): Json {
  if (word.startsWith('[')) return word.slice(1, -1).split(', ')
  if (word === 'true' || word === 'false') return word === 'true'
  return /^-?[\d.]+$/.test(word) ? Number(word) : word
}

test('the page has the defaults of every kind of manifest', () => {
  expect(DEFAULTS.length).toBeGreaterThan(85)
  const titles = new Set(DEFAULTS.map(({ title }) => title.split(' ')[0]))
  expect([...titles].sort()).toEqual([
    'AnalysisTemplate',
    'Application',
    'BatchDeployment',
    'Data',
    'Environment',
    'OnlineDeployment',
    'OnlineEndpoint',
    'Rollout',
  ])
})

/** What Azure gets, and what is compared with what it has. */
function meant(form: Form, path: string, value: Json | undefined): Json {
  const { kind } = form
  const decoded = kind.decode(fieldsWith(form, path, sampleOf(form, path), value), CONTENT)
  if (isIssues(decoded)) throw new Error(`${path}: ${JSON.stringify(decoded)}`)
  return kind.normalise(kind.toArm(decoded, CONTEXT))
}

const CONTEXT = contextOf({})

const WITH_DEFAULTS = FORMS.map((form) => ({
  form,
  title: form.title,
  // The service has none for what exists: a create says it.
  told: DEFAULTS.filter(({ title, path }) => title === form.title && path !== 'identity'),
})).filter((one) => one.told.length > 0)

describe.each(WITH_DEFAULTS)('of $title', ({ form, told: ofForm }) => {
  test.each(ofForm)('$path is $value', ({ path, value }) => {
    const { a, b } = sampleOf(form, path)
    const unsaid = meant(form, path, undefined)
    expect(meant(form, path, value)).toEqual(unsaid)
    // Fields with one word only have no other.
    const others = [a, b ?? null].filter((other) => other !== value && other !== null)
    for (const other of others) expect(meant(form, path, other)).not.toEqual(unsaid)
  })
})

test.each(FORMS.filter(({ title }) => title.startsWith('OnlineEndpoint')))(
  'of $title the identity is that of the system when it is made',
  ({ kind, title }) => {
    expect(DEFAULTS).toContainEqual({ title, path: 'identity', value: 'system_assigned' })
    expect(kind.createDefaults(CONTEXT)).toMatchObject({ identity: { type: 'SystemAssigned' } })
  },
)

/** Another value of a field, and what must be beside it. */
interface Other {
  readonly other: Json
  readonly beside?: JsonObject
}

const ANSWER = { web: { host: 'shop', path: '/n', pointer: '' } }
const COUNTERS = { prometheus: { requests: 'a_total', errors: { metric: 'b_total' } } }
const THRESHOLD = { judge: 'threshold', max: 1, provider: ANSWER }
const PROMETHEUS = { judge: 'errors', provider: COUNTERS }
const TRIAL = { endpoint: 'jobs', strategy: { switch: { trial: { input: 'azureml:day:1' } } } }

const TIMED = {
  endpoint: 'fraud',
  template: { model: 'azureml:m:1', environment: 'azureml:e:1', instance_type: 'S' },
  strategy: { canary: { steps: [{ setWeight: 10, deadline: '1h' }] } },
}

const OTHERS: { readonly [kind: string]: { readonly [path: string]: Other } } = {
  Application: {
    'spec.source.revision': { other: 'next' },
    'spec.sync.mode': { other: 'observe' },
    'spec.sync.interval': { other: '90s' },
    'spec.sync.drift': { other: 'report' },
    'spec.sync.prune.enabled': { other: false },
    'spec.sync.prune.maxDeletions': { other: 4 },
    'spec.sync.suspend': { other: true },
    'spec.sync.maxRollouts': { other: 9 },
    'spec.sync.rewrittenHistory': { other: 'follow' },
  },
  Rollout: {
    'spec.slots': { other: ['red', 'green'] },
    'spec.strategy.blueGreen.autoPromote': { other: false },
    'spec.strategy.switch.trial.tolerance': { other: 0.1, beside: TRIAL },
    'spec.strategy.switch.trial.mismatches': { other: 0.1, beside: TRIAL },
    'spec.strategy.canary.steps[].onDeadline': { other: 'pause', beside: TIMED },
    'spec.bake': { other: '31m' },
    'spec.keep.revisions': { other: 0 },
    'spec.keep.for': { other: '25h' },
    'spec.onFailure': { other: 'hold' },
    'spec.onNewCommit': { other: 'queue' },
    'spec.deadline': { other: '7h' },
  },
  AnalysisTemplate: {
    'spec.metrics[].provider.prometheus.server': { other: 'b', beside: PROMETHEUS },
    'spec.metrics[].provider.prometheus.endpointLabel': { other: 'b', beside: PROMETHEUS },
    'spec.metrics[].provider.prometheus.deploymentLabel': { other: 'b', beside: PROMETHEUS },
    'spec.metrics[].provider.prometheus.replicaLabel': { other: 'b', beside: PROMETHEUS },
    'spec.metrics[].window': { other: '20s' },
    'spec.metrics[].margin': { other: 1.2 },
    'spec.metrics[].worseBy': { other: 2 },
    'spec.metrics[].tolerate': { other: 0 },
    'spec.metrics[].minRequests': { other: 0 },
    'spec.metrics[].failureLimit': { other: 1, beside: THRESHOLD },
    'spec.metrics[].dryRun': { other: true },
    'spec.metrics[].onNoData': { other: 'fail' },
    'spec.metrics[].noDataFor': { other: '20m', beside: { onNoData: 'fail' } },
    'spec.metrics[].onMissing': { other: 'zero', beside: PROMETHEUS },
  },
}

const HEAD = { apiVersion: 'verdigris.dev/v1', metadata: { name: 'guard' } }

/** Reads a document of a kind, whole but for the field at the path, and gives what became of it. */
const READ: {
  readonly [kind: string]: (path: string, value: Json | undefined, beside: JsonObject) => unknown
} = {
  Application(path, value) {
    const source = { repository: 'https://github.com/acme/models.git' }
    const document = { ...HEAD, kind: 'Application', spec: { source, sandbox: {} } }
    const text = JSON.stringify(said(document, path, value))
    const { applications, problems } = readApplications({
      snapshot: snapshotOf({ 'apps.yml': text }),
      allowLocal: false,
    })
    expect(problems).toEqual([])
    // Halting is what is done without a word: nothing is written down of it.
    return applications.map(({ sync, ...one }) => ({
      ...one,
      sync: { ...sync, rewrittenHistory: sync.rewrittenHistory ?? 'halt' },
    }))
  },
  Rollout(path, value, beside) {
    const template = { model: 'azureml:m:1', environment: 'azureml:e:1', instance_type: 'S' }
    const spec = { endpoint: 'fraud', template, strategy: { blueGreen: {} } }
    const document = { ...HEAD, kind: 'Rollout', spec: beside.endpoint ? beside : spec }
    const text = JSON.stringify(said(document, path, value))
    return readWhole({ 'rollout.yml': text, ...(beside.endpoint ? { 'jobs.yml': JOBS } : {}) })
  },
  AnalysisTemplate(path, value, beside) {
    const metric = { name: 'one', judge: 'errors', provider: { sandbox: {} }, ...beside }
    const document = { ...HEAD, kind: 'AnalysisTemplate', spec: { metrics: [metric] } }
    return readWhole({
      'guard.yml': JSON.stringify(said(document, path, value)),
      'rollout.yml': JSON.stringify(WATCHING),
    })
  },
}

const JOBS = `name: jobs
defaults: { deployment_name: blue }
---
name: blue
endpoint_name: jobs
model: azureml:m:1
compute: azureml:c
`
const WATCHING = {
  ...HEAD,
  kind: 'Rollout',
  spec: {
    endpoint: 'fraud',
    template: { model: 'azureml:m:1', environment: 'azureml:e:1', instance_type: 'S' },
    strategy: { canary: { steps: [{ setWeight: 10 }] } },
    analysis: ['guard'],
  },
}

function said(document: JsonObject, path: string, value: Json | undefined): JsonObject {
  return value === undefined ? document : withField(document, path, value)
}

/** Where it stands in the file may differ. */
function readWhole(files: Readonly<Record<string, string>>): unknown {
  const reading = readingOf(files)
  expect(told(reading)).toEqual([])
  return JSON.parse(JSON.stringify(rolloutOf(reading)), (key, value) =>
    key === 'at' ? undefined : value,
  )
}

describe.each(Object.keys(OTHERS))('of a document of kind %s', (kind) => {
  const ofKind = DEFAULTS.filter(({ title }) => title === kind)
  const others = OTHERS[kind] ?? {}

  test('each has another value here', () => {
    expect(ofKind.map(({ path }) => path).sort()).toEqual(Object.keys(others).sort())
  })

  test.each(ofKind)('$path is $value', ({ path, value }) => {
    const { other, beside = {} } = others[path] ?? { other: null }
    const unsaid = READ[kind]?.(path, undefined, beside)
    expect(READ[kind]?.(path, value, beside)).toEqual(unsaid)
    expect(READ[kind]?.(path, other, beside)).not.toEqual(unsaid)
  })
})

test('a threshold asks for no number of requests', () => {
  const path = 'spec.metrics[].minRequests'
  const unsaid = READ.AnalysisTemplate?.(path, undefined, THRESHOLD)
  expect(READ.AnalysisTemplate?.(path, 0, THRESHOLD)).toEqual(unsaid)
  expect(READ.AnalysisTemplate?.(path, 100, THRESHOLD)).not.toEqual(unsaid)
})
