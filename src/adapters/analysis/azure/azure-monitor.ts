import {
  bearerTokenAuthenticationPolicyName,
  proxyPolicyName,
  redirectPolicyName,
} from '@azure/core-rest-pipeline'
import { type Metric, MetricsClient, type MetricsQueryResult } from '@azure/monitor-query-metrics'
import { AZURE_CLOUDS, isHostOf, tokenScopeOf } from '../../../core/model/azure-cloud.ts'
import type { Comparison, MeasurementQuery } from '../../../core/model/measurements/measurement.ts'
import {
  type AzureMonitorQuery,
  azureMonitor,
} from '../../../core/rollout/providers/azure-monitor.ts'
import { addPolicies, signalPolicy } from '../http/pipeline.ts'
import { type Ask, type Found, NoData } from '../no-data.ts'
import { checked, gridOf } from '../series.ts'
import {
  type AzureProviderOptions,
  type AzureSettings,
  endpointId,
  MINUTE_MS,
  notConfigured,
  serviceOrigin,
} from './azure-service.ts'
import { type Minutes, minutesOf, samplesOf, sumOf, zeroFilled } from './minutes.ts'

const NAMESPACE = 'Microsoft.MachineLearningServices/workspaces/onlineEndpoints'
const REQUESTS = 'RequestsPerMinute'

/** Series per metric: deployments times statuses. Without a number Azure gives the first ten. */
const SERIES_MAX = 200

/** An endpoint's metrics of the minute, by Microsoft's client for their data plane (FACTS 8). */
export function openAzureMonitor(options: AzureProviderOptions): Ask {
  return async (question, signal, tell) => {
    const { azure } = options
    const { metricsSuffix } = azure?.cloud ?? AZURE_CLOUDS.public
    const address = azure?.metricsUrl ?? (await regionalAddress(azure, metricsSuffix, signal))
    if (azure === undefined || address === undefined)
      throw notConfigured(`VERDIGRIS_AZURE_MONITOR_URL (https://{region}.${metricsSuffix})`)
    const { origin } = serviceOrigin(address, ({ hostname }) =>
      isHostOf(hostname, metricsSuffix, [1, 1]),
    )
    const service = { origin, scope: tokenScopeOf(`https://${metricsSuffix}`) }
    const client = clientOf(azure, service, options, signal)
    const resource = endpointId(azure, question.about.endpoint)
    const ask = (names: readonly string[], range: Range, filter: string) => {
      tell({ query: queryText(resource, names, filter), ...range })
      return askFor(client, [resource, names, range, filter])
    }
    const nowMs = options.clock.now()
    return question.wants === 'series'
      ? counters(question, ask, nowMs)
      : number(question, ask, nowMs)
  }
}

/** The service of the workspace's own region; undefined where that is not said. */
async function regionalAddress(
  azure: AzureSettings | undefined,
  metricsSuffix: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (azure?.region === undefined) return undefined
  const region = await azure.region(signal).catch(() => {
    throw new NoData('Unavailable', 'The region of the workspace could not be read.')
  })
  // ARM knows a region by its name and by the one that is shown, `Norway East`.
  return `https://${region.toLowerCase().replaceAll(/[^a-z0-9]/g, '')}.${metricsSuffix}`
}

type Query = (names: readonly string[], range: Range, filter: string) => Promise<MetricsQueryResult>

/** Whole minutes: the end is not part of it. */
interface Range {
  readonly fromMs: number
  readonly toMs: number
}

function clientOf(
  { credential }: AzureSettings,
  { origin, scope }: { readonly origin: string; readonly scope: string },
  { httpClient, bodyBytesMax, clock }: AzureProviderOptions,
  signal: AbortSignal,
): MetricsClient {
  const isLocal = origin.startsWith('http:')
  const client = new MetricsClient(origin, credential, {
    httpClient,
    allowInsecureConnection: isLocal,
  })
  const { pipeline } = client
  // One request a question, to one host; and Microsoft's policy of tokens refuses http even on loopback.
  pipeline.removePolicy({ name: redirectPolicyName })
  pipeline.removePolicy({ phase: 'Retry' })
  pipeline.removePolicy({ name: bearerTokenAuthenticationPolicyName })
  if (isLocal) pipeline.removePolicy({ name: proxyPolicyName })
  // Its options have no place for a signal.
  pipeline.addPolicy(signalPolicy(signal))
  addPolicies(pipeline, { origin, scope, credential, bodyBytesMax, now: clock.now })
  return client
}

