import { describe, expect, test } from '@jest/globals'
import { Dispersion } from '../../../src/core/judge/dispersion.ts'

/** Errors of windows of a thousand requests each, one after the other. */
function of(events: readonly number[], step = 1): Dispersion {
  const dispersion = new Dispersion()
  for (const [place, count] of events.entries()) {
    dispersion.add(place * step, place * step + 1, 1000, count)
  }
  return dispersion
}

describe('overdispersion', () => {
  test('is 1 where nothing is known', () => {
    expect(of([])).toMatchObject({ phi: 1 })
    expect(of([5])).toMatchObject({ phi: 1 })
    expect(of([0, 0, 0]).eta(0.1)).toBe(1)
  })

  test('of two windows is χ² of one degree', () => {
    // 30 of 40 where 20 ± √10 are expected: 10²/10.
    expect(of([10, 30]).phi).toBeCloseTo(10, 12)
  })

  test('is that of clumps, however rare', () => {
    const clumps = Array.from({ length: 100 }, (_, place) => (place % 10 === 5 ? 5 : 0))
    expect(of(clumps).phi).toBeCloseTo(5, 12)
    expect(of(clumps).eta(0.1)).toBeLessThan(0.4)
  })

  test('is not that of a rate that drifts or jumps once', () => {
    const drift = Array.from({ length: 400 }, (_, place) => 10 + Math.round(place / 4))
    expect(of(drift).eta(0.1)).toBe(1)
    const jump = Array.from({ length: 200 }, (_, place) => (place < 100 ? 10 : 30))
    expect(of(jump).eta(0.1)).toBe(1)
  })

  test('is not taken from windows that do not touch', () => {
    expect(of([10, 30, 10, 30], 2).phi).toBe(1)
  })

  test('counts for more where the candidate has more than half of the requests', () => {
    const noisy = of(Array.from({ length: 100 }, (_, place) => (place % 2) * 40))
    expect(noisy.eta(0.5)).toBe(noisy.eta(0.05))
    expect(noisy.eta(0.9)).toBeLessThan(noisy.eta(0.5))
  })
})
