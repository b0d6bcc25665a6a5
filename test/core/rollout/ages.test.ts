import { describe, expect, test } from '@jest/globals'
import { earlierThanServing, sidesOfSplit } from '../../../src/core/rollout/ages.ts'
import { advance } from '../../../src/core/rollout/decide/advance.ts'
import { homeUnrecorded } from '../../../src/core/rollout/decide/unrecorded.ts'
import type { Slot } from '../../../src/core/rollout/record.ts'
import { BLUE, facts, GREEN, lever, next, rollout, STEPS, situation } from './situations.ts'

/** Minutes at which a deployment was made, and its content written; undefined = nobody knows. */
type Ages = readonly [made?: number, written?: number]

/** No record; blue holds the revision of before, and green what Git wants. */
function lost(
  live: Record<string, number>,
  [blue, green]: readonly [Ages, Ages],
  wanted: Slot = GREEN,
  isTemplate = true,
) {
  const aged = (slot: Slot, [madeMs, writtenMs]: Ages) =>
    facts({
      rev: slot.rev,
      isReady: wanted.slot === slot.slot,
      ...(madeMs === undefined ? {} : { madeMs }),
      ...(writtenMs === undefined ? {} : { writtenMs }),
    })
  return situation({
    record: undefined,
    live,
    wanted,
    rollout: rollout(isTemplate ? { slots: [] } : {}),
    deployments: new Map([
      ['blue', aged(BLUE, blue)],
      ['green', aged(GREEN, green)],
    ]),
    isAsRecorded: false,
  } as never)
}

const NEWER = { slot: 'grey', rev: '33333333' } as const

const FRESH: readonly [Ages, Ages] = [
  [1, 1],
  [2, 2],
]

const SCALED: readonly [Ages, Ages] = [
  [1, 9],
  [2, 2],
]

describe('what stood before, where no record tells', () => {
  test.each([
    ['the one that was made before', FRESH, 'blue'],
    [
      'also where it was scaled since',
      [
        [1, 9],
        [2, 2],
      ],
      'blue',
    ],
    [
      'nothing, where what serves is the older one',
      [
        [2, 2],
        [1, 1],
      ],
      undefined,
    ],
    [
      'a slot that was filled anew is as old as its content',
      [
        [2, 2],
        [1, 5],
      ],
      'blue',
    ],
    ['nothing, where nobody knows', [[], []], undefined],
  ] as const)('%s', (_, ages, expected) => {
    expect(earlierThanServing(lost({ green: 100 }, ages))?.slot).toBe(expected)
  })

  test('of deployments that no template filled nothing is told', () => {
    expect(earlierThanServing(lost({ green: 100 }, FRESH, GREEN, false))).toBeUndefined()
    expect(sidesOfSplit(lost({ blue: 40, green: 60 }, FRESH, GREEN, false))).toBeUndefined()
  })

  test('what is not up, or holds the same, is no way back', () => {
    const at = lost({ green: 100 }, FRESH)
    const blue = at.deployments.get('blue')
    for (const changes of [{ isUp: false }, { rev: GREEN.rev }]) {
      const deployments = new Map([...at.deployments, ['blue', { ...blue, ...changes }]])
      expect(earlierThanServing({ ...at, deployments } as never)).toBeUndefined()
    }
  })

  test.each([
    ['Git wants the later one', FRESH, GREEN, 'blue'],
    ['Git wants the earlier one again', FRESH, BLUE, 'blue'],
    ['Git wants neither', FRESH, NEWER, 'blue'],
    ['Git wants neither, and the earlier one was written last', SCALED, NEWER, undefined],
    ['nobody knows', [[], []], GREEN, undefined],
  ] as const)('the sides of a split where %s', (_, ages, wanted, stable) => {
    expect(sidesOfSplit(lost({ blue: 40, green: 60 }, ages, wanted))?.stable.slot).toBe(stable)
  })
})

describe('without a record', () => {
  test('what serves everybody bakes, with what stood before as the way back', () => {
    expect(next(lost({ green: 100 }, FRESH))).toBe(`baking ${STEPS.length} {"green":100} adopted`)
  })

  test('without a bake it is stable at once', () => {
    const at = lost({ green: 100 }, FRESH)
    expect(next({ ...at, rollout: { ...at.rollout, bakeMs: 0 } })).toBe(
      'stable 0 {"green":100} adopted',
    )
  })

  test.each([
    [5, 'progressing 2 {"blue":95,"green":5} adopted'],
    [49, 'progressing 2 {"blue":95,"green":5} adopted'],
    [60, 'progressing 5 {"blue":50,"green":50} adopted'],
    [1, 'progressing 2 {"blue":95,"green":5} adopted'],
  ])('a split goes on from the last step that gives no more than %s %%', (has, expected) => {
    expect(next(lost({ blue: 100 - has, green: has }, FRESH))).toBe(expected)
  })

  test.each([
    [
      'most users are on the later one',
      { blue: 40, green: 60 },
      FRESH,
      'aborted 0 {"blue":100} aborted!',
    ],
    ['the later one has everybody', { green: 100 }, FRESH, 'aborted 0 {"blue":100} aborted!'],
    [
      'nobody knows: to what most users are on',
      { blue: 40, green: 60 },
      [[], []],
      'stable 0 {"green":100} adopted!',
    ],
  ] as const)('an abort goes back to what stood before: %s', (_, live, ages, expected) => {
    expect(next({ ...lost(live, ages), intents: lever('abort') })).toBe(expected)
  })

  test('a commit that takes the later one back leads out of a split that nobody recorded', () => {
    const split = lost({ blue: 40, green: 60 }, FRESH, BLUE)
    const { record: adopted } = advance(split)
    expect(next({ ...split, record: adopted })).toBe('stable 0 {"blue":100} rolled_back!')
  })

  test('what an abort would do is what it is said to do', () => {
    expect(homeUnrecorded(lost({ blue: 40, green: 60 }, FRESH))).toBe('blue')
    expect(homeUnrecorded(lost({ blue: 40, green: 60 }, [[], []]))).toBe('green')
  })
})
