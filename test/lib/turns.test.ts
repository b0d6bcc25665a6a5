import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { filterInTurns, giveTurn, mapInTurns, sortInTurns } from '../../src/lib/turns.ts'

/** Milliseconds of one step below. */
const STEP_MS = 4

function busy(): void {
  const endsAt = performance.now() + STEP_MS
  while (performance.now() < endsAt);
}

/** How often somebody else has a turn while `work` goes on. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0
  let goesOn = true
  const again = (): void => {
    turns += 1
    if (goesOn) setImmediate(again)
  }
  setImmediate(again)
  await work()
  goesOn = false
  return turns
}

const HUNDRED = Array.from({ length: 100 }, (_, index) => index)

describe('others have turns', () => {
  test.each<[string, () => Promise<unknown>]>([
    ['while many things are mapped', () => mapInTurns(HUNDRED, busy)],
    [
      'while many things are looked through',
      () =>
        filterInTurns(HUNDRED, () => {
          busy()
          return true
        }),
    ],
    [
      'between many short works',
      async () => {
        for (const one of HUNDRED) await mapInTurns([one], busy)
      },
    ],
    [
      'in a loop that waits for nothing else',
      async () => {
        for (const _ of HUNDRED) {
          busy()
          await giveTurn()
        }
      },
    ],
  ])('%s', async (_, work) => {
    // At the latest every 10 ms and a step: each of the hundred steps takes 4 ms.
    expect(await turnsDuring(work)).toBeGreaterThan(20)
  })

  test('while 200,000 things are sorted, in whatever order they come', async () => {
    const rising = Array.from({ length: 200_000 }, (_, index) => index)
    const byText = (a: number, b: number) =>
      String(a).padStart(9) < String(b).padStart(9) ? -1 : 1
    for (const things of [rising, rising.toReversed()])
      expect(await turnsDuring(() => sortInTurns(things, byText))).toBeGreaterThan(3)
  })
})

test('what is sorted in turns is sorted as ever, and equal things keep their order', async () => {
  const things = fc.array(fc.record({ key: fc.integer({ min: 0, max: 50 }), id: fc.nat() }), {
    maxLength: 5000,
    size: 'max',
  })
  await fc.assert(
    fc.asyncProperty(things, async (all) => {
      const byKey = (a: { key: number }, b: { key: number }) => a.key - b.key
      expect(await sortInTurns(all, byKey)).toEqual(all.toSorted(byKey))
    }),
    { numRuns: 50 },
  )
})
