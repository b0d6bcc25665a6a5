import type { Json, JsonObject } from '../core/contract.ts'
import type { Samples } from '../scoring/counters/track.ts'
import {
  type Asked,
  badRequest,
  endpointsId,
  type MonitorOptions,
  notImplemented,
  Refusal,
  seriesFor,
} from './service.ts'

const NAMESPACE = 'Microsoft.MachineLearningServices/workspaces/onlineEndpoints'
const REQUESTS = 'RequestsPerMinute'
const QUANTILES: Readonly<Record<string, number>> = {
  RequestLatency_P50: 0.5,
  RequestLatency_P90: 0.9,
  RequestLatency_P95: 0.95,
  RequestLatency_P99: 0.99,
}
const MINUTE_MS = 60_000

/** The history keeps failures together, whatever their status: they are shown as the commonest, a model's own failure. */
const FAILURE = '424'

/** `metrics:getBatch` for one endpoint: metrics of the minute by deployment, requests also by status (FACTS 8). */
export function answerMetrics(options: MonitorOptions, asked: Asked): Json {
  const { parameters } = asked
  expect(parameters, 'api-version', ['2024-02-01', '2023-10-01'])
  expect(parameters, 'metricnamespace', [NAMESPACE])
  expect(parameters, 'interval', ['PT1M'])
  expect(parameters, 'aggregation', ['average'])
  const resource = resourceOf(options, asked)
  const names = namesIn(parameters)
  const filter = filterIn(parameters.get('filter') ?? '')
  const range = rangeOf(parameters)
  const endpoint = resource.split('/').at(-1) ?? ''
  const { boundsMs, deployments } = seriesFor(options, {
    ...{ endpoint, windowMs: MINUTE_MS },
    ...range,
  })
  const minutes = Object.entries(deployments)
    .filter(([name]) => filter.deployments.includes(name.toLowerCase()))
    .map(([deployment, samples]) => ({ deployment, minutes: minutesOf(samples), boundsMs }))
  return {
    values: [
      {
        starttime: iso(range.fromMs),
        endtime: iso(range.toMs),
        interval: 'PT1M',
        namespace: NAMESPACE,
        resourceid: resource,
        value: names.map((name) => metric(resource, name, minutes, { ...filter, ...range })),
      },
    ],
  }
}

function expect(parameters: URLSearchParams, name: string, known: readonly string[]): void {
  const value = parameters.get(name) ?? ''
  if (known.some((one) => one.toLowerCase() === value.toLowerCase())) return
  if (value === '') throw badRequest(`The parameter ${name} is missing.`)
  throw notImplemented(`${name}=${value.slice(0, 100)}`)
}

function resourceOf(options: MonitorOptions, { id, body }: Asked): string {
  const { resourceids } = body
  const [resource, ...others] = Array.isArray(resourceids) ? resourceids : []
  if (typeof resource !== 'string') throw badRequest('The body must be {"resourceids": ["<id>"]}.')
  if (others.length > 0) throw notImplemented('more than one resource in a batch')
  const own = `${endpointsId(options)}/`.toLowerCase()
  const isOwn = resource.toLowerCase().startsWith(own) && !resource.slice(own.length).includes('/')
  if (isOwn && resource.split('/')[2]?.toLowerCase() === id.toLowerCase()) return resource
  throw new Refusal(404, 'ResourceNotFound', 'The resource is no endpoint of this workspace.')
}

function namesIn(parameters: URLSearchParams): readonly string[] {
  const names = (parameters.get('metricnames') ?? '').split(',')
  const known = [REQUESTS, ...Object.keys(QUANTILES)]
  return names.map((name) => {
    const found = known.find((one) => one.toLowerCase() === name.trim().toLowerCase())
    if (found === undefined) throw notImplemented(`the metric ${name.slice(0, 100)}`)
    return found
  })
}

interface Filter {
  readonly deployments: readonly string[]
  readonly byStatus: boolean
}

/** `deployment eq 'a' or deployment eq 'b' and statusCode eq '*'`, and nothing else. */
function filterIn(text: string): Filter {
  const [wanted = '', ...rest] = text.split(/ and /i)
  const names = wanted
    .split(/ or /i)
    .map((one) => /^deployment eq '([^']*)'$/i.exec(one.trim())?.[1])
  const byStatus = rest.length === 1 && /^statusCode eq '\*'$/i.test(rest[0]?.trim() ?? '')
  if (names.every((name) => name !== undefined) && (rest.length === 0 || byStatus))
    return { deployments: names.map((name) => name.toLowerCase()), byStatus }
  throw notImplemented(`the filter ${text.slice(0, 200)}`)
}

