import type { JudgeRules } from '../../../src/core/judge/judge.ts'
import type { Sample, Series } from '../../../src/core/model/measurements/measurement.ts'

export const WINDOW_MS = 10_000
export const START_MS = 1_700_000_000_000

export const ERROR_RULES: JudgeRules = {
  metric: 'errors',
  margin: 1.1,
  alpha: 0.01,
  beta: 0.05,
  worseBy: 1.5,
  minRequests: 50,
  latenessMs: 0,
}

/** Requests and errors of a window, and what its histogram gained. */
export type Gain = readonly [requests: number, errors: number, within?: readonly number[]]

/** Counters that gain so much window by window, from `startMs` on. */
function samplesOf(gains: readonly Gain[], startMs = START_MS): readonly Sample[] {
  const bounds = gains[0]?.[2]?.length ?? 0
  let sample: Sample = {
    at: startMs,
    requests: 1000,
    errors: 10,
    ...(bounds > 0 ? { within: Array.from({ length: bounds }, () => 500) } : {}),
  }
  const samples = [sample]
  for (const [requests, errors, within = []] of gains) {
    const before = sample.within ?? []
    sample = {
      at: sample.at + WINDOW_MS,
      requests: sample.requests + requests,
      errors: sample.errors + errors,
      ...(bounds > 0 ? { within: before.map((count, place) => count + (within[place] ?? 0)) } : {}),
    }
    samples.push(sample)
  }
  return samples
}

/** A series of both sides from the start on; stable's `baseline` lies before it. */
export function seriesOf(
  stable: readonly Gain[],
  candidate: readonly Gain[],
  options: { readonly baseline?: readonly Gain[]; readonly boundsMs?: readonly number[] } = {},
): Series {
  const { baseline = [], boundsMs = [] } = options
  return {
    boundsMs,
    windowMs: WINDOW_MS,
    stable: samplesOf([...baseline, ...stable], START_MS - baseline.length * WINDOW_MS),
    candidate: samplesOf(candidate),
  }
}

/** The span of a comparison of so many windows. */
export function spanOf(windows: number): { readonly startMs: number; readonly endMs: number } {
  return { startMs: START_MS, endMs: START_MS + windows * WINDOW_MS }
}

export function times<T>(count: number, value: T): readonly T[] {
  return Array.from({ length: count }, () => value)
}
