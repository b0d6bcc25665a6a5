import { describe, expect, test } from '@jest/globals'
import type { Rollout } from '../../../src/core/model/desired.ts'
import type { Check, Judgement } from '../../../src/core/model/rollout.ts'
import { silencesOf, withoutData } from '../../../src/core/rollout/no-data.ts'
import { NOW, type Turns } from '../../support/world.ts'
import {
  CANARY,
  ERRORS,
  HOUR_MS,
  MINUTE_MS,
  measure,
  opened,
  recordIn,
  template,
  traffic,
  until,
} from './play.ts'

const LIMIT_MS = 3 * MINUTE_MS
const CHECK: Check = { ...ERRORS, noDataMs: LIMIT_MS }
const NONE = { requests: 0, errors: 0 }

function said(outcome: Judgement['outcome'], reason = 'Unreachable'): Judgement {
  return {
    ...{ id: CHECK.id, name: 'errors', provider: 'web', outcome, reason, message: 'Nothing.' },
    samples: { stable: NONE, candidate: NONE },
  }
}

const SILENT = said('noData')
const seen = { now: NOW, hasUsers: true }
const since = (ms: number, at = NOW - 10_000) => ({ silent: { [CHECK.id]: { ms, at } } })

describe('a check that may not stay without data', () => {
  test.each<[string, number | undefined, string, number]>([
    ['at the first look', undefined, 'noData', 0],
    ['at the next one', 0, 'noData', 10_000],
    ['a moment before its time', LIMIT_MS - 10_001, 'noData', LIMIT_MS - 1],
    ['when its time is over', LIMIT_MS - 10_000, 'fail', LIMIT_MS],
  ])('%s', (_, before, outcome, ms) => {
    const found = withoutData(CHECK, SILENT, before === undefined ? {} : since(before), seen)
    expect([found.outcome, found.noDataMs]).toEqual([outcome, ms])
    expect(found.reason).toBe('Unreachable')
  })

  test('says for how long it had none', () => {
    const { message } = withoutData(CHECK, SILENT, since(LIMIT_MS), seen)
    expect(message).toBe('Nothing. It has had no data for 190 s (onNoData: fail).')
  })

  test.each(['NoRequests', 'StaleSamples', 'NoBaseline', 'TooEarly'])(
    'of any reason: %s',
    (why) => {
      expect(withoutData(CHECK, said('noData', why), since(LIMIT_MS), seen).outcome).toBe('fail')
    },
  )

  test('time in which nobody looked is a minute, and a clock that was set back is none', () => {
    const silentFor = (at: number) => withoutData(CHECK, SILENT, since(0, at), seen).noDataMs
    expect(silentFor(NOW - HOUR_MS)).toBe(MINUTE_MS)
    expect(silentFor(NOW + HOUR_MS)).toBe(0)
  })

  test.each<[string, Judgement]>([
    ['passes', said('pass')],
    ['fails', said('fail')],
    ['is not decided', said('inconclusive')],
  ])('with data it is judged by them, and begins anew: %s', (_, judgement) => {
    expect(withoutData(CHECK, judgement, since(LIMIT_MS), seen)).toBe(judgement)
    expect(silencesOf([judgement], NOW)).toEqual({})
  })

  test('is waited for as long as no user is on the candidate, and without the policy', () => {
    const nobody = { now: NOW, hasUsers: false }
    expect(withoutData(CHECK, SILENT, since(LIMIT_MS), nobody)).toBe(SILENT)
    expect(withoutData(ERRORS, SILENT, since(LIMIT_MS), seen)).toBe(SILENT)
  })
})

/** The provider stops to answer once the candidate has a tenth of the traffic. */
function silenced(check: Check, policy: Partial<Rollout> = {}): Turns {
  const given = { policy: { steps: CANARY, analysis: [check], ...policy } }
  const turns = opened(template(1, given))
  measure(turns, 0, check)
  turns.commit(template(2, given), 'c2')
  until(turns, () => traffic(turns).green === 10)
  measure(turns, undefined, check)
  return turns
}

/** For how many turns of a minute the candidate keeps its users. */
function minutesOf(turns: Turns): number {
  const before = turns.now
  until(turns, () => traffic(turns).blue === 100)
  return (turns.now - before) / MINUTE_MS
}

describe('users on a candidate', () => {
  test('go back after the stated time, and the revision is not tried again', () => {
    const turns = silenced(CHECK)
    expect(minutesOf(turns)).toBeLessThan(8)
    expect(recordIn(turns)?.phase).toBe('aborted')
  })

  test('by default after half an hour, and nothing is held against it', () => {
    const turns = silenced(ERRORS)
    expect(minutesOf(turns)).toBeGreaterThanOrEqual(30)
    expect(recordIn(turns)?.phase).toBe('stable')
  })

  test('S28 also where a failure holds: after the same half an hour', () => {
    const turns = silenced(CHECK, { onFailure: 'hold' })
    expect(minutesOf(turns)).toBeGreaterThanOrEqual(30)
    expect(recordIn(turns)?.phase).toBe('stable')
  })

  test('stay where the check is a dry run', () => {
    const turns = silenced({ ...CHECK, dryRun: true })
    until(turns, () => traffic(turns).green === 100)
    expect(recordIn(turns)?.phase).toBe('baking')
  })

  test('stay where data come back in time; what was held goes on', () => {
    const turns = silenced(CHECK, { onFailure: 'hold' })
    until(turns, ({ findings }) =>
      findings.some(({ rollout }) => rollout?.phase === 'degraded' && rollout.stalled),
    )
    measure(turns, 0, CHECK)
    // Before the half hour in which it would be taken back, and begun anew.
    until(turns, () => traffic(turns).green === 100, 20)
    expect(recordIn(turns)?.phase).toBe('baking')
  })
})