/** Whole minutes, as the service rounds them. */
function rangeOf(parameters: URLSearchParams): { readonly fromMs: number; readonly toMs: number } {
  const [fromMs = Number.NaN, toMs = Number.NaN] = ['starttime', 'endtime'].map((name) => {
    const atMs = Date.parse(parameters.get(name) ?? '')
    return Math.floor(atMs / MINUTE_MS) * MINUTE_MS
  })
  if (!(toMs > fromMs)) throw badRequest('starttime and endtime must be times, in their order.')
  return { fromMs, toMs }
}

/** What one deployment was asked in one minute. */
interface Minute {
  readonly requests: number
  readonly errors: number
  /** By bound of the history: requests that took at most so long. */
  readonly within: readonly number[]
}

interface Measured {
  readonly deployment: string
  readonly minutes: ReadonlyMap<number, Minute>
  readonly boundsMs: readonly number[]
}

/** Minutes that are over, by their beginning. */
function minutesOf({ at, requests, errors, within }: Samples): ReadonlyMap<number, Minute> {
  const minutes = new Map<number, Minute>()
  for (let place = 1; place < at.length; place += 1) {
    const grown = (counts: readonly number[]) => (counts[place] ?? 0) - (counts[place - 1] ?? 0)
    const before = within[place - 1] ?? []
    minutes.set(at[place - 1] ?? 0, {
      requests: grown(requests),
      errors: grown(errors),
      within: (within[place] ?? []).map((count, bound) => count - (before[bound] ?? 0)),
    })
  }
  return minutes
}

function metric(
  resource: string,
  name: string,
  measured: readonly Measured[],
  query: Filter & { readonly fromMs: number; readonly toMs: number },
): JsonObject {
  const quantile = QUANTILES[name]
  if (quantile !== undefined && query.byStatus)
    throw badRequest(`${name} has no dimension statusCode.`)
  const series = measured.flatMap((one) => {
    const all = (read: (minute: Minute) => number | undefined, status?: string) =>
      timeSeries(one, query, read, status)
    if (quantile !== undefined) return [all((minute) => quantileOf(minute, one.boundsMs, quantile))]
    if (!query.byStatus) return [all(({ requests }) => requests)]
    const hasErrors = [...one.minutes.values()].some(({ errors }) => errors > 0)
    return [
      all(({ requests, errors }) => requests - errors, '200'),
      ...(hasErrors ? [all(({ errors }) => errors, FAILURE)] : []),
    ]
  })
  return {
    id: `${resource}/providers/Microsoft.Insights/metrics/${name}`,
    type: 'Microsoft.Insights/metrics',
    name: { value: name, localizedValue: name },
    unit: quantile === undefined ? 'Count' : 'MilliSeconds',
    timeseries: series,
    errorCode: 'Success',
  }
}

/** One value a minute; a minute of which nothing is known has only its time. */
function timeSeries(
  { deployment, minutes }: Measured,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  read: (minute: Minute) => number | undefined,
  status?: string,
): JsonObject {
  const dimension = (name: string, value: string) => ({
    name: { value: name, localizedValue: name },
    value,
  })
  const data: JsonObject[] = []
  for (let at = fromMs; at < toMs; at += MINUTE_MS) {
    const minute = minutes.get(at)
    const average = minute === undefined ? undefined : read(minute)
    data.push({ timeStamp: iso(at), ...(average === undefined ? {} : { average }) })
  }
  const statuses = status === undefined ? [] : [dimension('statuscode', status)]
  return { metadatavalues: [dimension('deployment', deployment), ...statuses], data }
}

/** Straight between the bounds on both sides of the quantile; undefined = nobody asked. */
function quantileOf(
  { requests, within }: Minute,
  boundsMs: readonly number[],
  quantile: number,
): number | undefined {
  if (requests === 0) return undefined
  const wanted = quantile * requests
  const place = within.findIndex((count) => count >= wanted)
  const [above, below] = [boundsMs[place], boundsMs[place - 1] ?? 0]
  if (above === undefined) return boundsMs.at(-1)
  const fewer = within[place - 1] ?? 0
  return below + ((above - below) * (wanted - fewer)) / ((within[place] ?? 0) - fewer)
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
