import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  clampRetryAfter,
  RETRY_AFTER_MAX_MS,
  RETRY_AFTER_MIN_MS,
  retryAfterMs,
} from '../../../src/adapters/azure/http/retry-after.ts'

const NOW = Date.UTC(2026, 0, 1)

describe('row 66: Retry-After', () => {
  test.each([
    ['17', 17_000],
    ['0', RETRY_AFTER_MIN_MS],
    ['-5', RETRY_AFTER_MIN_MS],
    ['999999999', RETRY_AFTER_MAX_MS],
    ['1.5', 1_500],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['Thu, 01 Jan 2015 00:00:30 GMT', RETRY_AFTER_MIN_MS],
    ['Fri, 01 Jan 2999 00:00:30 GMT', RETRY_AFTER_MAX_MS],
  ])('%s is %i ms', (value, expected) => {
    expect(retryAfterMs({ 'retry-after': value }, '', NOW)).toBe(expected)
  })

  test.each(['', 'soon', '1e9', 'NaN', 'Infinity', '0x10', '12 34', 'Jan'])(
    'garbage %p says nothing',
    (value) => {
      expect(retryAfterMs({ 'retry-after': value }, '', NOW)).toBeUndefined()
    },
  )

  test('is read from the message when ARM says it only there', () => {
    const message = "Number of 'read' requests exceeded. Please try again after '10' seconds."
    expect(retryAfterMs({}, message, NOW)).toBe(10_000)
  })

  test('milliseconds are understood too', () => {
    expect(retryAfterMs({ 'retry-after-ms': '2500' }, '', NOW)).toBe(2_500)
  })

  test('whatever is sent, the wait is between 1 s and 10 min', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (header, message) => {
        const wait = retryAfterMs({ 'retry-after': header }, message, NOW) ?? RETRY_AFTER_MIN_MS
        expect(wait).toBeGreaterThanOrEqual(RETRY_AFTER_MIN_MS)
        expect(wait).toBeLessThanOrEqual(RETRY_AFTER_MAX_MS)
      }),
    )
    expect(clampRetryAfter(Number.MAX_VALUE)).toBe(RETRY_AFTER_MAX_MS)
  })
})
