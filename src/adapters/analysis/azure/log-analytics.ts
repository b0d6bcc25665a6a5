import { AZURE_CLOUDS, type AzureCloud, tokenScopeOf } from '../../../core/model/azure-cloud.ts'
import type { MeasurementQuery, Sample } from '../../../core/model/measurements/measurement.ts'
import { isObject } from '../../../core/model/values/json.ts'
import { logAnalytics } from '../../../core/rollout/providers/log-analytics.ts'
import { jsonOf } from '../http/http.ts'
import { azurePipeline, sendThrough } from '../http/pipeline.ts'
import { type Ask, NoData } from '../no-data.ts'
import { checked, type Grid, gridOf, lengthOf, placeOf } from '../series.ts'
import {
  type AzureProviderOptions,
  endpointId,
  notConfigured,
  serviceOrigin,
} from './azure-service.ts'
import { FAILURES } from './failures.ts'

/** Upper bounds of the histogram that the query counts, in milliseconds. */
const BOUNDS_MS = [
  5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 400, 500, 750, 1_000, 1_500, 2_000, 3_000, 5_000,
  10_000, 30_000, 60_000,
]

/** The traffic log of an endpoint, counted by the log's own service: one row a deployment and window. */
export function openLogAnalytics(options: AzureProviderOptions): Ask {
  return async (question, signal, tell) => {
    const { azure, clock, httpClient, bodyBytesMax } = options
    if (azure?.logsWorkspaceId === undefined)
      throw notConfigured('VERDIGRIS_LOG_ANALYTICS_WORKSPACE_ID')
    const { logs }: AzureCloud = azure.cloud ?? AZURE_CLOUDS.public
    const { origin, isLocal } = serviceOrigin(azure.logsUrl ?? logs[0], (url) =>
      logs.includes(url.origin),
    )
    const grid = gridOf(question, logAnalytics.graceMs, clock.now())
    const query = kqlOf(endpointId(azure, question.about.endpoint), question, grid)
    tell({ query, fromMs: grid.fromMs, toMs: grid.toMs })
    const text = await sendThrough(httpClient, {
      url: `${origin}/v1/workspaces/${encodeURIComponent(azure.logsWorkspaceId)}/query`,
      body: JSON.stringify({ query, timespan: `${iso(grid.fromMs)}/${iso(grid.toMs)}` }),
      pipeline: azurePipeline({
        ...{ origin, bodyBytesMax, credential: azure.credential, now: clock.now },
        scope: tokenScopeOf(isLocal ? logs[0] : origin),
      }),
      signal,
      bodyBytesMax,
      now: clock.now,
    })
    const rows = rowsOf(jsonOf(text, 'Log Analytics'), grid)
    const { stable, candidate } = question.about
    const sideOf = (deployment: string) => samplesOf(rows, deployment, grid)
    const series = { stable: sideOf(stable), candidate: sideOf(candidate) }
    const common = { boundsMs: BOUNDS_MS, windowMs: grid.windowMs }
    return { is: 'series', series: checked({ ...common, ...series }) }
  }
}

/** The query. Every text in it is quoted here; the sandbox knows exactly this one. */
function kqlOf(
  resource: string,
  { about, windowMs }: MeasurementQuery,
  { fromMs, toMs }: Grid,
): string {
  const counts = BOUNDS_MS.map((bound) => `countif(TotalDurationMs <= ${bound})`)
  return [
    'AmlOnlineEndpointTrafficLog',
    `| where TimeGenerated >= ${datetime(fromMs)} and TimeGenerated < ${datetime(toMs)}`,
    `| where _ResourceId =~ ${quoted(resource)}`,
    `| where DeploymentName in~ (${quoted(about.stable)}, ${quoted(about.candidate)})`,
    `| summarize requests = count(), errors = countif(ResponseCode in (${FAILURES.join(', ')}) or ResponseCode >= 500), atMost = pack_array(${counts.join(', ')})`,
    `  by deployment = tolower(DeploymentName), windowStart = bin_at(TimeGenerated, ${windowMs}ms, ${datetime(fromMs)})`,
    '| order by windowStart asc',
  ].join('\n')
}

/** A string of KQL: backslash and quotes are escaped as in C (ATTACKS 61). */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

function datetime(ms: number): string {
  return `datetime(${iso(ms)})`
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}

/** What one deployment got in one window. */
interface Row {
  readonly deployment: string
  /** The window's place on the grid: it begins at that instant. */
  readonly place: number
  readonly requests: number
  readonly errors: number
  readonly within: readonly number[]
}

function rowsOf(answer: unknown, grid: Grid): readonly Row[] {
  // An error beside tables says that they are not all of the answer.
  if (!isObject(answer) || answer.error !== undefined || !Array.isArray(answer.tables))
    throw unreadable()
  const [table]: unknown[] = answer.tables
  if (!isObject(table) || !Array.isArray(table.columns) || !Array.isArray(table.rows))
    throw unreadable()
  const names = table.columns.map((one: unknown) => (isObject(one) ? one.name : undefined))
  return table.rows.map((row: unknown) => {
    if (!Array.isArray(row)) throw unreadable()
    return rowOf(new Map(names.map((name, place) => [name, row[place]])), grid)
  })
}

function rowOf(fields: ReadonlyMap<unknown, unknown>, grid: Grid): Row {
  const [deployment, window] = [fields.get('deployment'), fields.get('windowStart')]
  const place = placeOf(grid, typeof window === 'string' ? Date.parse(window) : Number.NaN)
  if (place === undefined)
    throw new NoData('WrongTime', 'The log has windows that were not asked for.')
  const [requests, errors] = [fields.get('requests'), fields.get('errors')]
  // A dynamic column comes as JSON text.
  const given = fields.get('atMost')
  const within = typeof given === 'string' ? jsonOf(given, 'Log Analytics') : given
  const counts = [requests, errors, ...(Array.isArray(within) ? within : [Number.NaN])]
  if (typeof deployment !== 'string' || !counts.every(isCount))
    throw new NoData('NotANumber', 'The log has a row that is no count.')
  return {
    ...{ deployment, place, within: within as number[] },
    ...{ requests: requests as number, errors: errors as number },
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

/**
 * Counters since the grid's first instant, as far as the log has rows of the endpoint: what is later may only be under
 * way. No rows at all are no data; none of one deployment, while the other has some, are no requests.
 */
function samplesOf(rows: readonly Row[], deployment: string, grid: Grid): Sample[] {
  const last = Math.max(-1, ...rows.map(({ place }) => place)) + 1
  if (last === 0) return []
  const own = new Map(
    rows
      .filter((row) => row.deployment.toLowerCase() === deployment.toLowerCase())
      .map((row) => [row.place, row]),
  )
  let sums: readonly number[] = new Array<number>(BOUNDS_MS.length + 2).fill(0)
  const samples: Sample[] = []
  for (let place = 0; place <= Math.min(last, lengthOf(grid) - 1); place += 1) {
    const row = own.get(place - 1)
    if (row !== undefined) {
      const counts = [row.requests, row.errors, ...row.within]
      sums = sums.map((sum, index) => sum + (counts[index] ?? 0))
    }
    const [requests = 0, errors = 0, ...within] = sums
    samples.push({ at: grid.fromMs + place * grid.windowMs, requests, errors, within })
  }
  return samples
}

function unreadable(): NoData {
  return new NoData('UnreadableAnswer', 'The answer is not a whole one of Log Analytics.')
}
