import type { Delta } from './windows.ts'

const QUANTILES = [0.5, 0.9, 0.99] as const

/** Fewer requests do not tell where a ninety-ninth percentile is. */
const BASELINE_REQUESTS = 100

/** Fewer exceedances do not tell that a threshold is not exceeded more often. */
const BASELINE_EXCEEDANCES = 10

/** A bound of the histogram that latency is counted against. */
export interface Threshold {
  readonly place: number
  readonly boundMs: number
  /** Whether stable exceeded it often enough before the start for a pass to rest on it. */
  readonly isCommon: boolean
}

export interface Frozen {
  /** Ascending, each bound once. */
  readonly thresholds: readonly Threshold[]
  /** Where in `thresholds` the one nearest to the ninetieth percentile is. */
  readonly middle: number
}

/**
 * Thresholds frozen from what stable did before the start: for p50, p90 and p99 the bound whose share of slower requests
 * is nearest (in log-odds, since 1 % and 3 % are further apart than 50 % and 55 %), and the bound nearest to `sloMs`.
 * Undefined when there was too little before the start.
 */
export function freeze(
  boundsMs: readonly number[],
  baseline: readonly Delta[],
  sloMs: number | undefined,
): Frozen | undefined {
  let requests = 0
  for (const delta of baseline) requests += delta.requests
  if (requests < BASELINE_REQUESTS) return undefined
  const above = boundsMs.map((_, place) => {
    let count = 0
    for (const delta of baseline) count += delta.requests - (delta.within[place] as number)
    return count
  })
  const odds = above.map((count) => Math.log((count + 0.5) / (requests - count + 0.5)))
  const places = QUANTILES.map((quantile) => nearest(odds, Math.log((1 - quantile) / quantile)))
  const slo = sloMs === undefined ? [] : [nearest(boundsMs, sloMs)]
  const distinct = [...new Set([...places, ...slo])].sort((a, b) => a - b)
  return {
    thresholds: distinct.map((place) => ({
      place,
      boundMs: boundsMs[place] as number,
      isCommon: (above[place] as number) >= BASELINE_EXCEEDANCES,
    })),
    middle: distinct.indexOf(places[1] as number),
  }
}

/** The place of the nearest number; the first of several. */
function nearest(numbers: readonly number[], wanted: number): number {
  let best = 0
  for (const [place, number] of numbers.entries()) {
    if (Math.abs(number - wanted) < Math.abs((numbers[best] as number) - wanted)) best = place
  }
  return best
}
