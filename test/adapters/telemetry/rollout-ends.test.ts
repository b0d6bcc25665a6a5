import { describe, expect, test } from '@jest/globals'
import type { Report } from '../../../src/core/model/report.ts'
import type { RolloutStatus } from '../../../src/core/model/rollout.ts'
import * as a from '../../support/report.ts'
import { shown } from './series.ts'
import { awayAt, BACK, tickAt } from './ticks.ts'

describe('how rollouts end', () => {
  const beganAt = a.START
  const begin = tickAt(0, a.rollout(), { outcomes: [a.turned('started', { beganAt })] })
  const waits = a.rollout({ phase: 'paused', reason: 'WaitsForPromote', stalled: true })
  const sums = /^rollout_(duration|progress_duration|wait_duration)_seconds_sum/

  test('each is counted once, in the tick whose write was accepted', async () => {
    const ends = tickAt(60, a.atRest(), { outcomes: [a.turned('promoted', { beganAt })] })
    const refused = tickAt(50, a.rollout(), {
      outcomes: [{ ...a.failed(a.endpoint('fraud')), ...turnedAction('promoted') }],
    })
    const found = await shown(/^rollouts_total.*canary.*"promoted"/, begin, refused, ends, {
      ...ends,
      outcomes: [],
    })
    expect(Object.values(found)).toEqual([1])
  })

  /** The action of a turn, for an outcome that was refused. */
  function turnedAction(result: 'promoted' | 'aborted') {
    return { action: a.turned(result, { beganAt, trigger: 'analysis' }).action }
  }

  test('steps, pauses and adoptions end nothing', async () => {
    const results = [
      'started',
      'step',
      'paused',
      'resumed',
      'retried',
      'released',
      'adopted',
    ] as const
    const outcomes = results.map((result) => a.turned(result, { beganAt }))
    const found = await shown(/^rollouts_total/, tickAt(0, a.rollout(), { outcomes }))
    expect(Object.values(found)).toEqual(Array.from({ length: 18 }, () => 0))
  })

  test('the whole time is progress and waits', async () => {
    const found = await shown(
      sums,
      begin,
      tickAt(100, waits),
      tickAt(700, a.rollout({ phase: 'shifting' })),
      tickAt(800, a.rollout({ reason: 'NoData' })),
      tickAt(850, a.rollout()),
      tickAt(1000, a.atRest(), { outcomes: [a.turned('promoted', { beganAt })] }),
    )
    const how = '{strategy="canary",result="promoted"}'
    expect(found).toEqual({
      [`rollout_duration_seconds_sum${how}`]: 1000,
      [`rollout_progress_duration_seconds_sum${how}`]: 350,
      'rollout_wait_duration_seconds_sum{reason="approval"}': 600,
      'rollout_wait_duration_seconds_sum{reason="no_data"}': 50,
    })
  })

  test('a record holds whole milliseconds, which a tick need not begin at', async () => {
    const begun = tickAt(0.0005, a.rollout(), { outcomes: [a.turned('started', { beganAt })] })
    const ends = tickAt(400, a.atRest(), { outcomes: [a.turned('promoted', { beganAt })] })
    expect(Object.values(await shown(sums, begun, ends))).toEqual([400, 400])
  })

  test('a wait that the end cuts short is a wait, too', async () => {
    const aborted = tickAt(400, a.rollout({ ...BACK, phase: 'aborting' }), {
      outcomes: [a.turned('aborted', { beganAt })],
    })
    const found = await shown(sums, begin, tickAt(100, waits), aborted)
    expect(Object.values(found).toSorted((x, y) => x - y)).toEqual([100, 300, 400])
  })

  test('of a rollout that an earlier process began, the progress is not known', async () => {
    const ends = tickAt(400, a.atRest(), { outcomes: [a.turned('promoted', { beganAt })] })
    const found = await shown(sums, tickAt(100, a.rollout()), ends)
    expect(Object.keys(found)).toEqual([expect.stringMatching(/^rollout_duration/)])
  })

  test.each<[string, Partial<RolloutStatus>, Partial<Report>, string]>([
    ['somebody said pause', { phase: 'paused', reason: 'Paused', stalled: true }, {}, 'manual'],
    ['it holds after a failure', { phase: 'degraded', stalled: true }, {}, 'manual'],
    [
      'quota is short',
      { phase: 'provisioning' },
      { plan: a.plan({ held: [quotaHeld()] }) },
      'quota',
    ],
  ])('a rollout waits while %s', async (_name, status, fields, reason) => {
    const found = await shown(
      /^rollout_wait_duration_seconds_sum/,
      begin,
      tickAt(100, a.rollout(status), fields),
      tickAt(160, a.rollout()),
    )
    expect(found).toEqual({ [`rollout_wait_duration_seconds_sum{reason="${reason}"}`]: 60 })
  })

  function quotaHeld() {
    const ref = a.deployment('fraud', 'green')
    return { ref, state: 'blocked', reason: 'OutOfQuota', message: '' } as const
  }

  test('a rollback lasts from the first decision until all traffic is seen on the stable revision', async () => {
    const aborting = a.rollout({ ...BACK, phase: 'aborting' })
    const found = await shown(
      /^rollback_duration_seconds_(sum|count)/,
      begin,
      awayAt(100, aborting, {
        outcomes: [{ ...a.failed(a.endpoint('fraud')), ...turnedAction('aborted') }],
      }),
      awayAt(110, aborting, { outcomes: [a.turned('aborted', { beganAt, trigger: 'analysis' })] }),
      awayAt(120, a.aborted()),
      tickAt(145, a.aborted()),
      tickAt(155, a.aborted()),
    )
    expect(found).toEqual({
      'rollback_duration_seconds_sum{trigger="analysis"}': 45,
      'rollback_duration_seconds_count{trigger="analysis"}': 1,
    })
  })

  test('an abort before any traffic takes nothing back', async () => {
    const outcomes = [a.turned('aborted', { trigger: 'analysis' })]
    const aborting = tickAt(0, a.rollout({ ...BACK, phase: 'aborting' }), { outcomes })
    expect(await shown(/^rollback_duration/, aborting, tickAt(10, a.aborted()))).toEqual({})
  })

  test('a dry run says nothing of how it ended', async () => {
    const judgements = [a.judgement({ outcome: 'fail', dryRun: true }), PASSED]
    const outcomes = [a.turned('superseded', { beganAt })]
    const ends = tickAt(60, a.rollout({ judgements }), { outcomes })
    expect(await shown(/^analysis_runs_total.*(pass|fail)/, begin, ends)).toEqual({
      'analysis_runs_total{target="fraud-prod",verdict="pass"}': 1,
      'analysis_runs_total{target="fraud-prod",verdict="fail"}': 0,
    })
  })

  const PASSED = a.judgement({ id: 'passed', outcome: 'pass' })

  test.each<[readonly RolloutStatus['judgements'][number]['outcome'][], string | undefined]>([
    [['pass', 'pass'], 'pass'],
    [['pass', 'fail', 'noData'], 'fail'],
    [['pass', 'noData', 'inconclusive'], 'error'],
    [['pass', 'inconclusive'], 'undecided'],
    [[], undefined],
  ])('checks that say %j are one run that ends as %s', async (outcomes, verdict) => {
    const judgements = outcomes.map((outcome, index) => a.judgement({ id: `${index}`, outcome }))
    const ends = tickAt(60, a.rollout({ judgements }), {
      outcomes: [a.turned('superseded', { beganAt })],
    })
    const found = Object.entries(await shown(/^analysis_runs_total/, begin, ends))
    const counted = found.filter(([, value]) => value > 0).map(([name]) => name)
    expect(counted).toEqual(
      verdict === undefined
        ? []
        : [`analysis_runs_total{target="fraud-prod",verdict="${verdict}"}`],
    )
  })

  test('a commit has a lead time when it is seen live, and one that Git took back has none', async () => {
    const old = a.report({ attemptedRevision: 'a1', appliedRevision: 'a1' })
    const coming = a.report({
      attemptedRevision: 'b2',
      committedAt: a.START - 60_000,
      converged: false,
    })
    const live = a.report({
      startedAt: a.START + 540_000,
      endedAt: a.START + 540_000,
      attemptedRevision: 'b2',
      appliedRevision: 'b2',
    })
    const pattern = /^change_lead_time_seconds_sum/
    expect(Object.values(await shown(pattern, old, coming, live, live))).toEqual([600])
    expect(await shown(pattern, old, coming, old)).toEqual({})
  })
})
