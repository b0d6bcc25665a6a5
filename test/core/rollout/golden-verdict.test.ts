import { describe, expect, test } from '@jest/globals'
import type { ProbeAnswer, ScoredAnswer } from '../../../src/core/model/probes/probe.ts'
import type { GoldenRequest } from '../../../src/core/model/rollout.ts'
import {
  attemptsFor,
  type GoldenVerdict,
  goldenVerdict,
  MOST_ATTEMPTS,
  openRequests,
} from '../../../src/core/rollout/golden/golden-verdict.ts'
import { uniform } from '../../bench/canary/random.ts'
import { judgedAnswer } from '../../support/golden-answer.ts'

const SEED = 20_250_116
const RELEASES = 20_000
const SOME_RELEASES = 4000

function files(count: number): readonly GoldenRequest[] {
  return Array.from({ length: count }, (_, place) => ({
    name: `golden/${place}.json`,
    request: {},
    status: 200,
    expect: { is: 'equal', value: { score: 1 }, tolerance: 0 },
    maxLatencyMs: 1000,
  }))
}

const GOLDEN = files(25)
const FIRST = files(1)[0] as GoldenRequest

type Answering = (name: string, random: () => number) => ScoredAnswer | Problem
type Problem = Omit<Extract<ProbeAnswer, { readonly problem: unknown }>, 'name'>

const right = { status: 200, body: { score: 1 }, latencyMs: 50 }
const wrong = { ...right, body: { score: 2 } }
const slow = { ...right, latencyMs: 1500 }
const crashed = { status: 424, body: undefined, latencyMs: 50 }

/** A tick: what is open is sent, until there is a verdict; as `withAnswers` does. */
function verified(
  answering: Answering,
  random: () => number,
  { golden = GOLDEN, rate = 0 }: { golden?: readonly GoldenRequest[]; rate?: number } = {},
): { readonly verdict: GoldenVerdict; readonly sent: number } {
  const answers: ProbeAnswer[] = []
  for (let round = 0; round <= MOST_ATTEMPTS; round += 1) {
    const verdict = goldenVerdict(golden, answers, rate)
    const open = openRequests(golden, answers)
    const isOver = verdict.is === 'passed' || verdict.is === 'refused' || open.length === 0
    if (isOver) return { verdict, sent: answers.length }
    for (const request of open) {
      const answer = answering(request.name, random)
      answers.push(
        'problem' in answer ? { name: request.name, ...answer } : judgedAnswer(request, answer),
      )
    }
  }
  throw new Error('golden requests are sent for ever')
}

/** Share of simulated releases that are refused. */
function refused(
  answering: Answering,
  releases: number,
  options: Parameters<typeof verified>[2] = {},
): number {
  const counts = { passed: 0, refused: 0, open: 0, unanswered: 0 }
  for (let run = 0; run < releases; run += 1)
    counts[verified(answering, uniform(SEED, 7, run), options).verdict.is] += 1
  expect(counts).toMatchObject({ open: 0, unanswered: 0 })
  return counts.refused / releases
}

const failing =
  (rate: number): Answering =>
  (_, random) =>
    random() < rate ? crashed : right

describe(`a good revision, in simulated releases of 25 golden files (seed ${SEED})`, () => {
  test(`as good as a stable that fails 1 %: is refused in at most 0.2 % of ${RELEASES}`, () => {
    expect(refused(failing(0.01), RELEASES)).toBeLessThanOrEqual(0.002)
  })

  test.each<[string, Answering, number]>([
    ['as good as a stable that fails 2 %, which nobody measured', failing(0.02), 0],
    ['as good as a stable that fails 5 %, as was measured', failing(0.05), 0.05],
    ['as good as a stable that fails 20 %, as was measured', failing(0.2), 0.2],
    [
      'slow in one of twenty, and failing 2 %',
      (_, random) => (random() < 0.02 ? crashed : random() < 0.05 ? slow : right),
      0,
    ],
    ['slow in one of twenty', (_, random) => (random() < 0.05 ? slow : right), 0],
  ])(`%s: is refused in at most 0.2 % of ${SOME_RELEASES}`, (_, answering, rate) => {
    expect(refused(answering, SOME_RELEASES, { rate })).toBeLessThanOrEqual(0.002)
  })

  test('that failed once before this rule was refused in every fifth', () => {
    const naive = 1 - (1 - 0.01) ** 25
    expect(naive).toBeGreaterThan(0.22)
  })
})

