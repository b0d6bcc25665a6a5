import { describe, expect, test } from '@jest/globals'
import { detectableRatio, powerOf } from '../../../src/core/judge/power.ts'

const PLAN = { requestsPerMinute: 3000, share: 0.1, rate: 0.01, alpha: 0.01, margin: 1 }

describe('the preflight', () => {
  test('asks for what 95 of 100 runs need (the benchmark measures that)', () => {
    const { requests, minutes } = powerOf({ ...PLAN, ratio: 2 })
    expect(Math.round(requests)).toBe(4141)
    expect(minutes).toBeCloseTo(requests / 300, 10)
  })

  test('needs more for a smaller ratio, a rarer error, a wider margin and a smaller α', () => {
    const { requests } = powerOf({ ...PLAN, ratio: 2 })
    expect(powerOf({ ...PLAN, ratio: 1.5 }).requests).toBeGreaterThan(2 * requests)
    expect(powerOf({ ...PLAN, rate: 0.001, ratio: 2 }).requests).toBeCloseTo(10 * requests, 6)
    expect(powerOf({ ...PLAN, margin: 1.1, ratio: 2 }).requests).toBeGreaterThan(1.2 * requests)
    expect(powerOf({ ...PLAN, alpha: 0.001, ratio: 2 }).requests).toBeGreaterThan(requests)
  })

  test('needs more candidate requests, but less time, at half of the traffic', () => {
    const small = powerOf({ ...PLAN, share: 0.05, ratio: 2 })
    const half = powerOf({ ...PLAN, share: 0.5, ratio: 2 })
    expect(half.requests).toBeGreaterThan(1.8 * small.requests)
    expect(half.minutes).toBeLessThan(small.minutes)
  })

  test.each([
    ['a ratio within the margin', { margin: 1.5, ratio: 1.4 }],
    ['a stable that never errs', { rate: 0, ratio: 2 }],
    ['a rate that cannot rise', { rate: 1, ratio: 2 }],
    ['no traffic for the candidate', { share: 0, ratio: 2 }],
    ['nothing but traffic for the candidate', { share: 1, ratio: 2 }],
  ])('never sees %s', (_, change) => {
    expect(powerOf({ ...PLAN, ...change }).minutes).toBe(Number.POSITIVE_INFINITY)
  })

  test('finds the smallest ratio that is seen in time', () => {
    const ratio = detectableRatio({ ...PLAN, minutes: 30 }) ?? 0
    expect(powerOf({ ...PLAN, ratio }).minutes).toBeLessThanOrEqual(30)
    expect(powerOf({ ...PLAN, ratio: ratio * 0.99 }).minutes).toBeGreaterThan(30)
  })

  test('says so when no ratio is', () => {
    expect(detectableRatio({ ...PLAN, requestsPerMinute: 1, minutes: 1 })).toBeUndefined()
    expect(detectableRatio({ ...PLAN, rate: 0, minutes: 60 })).toBeUndefined()
  })
})
