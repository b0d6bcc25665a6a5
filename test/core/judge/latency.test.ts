import { describe, expect, test } from '@jest/globals'
import { type JudgeRules, judge } from '../../../src/core/judge/judge.ts'
import { ERROR_RULES, type Gain, seriesOf, spanOf, times } from './series.ts'

const BOUNDS_MS = [50, 100, 200, 400, 800]
const RULES: JudgeRules = { ...ERROR_RULES, metric: 'latency' }

/** Stable as it is: half within 100 ms, 90 % within 200 ms, 99 % within 400 ms. */
const CALM: Gain = [500, 0, [100, 250, 450, 495, 500]]
const STABLE: Gain = [450, 0, [90, 225, 405, 446, 450]]
const SAME: Gain = [100, 0, [20, 50, 90, 99, 100]]
const SLOWER: Gain = [50, 0, [5, 15, 35, 48, 50]]
const LONG_TAIL: Gain = [50, 0, [10, 25, 43, 44, 50]]

function judged(stable: Gain, candidate: Gain, windows: number, rules: Partial<JudgeRules> = {}) {
  const options = { baseline: times(60, CALM), boundsMs: BOUNDS_MS }
  const series = seriesOf(times(windows, stable), times(windows, candidate), options)
  return judge(series, spanOf(windows), { ...RULES, ...rules })
}

describe('the judge of latency', () => {
  test('freezes the bounds nearest to p50, p90 and p99 of stable before the start', () => {
    expect(judged(STABLE, SAME, 1).thresholdsMs).toEqual([100, 200, 400])
  })

  test('takes the bound nearest to the SLO as one more threshold', () => {
    expect(judged(STABLE, SAME, 1, { sloMs: 790 }).thresholdsMs).toEqual([100, 200, 400, 800])
    expect(judged(STABLE, SAME, 1, { sloMs: 190 }).thresholdsMs).toEqual([100, 200, 400])
  })

  test('fails a candidate that is slower altogether', () => {
    const evidence = judged(STABLE, SLOWER, 30)
    expect(evidence).toMatchObject({
      outcome: 'fail',
      reason: 'LatencyHigher',
      stable: { requests: 13_500, errors: 1350 },
      candidate: { requests: 1500, errors: 450 },
    })
    expect(evidence.message).toMatch("took longer than stable's 90th percentile")
  })

  test('fails a candidate that has a longer tail only', () => {
    expect(judged(STABLE, LONG_TAIL, 30)).toMatchObject({ outcome: 'fail' })
  })

  test('passes a candidate that is as quick at every threshold, and not before', () => {
    expect(judged(CALM, SAME, 20)).toMatchObject({ outcome: 'inconclusive' })
    expect(judged(CALM, SAME, 1000)).toMatchObject({ outcome: 'pass', reason: 'NotWorse' })
  })

  test('does not learn thresholds from what happens after the start', () => {
    const slow: Gain = [450, 0, [0, 0, 0, 225, 405]]
    expect(judged(slow, SAME, 100).thresholdsMs).toEqual([100, 200, 400])
  })

  const bare: Gain = [100, 0]
  const thin: Gain = [1, 0, [0, 0, 1, 1, 1]]
  const missing: readonly (readonly [string, Parameters<typeof seriesOf>, string])[] = [
    ['no histogram', [[bare], [bare], { baseline: [bare] }], 'NoHistogram'],
    ['no baseline', [[STABLE], [SAME], { boundsMs: BOUNDS_MS }], 'NoBaseline'],
    [
      '99 requests',
      [[STABLE], [SAME], { boundsMs: BOUNDS_MS, baseline: times(99, thin) }],
      'NoBaseline',
    ],
  ]
  test.each(missing)('has no data with %s before the start', (_, parameters, reason) => {
    const evidence = judge(seriesOf(...parameters), spanOf(1), { ...RULES, minRequests: 0 })
    expect(evidence).toMatchObject({ outcome: 'noData', reason })
  })

  test('has no data when only the candidate lacks a histogram', () => {
    const series = seriesOf([STABLE], [[50, 0]], { boundsMs: BOUNDS_MS, baseline: times(60, CALM) })
    const evidence = judge(series, spanOf(1), RULES)
    expect(evidence).toMatchObject({ outcome: 'noData', reason: 'NoSamples' })
    expect(evidence.windows).toEqual({ used: 0, voided: 1, late: 0 })
  })

  test('does not take a histogram that never was cumulative', () => {
    const options = { baseline: times(60, CALM), boundsMs: BOUNDS_MS }
    const series = seriesOf(times(3, STABLE), times(3, SAME), options)
    const candidate = series.candidate.map((sample) => {
      const [first = 0, ...rest] = sample.within ?? []
      return { ...sample, within: [first + 200, ...rest] }
    })
    const { windows } = judge({ ...series, candidate }, spanOf(3), RULES)
    expect(windows).toEqual({ used: 0, voided: 3, late: 0 })
  })

  test('does not take a histogram that is not cumulative', () => {
    const broken: Gain = [50, 0, [10, 60, 45, 49, 50]]
    expect(judged(STABLE, broken, 1).windows).toEqual({ used: 0, voided: 1, late: 0 })
  })
})
