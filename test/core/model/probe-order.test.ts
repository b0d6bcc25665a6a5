import { describe, expect, test } from '@jest/globals'
import type { JudgeRules } from '../../../src/core/judge/evidence.ts'
import { judge } from '../../../src/core/judge/judge.ts'
import type { Sample } from '../../../src/core/model/measurements/measurement.ts'
import { probeRound } from '../../../src/core/model/probes/probe-order.ts'

const WINDOW_MS = 10_000
const WINDOWS = 180
const ROUNDS = 10
const RULES: JudgeRules = {
  ...{ metric: 'errors', margin: 1.1, alpha: 0.01, beta: 0.05, worseBy: 1.5 },
  ...{ minRequests: 100, latenessMs: 0 },
}
const REQUESTS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
/** It fails on whatever deployment it reaches. */
const FAILS = 7

test('a round has every request once, in an order that the seed and the round give', () => {
  const round = probeRound(REQUESTS, 'a', 0)
  expect(round.toSorted()).toEqual(REQUESTS)
  expect(probeRound(REQUESTS, 'a', 0)).toEqual(round)
  expect(probeRound(REQUESTS, 'a', 1)).not.toEqual(round)
  expect(probeRound(REQUESTS, 'b', 0)).not.toEqual(round)
})

type Order = (round: number) => readonly number[]

/** How many rounds gave the candidate, which gets every tenth request, the one that fails: it is equal to stable. */
function candidateErrors(orderOf: Order, window: number): number {
  let errors = 0
  for (let round = window * ROUNDS; round < (window + 1) * ROUNDS; round += 1)
    errors += Number(orderOf(round)[3] === FAILS)
  return errors
}

/** What half an hour at 600 a minute comes to. */
function judged(orderOf: Order) {
  let errors = 0
  const stable: Sample[] = [{ at: 0, requests: 0, errors: 0 }]
  const candidate: Sample[] = [{ at: 0, requests: 0, errors: 0 }]
  for (let window = 0; window < WINDOWS; window += 1) {
    errors += candidateErrors(orderOf, window)
    const [at, rounds] = [(window + 1) * WINDOW_MS, (window + 1) * ROUNDS]
    stable.push({ at, requests: 9 * rounds, errors: rounds - errors })
    candidate.push({ at, requests: rounds, errors })
  }
  const series = { boundsMs: [], windowMs: WINDOW_MS, stable, candidate }
  return judge(series, { startMs: 0, endMs: WINDOWS * WINDOW_MS }, RULES).outcome
}

describe('the same few requests, sent again and again to equal deployments', () => {
  const RUNS = 100
  const outcomes = (orderFor: (seed: string) => Order) =>
    Array.from({ length: RUNS }, (_, run) => judged(orderFor(`seed ${run}`)))
  const count = (all: readonly string[], wanted: string) =>
    all.filter((one) => one === wanted).length

  test('are taken for a difference no more often than users are', () => {
    const all = outcomes((seed) => (round) => probeRound(REQUESTS, seed, round))
    // α = 1 % of 100: more than 5 would be a chance of one in 1800.
    expect(count(all, 'fail')).toBeLessThanOrEqual(5)
    expect(count(all, 'pass')).toBeGreaterThan(RUNS / 2)
  })

  test('in one order for ever they would reach the same deployment each time', () => {
    const all = outcomes((seed) => {
      const order = probeRound(REQUESTS, seed, 0)
      return () => order
    })
    expect(count(all, 'fail')).toBeGreaterThan(RUNS / 20)
  })
})
