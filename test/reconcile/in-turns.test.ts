import { expect, test } from '@jest/globals'
import { mapped, type Parts } from '../../src/core/model/values/parts.ts'
import { inTurns } from '../../src/reconcile/in-turns.ts'

/** Work of which each part takes a millisecond, on a clock that only this work moves. */
function work(items: number) {
  let now = 0
  const places = Array.from({ length: items }, (_, place) => place)
  const parts = function* (): Parts<readonly number[]> {
    for (const place of places) {
      now += 1
      yield undefined
      if (place < 0) break
    }
    return yield* mapped(places, (place) => 2 * place)
  }
  return { parts: parts(), clock: { now: () => now }, doubled: places.map((place) => 2 * place) }
}

/** How often the process came to other work until the promise was kept. */
async function turnsBeside(promise: Promise<unknown>): Promise<number> {
  let turns = 0
  let isDone = false
  const count = (): void => {
    turns += 1
    if (!isDone) setImmediate(count)
  }
  setImmediate(count)
  await promise
  isDone = true
  return turns
}

test('work that takes long is done in parts of ten milliseconds, with other work in between', async () => {
  const { parts, clock, doubled } = work(100)
  const done = inTurns(parts, clock)
  expect(await turnsBeside(done)).toBeGreaterThanOrEqual(9)
  expect(await done).toEqual(doubled)
})

test('work that takes no time is done at once', async () => {
  const { parts, doubled } = work(1_000)
  const done = inTurns(parts, { now: () => 0 })
  expect(await turnsBeside(done)).toBeLessThanOrEqual(1)
  expect(await done).toEqual(doubled)
})

test('what it throws is thrown, and it ends where nobody wants it any more', async () => {
  const failing = (function* (): Parts<never> {
    yield undefined
    throw new Error('a fault')
  })()
  await expect(inTurns(failing, { now: () => 0 })).rejects.toThrow('a fault')
  const { parts, clock } = work(100)
  await expect(inTurns(parts, clock, AbortSignal.abort(new Error('over')))).rejects.toThrow('over')
})
