import type { Json } from '../core/contract.ts'
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

/** What the one query that is known asks for. */
interface TrafficQuery {
  readonly fromMs: number
  readonly toMs: number
  readonly endpoint: string
  /** In lower case. */
  readonly deployments: readonly string[]
  readonly windowMs: number
  readonly boundsMs: readonly number[]
}

/**
 * The traffic log of endpoints, counted by deployment and window. Kusto is a language and this is not its interpreter:
 * one query is understood, in its own letters, and every other is refused.
 */
export function answerLogs(options: MonitorOptions, { id, body }: Asked): Json {
  if (id.toLowerCase() !== options.where.workspaceId.toLowerCase())
    throw new Refusal(404, 'WorkspaceNotFoundError', 'There is no such Log Analytics workspace.')
  if (typeof body.query !== 'string') throw badRequest('The body must be {"query": "<KQL>"}.')
  const query = queryIn(body.query, endpointsId(options))
  if (query === undefined)
    throw notImplemented(
      'this query: it knows only the count of AmlOnlineEndpointTrafficLog by deployment and window',
    )
  const { endpoint, fromMs, toMs, windowMs, boundsMs } = query
  const series = seriesFor(options, { endpoint, fromMs, toMs, windowMs })
  const places = boundsMs.map((bound) => series.boundsMs.findLastIndex((one) => one <= bound))
  const rows = Object.entries(series.deployments)
    .filter(([name]) => query.deployments.includes(name.toLowerCase()))
    .flatMap(([name, samples]) => rowsOf(name.toLowerCase(), samples, places))
  return {
    tables: [
      {
        name: 'PrimaryResult',
        columns: [
          { name: 'deployment', type: 'string' },
          { name: 'windowStart', type: 'datetime' },
          { name: 'requests', type: 'long' },
          { name: 'errors', type: 'long' },
          { name: 'atMost', type: 'dynamic' },
        ],
        rows: rows.sort((one, other) => (String(one[1]) < String(other[1]) ? -1 : 1)),
      },
    ],
  }
}

const DATE = String.raw`datetime\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)\)`
const NAME = '"([A-Za-z0-9-]+)"'
const LINES: readonly RegExp[] = [
  /^AmlOnlineEndpointTrafficLog$/,
  new RegExp(String.raw`^\| where TimeGenerated >= ${DATE} and TimeGenerated < ${DATE}$`),
  /^\| where _ResourceId =~ "([^"\\]+)"$/,
  new RegExp(String.raw`^\| where DeploymentName in~ \(${NAME}, ${NAME}\)$`),
  /^\| summarize requests = count\(\), errors = countif\(ResponseCode in \(408, 424, 429\) or ResponseCode >= 500\), atMost = pack_array\(([^()]+(?:\([^()]+\)[^()]*)*)\)$/,
  new RegExp(
    String.raw`^  by deployment = tolower\(DeploymentName\), windowStart = bin_at\(TimeGenerated, (\d{4,9})ms, ${DATE}\)$`,
  ),
  /^\| order by windowStart asc$/,
]

function queryIn(text: string, endpoints: string): TrafficQuery | undefined {
  const lines = text.split('\n')
  const parts = LINES.map((line, place) => line.exec(lines[place] ?? ''))
  if (lines.length !== LINES.length || parts.some((part) => part === null)) return undefined
  const [from = '', to = '', resource = '', one = '', other = '', counts = '', window, since] =
    parts.flatMap((part) => part?.slice(1) ?? [])
  const endpoint = resource.slice(endpoints.length + 1)
  const isOwn = resource.toLowerCase() === `${endpoints}/${endpoint}`.toLowerCase()
  const boundsMs = boundsIn(counts)
  if (!isOwn || boundsMs === undefined || since !== from) return undefined
  return {
    ...{ fromMs: Date.parse(from), toMs: Date.parse(to), windowMs: Number(window) },
    ...{ endpoint, boundsMs, deployments: [one.toLowerCase(), other.toLowerCase()] },
  }
}

function boundsIn(counts: string): readonly number[] | undefined {
  const bounds = counts
    .split(', ')
    .map((one) => /^countif\(TotalDurationMs <= (\d{1,9})\)$/.exec(one)?.[1])
  return bounds.every((bound) => bound !== undefined) ? bounds.map(Number) : undefined
}

/**
 * A row for every window with a request. The history knows durations by narrow steps: the count at a bound is that of
 * the last step below it.
 */
function rowsOf(
  deployment: string,
  { at, requests, errors, within }: Samples,
  places: readonly number[],
): Json[][] {
  const rows: Json[][] = []
  for (let end = 1; end < at.length; end += 1) {
    const grown = (counts: readonly number[]) => (counts[end] ?? 0) - (counts[end - 1] ?? 0)
    if (grown(requests) === 0) continue
    const atMost = places.map(
      (place) => (within[end]?.[place] ?? 0) - (within[end - 1]?.[place] ?? 0),
    )
    const windowStart = new Date(at[end - 1] ?? 0).toISOString()
    rows.push([deployment, windowStart, grown(requests), grown(errors), JSON.stringify(atMost)])
  }
  return rows
}
