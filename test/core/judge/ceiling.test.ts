import { describe, expect, test } from '@jest/globals'
import { Ceiling } from '../../../src/core/judge/bake/ceiling.ts'
import { ANY_TIME, FROM_START } from '../../../src/core/judge/bake/onset.ts'

function choose(n: number, k: number): number {
  let count = 1
  for (let place = 1; place <= k; place += 1) count = (count * (n - k + place)) / place
  return count
}

/** The mean of the e-value after three windows of four requests, over all that they can come to. */
function meanOf(ceiling: number, rate: number, eta: number): number {
  const size = 4
  const chanceOf = (events: number) =>
    choose(size, events) * rate ** events * (1 - rate) ** (size - events)
  let mean = 0
  for (let outcome = 0; outcome < (size + 1) ** 3; outcome += 1) {
    const windows = [0, 1, 2].map((place) => Math.floor(outcome / (size + 1) ** place) % (size + 1))
    const process = new Ceiling(ceiling)
    let chance = 1
    for (const events of windows) {
      process.add(size, events, eta)
      chance *= chanceOf(events)
    }
    mean += chance * process.value
  }
  return mean
}

describe('the e-process of the bake', () => {
  test.each(
    [0.001, 0.01, 0.05, 0.3, 0.9, 0.98].flatMap((ceiling) =>
      [1, 0.5].flatMap((eta) => [1, 0.7, 0].map((part) => [ceiling, ceiling * part, eta] as const)),
    ),
  )('has a mean of at most 1: at most %d allowed, %d is true, tempered by %d', (...given) => {
    expect(meanOf(...given)).toBeLessThanOrEqual(1 + 1e-12)
  })

  test('is exactly fair at the ceiling itself', () => {
    expect(meanOf(0.05, 0.05, 1)).toBeCloseTo(1, 12)
  })

  test('bets nothing where nothing is above what is allowed', () => {
    const process = new Ceiling(1)
    process.add(100, 100, 1)
    expect(process.value).toBe(1)
  })

  test('stays finite after a day of total failure', () => {
    const process = new Ceiling(0.001)
    for (let window = 0; window < 8640; window += 1) process.add(5000, 5000, 1)
    expect(Number.isFinite(process.value)).toBe(true)
  })
})

describe('the beginnings that are bet on', () => {
  test.each([
    ['of a first weight', FROM_START],
    ['of a bake', ANY_TIME],
  ])('%s add up to one, with what is still to come', (_, onset) => {
    let bet = 0
    for (let window = 1; window <= 2000; window += 1) {
      bet += onset.begins(window)
      expect(onset.begins(window)).toBeGreaterThan(0)
      expect(bet + onset.rest(window)).toBeCloseTo(1, 12)
    }
  })
})
