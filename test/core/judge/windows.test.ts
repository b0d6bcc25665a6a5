import { describe, expect, test } from '@jest/globals'
import { judge } from '../../../src/core/judge/judge.ts'
import type { Sample, Series } from '../../../src/core/model/measurements/measurement.ts'
import { ERROR_RULES, START_MS, seriesOf, spanOf, times, WINDOW_MS } from './series.ts'

const GOOD = seriesOf(times(10, [450, 4]), times(10, [50, 1]))

/** The good series with the candidate's sample at a place replaced by these. */
function withSamples(place: number, replace: (sample: Sample) => readonly Sample[]): Series {
  const candidate = GOOD.candidate.flatMap((sample, at) =>
    at === place ? replace(sample) : sample,
  )
  return { ...GOOD, candidate }
}

function windowsOf(series: Series, latenessMs = 0) {
  return judge(series, spanOf(10), { ...ERROR_RULES, latenessMs }).windows
}

describe('windows', () => {
  test('are all used when all samples are good', () => {
    expect(windowsOf(GOOD)).toEqual({ used: 10, voided: 0, late: 0 })
  })

  const broken: readonly (readonly [name: string, series: Series, voided: number])[] = [
    ['missing', withSamples(5, () => []), 2],
    ['missing at the end', withSamples(10, () => []), 1],
    ['not a number', withSamples(5, (sample) => [{ ...sample, requests: Number.NaN }]), 2],
    ['without end', withSamples(5, (s) => [{ ...s, requests: Number.POSITIVE_INFINITY }]), 2],
    ['more errors than requests', withSamples(5, (s) => [{ ...s, errors: s.requests + 1 }]), 2],
    ['repeated, but different', withSamples(5, (s) => [s, { ...s, requests: s.requests + 1 }]), 2],
    ['repeated, then back', withSamples(5, (s) => [s, { ...s, errors: 0 }, s]), 2],
    [
      'fallen, its errors more so',
      withSamples(5, (s) => [{ ...s, requests: s.requests - 51, errors: 0 }]),
      1,
    ],
    ['fallen in its errors only', withSamples(5, (sample) => [{ ...sample, errors: 0 }]), 1],
    ['fallen', withSamples(5, (sample) => [{ ...sample, requests: 20, errors: 1 }]), 1],
  ]
  test.each(broken)('that touch a sample which is %s are void', (_, series, voided) => {
    expect(windowsOf(series)).toEqual({ used: 10 - voided, voided, late: 0 })
  })

  test('of a side that has counted more errors than requests are void, whatever was added', () => {
    const candidate = GOOD.candidate.map((one) => ({ ...one, errors: one.errors + 5000 }))
    expect(windowsOf({ ...GOOD, candidate })).toEqual({ used: 0, voided: 10, late: 0 })
  })

  test('are the same whatever the order of samples, and when a sample comes twice', () => {
    const about = spanOf(10)
    const mixed = {
      ...GOOD,
      stable: [...GOOD.stable, ...GOOD.stable],
      candidate: GOOD.candidate.toReversed(),
    }
    expect(judge(mixed, about, ERROR_RULES)).toEqual(judge(GOOD, about, ERROR_RULES))
  })

  test('wait for late samples, and are counted meanwhile', () => {
    expect(windowsOf(GOOD, 2 * WINDOW_MS + 1)).toEqual({ used: 7, voided: 0, late: 3 })
  })

  test('before the start are no evidence, nor is one that the start is in', () => {
    const about = { startMs: START_MS + 2.5 * WINDOW_MS, endMs: START_MS + 10 * WINDOW_MS }
    expect(judge(GOOD, about, ERROR_RULES)).toMatchObject({
      windows: { used: 7, voided: 0, late: 0 },
      candidate: { requests: 350, errors: 7 },
    })
  })
})
