import type {
  Comparison,
  MeasurementQuery,
  Sample,
  Series,
} from '../../../core/model/measurements/measurement.ts'
import { canonical, type JsonObject, textIn } from '../../../core/model/values/json.ts'
import type { PrometheusQuery } from '../../../core/rollout/providers/prometheus.ts'
import { NoData } from '../no-data.ts'
import { type Grid, lengthOf, placeOf } from '../series.ts'

/** One time series of a range query: its labels, `__name__` among them, and its points. */
export interface RawSeries {
  readonly labels: JsonObject
  readonly points: readonly (readonly [atMs: number, value: number])[]
}

/** A counter over the whole grid, and where the server knew it. */
interface Counter {
  readonly labels: JsonObject
  readonly totals: readonly number[]
  readonly isSeen: readonly boolean[]
  /** The first and the last place where it was seen; -1 = nowhere. */
  readonly firstAt: number
  readonly lastAt: number
}

interface Sides extends Pick<Comparison, 'stable' | 'candidate'> {
  readonly onMissing?: MeasurementQuery['onMissing'] | undefined
}

/** The counters of both sides, summed over the instances of each, from the raw series of one range query. */
export function seriesFrom(
  raw: readonly RawSeries[],
  query: PrometheusQuery,
  { stable, candidate, onMissing }: Sides,
  grid: Grid,
): Series {
  const counters = oncePerPair(raw, query.replicaLabel).map((one) => counterOf(one, grid))
  const isNamed = (name: string | undefined) => (one: Counter) => one.labels.__name__ === name
  const requests = counters.filter(isNamed(query.requests))
  const isZero = onMissing === 'zero'
  const errors = errorsOf(counters, requests, query, isZero)
  const buckets =
    query.histogram === undefined ? [] : counters.filter(isNamed(`${query.histogram}_bucket`))
  const bounds = boundsOf(buckets)
  const sideOf = (deployment: string): Sample[] => {
    const isOf = (one: Counter) => one.labels[query.deploymentLabel] === deployment
    const own = buckets.filter(isOf)
    const within = bounds.map(({ le }) => own.filter((one) => le.has(textIn(one.labels.le))))
    const side = { requests: requests.filter(isOf), errors: errors.filter(isOf), within }
    return samplesOf(side, grid, isZero ? requests : [])
  }
  return {
    boundsMs: bounds.map(({ boundMs }) => boundMs),
    windowMs: grid.windowMs,
    stable: sideOf(stable),
    candidate: sideOf(candidate),
  }
}

/**
 * Of series that differ in the scraping server alone, the one with the most points: each of them is the whole count. To take
 * points of both would show falls, which are read as new beginnings.
 */
function oncePerPair(raw: readonly RawSeries[], replicaLabel: string): readonly RawSeries[] {
  const fullest = new Map<string, RawSeries>()
  for (const one of raw) {
    const { [replicaLabel]: _, ...labels } = one.labels
    const key = canonical(labels)
    const before = fullest.get(key)
    if (before === undefined || one.points.length > before.points.length) fullest.set(key, one)
  }
  return [...fullest.values()]
}

/**
 * The growth of one counter as Prometheus itself reckons it: a fall is a new beginning at zero. A counter that appears
 * within the range began in it; one that is missing for a while has not moved.
 */
function counterOf({ labels, points }: RawSeries, grid: Grid): Counter {
  const values = new Array<number | undefined>(lengthOf(grid)).fill(undefined)
  for (const [atMs, value] of points) {
    const place = placeOf(grid, atMs)
    if (place === undefined)
      throw new NoData('WrongTime', 'The answer has samples of times that were not asked for.')
    if (!Number.isFinite(value) || value < 0)
      throw new NoData('NotANumber', 'A counter has a sample that is no count.')
    values[place] = value
  }
  const isSeen = values.map((value) => value !== undefined)
  let offset = 0
  let last = 0
  const totals = values.map((value = last) => {
    if (value < last) offset += last
    last = value
    return offset + last
  })
  return { labels, totals, isSeen, firstAt: isSeen.indexOf(true), lastAt: isSeen.lastIndexOf(true) }
}

