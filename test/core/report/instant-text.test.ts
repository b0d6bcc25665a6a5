import { expect, test } from '@jest/globals'
import { instantText } from '../../../src/core/report/instant-text.ts'

const LEAP_DAYS = ['1972-02-29', '2000-02-29', '2024-02-29', '2100-02-28', '2400-02-29']
const EDGES = ['1970-01-01', '1999-12-31', '2000-03-01', '2026-12-31', '9999-12-31']

test.each([...LEAP_DAYS, ...EDGES])('%s, first and last second', (date) => {
  const start = Date.parse(`${date}T00:00:00Z`)
  expect(instantText(start)).toBe(`${date}T00:00:00Z`)
  expect(instantText(start + 86_399_999)).toBe(`${date}T23:59:59Z`)
})

test('every day of 400 years is written as the platform writes it', () => {
  const start = Date.UTC(1970, 0, 1, 13, 14, 15)
  for (let day = 0; day < 146_097; day += 1) {
    const ms = start + day * 86_400_000
    const expected = new Date(ms).toISOString().replace('.000', '')
    if (instantText(ms) !== expected) expect(instantText(ms)).toBe(expected)
  }
})
