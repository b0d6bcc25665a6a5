import { expect, test } from '@jest/globals'
import { createKept } from '../../../src/adapters/analysis/kept.ts'
import type {
  MeasurementQuery,
  Sample,
  Series,
} from '../../../src/core/model/measurements/measurement.ts'

const ABOUT = { endpoint: 'fraud', stable: 'blue', candidate: 'green', baselineMs: 0, endMs: 0 }

function question(startMs = 10): MeasurementQuery {
  return {
    ...{ id: 'fraud#errors', wants: 'series', provider: 'prometheus', query: {}, windowMs: 10 },
    about: { ...ABOUT, startMs },
  }
}

function samples(...at: readonly number[]): readonly Sample[] {
  return at.map((one) => ({ at: one, requests: one, errors: 0 }))
}

function answer(stable: readonly Sample[], candidate: readonly Sample[], boundsMs: number[] = []) {
  const series: Series = { boundsMs, windowMs: 10, stable, candidate }
  return { id: 'fraud#errors', is: 'series', series } as const
}

function instants(measured: ReturnType<ReturnType<typeof createKept>['completed']>) {
  if (measured.is !== 'series') return measured.is
  const { stable, candidate } = measured.series
  return [stable, candidate].map((side) => side.map(({ at }) => at))
}

const PAST = answer(samples(10, 20, 30), samples(20, 30))

test('what a provider has forgotten still counts, and nothing of the time it speaks of', () => {
  const kept = createKept()
  kept.completed(question(), PAST)
  const late = answer([], samples(30, 50))
  expect(instants(kept.completed(question(), late))).toEqual([
    [10, 20, 30],
    [20, 30, 50],
  ])
  // It is forgotten no more by the next answer.
  expect(instants(kept.completed(question(), answer([], samples(60))))).toEqual([
    [10, 20, 30],
    [20, 30, 50, 60],
  ])
})

test('an answer that has all of it stays the very value that it is', () => {
  const kept = createKept()
  kept.completed(question(), PAST)
  const whole = answer(samples(10, 20, 30, 40), samples(20, 30, 40))
  expect(kept.completed(question(), whole)).toEqual(whole)
  const measured = kept.completed(question(), whole)
  expect(measured.is === 'series' && measured.series).toBe(whole.series)
})

test.each([
  ['another rollout', question(20), answer([], samples(50))],
  ['another histogram', question(), answer([], samples(50), [5])],
])('%s has no such past', (_, asked, now) => {
  const kept = createKept()
  kept.completed(question(), PAST)
  expect(kept.completed(asked, now)).toEqual(now)
})

test('no answer, and one without a request to the candidate, is told as it is', () => {
  const kept = createKept()
  kept.completed(question(), PAST)
  const none = { id: 'fraud#errors', is: 'noData', reason: 'NoRequests', message: '' } as const
  expect(kept.completed(question(), none)).toBe(none)
  const empty = answer(samples(50), [])
  expect(kept.completed(question(), empty)).toBe(empty)
})

test('a hundred rollouts are kept, the last ones asked for', () => {
  const kept = createKept()
  for (let start = 1; start <= 101; start += 1) kept.completed(question(start), PAST)
  const past = (start: number) => instants(kept.completed(question(start), answer([], samples(50))))
  expect(past(101)).toEqual([
    [10, 20, 30],
    [20, 30, 50],
  ])
  expect(past(1)).toEqual([[], [50]])
})
