import { describe, expect, test } from '@jest/globals'
import type { Rollout } from '../../../src/core/model/desired.ts'
import type { Measurement, Series } from '../../../src/core/model/measurements/measurement.ts'
import type { FailureCounts } from '../../../src/core/model/memory.ts'
import { ALPHA, type Check, type Judgement } from '../../../src/core/model/rollout.ts'
import { GOLDEN_SHARE } from '../../../src/core/rollout/golden/golden-verdict.ts'
import {
  checksOf,
  comparisonOf,
  failureCountsAfter,
  isUnanswered,
  judgementOf,
  missingData,
  queryId,
  queryOf,
  sharesOf,
  stableRate,
} from '../../../src/core/rollout/judgements.ts'
import { NOW } from '../../support/world.ts'
import { ERRORS, HOUR_MS, MINUTE_MS } from './play.ts'
import { rollout } from './situations.ts'

const STARTED = NOW - HOUR_MS
const about = (now = NOW, startMs = STARTED) =>
  comparisonOf({ endpoint: 'fraud', stable: 'blue', candidate: 'green', startMs, now })

const value = (number: number, requests?: number): Measurement => ({
  id: 'x',
  is: 'value',
  value: number,
  at: NOW,
  ...(requests === undefined ? {} : { requests }),
})
const nothing: Measurement = { id: 'x', is: 'noData', reason: 'NotFinite', message: 'x' }
const empty: Series = { boundsMs: [], windowMs: 10_000, stable: [], candidate: [] }
const series: Measurement = { id: 'x', is: 'series', series: empty }

/** At most 0.05, of at least 100 requests, one miss forgiven. */
const STRICT: Check = {
  ...ERRORS,
  rule: { judge: 'threshold', min: 0, max: 0.05, minRequests: 100, failureLimit: 1 },
}
const JUDGED: Check = {
  ...ERRORS,
  provider: 'sandbox',
  rule: { judge: 'errors', margin: 1.1, worseBy: 1.5, minRequests: 100 },
}

interface Asked {
  readonly check?: Check
  readonly answer?: Measurement | undefined
  readonly missed?: number
  readonly hasTraffic?: boolean
}

function verdict({ check = STRICT, answer, missed = 0, hasTraffic = true }: Asked): string {
  const failureCounts: FailureCounts = {
    startMs: STARTED,
    checks: { [check.id]: { missed, at: NOW } },
    failed: {},
  }
  const { outcome, reason } = judgementOf(check, {
    rollout: rollout({ analysis: [check] }),
    about: about(),
    hasTraffic,
    failureCounts,
    answerTo: () => answer,
  })
  return `${outcome} ${reason}`
}

describe('a verdict', () => {
  test.each<[string, Asked, string]>([
    ['no traffic yet', { answer: value(0.01, 500), hasTraffic: false }, 'noData NoTraffic'],
    ['nothing asked', { answer: undefined }, 'noData NotMeasured'],
    ['nothing asked yet', { answer: undefined, hasTraffic: false }, 'noData NotMeasured'],
    [
      'a provider that is down before there is traffic',
      { answer: { ...nothing, reason: 'Unreachable' }, hasTraffic: false },
      'noData Unreachable',
    ],
    ['no usable answer', { answer: nothing }, 'noData NotFinite'],
    ['counters where one number is needed', { answer: series }, 'noData WrongAnswer'],
    [
      'one number where counters are needed',
      { check: JUDGED, answer: value(0) },
      'noData WrongAnswer',
    ],
    ['counters of which there are none yet', { check: JUDGED, answer: series }, 'noData NoSamples'],
    ['too few requests', { answer: value(0.01, 99) }, 'inconclusive TooFewRequests'],
    ['requests that nobody counted', { answer: value(0.01) }, 'inconclusive TooFewRequests'],
    ['enough, within the bounds', { answer: value(0.05, 100) }, 'pass WithinThreshold'],
    ['below the least', { answer: value(-0.01, 100), missed: 1 }, 'inconclusive Missed'],
    ['a miss that is forgiven', { answer: value(0.06, 100), missed: 1 }, 'inconclusive Missed'],
    ['one miss more', { answer: value(0.06, 100), missed: 2 }, 'fail Threshold'],
    ['a good one after too many misses', { answer: value(0.01, 100), missed: 2 }, 'fail Threshold'],
    ['no number at all, as NaN', { answer: value(Number.NaN, 100) }, 'inconclusive Missed'],
  ])('of %s', (_, asked, expected) => expect(verdict(asked)).toBe(expected))
})

