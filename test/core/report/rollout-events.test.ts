import { describe, expect, test } from '@jest/globals'
import type { IntentAnswer, RolloutTransition } from '../../../src/core/model/rollout.ts'
import { eventsOf } from '../../../src/core/report/events/event.ts'
import * as a from '../../support/report.ts'

function told(...[now, before]: Parameters<typeof eventsOf>) {
  return eventsOf(now, before).filter(({ reason }) => /^(?:Rollout|CommitNot)/.test(reason))
}

function said(result: IntentAnswer['result'], id = 'first') {
  const answers = [{ intent: a.intent({ id }), result, message: 'So be it.' }]
  return a.report({ resources: [a.rolling()], answers })
}

describe('what operators said', () => {
  test.each([
    ['accepted', 'RolloutAbortRequested'],
    ['refused', 'RolloutAbortRefused'],
    ['pending', 'RolloutAbortWaiting'],
  ] as const)('and was %s is told with who, when, why and what became of it', (result, reason) => {
    const message = `anna (loopback) said abort of fraud at 2026-01-15T12:00:00Z because: scores look wrong; ${result}: So be it.`
    expect(told(said(result), undefined)).toEqual([
      expect.objectContaining({ type: 'Normal', ref: 'OnlineEndpoint/fraud', reason, message }),
    ])
  })

  test('a lever that waits is told once, and again when it is answered', () => {
    const waits = said('pending')
    expect(told(waits, waits)).toEqual([])
    expect(told(said('accepted'), waits).map(({ reason }) => reason)).toEqual([
      'RolloutAbortRequested',
    ])
    expect(told(said('pending', 'second'), waits)).toHaveLength(1)
  })

  test('of an endpoint that is not there is told without a resource, and without a reason given', () => {
    const intent = a.intent({ endpoint: 'nobody', verb: 'promote', why: '' })
    const answers = [{ intent, result: 'refused', message: 'No Rollout.' } as const]
    const [event] = told(a.report({ answers, resources: [a.rolling()] }), undefined)
    expect(event).not.toHaveProperty('ref')
    expect(event?.message).toContain('without a reason; refused: No Rollout.')
  })
})

describe('a dry run that would have failed', () => {
  const judging = (...judgements: readonly ReturnType<typeof a.judgement>[]) =>
    a.report({ resources: [a.rolling(a.rollout({ judgements }))] })
  const tried = a.judgement({ outcome: 'fail', message: 'Too many.', dryRun: true })
  const reasons = (...[now, before]: Parameters<typeof eventsOf>) =>
    eventsOf(now, before).filter(({ reason }) => reason === 'DryRunFailed')

  test('is told once, and is no warning', () => {
    expect(reasons(judging(tried), judging({ ...tried, outcome: 'pass' }))).toEqual([
      expect.objectContaining({
        type: 'Normal',
        message:
          'The check errors is a dry run; without that the rollout would have failed. Too many.',
      }),
    ])
    expect(reasons(judging(tried), judging(tried))).toEqual([])
    expect(reasons(judging(tried, { ...tried, id: 'other' }), judging(tried))).toHaveLength(1)
  })

  test('is not what fails, or passes', () => {
    const { dryRun: _, ...real } = tried
    expect(reasons(judging(real, { ...tried, outcome: 'pass' }), undefined)).toEqual([])
  })
})

describe('how rollouts moved', () => {
  const turn = (result: RolloutTransition['result']): RolloutTransition => ({
    ...{ endpoint: a.endpoint('fraud'), strategy: 'canary', result, trigger: 'analysis' },
    message: 'What happened.',
  })

  test.each([
    ['started', 'Normal', 'RolloutStarted'],
    ['step', 'Normal', 'RolloutStep'],
    ['promoted', 'Normal', 'RolloutPromoted'],
    ['fast_promoted', 'Normal', 'RolloutFastPromoted'],
    ['aborted', 'Warning', 'RolloutAborted'],
    ['superseded', 'Normal', 'RolloutSuperseded'],
    ['rolled_back', 'Warning', 'RolloutRolledBack'],
    ['fast_rolled_back', 'Warning', 'RolloutFastRolledBack'],
    ['retried', 'Normal', 'RolloutRetried'],
  ] as const)('%s is a %s %s of the endpoint', (result, type, reason) => {
    const outcomes = [a.started(a.endpoint('fraud'), { turn: turn(result) })]
    expect(told(a.report({ outcomes }), undefined)).toEqual([
      expect.objectContaining({
        ...{ type, reason, ref: 'OnlineEndpoint/fraud', message: 'What happened. (analysis)' },
      }),
    ])
  })

  test('is not told as long as Azure has not accepted the write', () => {
    const { action } = a.started(a.endpoint('fraud'), { turn: turn('step') })
    expect(told(a.report({ outcomes: [a.failed(action.ref, { action })] }), undefined)).toEqual([])
  })
})

describe('a commit that is not applied', () => {
  const aborted = (revision: string) =>
    a.report({ appliedRevision: revision, resources: [a.rolling(a.aborted())], converged: false })

  test('is told with its revision and why, once for each commit', () => {
    const first = aborted('0123456789abcdef')
    expect(told(first, a.report())).toEqual([
      expect.objectContaining({
        ...{ type: 'Warning', reason: 'CommitNotApplied', ref: 'OnlineEndpoint/fraud' },
        message:
          'Commit 0123456789ab (revision 77aa1122) is not applied to fraud: ErrorsWorse: Errors are worse than stable.',
      }),
    ])
    expect(told(first, first)).toEqual([])
    expect(told(aborted('fedcba9876543210'), first)).toHaveLength(1)
  })
})