/**
 * The counters of failures. That there are none to look at does not mean that there were no failures (INVARIANTS S21),
 * unless whoever made the counters says that they begin with the first one (`onMissing: zero`).
 */
function errorsOf(
  counters: readonly Counter[],
  requests: readonly Counter[],
  { errors }: PrometheusQuery,
  isZero: boolean,
): readonly Counter[] {
  if (errors === undefined) throw new NoData('NoErrors', 'The query does not say what errors are.')
  if ('metric' in errors) {
    const found = counters.filter((one) => one.labels.__name__ === errors.metric)
    if (found.length > 0 || requests.length === 0 || isZero) return found
    throw new NoData('NoErrors', `No series of ${errors.metric} was found; it has to begin at 0.`)
  }
  if (!isZero && requests.some((one) => one.labels[errors.label] === undefined))
    throw new NoData('NoErrors', `The requests have no label ${errors.label} to tell errors by.`)
  return requests.filter((one) => errors.values.includes(textIn(one.labels[errors.label])))
}

interface Bound {
  readonly boundMs: number
  /** The texts of the label, which servers write differently: 0.1, 1e-1. */
  readonly le: ReadonlySet<string>
}

/** Bounds that every histogram has, ascending: a bound that some lack would count only a part. */
function boundsOf(buckets: readonly Counter[]): readonly Bound[] {
  const histograms = new Map<string, Map<number, string>>()
  for (const { labels } of buckets) {
    const { le, ...others } = labels
    const boundMs = Number((Number(le) * 1000).toPrecision(12))
    const key = canonical(others)
    const bounds = histograms.get(key) ?? new Map<number, string>()
    if (Number.isFinite(boundMs) && boundMs > 0) bounds.set(boundMs, textIn(le))
    histograms.set(key, bounds)
  }
  const all = [...histograms.values()]
  const common = [...(all[0]?.keys() ?? [])].filter((bound) => all.every((one) => one.has(bound)))
  return common
    .sort((a, b) => a - b)
    .map((boundMs) => ({ boundMs, le: new Set(all.map((one) => one.get(boundMs) ?? '')) }))
}

/**
 * A sample wherever any counter of requests was seen; and where the side has none, wherever one of `others` was seen, and
 * its own stood still.
 */
function samplesOf(
  side: {
    readonly requests: readonly Counter[]
    readonly errors: readonly Counter[]
    readonly within: readonly (readonly Counter[])[]
  },
  grid: Grid,
  others: readonly Counter[],
): Sample[] {
  const samples: Sample[] = []
  for (let place = 0; place < lengthOf(grid); place += 1) {
    const isSeen = (one: Counter) => one.isSeen[place] === true
    const isZero = others.some(isSeen) && side.requests.every((one) => stoodStill(one, place))
    if (!side.requests.some(isSeen) && !isZero) continue
    const requests = sumAt(side.requests, place)
    samples.push({
      at: grid.fromMs + place * grid.windowMs,
      requests,
      errors: partOf(sumAt(side.errors, place), requests),
      ...(side.within.length > 0 && {
        within: side.within.map((one) => partOf(sumAt(one, place), requests)),
      }),
    })
  }
  return samples
}

/** A counter that is not seen here has not moved: it has not begun, or is the same where it is seen again, or never is. */
function stoodStill({ isSeen, totals, firstAt, lastAt }: Counter, place: number): boolean {
  if (place < firstAt || place > lastAt) return true
  return totals[isSeen.indexOf(true, place)] === totals[place]
}

function sumAt(counters: readonly Counter[], place: number): number {
  let sum = 0
  for (const { totals } of counters) sum += totals[place] ?? 0
  return sum
}

/** A process counts twice for one request, and a scrape may fall in between; what is more than that stays a contradiction. */
function partOf(part: number, whole: number): number {
  return part > whole && part <= whole * 1.01 + 10 ? whole : part
}
