import { describe, expect, test } from '@jest/globals'
import { draw, tableOf, uniform } from './random.ts'
import { boundsOf, leastRequests } from './statistics.ts'

describe("the benchmark's statistics", () => {
  test.each([
    // By the quantiles of the beta distribution (scipy.stats.beta.ppf).
    [0, 1000, 0, 0.003682083896865672],
    [600, 100_000, 0.0055307248377, 0.006498264591429],
    [1000, 1000, 0.996317916103134, 1],
  ])('bound %d of %d exactly', (count, runs, low, high) => {
    expect(boundsOf(count, runs).low).toBeCloseTo(low, 12)
    expect(boundsOf(count, runs).high).toBeCloseTo(high, 12)
  })

  test('know the fewest requests (CANARY 3)', () => {
    const about = { weight: 0.1, rate: 0.01, margin: 1, alpha: 0.01 }
    expect(Math.round(leastRequests({ ...about, ratio: 2 }))).toBe(1363)
    expect(Math.round(leastRequests({ ...about, ratio: 5 }))).toBe(138)
  })

  test.each([
    [0, 0, 0],
    [0.3, 0, 0.3],
    [4.5, 0, 4.5],
    [500, 0, 500],
    [4.5, 1, 4.5 + 4.5 ** 2],
    [4.5, 0.5, 4.5 + 4.5 ** 2 / 4],
  ])('draw counts of mean %d and noise %d with variance %d (seed 7)', (mean, cv, variance) => {
    const random = uniform(7, 0, 0)
    const table = tableOf(mean, cv)
    const counts = Array.from({ length: 200_000 }, () => draw(table, random()))
    const average = counts.reduce((sum, count) => sum + count, 0) / counts.length
    const spread = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / counts.length
    expect(Math.abs(average - mean)).toBeLessThanOrEqual(4 * Math.sqrt(variance / counts.length))
    expect(Math.abs(spread - variance)).toBeLessThanOrEqual(0.04 * variance)
  })
})