describe('a bad revision is refused before any traffic', () => {
  test.each<[string, Answering, string, number]>([
    ['every request fails', () => crashed, 'GoldenFailed', 25],
    ['every answer is another one', () => wrong, 'GoldenMismatch', 25],
    ['every answer is late', () => slow, 'GoldenSlow', 25],
    [
      'one answer is another one',
      (name) => (name === 'golden/13.json' ? wrong : right),
      'GoldenMismatch',
      28,
    ],
    [
      'one request crashes it',
      (name) => (name === 'golden/13.json' ? crashed : right),
      'GoldenFailed',
      28,
    ],
    ['one answer is late', (name) => (name === 'golden/13.json' ? slow : right), 'GoldenSlow', 29],
  ])('%s: at once, after few requests', (_, answering, reason, sent) => {
    const { verdict, sent: actual } = verified(answering, uniform(SEED, 8, 0))
    expect(verdict).toMatchObject({ is: 'refused', reason })
    expect(actual).toBe(sent)
  })

  test('half of the requests fail: in 99 of 100 releases at least', () => {
    expect(refused(failing(0.5), SOME_RELEASES)).toBeGreaterThan(0.99)
  })

  test('even where stable fails often: then it takes a few requests more', () => {
    const { verdict, sent } = verified(() => crashed, uniform(SEED, 8, 0), {
      golden: files(1),
      rate: 0.5,
    })
    expect(verdict.is).toBe('refused')
    expect(sent).toBe(MOST_ATTEMPTS)
  })

  test('by what it did last, and how often', () => {
    const { verdict } = verified(
      (name) => (name === 'golden/3.json' ? crashed : right),
      uniform(SEED, 8, 0),
    )
    expect(verdict).toMatchObject({
      message: 'golden/3.json: status 424, expected 200, 4 times in a row.',
    })
  })
})

describe('what says nothing of the revision', () => {
  const problem = { problem: { reason: 'Unauthorized', message: 'No key.' } }

  test('is asked again in the next tick, not in this one', () => {
    const { verdict, sent } = verified(() => problem as never, uniform(SEED, 9, 0))
    expect(verdict).toMatchObject({ is: 'unanswered' })
    expect(sent).toBe(25)
  })

  test('does not hide a refusal', () => {
    const answers = [
      ...Array.from({ length: 4 }, () => judgedAnswer(FIRST, wrong)),
      { name: 'golden/1.json', ...problem },
    ]
    expect(goldenVerdict(files(2), answers, 0)).toMatchObject({ reason: 'GoldenMismatch' })
  })

  test('a request that was right once has passed, whatever it was before', () => {
    const answers = [crashed, slow, right].map((answer) => judgedAnswer(FIRST, answer))
    expect(goldenVerdict(files(1), answers, 0)).toEqual({ is: 'passed' })
    expect(openRequests(files(1), answers)).toEqual([])
  })
})

describe('failures in a row that are no chance any more', () => {
  test.each([
    [1, 0.02, 3],
    [25, 0.01, 4],
    [25, 0.02, 4],
    [25, 0.05, 5],
    [100, 0.02, 5],
    [25, 0.2, 10],
    [25, 0.5, 12],
    [25, 1, 12],
  ])('%d files at a rate of %d: %d', (count, rate, attempts) => {
    expect(attemptsFor(count, rate)).toBe(attempts)
    if (attempts < MOST_ATTEMPTS) expect(count * rate ** attempts).toBeLessThanOrEqual(1e-5)
  })
})
