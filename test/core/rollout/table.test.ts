import { describe, expect, test } from '@jest/globals'
import {
  EVENTS,
  HEALTHS,
  RECORDS,
  type RolloutEvent,
  type RolloutState,
  SERVINGS,
  WANTS,
} from '../../../src/core/rollout/decide/state.ts'
import { ROWS, rowOf } from '../../../src/core/rollout/table/index.ts'
import { type Row, TRANSITIONS } from '../../../src/core/rollout/table/row.ts'

/** Every combination of the columns. */
function states(): readonly RolloutState[] {
  return RECORDS.flatMap((record) =>
    HEALTHS.flatMap((stable) =>
      HEALTHS.flatMap((candidate) =>
        [false, true].flatMap((isPreviousWarm) =>
          SERVINGS.flatMap((serving) =>
            WANTS.map((wants) => ({ record, stable, candidate, isPreviousWarm, serving, wants })),
          ),
        ),
      ),
    ),
  )
}

function isMoving({ record }: RolloutState): boolean {
  return record === 'progressing' || record === 'baking'
}

function isThere({ stable }: RolloutState): boolean {
  return stable !== 'gone' && stable !== 'failed'
}

function* situations(): Generator<{ state: RolloutState; event: RolloutEvent; row: Row }> {
  for (const state of states())
    for (const event of EVENTS) yield { state, event, row: rowOf(state, event) }
}

const GOES_BACK = ['abort', 'fail', 'revert', 'supersede', 'giveBack']
const LEADS_ON: readonly RolloutEvent[] = ['abort', 'promote', 'retry', 'commit']

describe('the table of states and events', () => {
  test('has a row for every combination, and no row that never counts', () => {
    const used = new Set<Row>()
    let combinations = 0
    for (const { row } of situations()) {
      used.add(row)
      combinations += 1
    }
    const count = RECORDS.length * HEALTHS.length ** 2 * 2 * SERVINGS.length * WANTS.length
    expect(combinations).toBe(count * EVENTS.length)
    expect(ROWS.filter((row) => !used.has(row))).toEqual([])
  })

  test('uses every transition', () => {
    const used = new Set(ROWS.map(({ transition }) => transition))
    expect(TRANSITIONS.filter((name) => !used.has(name))).toEqual([])
  })

  test('time that passes always has an answer', () => {
    for (const { event, row } of situations())
      if (event === 'tick') expect(['nothing', 'refuse']).not.toContain(row.transition)
  })

  test('sends no traffic back to what is gone or never came up', () => {
    for (const { state, row } of situations())
      if (GOES_BACK.includes(row.transition) && state.record !== 'stable')
        expect(['gone', 'failed']).not.toContain(state.stable)
  })

  test('concludes nothing from what a list does not show (S26)', () => {
    const concludes = ['adoptCandidate', 'fallBack', 'succeed', 'waitForStable', 'toPrevious']
    for (const { state, row } of situations())
      if (state.stable === 'unknown') expect(concludes).not.toContain(row.transition)
  })

  test('lets an operator take traffic back from every candidate whose way back answers', () => {
    for (const { state, event, row } of situations())
      if (event === 'abort' && isMoving(state) && isThere(state))
        expect(row.transition).toBe('abort')
  })

  test('has no state in which a failing candidate keeps users while there is a way back', () => {
    for (const { state, event, row } of situations())
      if (event === 'fail' && isMoving(state) && (isThere(state) || state.isPreviousWarm))
        expect(row.transition).toBe(isThere(state) ? 'fail' : 'failToPrevious')
  })

  test('has no dead end: where time alone only asks or waits for somebody, a lever or a commit moves it (L9)', () => {
    const stops = ['askPerson', 'noTarget', 'aborted', 'inPlace']
    for (const state of states()) {
      const { transition } = rowOf(state, 'tick')
      if (!stops.includes(transition)) continue
      const moves = LEADS_ON.map((event) => rowOf(state, event).transition)
      // Other content, or a label that resolves, is another state: it must not be held by this one.
      const elsewhere = (['newer', 'previous', 'stable'] as const).map(
        (wants) => rowOf({ ...state, wants }, 'tick').transition,
      )
      const isOpen =
        moves.some((name) => name !== 'refuse' && name !== 'nothing') ||
        elsewhere.some((name) => !stops.includes(name))
      expect({ state, isOpen }).toEqual({ state, isOpen: true })
    }
  })
})
