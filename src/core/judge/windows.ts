import type { Sample, Series } from '../model/measurements/measurement.ts'

/** What one side counted between two instants. */
export interface Delta {
  readonly requests: number
  readonly errors: number
  /** Requests that took at most the bound of the same place; [] when the samples have no histogram. */
  readonly within: readonly number[]
}

/** Between two neighbouring samples. A side is absent when it has no usable samples at both ends. */
export interface Window {
  readonly startMs: number
  readonly endMs: number
  readonly stable?: Delta
  readonly candidate?: Delta
}

/**
 * Cuts a series into windows, in order of time: one wherever two instants lie `windowMs` apart. Order and repetitions of
 * samples do not matter; a repetition that disagrees with the first makes its instant unusable, as does a number that is
 * no count.
 */
export function windowsOf(series: Series): readonly Window[] {
  const windows = cut.get(series) ?? fresh(series)
  cut.set(series, windows)
  return windows
}

// A series is a value, and is judged by several checks.
const cut = new WeakMap<Series, readonly Window[]>()

function fresh(series: Series): readonly Window[] {
  const bounds = series.boundsMs.length
  const stable = byInstant(series.stable, bounds)
  const candidate = byInstant(series.candidate, bounds)
  const instants = [...new Set([...stable.keys(), ...candidate.keys()])].sort((a, b) => a - b)
  const known = new Set(instants)
  const windows: Window[] = []
  for (const startMs of instants) {
    const endMs = startMs + series.windowMs
    if (!known.has(endMs)) continue
    const before = delta(stable.get(startMs), stable.get(endMs))
    const after = delta(candidate.get(startMs), candidate.get(endMs))
    windows.push({
      startMs,
      endMs,
      ...(before === undefined ? {} : { stable: before }),
      ...(after === undefined ? {} : { candidate: after }),
    })
  }
  return windows
}

/** Samples by their instant; undefined where they are unusable. */
function byInstant(samples: readonly Sample[], bounds: number): Map<number, Sample | undefined> {
  const found = new Map<number, Sample | undefined>()
  for (const sample of samples) {
    if (!Number.isFinite(sample.at)) continue
    const isUsable =
      isCounter(sample, bounds) && (!found.has(sample.at) || isSame(found.get(sample.at), sample))
    found.set(sample.at, isUsable ? sample : undefined)
  }
  return found
}

function isCounter({ requests, errors, within = [] }: Sample, bounds: number): boolean {
  if (!isCount(requests) || !isCount(errors) || errors > requests) return false
  if (within.length !== 0 && within.length !== bounds) return false
  return isCumulative(within, requests)
}

function isCount(count: number): boolean {
  return Number.isFinite(count) && count >= 0
}

/** Counts, cumulative over ascending bounds, and never more than all requests. */
function isCumulative(within: readonly number[], requests: number): boolean {
  let before = 0
  // By place: an iterator puts every number into an object of its own, and there are many.
  for (let place = 0; place < within.length; place += 1) {
    const count = within[place] as number
    // Also when it is NaN.
    if (!(count >= before)) return false
    before = count
  }
  return before <= requests
}

function isSame(a: Sample | undefined, b: Sample): boolean {
  const within = b.within ?? []
  return (
    a !== undefined &&
    a.requests === b.requests &&
    a.errors === b.errors &&
    (a.within ?? []).length === within.length &&
    within.every((count, place) => count === a.within?.[place])
  )
}

/** Undefined when a sample is missing, or when a counter fell: it began anew in between, nobody knows from what. */
function delta(start: Sample | undefined, end: Sample | undefined): Delta | undefined {
  if (start === undefined || end === undefined) return undefined
  const requests = end.requests - start.requests
  const errors = end.errors - start.errors
  const from = start.within ?? []
  const to = end.within ?? []
  if (from.length !== to.length) return undefined
  const within = to.map((count, place) => count - (from[place] as number))
  // Cumulative counts end at the requests: these are not negative then.
  const isSound = errors >= 0 && errors <= requests && isCumulative(within, requests)
  return isSound ? { requests, errors, within } : undefined
}
