import type { Sample, Series } from '../../../src/core/model/measurements/measurement.ts'
import { BASELINE_WINDOWS, WINDOW_S } from './scenarios.ts'
import type { Stream } from './stream.ts'

export const WINDOW_MS = WINDOW_S * 1000

/** The start of a run on the clock. */
export const START_MS = 1_700_000_000_000

/** A run as a provider would tell it: monotone counters of both sides. */
export function seriesOf(stream: Stream): Series {
  return {
    boundsMs: [],
    windowMs: WINDOW_MS,
    stable: samplesOf(stream.stableRequests, stream.stableErrors),
    candidate: samplesOf(stream.candidateRequests, stream.candidateErrors),
  }
}

function samplesOf(requests: Int32Array, errors: Int32Array): readonly Sample[] {
  const firstMs = START_MS - BASELINE_WINDOWS * WINDOW_MS
  let sample: Sample = { at: firstMs, requests: 0, errors: 0 }
  const samples = [sample]
  for (let place = 0; place < requests.length; place += 1) {
    sample = {
      at: firstMs + (place + 1) * WINDOW_MS,
      requests: sample.requests + (requests[place] as number),
      errors: sample.errors + (errors[place] as number),
    }
    samples.push(sample)
  }
  return samples
}
