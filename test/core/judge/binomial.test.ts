import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { chanceOfAtLeast, lowerBound, upperBound } from '../../../src/core/judge/binomial.ts'
import { boundsOf } from '../../bench/canary/statistics.ts'

const PARAMETERS = { seed: 20_250_114, numRuns: 60 } as const

describe('exact bounds of a rate', () => {
  // The rule of three's exact form, and tables of Clopper and Pearson's interval.
  test.each([
    [0, 100, 0.025, 0, 1 - 0.025 ** (1 / 100)],
    [10, 10, 0.025, 0.025 ** (1 / 10), 1],
    [5, 100, 0.025, 0.01643, 0.11283],
    [81, 263, 0.025, 0.2527, 0.3676],
  ])('%d of %d at a chance of %d', (events, requests, chance, low, high) => {
    expect(lowerBound(events, requests, chance)).toBeCloseTo(low, 4)
    expect(upperBound(events, requests, chance)).toBeCloseTo(high, 4)
  })

  test('agree with the binomial distribution summed up term by term', () => {
    const counts = fc
      .integer({ min: 1, max: 500 })
      .chain((requests) => fc.tuple(fc.integer({ min: 0, max: requests }), fc.constant(requests)))
    fc.assert(
      fc.property(counts, ([events, requests]) => {
        const { low, high } = boundsOf(events, requests)
        expect(Math.abs(lowerBound(events, requests, 0.025) - low)).toBeLessThan(1e-9)
        expect(Math.abs(upperBound(events, requests, 0.025) - high)).toBeLessThan(1e-9)
      }),
      PARAMETERS,
    )
  })

  test('hold for ten million requests, too, and for very small chances', () => {
    const [events, requests, chance] = [100_000, 10_000_000, 1e-4]
    const error = Math.sqrt(events) / requests
    const upper = upperBound(events, requests, chance)
    expect((upper - events / requests) / error).toBeCloseTo(3.72, 1)
    expect(chanceOfAtLeast(events + 1, requests, upper)).toBeCloseTo(1 - chance, 6)
  })

  test('of no requests say nothing', () => {
    expect([lowerBound(0, 0, 0.01), upperBound(0, 0, 0.01)]).toEqual([0, 1])
  })
})

describe('the chance of so many failures', () => {
  test.each([
    [0, 25, 0.02, 1],
    [26, 25, 0.02, 0],
    [25, 25, 0.5, 0.5 ** 25],
    [1, 25, 0.02, 1 - 0.98 ** 25],
    [2, 2, 0.1, 0.01],
  ])('%d of %d at %d', (events, requests, rate, chance) => {
    expect(chanceOfAtLeast(events, requests, rate) / Math.max(chance, 1e-300)).toBeCloseTo(
      chance === 0 ? 0 : 1,
      9,
    )
  })
})
