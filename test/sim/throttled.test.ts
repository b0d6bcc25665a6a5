import { describe, expect, test } from '@jest/globals'
import { nameOf, openFleet, untilServing } from '../bench/scale/fleet.ts'

/** Some endpoints of a workspace are answered 429, without end: all others are as soon in place as without that (L5). */

const SIZE = 6
const OTHERS = Array.from({ length: SIZE - 2 }, (_, place) => nameOf(place + 2))

describe('endpoints that are answered 429 for ever', () => {
  test.each([
    ['one', [`Throttled:endpoint=${nameOf(0)},retryAfterSeconds=30`]],
    [
      'two',
      [
        `Throttled:endpoint=${nameOf(0)},retryAfterSeconds=30`,
        `Throttled:endpoint=${nameOf(1)},retryAfterSeconds=5`,
      ],
    ],
  ])('delay no other: %s', async (_, faults) => {
    const clean = await openFleet({ size: SIZE })
    const poisoned = await openFleet({ size: SIZE, faults })
    const cleanMs = await untilServing(clean, OTHERS)
    expect(await untilServing(poisoned, OTHERS)).toBeLessThanOrEqual(1.05 * cleanMs)
    expect([clean.asked.refused, poisoned.asked.refused]).toEqual([0, expect.any(Number)])
    expect(poisoned.asked.refused).toBeGreaterThan(0)
  })
})
