import { describe, expect, test } from '@jest/globals'
import { type JudgeRules, judge } from '../../../src/core/judge/judge.ts'
import type { Sample, Series } from '../../../src/core/model/measurements/measurement.ts'
import { ERROR_RULES, type Gain, START_MS, seriesOf, spanOf, times, WINDOW_MS } from './series.ts'

const HEALTHY: Gain = [450, 4]

function errorsOf(stable: readonly Gain[], candidate: readonly Gain[], rules = {}) {
  const series = seriesOf(stable, candidate)
  return judge(series, spanOf(candidate.length), { ...ERROR_RULES, ...rules })
}

describe('the judge of errors', () => {
  test('fails a candidate that errs twice as often, and says when it saw that', () => {
    const evidence = errorsOf(times(100, [450, 4]), times(100, [50, 1]))
    expect(evidence).toMatchObject({ outcome: 'fail', reason: 'ErrorsHigher', eta: 1 })
    expect(evidence.message).toBe(
      "2 % (100 of 5000) of the candidate's requests failed, 0.889 % (400 of 45000) of stable's: " +
        `more than 1.1 times as many, at e-value ${Math.exp(evidence.logAbort).toPrecision(3)}.`,
    )
    expect(evidence.decidedAt).toBeGreaterThan(START_MS + 10 * WINDOW_MS)
    expect(evidence.decidedAt).toBeLessThan(START_MS + 100 * WINDOW_MS)
    const until = { startMs: START_MS, endMs: (evidence.decidedAt ?? 0) - 1 }
    const series = seriesOf(times(100, [450, 4]), times(100, [50, 1]))
    expect(judge(series, until, ERROR_RULES).outcome).toBe('inconclusive')
  })

  test('passes a candidate that is as good, once that is beyond doubt', () => {
    const short = errorsOf(times(20, [400, 4]), times(20, [100, 1]))
    expect(short).toMatchObject({ outcome: 'inconclusive', reason: 'Undecided' })
    const long = errorsOf(times(400, [400, 4]), times(400, [100, 1]))
    expect(long).toMatchObject({ outcome: 'pass', reason: 'NotWorse' })
    expect(long.logPass).toBeGreaterThan(long.passAt)
  })

  test('does not pass an endpoint that never errs by comparison, but by a tolerated rate', () => {
    const stable = times(100, [450, 0] as const)
    const candidate = times(100, [50, 0] as const)
    expect(errorsOf(stable, candidate).outcome).toBe('inconclusive')
    const tolerant = errorsOf(stable, candidate, { tolerate: 0.01 })
    expect(tolerant).toMatchObject({ outcome: 'pass', reason: 'WithinTolerance' })
  })

  test('asks for the least number of requests before anything passes', () => {
    const rules = { tolerate: 0.5, minRequests: 101 }
    const evidence = errorsOf(times(2, HEALTHY), times(2, [50, 0]), rules)
    expect(evidence).toMatchObject({ outcome: 'inconclusive', reason: 'TooFewRequests' })
    expect(errorsOf(times(3, HEALTHY), times(3, [50, 0]), rules).outcome).toBe('pass')
  })

  test('keeps a failure when the candidate gets well', () => {
    const candidate = [...times(5, [50, 20] as const), ...times(1000, [50, 0] as const)]
    const evidence = errorsOf(times(1005, HEALTHY), candidate, { tolerate: 0.05 })
    expect(evidence).toMatchObject({ outcome: 'fail', decidedAt: START_MS + WINDOW_MS })
  })

  test('takes a pass back when the candidate gets worse, and sees a late regression', () => {
    const good = times(1000, [50, 0] as const)
    expect(errorsOf(times(1000, HEALTHY), good).outcome).toBe('pass')
    const late = errorsOf(times(1004, HEALTHY), [...good, ...times(4, [50, 25] as const)])
    expect(late).toMatchObject({ outcome: 'fail' })
  })

  test('lets a shared incident pass by', () => {
    const stable = [...times(20, [400, 4] as const), ...times(30, [400, 200] as const)]
    const candidate = [...times(20, [100, 1] as const), ...times(30, [100, 50] as const)]
    expect(errorsOf(stable, candidate).logAbort).toBeLessThan(Math.log(2))
  })

  test('tempers by how stable scatters, before the start already', () => {
    const clumps = Array.from({ length: 60 }, (_, place): Gain => [450, place % 4 === 0 ? 20 : 0])
    const candidate: readonly Gain[] = times(5, [50, 3])
    const series = seriesOf(times(5, HEALTHY), candidate, { baseline: clumps })
    const evidence = judge(series, spanOf(5), ERROR_RULES)
    expect(evidence.phi).toBeGreaterThan(5)
    expect(evidence.eta).toBeLessThan(0.3)
    const calm = seriesOf(times(5, HEALTHY), candidate, { baseline: times(60, HEALTHY) })
    expect(judge(calm, spanOf(5), ERROR_RULES).eta).toBe(1)
    expect(evidence.logAbort).toBeLessThan(judge(calm, spanOf(5), ERROR_RULES).logAbort)
  })
})