describe('data that is missing', () => {
  const at = (ms: number, requests: number) => ({ at: ms, requests, errors: 0 })
  const ends = [STARTED, STARTED + 10_000]
  const counted = (requests: number, now = STARTED + 10_000): Judgement =>
    judgementOf(JUDGED, {
      rollout: rollout({ analysis: [JUDGED] }),
      about: about(now),
      hasTraffic: true,
      failureCounts: { startMs: STARTED, checks: {}, failed: {} },
      answerTo: () => ({
        id: 'x',
        is: 'series',
        series: {
          boundsMs: [],
          windowMs: 10_000,
          stable: ends.map((ms) => at(ms, 500)),
          candidate: ends.map((ms, place) => at(ms, place * requests)),
        },
      }),
    })
  const asked = (answer: Measurement | undefined, hasTraffic = true, check = STRICT): Judgement =>
    judgementOf(check, {
      rollout: rollout({ analysis: [check] }),
      about: about(),
      hasTraffic,
      failureCounts: { startMs: STARTED, checks: {}, failed: {} },
      answerTo: () => answer,
    })

  test.each<[string, Judgement, Judgement['missing']]>([
    ['nothing asked', asked(undefined), 'answer'],
    ['no usable answer', asked(nothing), 'answer'],
    ['an answer of another kind', asked(series), 'answer'],
    ['no window with samples', asked(series, true, JUDGED), 'answer'],
    ['none of late', counted(50, STARTED + 70_000), 'answer'],
    ['no request of the candidate yet', counted(0), 'requests'],
    ['few requests are some', counted(50), undefined],
    ['a number', asked(value(0.01, 500)), undefined],
    ['before there is traffic', asked(undefined, false), undefined],
  ])('%s', (_, judgement, missing) => {
    expect(judgement.missing).toBe(missing)
    expect(missingData([asked(value(0.01, 500)), judgement])).toBe(
      missing === undefined ? undefined : judgement,
    )
  })

  test.each([
    ['Unreachable', true],
    ['NoReference', true],
    ['NotANumber', true],
    ['NoRequests', false],
    ['StaleSamples', false],
  ])('the traffic goes back when this lasts: %s, %p', (reason, isUnknown) => {
    const silent = { ...asked(undefined), reason }
    expect(isUnanswered(silent)).toBe(isUnknown)
    expect(isUnanswered({ ...silent, outcome: 'pass' })).toBe(false)
  })

  test('no answer weighs more than no requests', () => {
    const [none, silent] = [counted(0), asked(undefined)]
    expect(missingData([none, silent])).toBe(silent)
    expect(missingData([])).toBeUndefined()
  })
})

describe('misses of a threshold', () => {
  const missedAfter = (
    before: FailureCounts | undefined,
    answer: Measurement,
    now = NOW,
    start = STARTED,
  ) =>
    failureCountsAfter(before, {
      rollout: rollout({ analysis: [STRICT] }),
      about: about(now, start),
      answerTo: () => answer,
    }).checks[STRICT.id]?.missed ?? 0
  const once: FailureCounts = {
    startMs: STARTED,
    checks: { [STRICT.id]: { missed: 1, at: NOW } },
    failed: {},
  }

  test.each<[string, FailureCounts | undefined, Measurement, number, number]>([
    ['the first', undefined, value(1, 100), NOW, 1],
    ['the same window, looked at again', once, value(1, 100), NOW + 9_999, 1],
    ['the next window', once, value(1, 100), NOW + 10_000, 2],
    ['a good one in between forgives nothing', once, value(0, 100), NOW + 10_000, 1],
    ['of too few requests', once, value(1, 99), NOW + 10_000, 1],
    ['of no answer', once, nothing, NOW + 10_000, 1],
  ])('%s', (_, before, answer, now, expected) =>
    expect(missedAfter(before, answer, now)).toBe(expected),
  )

  test('are counted anew for another rollout', () => {
    expect(missedAfter(once, value(1, 100), NOW + MINUTE_MS, STARTED + 1)).toBe(1)
  })
})

