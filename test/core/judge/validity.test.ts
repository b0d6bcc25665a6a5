import { describe, expect, test } from '@jest/globals'
import {
  ETAS,
  largestNullMean,
  MARGINS,
  meanOver,
  PLANS,
  parityValue,
  RATES,
  regressionValue,
  toleranceValue,
} from './enumeration.ts'

const ROUNDING = 1 + 1e-12

describe('over all that twelve requests can come to', () => {
  test('the mean e-value of a regression is at most 1 when there is none', () => {
    expect(largestNullMean()).toBeLessThanOrEqual(ROUNDING)
  })

  test('it is above 1 when the margin is taken by half, so that this would show', () => {
    expect(largestNullMean((margin) => margin * 0.5)).toBeGreaterThan(1.01)
  })

  test.each(ETAS)('it is at most 1 when tempered by %d, too', (eta) => {
    for (const plan of PLANS) {
      for (const margin of MARGINS) {
        for (const p0 of RATES) {
          const value = regressionValue(margin, 0.5, eta)
          expect(meanOver(plan, p0, Math.min(1, margin * p0), value)).toBeLessThanOrEqual(ROUNDING)
        }
      }
    }
  })

  test('it is at most 1 where stable has no requests and the candidate fails no more than half', () => {
    const plan = [
      [3, 3],
      [0, 5],
    ] as const
    for (const p of [0, 0.1, 0.3, 0.5]) {
      expect(meanOver(plan, p, p, regressionValue(1, 0.5, 1))).toBeLessThanOrEqual(ROUNDING)
    }
    expect(meanOver(plan, 0.8, 0.8, regressionValue(1, 1, 1))).toBeLessThanOrEqual(ROUNDING)
  })

  test.each([1.5, 2])(
    'the mean e-value for a pass is at most 1 from %d times as bad',
    (worseBy) => {
      for (const plan of PLANS) {
        for (const p0 of RATES.filter((rate) => worseBy * rate <= 1)) {
          for (const beyond of [1, 1.3]) {
            const p1 = Math.min(1, worseBy * beyond * p0)
            const mean = meanOver(plan, p0, p1, parityValue(worseBy, 1))
            expect(mean).toBeLessThanOrEqual(ROUNDING)
          }
        }
      }
    },
  )

  test.each([0.01, 0.2])(
    'the mean e-value of a tolerated rate is at most 1 from %d',
    (tolerate) => {
      for (const plan of PLANS) {
        for (const p1 of [tolerate, tolerate * 2, 0.9]) {
          expect(meanOver(plan, 0, p1, toleranceValue(tolerate, 1))).toBeLessThanOrEqual(ROUNDING)
        }
      }
    },
  )
})
