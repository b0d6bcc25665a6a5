import { describe, expect, test } from '@jest/globals'
import type { Meter } from '../../../src/reconcile/ports.ts'
import * as a from '../../support/report.ts'
import { metrics, seriesOf, shown } from './series.ts'
import { tickAt } from './ticks.ts'

const AT = 'target="fraud-prod",endpoint="fraud"'

describe('what the judge sees', () => {
  const samples = /^analysis_(metric_value|samples|log|decision)/

  test('evidence stands beside the lines it is held against, samples and ratios by role', async () => {
    const report = tickAt(0, a.rollout({ judgements: [a.judgement()] }))
    const metric = `${AT},metric="errors"`
    expect(await shown(samples, report)).toEqual({
      [`analysis_log_evidence{${metric}}`]: 1.5,
      [`analysis_log_pass_evidence{${metric}}`]: 0.5,
      [`analysis_decision_line{${AT},verdict="fail"}`]: 4.6,
      [`analysis_decision_line{${AT},verdict="pass"}`]: 3,
      [`analysis_samples{${metric},role="stable"}`]: 900,
      [`analysis_samples{${metric},role="candidate"}`]: 100,
      [`analysis_metric_value{${metric},role="stable"}`]: 0.01,
      [`analysis_metric_value{${metric},role="candidate"}`]: 0.02,
    })
  })

  test('a threshold has its number; without data there is none, and the samples are 0', async () => {
    const { evidence: _, ...plain } = a.judgement({ samples: NOTHING })
    const number = { ...plain, name: 'slo', value: 0.25 }
    const silent = { ...plain, name: 'silent', outcome: 'noData' as const }
    const found = await shown(samples, tickAt(0, a.rollout({ judgements: [number, silent] })))
    expect(found).toEqual({
      [`analysis_metric_value{${AT},metric="slo",role="candidate"}`]: 0.25,
      [`analysis_samples{${AT},metric="silent",role="stable"}`]: 0,
      [`analysis_samples{${AT},metric="silent",role="candidate"}`]: 0,
    })
  })

  const NOTHING = { stable: { requests: 0, errors: 0 }, candidate: { requests: 0, errors: 0 } }

  test('looks are counted by provider and verdict, but not when the workspace could not be read', async () => {
    const report = tickAt(0, a.rollout({ judgements: [a.judgement({ provider: 'azureMonitor' })] }))
    const stale = { ...report, failure: { reason: 'Unavailable', message: '' } }
    expect(await shown(/^analysis_measurements_total/, report, stale, report)).toEqual({
      'analysis_measurements_total{provider="azure_monitor",verdict="undecided"}': 2,
    })
  })

  test('a dry run is shown beside the others, marked, and counted apart from them', async () => {
    const tried = a.judgement({ id: 'tried', name: 'tried', outcome: 'fail', dryRun: true })
    const lines = { ...a.judgement().evidence, abortAt: 9, passAt: 9 } as typeof tried.evidence
    const judgements = [{ ...tried, evidence: lines } as typeof tried, a.judgement()]
    const report = tickAt(0, a.rollout({ judgements }))
    expect(await shown(/^analysis_(dry_run|measurements|decision|log_evidence)/, report)).toEqual({
      [`analysis_dry_run{${AT},metric="tried"}`]: 1,
      'analysis_dry_run_measurements_total{provider="prometheus",verdict="fail"}': 1,
      'analysis_measurements_total{provider="prometheus",verdict="undecided"}': 1,
      [`analysis_log_evidence{${AT},metric="tried"}`]: 1.5,
      [`analysis_log_evidence{${AT},metric="errors"}`]: 1.5,
      [`analysis_decision_line{${AT},verdict="fail"}`]: 4.6,
      [`analysis_decision_line{${AT},verdict="pass"}`]: 3,
    })
  })

  test('dry runs take the place of no check that decides', async () => {
    const names = Array.from({ length: 9 }, (_, index) => `tried${index}`)
    const tried = names.map((name) => a.judgement({ id: name, name, dryRun: true }))
    const report = tickAt(0, a.rollout({ judgements: [...tried, a.judgement()] }))
    const found = await shown(/^analysis_log_evidence/, report)
    expect(Object.keys(found)).toHaveLength(8)
    expect(found).toHaveProperty([`analysis_log_evidence{${AT},metric="errors"}`])
  })

  test('queries have a duration; only those that could not be asked are errors of the provider', async () => {
    const subject = metrics()
    const { analysisQuery } = subject.meterFor('fraud-prod')
    tellAll(analysisQuery)
    const series = await seriesOf(subject)
    const sum = 'analysis_query_duration_seconds_sum{provider="log_analytics"}'
    expect(series.get(sum)).toBe(6)
    const errors = [...series].filter(([name, value]) => /provider_errors/.test(name) && value > 0)
    expect(errors).toEqual([
      ['analysis_provider_errors_total{provider="log_analytics",reason="timed_out"}', 1],
      ['analysis_provider_errors_total{provider="log_analytics",reason="other"}', 1],
    ])
  })

  function tellAll(analysisQuery: Meter['analysisQuery']): void {
    const asked = { provider: 'logAnalytics', durationMs: 1500 } as const
    analysisQuery({ ...asked, result: 'ok' })
    analysisQuery({ ...asked, result: 'noData', reason: 'Empty' })
    analysisQuery({ ...asked, result: 'error', reason: 'TimedOut' })
    analysisQuery({ ...asked, result: 'error', reason: 'Never"heard' })
  }

  test('golden requests are counted in the tick in which they were sent', async () => {
    const golden = { passed: 2, failed: 1, unanswered: 0 }
    const found = await shown(
      /^golden_requests_total/,
      tickAt(0, a.rollout({ golden })),
      tickAt(1, a.rollout()),
    )
    expect(Object.values(found)).toEqual([2, 1, 0])
  })

  test('probes are counted as they are answered, with all that may become of them', async () => {
    const subject = metrics()
    const { probe } = subject.meterFor('fraud-prod')
    for (const result of ['passed', 'passed', 'unanswered'] as const) probe(result)
    const found = [...(await seriesOf(subject))].filter(([name]) => name.startsWith('probe_'))
    const at = 'probe_requests_total{target="fraud-prod",result='
    expect(found).toEqual([
      [`${at}"passed"}`, 2],
      [`${at}"failed"}`, 0],
      [`${at}"unanswered"}`, 1],
    ])
  })

  test('levers are counted when they are answered for good', async () => {
    const promote = a.answer('promote')
    const byToken = { ...promote, intent: { ...promote.intent, actor: 'token' as const } }
    const answers = [a.answer('abort', 'pending'), byToken, a.answer('undo', 'refused')]
    const found = await shown(/^audit_events_total/, tickAt(0, a.rollout(), { answers }))
    const counted = Object.entries(found).filter(([, value]) => value > 0)
    expect(Object.keys(found)).toHaveLength(24)
    expect(counted).toEqual([
      ['audit_events_total{action="undo",actor="user",result="refused"}', 1],
      ['audit_events_total{action="promote",actor="token",result="accepted"}', 1],
    ])
  })
})
