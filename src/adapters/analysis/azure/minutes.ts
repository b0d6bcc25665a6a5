import type { Metric } from '@azure/monitor-query-metrics'
import type { Sample } from '../../../core/model/measurements/measurement.ts'
import { NoData } from '../no-data.ts'
import { type Grid, lengthOf } from '../series.ts'
import { MINUTE_MS } from './azure-service.ts'
import { isFailure } from './failures.ts'

/** By the minute's beginning in milliseconds. A minute of which Azure says nothing is not there. */
export type Minutes = ReadonlyMap<number, { readonly requests: number; readonly errors: number }>

/** The minutes of one deployment, summed over its statuses. */
export function minutesOf({ timeseries }: Metric, deployment: string): Minutes {
  const minutes = new Map<number, { requests: number; errors: number }>()
  for (const series of timeseries) {
    const dimensions = dimensionsOf(series)
    if (dimensions.get('deployment') !== deployment.toLowerCase()) continue
    const isError = isFailure(Number(dimensions.get('statuscode') ?? 200))
    for (const [at, count] of countsOf(series)) {
      const minute = minutes.get(at) ?? { requests: 0, errors: 0 }
      minute.requests += count
      if (isError) minute.errors += count
      minutes.set(at, minute)
    }
  }
  return minutes
}

type TimeSeries = Metric['timeseries'][number]

function dimensionsOf({ metadatavalues = [] }: TimeSeries): ReadonlyMap<string, string> {
  return new Map(
    metadatavalues.map(({ name, value }) => [bare(name ?? ''), (value ?? '').toLowerCase()]),
  )
}

function countsOf({ data = [] }: TimeSeries): (readonly [atMs: number, count: number])[] {
  const known = data.filter(({ average }) => average !== undefined && average !== null)
  return known.map(({ timeStamp, average }) => {
    const at = timeStamp.getTime()
    if (Number.isFinite(at) && typeof average === 'number' && average >= 0 && average < 1e15)
      return [at, average]
    throw new NoData('NotANumber', 'Azure Monitor gave a minute that is no count of a time.')
  })
}

/** Shown names of dimensions may be spelt apart: `Status Code`. */
function bare(name: string): string {
  return name.replaceAll(/[^a-zA-Z]/g, '').toLowerCase()
}

export function sumOf(minutes: Minutes): number {
  let sum = 0
  for (const { requests } of minutes.values()) sum += requests
  return sum
}

/** Also the minutes in which the other deployment was counted, and this one was not: it had no requests then. */
export function zeroFilled(own: Minutes, other: Minutes): Minutes {
  const filled = new Map(own)
  for (const at of other.keys()) if (!own.has(at)) filled.set(at, { requests: 0, errors: 0 })
  return filled
}

/**
 * Counters since the grid's first instant; a window with a minute that is missing has no sample at its end. Azure's
 * averages of a minute are counts; should they be split ones, the sum is rounded.
 */
export function samplesOf(minutes: Minutes, grid: Grid): Sample[] {
  if (minutes.size === 0) return []
  const samples: Sample[] = []
  let requests = 0
  let errors = 0
  let nextMs = minuteOf(grid.fromMs)
  for (let place = 0; place < lengthOf(grid); place += 1) {
    const at = grid.fromMs + place * grid.windowMs
    let isWhole = true
    for (; nextMs + MINUTE_MS <= at; nextMs += MINUTE_MS) {
      const minute = minutes.get(nextMs)
      isWhole &&= minute !== undefined
      requests += minute?.requests ?? 0
      errors += minute?.errors ?? 0
    }
    if (isWhole) samples.push({ at, requests: Math.round(requests), errors: Math.round(errors) })
  }
  return samples
}

function minuteOf(ms: number): number {
  return Math.floor(ms / MINUTE_MS) * MINUTE_MS
}