describe('total failure', () => {
  const cases: readonly (readonly [name: string, stable: Gain, alpha: number])[] = [
    ['1 % of the traffic, stable never errs', [990, 0], 0.01],
    ['a tenth, stable never errs', [90, 0], 0.01],
    ['a tenth, stable errs 5 %', [90, 5], 0.01],
    ['a tenth, stable errs 5 %, one of four checks', [90, 5], 0.0025],
    ['a half, stable never errs', [10, 0], 0.01],
    ['a half, stable errs 5 %', [20, 1], 0.01],
    ['a half, stable errs 10 %, one of four checks', [10, 1], 0.0025],
  ]
  test.each(cases)('is seen after ten requests at %s', (_, stable, alpha) => {
    const evidence = errorsOf([stable], [[10, 10]], { alpha })
    expect(evidence).toMatchObject({ outcome: 'fail', reason: 'AllFailed' })
  })

  test('is seen where stable has no requests left, after a good hour, too', () => {
    const stable: readonly Gain[] = [...times(360, HEALTHY), ...times(2, [0, 0] as const)]
    const candidate: readonly Gain[] = [...times(360, [50, 0] as const), [500, 4], [500, 500]]
    expect(errorsOf(stable, candidate)).toMatchObject({ outcome: 'fail' })
  })

  test('of both sides is no failure of the candidate', () => {
    const evidence = errorsOf(times(50, [90, 90]), times(50, [10, 10]))
    expect(evidence).toMatchObject({ outcome: 'inconclusive', reason: 'MostlyFailed' })
    expect(evidence.logAbort).toBeLessThan(1)
  })
})

describe('no data', () => {
  const empty: Series = { boundsMs: [], windowMs: WINDOW_MS, stable: [], candidate: [] }
  const one: Sample = { at: START_MS, requests: 0, errors: 0 }
  const broken = (sample: Partial<Sample>): Series => {
    const good = seriesOf(times(1, HEALTHY), times(1, [1000, 0]))
    return { ...good, candidate: [{ ...one, ...sample }, ...good.candidate.slice(1)] }
  }
  const cases: readonly (readonly [name: string, series: Series, reason: string])[] = [
    ['nothing at all', empty, 'NoSamples'],
    ['one sample a side', { ...empty, stable: [one], candidate: [one] }, 'NoSamples'],
    ['stable only', { ...seriesOf([HEALTHY], [HEALTHY]), candidate: [] }, 'NoSamples'],
    ['candidate only', { ...seriesOf([HEALTHY], [HEALTHY]), stable: [] }, 'NoSamples'],
    ['no candidate requests', seriesOf([HEALTHY], [[0, 0]]), 'NoRequests'],
    ['a NaN', broken({ requests: Number.NaN }), 'NoSamples'],
    ['an infinity', broken({ errors: Number.POSITIVE_INFINITY }), 'NoSamples'],
    ['a negative counter', broken({ errors: -1 }), 'NoSamples'],
    ['more errors than requests', broken({ requests: 1, errors: 2 }), 'NoSamples'],
    ['a counter that falls', broken({ requests: 1e9 }), 'NoSamples'],
  ]
  test.each(cases)('is what it says of %s', (_, series, reason) => {
    const rules: JudgeRules = { ...ERROR_RULES, tolerate: 0.5, minRequests: 0 }
    expect(judge(series, spanOf(1), rules)).toMatchObject({ outcome: 'noData', reason })
  })

  test('beyond five windows takes a pass back, but no failure', () => {
    const rules = { ...ERROR_RULES, tolerate: 0.05 }
    const passed = seriesOf(times(100, HEALTHY), times(100, [50, 0]))
    expect(judge(passed, spanOf(105), rules).outcome).toBe('pass')
    expect(judge(passed, spanOf(106), rules)).toMatchObject({ reason: 'StaleSamples' })
    const failed = seriesOf(times(100, HEALTHY), times(100, [50, 9]))
    expect(judge(failed, spanOf(1000), rules).outcome).toBe('fail')
  })
})