describe('questions', () => {
  const steps = [{ type: 'analysis', checks: [ERRORS, STRICT], forMs: 1000 } as const]

  test('a check that is used twice is asked once', () => {
    expect(checksOf(rollout({ steps, analysis: [ERRORS] })).map(({ rule }) => rule)).toEqual([
      ERRORS.rule,
    ])
  })

  test('keep their windows from the first look to the last', () => {
    const [first, last] = [STARTED, NOW].map((now) => queryOf(ERRORS, rollout(), about(now)))
    expect(first?.windowMs).toBe(last?.windowMs)
    expect(first?.id).toBe(queryId('fraud', ERRORS))
  })

  test('of a rollout that may last a month are wider, so that no answer is endless', () => {
    const month = rollout({ deadlineMs: 30 * 24 * HOUR_MS })
    const { windowMs } = queryOf(ERRORS, month, about())
    expect((month.deadlineMs + HOUR_MS / 2) / windowMs).toBeLessThanOrEqual(10_000)
    expect(windowMs % ERRORS.windowMs).toBe(0)
  })

  test('of one provider are never finer than it can tell', () => {
    const { windowMs } = queryOf({ ...ERRORS, provider: 'azureMonitor' }, rollout(), about())
    expect(windowMs).toBeGreaterThanOrEqual(MINUTE_MS)
  })
})

describe('the false-abort rate of a whole rollout', () => {
  const latency: Check = {
    ...JUDGED,
    id: 'latency/latency.000002',
    rule: { ...JUDGED.rule, judge: 'latency' } as Check['rule'],
  }
  const steps: Rollout['steps'] = [
    { type: 'verify', golden: [] },
    { type: 'setWeight', percent: 10 },
    { type: 'analysis', checks: [JUDGED, latency, STRICT], forMs: 1000 },
  ]
  const spent = (changes: Partial<Rollout>): number => {
    const all = rollout({ steps, analysis: [JUDGED], ...changes })
    const golden = all.steps.some(({ type }) => type === 'verify') ? GOLDEN_SHARE * ALPHA : 0
    return checksOf(all)
      .filter(({ rule }) => rule.judge !== 'threshold')
      .map((check) => sharesOf(check, all))
      .reduce((sum, { alpha, bake }) => sum + alpha + (bake?.alpha ?? 0), golden)
  }

  test.each<[string, Partial<Rollout>]>([
    ['golden requests, one check to the end and one in a step', {}],
    ['both to the end', { analysis: [JUDGED, latency] }],
    ['a control group', { bakeControl: 5 }],
    ['no bake', { bakeMs: 0 }],
    ['no golden requests', { steps: steps.slice(1) }],
    ['no steps at all', { steps: [] }],
  ])('is shared out and nothing is spent twice: %s', (_, changes) => {
    expect(spent(changes)).toBeCloseTo(ALPHA, 12)
  })

  test('leaves the bake its part only where a check is watched there', () => {
    const all = rollout({ steps, analysis: [JUDGED] })
    expect(sharesOf(latency, all).bake).toBeUndefined()
    expect(sharesOf(JUDGED, all).bake).toMatchObject({ hasControl: false })
    expect(sharesOf(JUDGED, rollout({ analysis: [JUDGED], bakeMs: 0 })).bake).toBeUndefined()
  })
})

describe('how often stable fails', () => {
  const at = (requests: number, errors: number, ms: number) => ({ at: ms, requests, errors })
  const past: Measurement = {
    id: 'x',
    is: 'series',
    series: {
      boundsMs: [],
      windowMs: 10_000,
      stable: [at(0, 0, NOW - 20_000), at(5000, 250, NOW - 10_000), at(10_000, 500, NOW)],
      candidate: [],
    },
  }
  const rateBy = (check: Check, answer: Measurement | undefined): number => {
    const all = rollout({ analysis: [check] })
    const judging = {
      rollout: all,
      about: about(NOW, 0),
      hasTraffic: false,
      failureCounts: { startMs: 0, checks: {}, failed: {} },
      answerTo: () => answer,
    }
    return stableRate(all, (one) => judgementOf(one, judging))
  }
  const tolerant: Check = { ...JUDGED, rule: { ...JUDGED.rule, tolerate: 0.1 } as Check['rule'] }

  test('is a bound of what it did before the first weight', () => {
    const rate = rateBy(JUDGED, past)
    expect(rate).toBeGreaterThan(0.05)
    expect(rate).toBeLessThan(0.06)
  })

  test.each<[string, Check, Measurement | undefined, number]>([
    ['what is tolerated, where that is more', tolerant, past, 0.1],
    ['what is tolerated, where nothing is known', tolerant, nothing, 0.1],
    ['nothing where nobody says', JUDGED, undefined, 0],
    ['nothing by a threshold', STRICT, value(0.5), 0],
  ])('is %s', (_, check, answer, rate) => expect(rateBy(check, answer)).toBe(rate))
})
