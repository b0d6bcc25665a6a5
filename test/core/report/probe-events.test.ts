import { expect, test } from '@jest/globals'
import type { RolloutStatus } from '../../../src/core/model/rollout.ts'
import { eventsOf } from '../../../src/core/report/events/event.ts'
import { probeText } from '../../../src/core/report/probe-text.ts'
import { reportOf } from '../../../src/core/report/report.ts'
import * as a from '../../support/report.ts'

const problem = { reason: 'Unauthorized', message: 'This identity may not score.' }
const COUNTS = { perMinute: 60, different: 3, sent: 0, failed: 0, unanswered: 0 }

const probing = (probe?: RolloutStatus['probe']) =>
  a.report({ resources: [a.rolling(a.rollout(probe === undefined ? {} : { probe }))] })

function told(...[now, before]: Parameters<typeof eventsOf>) {
  return eventsOf(now, before).flatMap(({ type, ref, reason, message }) =>
    reason.startsWith('Probes') ? [`${type} ${ref} ${reason}: ${message}`] : [],
  )
}

test('probes are told when they begin, when the first has no answer, and when they end', () => {
  const begun = probing(COUNTS)
  const lost = probing({ ...COUNTS, sent: 9, failed: 1, unanswered: 2, problem })
  expect(told(begun, undefined)).toEqual([
    'Normal OnlineEndpoint/fraud ProbesStarted: Probes: 60 requests a minute, of 3 different ones; 0 sent.',
  ])
  expect(told(begun, begun)).toEqual([])
  expect(told(lost, begun)).toEqual([
    'Warning OnlineEndpoint/fraud ProbesUnanswered: A request of the analysis had no answer: Unauthorized: This identity may not score.',
  ])
  expect(told(lost, lost)).toEqual([])
  expect(told(probing(), lost)).toEqual([
    'Normal OnlineEndpoint/fraud ProbesEnded: No more requests are sent; at last 9 sent, 1 not answered as their files say, 2 without an answer (last: Unauthorized: This identity may not score).',
  ])
  expect(told(probing(), probing())).toEqual([])
})

test('where the workspace cannot be read none are sent, and none are told', () => {
  const before = probing({ ...COUNTS, sent: 9 })
  const failure = {
    ...{ reason: 'Unavailable', message: 'x', errorClass: 'server', retry: 'Later' },
  } as const
  const now = reportOf({
    ...{ application: 'default', mode: 'apply', tick: 2, dryRun: false, source: { problems: [] } },
    ...{ startedAt: a.START, endedAt: a.START, intents: [], outcomes: [], cloudFailure: failure },
    previous: before,
  } as Parameters<typeof reportOf>[0])
  expect(now.resources.map(({ rollout }) => rollout?.phase)).toEqual(
    before.resources.map(({ rollout }) => rollout?.phase),
  )
  expect(told(now, before)).toEqual([
    'Normal OnlineEndpoint/fraud ProbesEnded: No more requests are sent; at last 9 sent.',
  ])
})

test('who sends none itself does not say how many were sent', () => {
  expect(probeText({ perMinute: 60, different: 3 })).toBe(
    'Probes: 60 requests a minute, of 3 different ones.',
  )
})
