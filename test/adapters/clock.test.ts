import { expect, test } from '@jest/globals'
import { createClock } from '../../src/adapters/clock.ts'

test('now is the time of the machine in milliseconds', () => {
  const before = Date.now()
  expect(createClock().now()).toBeGreaterThanOrEqual(before)
})

test('a sleep ends after its time', async () => {
  const started = performance.now()
  await createClock().sleep(20, new AbortController().signal)
  expect(performance.now() - started).toBeGreaterThanOrEqual(19)
})

test('a sleep ends at once when aborted before or during it, even one longer than timers can count', async () => {
  const before = new AbortController()
  before.abort()
  await createClock().sleep(3_600_000, before.signal)
  const during = new AbortController()
  const sleeping = createClock().sleep(Number.MAX_SAFE_INTEGER, during.signal)
  during.abort()
  await sleeping
})
