import type { MeasurementQuery, Sample, Series } from '../../core/model/measurements/measurement.ts'
import { NoData } from './no-data.ts'

/** Instants fromMs + k·windowMs up to toMs; the recorded start is one of them. */
export interface Grid {
  readonly fromMs: number
  readonly toMs: number
  readonly windowMs: number
}

/** What a server gives at most for one series (Prometheus' own limit). */
const INSTANTS_MAX = 11_000

/** From the baseline's first instant to the last one whose counts will not grow any more. */
export function gridOf(
  { about, windowMs }: MeasurementQuery,
  graceMs: number,
  nowMs: number,
): Grid {
  const fromMs = about.startMs - Math.floor(about.baselineMs / windowMs) * windowMs
  const finalMs = Math.min(about.endMs, nowMs - graceMs)
  const windows = Math.floor((finalMs - fromMs) / windowMs)
  if (!(windows >= 0))
    throw new NoData('TooEarly', `Counts are final ${graceMs} ms after a window ends.`)
  if (windows >= INSTANTS_MAX)
    throw new NoData(
      'TooManyWindows',
      `Windows of ${windowMs} ms are more than ${INSTANTS_MAX} by now; choose longer ones.`,
    )
  return { fromMs, toMs: fromMs + windows * windowMs, windowMs }
}

/** How many instants the grid has. */
export function lengthOf({ fromMs, toMs, windowMs }: Grid): number {
  return Math.round((toMs - fromMs) / windowMs) + 1
}

/** The place on the grid of an instant that a provider names; undefined = it is not on it. */
export function placeOf({ fromMs, toMs, windowMs }: Grid, atMs: number): number | undefined {
  const place = Math.round((atMs - fromMs) / windowMs)
  const isOn = Math.abs(fromMs + place * windowMs - atMs) <= 1 && place >= 0 && atMs <= toMs + 1
  return isOn ? place : undefined
}

/**
 * The series when it is one: nothing that is not a count, or is more than what it is a part of (ATTACKS 62). A counter that
 * fell began anew in between: the judge leaves that window out (CANARY 4), and goes on with the others.
 */
export function checked(series: Series): Series {
  const { boundsMs, stable, candidate } = series
  if (stable.length + candidate.length === 0)
    throw new NoData('Empty', 'The provider knows nothing of the two deployments in that time.')
  if (!boundsMs.every((bound, place) => bound > (boundsMs[place - 1] ?? 0)))
    throw inconsistent('the bounds of its histogram do not ascend')
  for (const samples of [stable, candidate]) {
    let before: Sample | undefined
    for (const sample of samples) {
      checkSample(sample, boundsMs.length)
      if (before !== undefined) checkOrder(before, sample)
      before = sample
    }
  }
  return series
}

function checkSample({ at, requests, errors, within = [] }: Sample, bounds: number): void {
  if (!Number.isFinite(at) || !areCounts(within) || !isCount(errors) || !isCount(requests))
    throw new NoData('NotANumber', 'The provider gave something that is no count.')
  if (within.length !== 0 && within.length !== bounds)
    throw inconsistent('a sample has other bounds than the series')
  if (errors > requests) throw inconsistent('there are more errors than requests')
  if (!ascends(within) || requests < (within.at(-1) ?? 0))
    throw inconsistent('its histogram is not cumulative')
}

function isCount(count: number): boolean {
  return Number.isFinite(count) && count >= 0
}

// By place: there are a hundred numbers in a sample, and a thousand samples in a series; an iterator makes an object of each.
function areCounts(counts: readonly number[]): boolean {
  for (let place = 0; place < counts.length; place += 1)
    if (!isCount(counts[place] as number)) return false
  return true
}

function ascends(counts: readonly number[]): boolean {
  for (let place = 1; place < counts.length; place += 1)
    if ((counts[place] as number) < (counts[place - 1] as number)) return false
  return true
}

function checkOrder(before: Sample, after: Sample): void {
  if (!(after.at > before.at)) throw inconsistent('its samples are not in order of time')
}

function inconsistent(what: string): NoData {
  return new NoData('Inconsistent', `The counters of the provider contradict each other: ${what}.`)
}
