import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { monotonic } from '../../src/lib/monotonic.ts'

const step = fc.record({
  passesMs: fc.integer({ min: 0, max: 10_000 }),
  isSetByMs: fc.option(fc.integer({ min: -10_000_000, max: 10_000_000 }), { nil: undefined }),
})

test('only time that has passed is counted, however often the clock is set', () => {
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      let [time, settings] = [1_000_000_000, 0]
      const now = monotonic({ now: () => time, settings: () => settings })
      const begin = now()
      let passed = 0
      for (const { passesMs, isSetByMs } of steps) {
        time += passesMs
        passed += passesMs
        expect(now() - begin).toBe(passed)
        if (isSetByMs === undefined) continue
        settings += 1
        time += isSetByMs
        expect(now() - begin).toBe(passed)
      }
    }),
  )
})

test('a clock that does not say that it was set back loses no more than that', () => {
  let time = 1_000_000
  const now = monotonic({ now: () => time })
  const begin = now()
  time -= 500_000
  expect(now() - begin).toBe(0)
  time += 1_000
  expect(now() - begin).toBe(1_000)
})
