import { describe, expect, test } from '@jest/globals'
import { DEFAULT_LIMITS } from '../../../src/adapters/azure/limits.ts'
import { createResting } from '../../../src/adapters/azure/throttle/resting.ts'
import type { Live } from '../../../src/core/model/live.ts'
import type { Ref } from '../../../src/core/model/ref.ts'

const MODEL: Ref = { kind: 'Model', name: 'fraud', version: '1' }
const MAX = DEFAULT_LIMITS.assetMaxAgeMs

function liveModel(changes: Partial<Live> = {}): Live {
  return { ref: MODEL, body: { name: '1' }, phase: 'Ready', ...changes } as Live
}

function opened() {
  let now = 1_000
  const clock = { now: () => now, sleep: async () => {} }
  const resting = createResting(clock, DEFAULT_LIMITS)
  return {
    resting,
    pass(ms: number) {
      now += ms
    },
  }
}

describe('a version of an asset is read again', () => {
  test('after half of the longest age at the earliest, and after all of it at the latest', () => {
    const { resting, pass } = opened()
    const live = liveModel()
    resting.add(live)
    pass(MAX / 2 - 1)
    expect(resting.get(MODEL)).toBe(live)
    pass(MAX / 2 + 2)
    expect(resting.get(MODEL)).toBeUndefined()
  })

  test('not all at once', () => {
    const { resting, pass } = opened()
    const refs = Array.from({ length: 40 }, (_, at) => ({ ...MODEL, name: `model-${at}` }))
    for (const ref of refs) resting.add(liveModel({ ref }))
    pass(MAX * 0.75)
    const left = refs.filter((ref) => resting.get(ref) !== undefined).length
    expect(left).toBeGreaterThan(8)
    expect(left).toBeLessThan(32)
  })

  test('every time after it was written to, until readings have caught up', () => {
    const { resting, pass } = opened()
    resting.add(liveModel())
    resting.disturb(MODEL, false)
    resting.add(liveModel())
    expect(resting.get(MODEL)).toBeUndefined()
    pass(MAX / 2 + 1)
    resting.add(liveModel())
    expect(resting.get(MODEL)).toBeDefined()
  })

  test('no more than once after it was made: what shows it is no older than that', () => {
    const { resting, pass } = opened()
    resting.disturb(MODEL, true)
    expect(resting.get(MODEL)).toBeUndefined()
    pass(1)
    const live = liveModel()
    resting.add(live)
    expect(resting.get(MODEL)).toBe(live)
    resting.add(liveModel())
    expect(resting.get(MODEL)).toBe(live)
  })

  test('when something was refused', () => {
    const { resting } = opened()
    resting.add(liveModel())
    resting.clear()
    expect(resting.get(MODEL)).toBeUndefined()
  })

  test('every time while it is not ready', () => {
    const { resting } = opened()
    resting.add(liveModel({ phase: 'Failed' }))
    expect(resting.get(MODEL)).toBeUndefined()
  })
})
