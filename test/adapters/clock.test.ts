import { expect, test } from '@jest/globals'
import { continuousNow, createClock } from '../../src/adapters/clock.ts'

test('now is the time of the machine in milliseconds', () => {
  const before = Date.now()
  expect(createClock().now()).toBeGreaterThanOrEqual(before)
})

test('a jump of the machine’s clock is not followed, its small corrections are', () => {
  const [start, hour] = [1_800_000_000_000, 3_600_000]
  let [wall, steady] = [start, 5]
  const now = continuousNow(
    () => wall,
    () => steady,
  )
  const pass = (wallMs: number, steadyMs: number): number => {
    wall += wallMs
    steady += steadyMs
    return now() - start
  }
  expect(pass(1000, 1000)).toBe(1000)
  expect(pass(1010, 1000)).toBe(2010)
  expect(pass(hour + 1000, 1000)).toBe(3010)
  expect(pass(1000, 1000)).toBe(4010)
  expect(pass(-hour, 0)).toBe(4010)
  expect(pass(-hour, 1000)).toBe(5010)
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
