import { describe, expect, test } from '@jest/globals'
import { Registry } from 'prom-client'
import { CATALOGUE } from '../../../src/adapters/telemetry/catalogue.ts'
import { createFamilies } from '../../../src/adapters/telemetry/families.ts'
import { counter, type Family, gauge } from '../../../src/adapters/telemetry/family.ts'
import { snakeCase } from '../../../src/adapters/telemetry/snake-case.ts'
import type { Report } from '../../../src/core/model/report.ts'
import * as a from '../../support/report.ts'
import { eventfulCalls, eventfulStory } from '../../support/story.ts'
import { metrics, seriesOf, shown } from './series.ts'

const blue = a.deployment('fraud', 'blue')

describe('the metrics tell what a report tells', () => {
  test('weights by role: what serves most is stable, whatever its name', async () => {
    const moving = a.report({
      resources: [a.serving('fraud', { green: 100 }, { blue: 90, green: 10 })],
    })
    const at = (role: string, source: string) =>
      `traffic_weight_ratio{target="fraud-prod",endpoint="fraud",role="${role}",source="${source}"}`
    expect(await shown(/^traffic_weight/, moving)).toEqual({
      [at('stable', 'desired')]: 0,
      [at('stable', 'configured')]: 0.9,
      [at('candidate', 'desired')]: 1,
      [at('candidate', 'configured')]: 0.1,
      'traffic_weight_sum_ratio{target="fraud-prod",endpoint="fraud"}': 1,
    })
  })

  test('an endpoint that serves nothing on purpose exports no sum; one that lost its traffic does', async () => {
    const idle = a.report({ resources: [a.serving('fraud', {}, {})] })
    const lost = a.report({ resources: [a.serving('fraud', { blue: 100 }, {})] })
    expect(Object.values(await shown(/^traffic_weight_sum/, idle))).toEqual([])
    expect(Object.values(await shown(/^traffic_weight_sum/, lost))).toEqual([0])
  })

  test('drift: things, fields, the oldest, and detection counted once', async () => {
    const report = a.report({
      resources: [a.drifted(blue), a.drifted(a.deployment('fraud', 'green'))],
    })
    const found = await shown(/^drift.*OnlineDeployment/, report, { ...report, tick: 2 })
    const labels = '{target="fraud-prod",kind="OnlineDeployment"'
    expect(found).toMatchObject({
      [`drifted_resources${labels},policy="correct"}`]: 2,
      [`drifted_fields${labels},policy="correct"}`]: 2,
      [`drift_first_seen_timestamp_seconds${labels}}`]: a.START / 1000 - 60,
      [`drift_detected_total${labels},actor="unknown",client="other"}`]: 2,
    })
  })

  test('fields that Azure did not take over are counted by kind, and are no drift', async () => {
    const field = { path: '/properties/description', live: undefined, desired: 'a' }
    const resources = [a.resource(blue, { notTakenOver: [field, { ...field, path: '/tags/a' }] })]
    expect(await shown(/^(not_taken_over|drifted)/, a.report({ resources }))).toEqual({
      'not_taken_over_fields{target="fraud-prod",kind="OnlineDeployment"}': 2,
    })
  })

  test('fields that are left to others are counted by kind, and are no drift', async () => {
    const field = { path: '/sku/capacity', live: 9, desired: 2, why: 'autoscale' }
    const resources = [a.resource(blue, { ignored: [field] })]
    expect(await shown(/^(ignored_fields|drifted)/, a.report({ resources }))).toEqual({
      'ignored_fields{target="fraud-prod",kind="OnlineDeployment"}': 1,
    })
  })

  test('operations that are overdue are counted by kind', async () => {
    const overdue = a.condition({ type: 'Reconciling', status: 'True', reason: 'OperationOverdue' })
    const resources = [a.resource(blue, { conditions: [overdue] })]
    expect(await shown(/^overdue/, a.report({ resources }))).toEqual({
      'overdue_operations{target="fraud-prod",kind="OnlineDeployment"}': 1,
    })
  })

  test('ignored drift has no age, so that it raises no alert', async () => {
    const report = a.report({ resources: [a.drifted(blue, { drift: 'ignore' })] })
    expect(await shown(/^drift_first_seen/, report)).toEqual({})
  })

  test('a correction is counted when it is sent', async () => {
    const report = a.report({ outcomes: [a.started(blue, { reason: 'Drift' })] })
    const found = await shown(/^drift_corrections.*OnlineDeployment.*success/, report)
    expect(Object.values(found)).toEqual([1])
  })

  test('an unapplied commit has the time of the oldest one, until live equals the newest', async () => {
    const first = a.report({ attemptedRevision: 'a1', committedAt: 1_000_000, converged: false })
    const second = a.report({ attemptedRevision: 'b2', committedAt: 2_000_000, converged: false })
    const done = a.report({ attemptedRevision: 'b2', appliedRevision: 'b2', converged: true })
    const moved = a.report({ attemptedRevision: 'b2', appliedRevision: 'b2', converged: false })
    expect(Object.values(await shown(/^target_unapplied/, first, second))).toEqual([1000])
    expect(await shown(/^target_unapplied/, first, second, done)).toEqual({})
    expect(await shown(/^target_unapplied/, first, second, done, moved)).toEqual({})
  })

  test('an operation runs from its acceptance until a tick sees its end', async () => {
    const begun = a.report({
      outcomes: [a.started(blue, { operation: 'create_online_deployment' })],
    })
    const busy = a.report({ resources: [a.resource(blue, { health: 'progressing' })] })
    const ended = a.report({ startedAt: a.START + 600_000, resources: [a.resource(blue)] })
    expect(await shown(/^lro_in_progress/, begun, busy)).toEqual({
      'lro_in_progress{operation="create_online_deployment"}': 1,
    })
    const found = await shown(
      /^lro_(in_progress|duration_seconds_(sum|bucket.*le="600"))/,
      begun,
      busy,
      ended,
    )
    expect(Object.values(found)).toEqual([1, 600])
  })

  test('what is blocked is counted when it becomes so, a deletion as a blocked prune too', async () => {
    const held = a.plan({
      held: [{ ref: blue, state: 'refused', reason: 'NotOurs', message: '' }],
      changes: [{ ref: blue, verb: 'delete', reason: 'Prune', differences: [] }],
    })
    const report = a.report({ plan: held })
    const found = await shown(
      /^(plan_blocked.*not_ours|prunes.*OnlineDeployment.*blocked)/,
      report,
      report,
    )
    expect(Object.values(found)).toEqual([1, 1])
  })

  test.each<[string, Partial<Report>, string]>([
    ['converged', {}, 'success'],
    ['under way', { converged: false }, 'requeue'],
    ['a refused action', { outcomes: [a.failed(blue)] }, 'error'],
    ['a mistake in Git', { problems: [a.problem()] }, 'error'],
    ['a warning in Git', { problems: [a.problem({ severity: 'warning' })] }, 'success'],
    [
      'suspended',
      { conditions: [a.condition({ reason: 'Suspended', status: 'False' })] },
      'skipped',
    ],
    ['only observed', { mode: 'observe', converged: false }, 'skipped'],
    ['only observed, with nothing to do', { mode: 'observe' }, 'success'],
    ['only observed, with a mistake in Git', { mode: 'observe', problems: [a.problem()] }, 'error'],
  ])('a tick that is %s is counted as such', async (_name, fields, result) => {
    const found = await shown(/^reconcile_total\{kind="Application"/, a.report(fields))
    expect(found[`reconcile_total{kind="Application",result="${result}"}`]).toBe(1)
  })

  test('who only observes is shown, with what it does not write', async () => {
    const resource = a.resource(blue, {
      sync: 'out_of_sync',
      conditions: [a.condition({ reason: 'Observed', status: 'False' })],
    })
    const observed = a.report({ mode: 'observe', converged: false, resources: [resource] })
    const found = await shown(/^(observing|reconcile_total.*OnlineDeployment)/, observed)
    expect(found['observing{target="fraud-prod"}']).toBe(1)
    expect(found['reconcile_total{kind="OnlineDeployment",result="skipped"}']).toBe(1)
    expect(await shown(/^observing/, observed, a.report())).toEqual({
      'observing{target="fraud-prod"}': 0,
    })
  })

  test.each([
    ['delete', 'deleted'],
    ['archive', 'archived'],
    ['detach', 'detached'],
  ] as const)('a prune that is a %s is counted as %s', async (verb, result) => {
    const outcomes = [a.started(blue, { verb, reason: 'Prune' })]
    const found = await shown(/^prunes_total/, a.report({ outcomes }))
    const counted = Object.entries(found).filter(([, value]) => value > 0)
    const labels = `target="fraud-prod",kind="OnlineDeployment",result="${result}"`
    expect(counted).toEqual([[`prunes_total{${labels}}`, 1]])
  })

  test('what is in no Git is counted by kind', async () => {
    const orphans = ['one', 'two'].map((name) => a.orphan(a.endpoint(name)))
    const found = await shown(/^orphaned/, a.report({ orphans: [...orphans, a.orphan(blue)] }))
    expect(found).toEqual({
      'orphaned_resources{target="fraud-prod",kind="OnlineEndpoint"}': 2,
      'orphaned_resources{target="fraud-prod",kind="OnlineDeployment"}': 1,
    })
  })

  test('a dry run counts a manual plan and touches nothing else', async () => {
    const found = await shown(
      /^(plans_total.*manual|resources)/,
      a.report({ dryRun: true, resources: [a.resource(blue)] }),
    )
    expect(Object.values(found).reduce((sum, value) => sum + value, 0)).toBe(1)
  })
})

describe('labels stay within their bounds (ATTACKS 49)', () => {
  test('every value that is not in its list becomes other', async () => {
    const subject = metrics()
    subject.recordReport(a.report({ problems: [a.problem({ reason: 'Made"Up\n' })] }))
    subject.meterFor('fraud-prod').azureRequest({
      api: 'arm',
      resourceType: 'x'.repeat(500),
      method: 'BREW',
      status: 999,
      durationMs: 1,
    })
    subject.apiRequest('/../etc', 'TRACE', 404)
    const text = await subject.render()
    expect(text).toContain('reason="other"')
    expect(text).toContain('resource_type="other",method="other",code="other"')
    expect(text).toContain('route="other",method="other",code="4xx"')
    expect(text).not.toContain('xxxx')
  })

  test('an endpoint name that Azure does not allow makes no label of its own', async () => {
    const odd = a.resource(a.endpoint('a"} 1\nevil{b="c'), { traffic: { desired: {}, live: {} } })
    const found = await shown(/^endpoint_info/, a.report({ resources: [odd] }))
    expect(Object.keys(found)).toEqual([expect.stringContaining('endpoint="other"')])
  })

  test('500 endpoints, 20 rollouts each: at most 400 + 90 per endpoint, and none is left when they go', async () => {
    const subject = metrics()
    eventfulCalls(subject.meterFor('fraud-prod'))
    const before = (await seriesOf(subject)).size
    for (let rollout = 0; rollout < 20; rollout++) subject.recordReport(rolloutOf(500, rollout))
    const during = (await seriesOf(subject)).size
    expect(during).toBeLessThanOrEqual(400 + 90 * 500)
    // Issue 2's families need far less than the budget: seven series an endpoint.
    expect(during).toBeLessThanOrEqual(before + 7 * 500 + 60)
    subject.recordReport(a.report({ tick: 99, resources: [] }))
    expect(
      [...(await seriesOf(subject)).keys()].filter((name) => name.includes('endpoint="e')),
    ).toEqual([])
  })

  test('one endpoint with everything that can happen: at most 603, of which the endpoint has 90', async () => {
    const subject = metrics()
    eventfulCalls(subject.meterFor('fraud-prod'))
    for (const report of eventfulStory(a.START)) {
      if (report.application === 'fraud-prod') subject.recordReport(report)
    }
    expect((await seriesOf(subject)).size).toBeLessThanOrEqual(603)
  })

  test('more endpoints than any region allows are not all drawn', async () => {
    const found = await shown(/^endpoint_info/, rolloutOf(3000, 1))
    expect(Object.keys(found)).toHaveLength(1000)
  })

  test('a forgotten Application leaves no series', async () => {
    const subject = metrics()
    const before = [...(await seriesOf(subject)).keys()]
    eventfulCalls(subject.meterFor('fraud-prod'))
    for (const report of eventfulStory(a.START)) subject.recordReport(report)
    for (const name of ['fraud-prod', 'churn-prod', 'broken-prod', 'canary-prod']) {
      subject.forget(name)
    }
    const after = [...(await seriesOf(subject)).keys()]
    expect(after.filter((name) => /fraud|churn|broken|canary-prod/.test(name))).toEqual([])
    expect(after.filter((name) => name.startsWith('lro_in_progress'))).toEqual([])
    expect(before.every((name) => after.includes(name))).toBe(true)
  })
})

/** Endpoints in the middle of their nth rollout: a new deployment name each time. */
function rolloutOf(endpoints: number, rollout: number): Report {
  const weights = { [`v${rollout}`]: 90, [`v${rollout + 1}`]: 10 }
  return a.report({
    tick: rollout,
    attemptedRevision: `c${rollout}`,
    resources: Array.from({ length: endpoints }, (_, index) => a.serving(`e${index}x`, weights)),
  })
}

describe('the catalogue is an API', () => {
  test('counters are there at 0 before the first event', async () => {
    const subject = metrics()
    subject.meterFor('fraud-prod')
    const series = await seriesOf(subject)
    expect(series.get('reconcile_errors_total{kind="OnlineEndpoint",error_class="quota"}')).toBe(0)
    expect(
      series.get(
        'drift_corrections_total{target="fraud-prod",kind="OnlineEndpoint",result="error"}',
      ),
    ).toBe(0)
    expect(series.get('prunes_total{target="fraud-prod",kind="Model",result="blocked"}')).toBe(0)
    expect(series.get('azure_throttled_total{api="arm"}')).toBe(0)
  })

  test('every family is exported, and every family has been seen with a series in an eventful story', async () => {
    const subject = metrics()
    eventfulCalls(subject.meterFor('fraud-prod'))
    subject.apiRequest('/metrics', 'GET', 200)
    const seen = new Set<string>()
    for (const report of eventfulStory(a.START)) {
      subject.recordReport(report)
      for (const name of (await seriesOf(subject)).keys()) {
        seen.add(`verdigris_${name.replace(/\{.*/, '').replace(/_(bucket|sum|count)$/, '')}`)
      }
    }
    const missing = Object.values(CATALOGUE).filter(({ name }) => !seen.has(name))
    expect(missing.map(({ name }) => name)).toEqual([])
  })

  test.each(Object.values(CATALOGUE).map((family: Family) => [family.name, family] as const))(
    '%s keeps the naming rules and the label budget',
    (name, family) => {
      expect(name).toMatch(/^verdigris_[a-z][a-z0-9_]*$/)
      expect(name.endsWith('_total')).toBe(family.type === 'counter')
      expect(family.type === 'histogram').toBe(family.buckets !== undefined)
      if (family.type === 'histogram') expect(name).toMatch(/_seconds$/)
      if (name.includes('timestamp')) expect(name).toMatch(/_timestamp_seconds$/)
      for (const [label, values] of Object.entries(family.labels)) {
        if (name !== NAMES_THINGS) expect(FORBIDDEN_LABELS).not.toContain(label)
        if (Array.isArray(values)) expect(values.length).toBeLessThanOrEqual(16)
      }
    },
  )

  /** The one family with names that change, replaced in place so that they do not multiply others. */
  const NAMES_THINGS = 'verdigris_rollout_info'
  const FORBIDDEN_LABELS = ['revision', 'pr', 'deployment', 'model', 'user', 'resource_id', 'path']

  test('a renamed family is exported under both names', async () => {
    const registry = new Registry()
    const table = {
      fetches: {
        ...counter('fetches_total', 'x', { result: ['ok'] }),
        formerly: 'verdigris_reads_total',
      },
      age: { ...gauge('age_seconds', 'x', {}), formerly: 'verdigris_years' },
    }
    const families = createFamilies(registry, table)
    families.add('', 'fetches', { result: 'ok' }, 3)
    families.replace('app', { age: [{ labels: {}, value: 7 }] })
    const text = await registry.metrics()
    for (const line of [
      'fetches_total{result="ok"} 3',
      'reads_total{result="ok"} 3',
      'age_seconds 7',
      'years 7',
    ]) {
      expect(text).toContain(`verdigris_${line}\n`)
    }
    families.forget('app')
    expect(await registry.metrics()).not.toMatch(/^verdigris_years [17]/m)
  })

  test.each([
    ['LabelNotResolved', 'label_not_resolved'],
    ['OutOfQuota', 'out_of_quota'],
    ['already_snake', 'already_snake'],
  ])('%s is spelt %s in a label', (reason, label) => {
    expect(snakeCase(reason)).toBe(label)
  })
})
