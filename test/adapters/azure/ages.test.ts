import { expect, test } from '@jest/globals'
import { createAges } from '../../../src/adapters/azure/observe/ages.ts'

const REF = { kind: 'OnlineEndpoint', name: 'fraud' } as const
const MINUTE_MS = 60_000

function body(second: number, createdAt = '2026-01-01T00:00:00Z') {
  const lastModifiedAt = new Date(Date.UTC(2026, 0, 1, 1, 0, second)).toISOString()
  return { name: 'fraud', systemData: { createdAt, lastModifiedAt } }
}

test('an answer that is older than one that was read is not believed, for two minutes', () => {
  let now = 0
  const { isOutdated } = createAges({ now: () => now })
  expect(isOutdated(REF, body(10))).toBe(false)
  expect(isOutdated(REF, body(9))).toBe(true)
  expect(isOutdated({ ...REF, name: 'Fraud' }, body(9))).toBe(true)
  expect(isOutdated(REF, body(10))).toBe(false)
  expect(isOutdated(REF, body(11))).toBe(false)
  now += 2 * MINUTE_MS - 1
  expect(isOutdated(REF, body(10))).toBe(true)
  now += 1
  expect(isOutdated(REF, body(10))).toBe(false)
})

test.each([
  ['of a thing that was made anew since', body(9, '2026-01-02T00:00:00Z')],
  ['without a date', { name: 'fraud' }],
  ['with a date that is none', { name: 'fraud', systemData: { lastModifiedAt: 'yesterday' } }],
])('one %s is believed', (_, other) => {
  const { isOutdated } = createAges({ now: () => 0 })
  isOutdated(REF, body(10))
  expect(isOutdated(REF, other)).toBe(false)
})

test('what was read is there until it was not found for a minute', () => {
  let now = 0
  const { isOutdated, isNewlyGone } = createAges({ now: () => now })
  expect(isNewlyGone(REF)).toBe(false)
  isOutdated(REF, body(10))
  now += 10 * MINUTE_MS
  expect(isNewlyGone(REF)).toBe(true)
  now += MINUTE_MS - 1
  expect(isNewlyGone(REF)).toBe(true)
  // It was a late answer: the minute begins anew with the next one.
  isOutdated(REF, body(10))
  now += 1
  expect(isNewlyGone(REF)).toBe(true)
  now += MINUTE_MS
  expect(isNewlyGone(REF)).toBe(false)
})

test('a clock that is set back neither shortens nor lengthens the minute', () => {
  let now = 60 * MINUTE_MS
  const { isOutdated, isNewlyGone } = createAges({ now: () => now })
  isOutdated(REF, body(10))
  expect(isNewlyGone(REF)).toBe(true)
  now = 0
  expect(isNewlyGone(REF)).toBe(true)
  now += MINUTE_MS
  expect(isNewlyGone(REF)).toBe(false)
})
