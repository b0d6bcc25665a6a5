import { describe, expect, test } from '@jest/globals'
import { BakeComparison } from '../../../src/core/judge/bake/comparison.ts'
import { Parity } from '../../../src/core/judge/bake/parity.ts'
import { Regression } from '../../../src/core/judge/bake/regression.ts'
import { upperBound } from '../../../src/core/judge/binomial.ts'
import { judge } from '../../../src/core/judge/judge.ts'
import { Reference } from '../../../src/core/judge/reference.ts'
import { ERROR_RULES, START_MS, seriesOf, times, WINDOW_MS } from './series.ts'

const ALPHA = 0.01

/** The chance of so many events in n requests. */
function binomial(n: number, x: number, p: number): number {
  let chance = (1 - p) ** (n - x)
  for (let place = 1; place <= x; place += 1) chance *= ((n - x + place) / place) * p
  return chance
}

describe('a regression where stable has no requests', () => {
  const mean = (n: number, p: number): number =>
    times(n + 1, 0).reduce((sum: number, _, x) => {
      const regression = new Regression(1.1, 0.5)
      regression.add(0, 0, n, x, 1)
      return sum + binomial(n, x, p) * regression.value
    }, 0)

  test('is not seen where the candidate fails half: the mean e-value is at most 1', () => {
    for (const n of [1, 5, 12, 40]) expect(mean(n, 0.5)).toBeLessThanOrEqual(1 + 1e-9)
  })

  test('and is seen where it fails more', () => {
    expect(mean(40, 1)).toBeGreaterThan(1 / ALPHA)
  })
})

test('evidence stays a number however long a candidate fails', () => {
  const regression = new Regression(1.1, 0.5)
  for (let window = 0; window < 3000; window += 1) regression.add(1000, 0, 1000, 1000, 1)
  expect(Number.isFinite(regression.value)).toBe(true)
  for (let window = 0; window < 3000; window += 1) regression.add(1000, 0, 1000, 0, 1)
  expect(Number.isNaN(regression.value)).toBe(false)
})

/** A likelihood ratio of m events, x of them the candidate's: its share by a ratio r, over that by a ratio w. */
test.each([1.5, 2, 3])('a pass is held against a candidate %d times as bad', (worseBy) => {
  const [n0, x0, n1, x1] = [900, 9, 100, 1]
  const share = (ratio: number) => (n1 * ratio) / (n1 * ratio + n0)
  const ratios = [0.5, 0.75, 1, 1.15].map((ratio) => {
    const [is, worse] = [share(ratio), share(worseBy)]
    return (is / worse) ** x1 * ((1 - is) / (1 - worse)) ** x0
  })
  const parity = new Parity(worseBy)
  parity.add(n0, x0, n1, x1, 1)
  const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length
  expect(parity.log).toBeCloseTo(Math.log(mean), 9)
})

describe('the lines', () => {
  const series = seriesOf(times(10, [100, 1]), times(10, [0, 0]))
  const about = { startMs: START_MS, endMs: START_MS + 10 * WINDOW_MS }

  test('are those of the shares of false aborts and wrong passes', () => {
    const { abortAt, passAt } = judge(series, about, { ...ERROR_RULES, alpha: ALPHA, beta: 0.05 })
    expect([abortAt, passAt]).toEqual([Math.log(1 / ALPHA), Math.log(1 / 0.05)])
  })

  test.each([
    ['half of its share, for a bound of stable’s rate is to be right, too', false, 2],
    ['all of its share beside a control group', true, 1],
  ])('of the bake is that of %s', (_, hasControl, part) => {
    const bake = { alpha: 0.5, beta: 0.005, hasControl }
    const rules = { ...ERROR_RULES, alpha: 0.001, bake }
    const { logAbort, abortAt } = judge(series, { ...about, fullMs: START_MS + WINDOW_MS }, rules)
    // No evidence at all, moved by the distance of the two lines.
    expect(logAbort).toBeCloseTo(abortAt - Math.log(part / bake.alpha), 9)
  })
})

describe('as windows come', () => {
  const healthy = [450, 4] as const
  const judged = (candidate: readonly (readonly [number, number])[]) =>
    judge(
      seriesOf(times(candidate.length, healthy), candidate),
      { startMs: START_MS, endMs: START_MS + candidate.length * WINDOW_MS },
      ERROR_RULES,
    )

  test('a failure shows what it was seen by, also when the candidate gets well', () => {
    const { outcome, logAbort, abortAt } = judged([
      ...times(5, [50, 20] as const),
      ...times(1000, [50, 0] as const),
    ])
    expect([outcome, logAbort >= abortAt]).toEqual(['fail', true])
  })

  test('a pass ends when its evidence has gone, before anything is a failure', () => {
    const good = times(20, [50, 0] as const)
    const outcomes = [0, 2, 4, 6, 8, 10, 12].map((windows) => {
      const { outcome, logPass, passAt } = judged([...good, ...times(windows, [50, 2] as const)])
      expect(outcome).toBe(logPass >= passAt ? 'pass' : 'inconclusive')
      return outcome
    })
    expect([outcomes[0], outcomes.at(-1)]).toEqual(['pass', 'inconclusive'])
  })

  test('a window is weighed by those before it, not by its own surprise', () => {
    const comparison = new BakeComparison({ margin: 1.1, worseBy: 1.5, alone: 0.5 })
    const window = (place: number, stableEvents: number) => ({
      startMs: place * WINDOW_MS,
      endMs: (place + 1) * WINDOW_MS,
      stableRequests: 1000,
      stableEvents,
      candidateRequests: 100,
      candidateEvents: 1,
    })
    comparison.step(window(0, 0))
    comparison.step(window(1, 200))
    expect(comparison.eta).toBe(1)
    comparison.step(window(2, 0))
    expect(comparison.eta).toBeLessThan(0.5)
  })
})

describe('what is known of stable’s rate', () => {
  const known = (): Reference => {
    const reference = new Reference()
    reference.addBefore(1000, 10)
    reference.addSince(1000, 30)
    return reference
  }

  test('counts from before the start where little came since', () => {
    expect(known().counted).toEqual({ requests: 2000, errors: 40 })
    const much = known()
    much.addSince(9000, 90)
    expect(much.counted).toEqual({ requests: 10_000, errors: 120 })
  })

  test('is a bound, exact, and wider where errors come in clumps', () => {
    const reference = known()
    expect(reference.upper(0.01, 1)).toBe(upperBound(40, 2000, 0.01))
    expect(reference.upper(0.01, 0.25)).toBe(upperBound(10, 500, 0.01))
    expect(reference.upper(0.01, 1)).toBeGreaterThan(0.02)
    expect(reference.upper(0.01, 0.25)).toBeGreaterThan(reference.upper(0.01, 1) ?? 1)
  })

  test('is nothing without a request', () => {
    expect(new Reference().upper(0.01, 1)).toBeUndefined()
  })
})
