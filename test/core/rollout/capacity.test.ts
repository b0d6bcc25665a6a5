import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Step } from '../../../src/core/model/rollout.ts'
import { instancesAt, instancesFor, shortOf } from '../../../src/core/rollout/capacity.ts'

const PARAMETERS = { seed: 20_261_126, numRuns: 300 } as const

describe('instances for a share of the traffic', () => {
  test.each([
    [1, 1, 1],
    [100, 1, 1],
    [1, 10, 1],
    [10, 10, 1],
    [11, 10, 2],
    [50, 3, 2],
    [99, 3, 3],
    [100, 50, 50],
  ])('%i %% of what %i carry needs %i', (percent, full, needed) => {
    expect(instancesFor(percent, full)).toBe(needed)
  })

  test(`carry it, and one fewer would not (seed ${PARAMETERS.seed})`, () => {
    const share = fc.tuple(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 1000 }))
    fc.assert(
      fc.property(share, ([percent, full]) => {
        const needed = instancesFor(percent, full)
        expect(needed * 100).toBeGreaterThanOrEqual(percent * full)
        if (needed > 1) expect((needed - 1) * 100).toBeLessThan(percent * full)
        expect(needed).toBeLessThanOrEqual(full)
      }),
      PARAMETERS,
    )
  })

  test('a share for which nobody here may scale them says who can', () => {
    const facts = { isUp: true, isReady: true, hasServed: false, instances: 1, full: 2 }
    const short = shortOf({ ...facts, isScaledByOthers: true }, 100)
    expect(short).toMatchObject({ message: expect.stringContaining('scale it up, or declare') })
  })

  test('a share that they cannot carry waits and says how many would', () => {
    const facts = { isUp: true, isReady: true, hasServed: false, instances: 2, full: 6 }
    expect(shortOf(facts, 33)).toBeUndefined()
    expect(shortOf(facts, 34)).toMatchObject({
      go: 'wait',
      reason: 'CapacityShort',
      instances: 3,
      message: '34 % of the traffic needs 3 of 6 instances; the candidate has 2.',
    })
  })
})

describe('instances at a step', () => {
  const move = (percent: number): Step => ({ type: 'setWeight', percent })
  const scale = (percent: number): Step => ({ type: 'setScale', percent })
  const BEFORE = -1

  test.each<[string, readonly Step[], number, number]>([
    ['without setScale: all, from the start', [move(10), move(50)], BEFORE, 8],
    ['before a setScale that comes ahead of traffic: as it says', [scale(25), move(10)], BEFORE, 2],
    ['before a setScale that comes ahead of mirroring: as it says', [scale(50)], BEFORE, 4],
    ['before a setScale that comes after traffic: all', [move(10), scale(50)], BEFORE, 8],
    ['at the step itself', [scale(25), move(10)], 0, 2],
    ['behind it', [scale(25), move(10), move(20)], 2, 2],
    ['behind the second', [scale(25), move(10), scale(100)], 2, 8],
    ['between two', [scale(25), move(10), scale(100)], 1, 2],
    ['a number instead of a share', [{ type: 'setScale', instances: 3 }, move(10)], 1, 3],
    ['a share is rounded up', [scale(26), move(10)], 1, 3],
  ])('%s', (_, steps, step, count) => {
    expect(instancesAt(steps, step, 8)).toBe(count)
  })
})
