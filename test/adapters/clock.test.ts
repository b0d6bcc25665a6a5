import { expect, test } from '@jest/globals'
import { continuousTime, createClock } from '../../src/adapters/clock.ts'

test('now is the time of the machine in milliseconds', () => {
  const before = Date.now()
  expect(createClock().now()).toBeGreaterThanOrEqual(before)
})

test('a correction of the machine’s clock changes a wait by one percent at most', () => {
  let [wall, steady] = [1_800_000_000_000, 0]
  const { now } = continuousTime(
    () => wall,
    () => steady,
  )
  const start = now()
  wall += 11_000
  const passed = [1, 2, 3].map((minute) => {
    wall += 60_000
    steady += 60_000
    return Math.round(now() - start - minute * 60_000)
  })
  expect(passed).toEqual([600, 1200, 1800])
})

test('a jump of the machine’s clock is not followed, its small corrections are', () => {
  const [start, hour] = [1_800_000_000_000, 3_600_000]
  let [wall, steady] = [start, 5]
  const { now, settings = () => 0 } = continuousTime(
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
  expect(settings()).toBe(0)
})

test('a clock that was set, and stays so for ten minutes, is followed, and that is counted', () => {
  let [wall, steady] = [1_800_000_000_000, 0]
  const { now, settings = () => 0 } = continuousTime(
    () => wall,
    () => steady,
  )
  const start = now()
  wall += 3_600_000
  const seen: [number, number][] = []
  for (let minute = 0; minute <= 11; minute += 1) {
    seen.push([now() - start, settings()])
    wall += 60_000
    steady += 60_000
  }
  expect(seen[9]).toEqual([9 * 60_000, 0])
  expect(seen[10]).toEqual([70 * 60_000, 1])
  expect(seen[11]).toEqual([71 * 60_000, 1])
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
