import { type JudgeRules, judge } from '../../../src/core/judge/judge.ts'
import type { Sample, Series } from '../../../src/core/model/measurements/measurement.ts'
import { START_MS, seriesOf, WINDOW_MS } from './counters.ts'
import { uniform } from './random.ts'
import { scenarioOf } from './scenarios.ts'
import { Source } from './stream.ts'

export interface CorruptionTask {
  readonly scenario: string
  /** Chance of a sample to be spoilt; 1 leaves the candidate no window at all. */
  readonly share: number
  readonly seed: number
  readonly from: number
  readonly to: number
}

export interface Corruption {
  readonly fails: number
  readonly passes: number
  readonly used: number
  readonly voided: number
}

/** Passes as easily as it may, so that a pass on nothing would show. */
const RULES: JudgeRules = {
  metric: 'errors',
  margin: 1,
  alpha: 0.01,
  beta: 0.05,
  worseBy: 1.5,
  tolerate: 0.5,
  minRequests: 0,
  latenessMs: 2 * WINDOW_MS,
}

/** Runs whose samples are missing, NaN, infinite, negative, told twice and differently, or of a counter that began anew. */
export function corrupted({ scenario: id, share, seed, from, to }: CorruptionTask): Corruption {
  const scenario = scenarioOf(id)
  const source = new Source(scenario)
  const about = { startMs: START_MS, endMs: START_MS + (scenario.windows + 2) * WINDOW_MS }
  const sum = { fails: 0, passes: 0, used: 0, voided: 0 }
  for (let run = from; run < to; run += 1) {
    const series = spoilt(seriesOf(source.run(seed, run)), share, uniform(seed, 2000, run))
    const { outcome, windows } = judge(series, about, RULES)
    if (outcome === 'fail') sum.fails += 1
    if (outcome === 'pass') sum.passes += 1
    sum.used += windows.used
    sum.voided += windows.voided
  }
  return sum
}

function spoilt(series: Series, share: number, random: () => number): Series {
  const { stable, candidate } = series
  return {
    ...series,
    stable: share < 1 ? spoiltSide(stable, share, random) : stable,
    candidate: spoiltSide(candidate, share, random),
  }
}

function spoiltSide(samples: readonly Sample[], share: number, random: () => number) {
  let lost: Sample = { at: 0, requests: 0, errors: 0 }
  return samples.flatMap((sample): readonly Sample[] => {
    const counted = {
      at: sample.at,
      requests: sample.requests - lost.requests,
      errors: sample.errors - lost.errors,
    }
    if (random() >= share) return [counted]
    const kind = Math.floor(random() * 6)
    if (kind === 5 && share < 1) {
      lost = sample
      return [{ ...counted, requests: 0, errors: 0 }]
    }
    return SPOILS[kind % SPOILS.length]?.(counted) ?? []
  })
}

const SPOILS: readonly ((sample: Sample) => readonly Sample[])[] = [
  () => [],
  (sample) => [{ ...sample, requests: Number.NaN }],
  (sample) => [{ ...sample, errors: Number.POSITIVE_INFINITY }],
  (sample) => [{ ...sample, errors: -1 }],
  (sample) => [sample, { ...sample, requests: sample.requests + 1 }],
]