/** What the service takes in parts, as one text. */
function queryText(resource: string, names: readonly string[], filter: string): string {
  return `${names.join(', ')} (average, PT1M) of ${resource} where ${filter}`
}

async function askFor(
  client: MetricsClient,
  [resource, names, { fromMs, toMs }, filter]: [string, readonly string[], Range, string],
): Promise<MetricsQueryResult> {
  const answers = await client.queryResources([resource], [...names], NAMESPACE, {
    startTime: new Date(fromMs),
    endTime: new Date(toMs),
    interval: 'PT1M',
    aggregation: 'average',
    filter,
    top: SERIES_MAX,
  })
  const [answer] = answers
  if (answer === undefined) throw new NoData('Empty', 'Azure Monitor gave no metrics.')
  return answer
}

/**
 * Requests by status, minute by minute, as counters since the grid's beginning. Minutes are Azure's: a sample counts
 * the whole minutes before its instant, on both sides alike.
 */
async function counters(question: MeasurementQuery, ask: Query, nowMs: number): Promise<Found> {
  const { stable, candidate } = question.about
  const grid = gridOf(question, azureMonitor.graceMs, nowMs)
  const filter = `deployment eq '${stable}' or deployment eq '${candidate}' and statusCode eq '*'`
  const range = { fromMs: minuteOf(grid.fromMs), toMs: minuteOf(grid.toMs) }
  if (range.toMs === range.fromMs) throw new NoData('TooEarly', 'No minute has passed yet.')
  const metric = metricOf(await ask([REQUESTS], range, filter), REQUESTS)
  const [before, after] = [minutesOf(metric, stable), minutesOf(metric, candidate)]
  const isZero = question.onMissing === 'zero'
  const sideOf = (own: Minutes, other: Minutes) =>
    samplesOf(isZero ? zeroFilled(own, other) : own, grid)
  const series = { stable: sideOf(before, after), candidate: sideOf(after, before) }
  return { is: 'series', series: checked({ boundsMs: [], windowMs: grid.windowMs, ...series }) }
}

/** One metric of the candidate over the last minutes, and the requests in them. */
async function number(question: MeasurementQuery, ask: Query, nowMs: number): Promise<Found> {
  const name = (question.query as AzureMonitorQuery).metric ?? REQUESTS
  const { fromMs, toMs } = lastMinutes(question.about, question.windowMs, nowMs)
  const filter = `deployment eq '${question.about.candidate}'`
  const names = name === REQUESTS ? [REQUESTS] : [name, REQUESTS]
  const answer = await ask(names, { fromMs, toMs }, filter)
  const minutesFor = (metric: string): Minutes =>
    minutesOf(metricOf(answer, metric), question.about.candidate)
  const values = [...minutesFor(name).values()].map(({ requests }) => requests)
  if (values.length === 0) throw new NoData('Empty', `Azure Monitor has no ${name} of that time.`)
  const requests = sumOf(minutesFor(REQUESTS))
  // Percentiles do not add up: the worst minute speaks for all.
  const value = name === REQUESTS ? requests / values.length : Math.max(...values)
  return { is: 'value', value, requests: Math.round(requests), at: toMs }
}

function lastMinutes({ endMs }: Comparison, windowMs: number, nowMs: number): Range {
  const toMs = minuteOf(Math.min(endMs, nowMs - azureMonitor.graceMs))
  return { fromMs: toMs - Math.max(MINUTE_MS, minuteOf(windowMs)), toMs }
}

function minuteOf(ms: number): number {
  return Math.floor(ms / MINUTE_MS) * MINUTE_MS
}

function metricOf({ metrics }: MetricsQueryResult, name: string): Metric {
  // The client gives the name as it is shown to people, in any language; the id ends in the name itself.
  const metric = metrics.find(({ id }) => id.toLowerCase().endsWith(`/${name.toLowerCase()}`))
  if (metric === undefined) throw new NoData('Empty', `Azure Monitor does not have ${name}.`)
  if (metric.errorCode === undefined || metric.errorCode === 'Success') return metric
  throw new NoData('Unavailable', `Azure Monitor could not read ${name}.`)
}
