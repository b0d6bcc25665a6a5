import type { Comparison } from '../../../core/model/measurements/measurement.ts'
import { isObject } from '../../../core/model/values/json.ts'
import { type PrometheusQuery, prometheus } from '../../../core/rollout/providers/prometheus.ts'
import type { Clock } from '../../../reconcile/ports.ts'
import type { AzureSettings } from '../azure/azure-service.ts'
import { getText, type HttpOptions, jsonOf, type MetricHost } from '../http/http.ts'
import { filledIn } from '../names.ts'
import { type Ask, type Found, NoData } from '../no-data.ts'
import { checked, type Grid, gridOf } from '../series.ts'
import { hostNamed } from '../web.ts'
import { withEntraToken } from './managed-prometheus.ts'
import { type RawSeries, seriesFrom } from './prometheus-series.ts'

/** Counters by one range query of raw series, or a number by one instant query, of a configured server. */
export function openPrometheus(options: {
  readonly servers: Readonly<Record<string, MetricHost>>
  readonly azure: AzureSettings | undefined
  readonly http: HttpOptions
  readonly clock: Clock
}): Ask {
  return async (question, signal, tell) => {
    const query = question.query as unknown as PrometheusQuery
    const named = hostNamed(options.servers, query.server, 'VERDIGRIS_PROMETHEUS_URL')
    const server = withEntraToken(named, options.azure)
    const ask = async (path: string): Promise<unknown> =>
      dataOf(jsonOf(await getText(server, path, options.http, signal), 'Prometheus'))
    const nowMs = options.clock.now()
    if (question.wants === 'value') {
      const atMs = Math.min(question.about.endMs, nowMs)
      const text = filledIn(query.query ?? '', question.about)
      tell({ query: text, fromMs: atMs, toMs: atMs })
      const data = await ask(`/api/v1/query?${parameters({ query: text, time: atMs })}`)
      if (question.onMissing === 'zero' && isNothing(data))
        return { is: 'value', value: 0, at: atMs }
      return numberOf(data, atMs)
    }
    const grid = gridOf(question, prometheus.graceMs, nowMs)
    const selector = selectorOf(query, question.about)
    tell({ query: selector, fromMs: grid.fromMs, toMs: grid.toMs })
    const data = await ask(`/api/v1/query_range?${rangeOf(selector, grid)}`)
    const raw = rawSeriesOf(data)
    const series = seriesFrom(
      raw,
      query,
      { ...question.about, onMissing: question.onMissing },
      grid,
    )
    return { is: 'series', series: checked(series) }
  }
}

function rangeOf(query: string, { fromMs: start, toMs: end, windowMs: step }: Grid): string {
  return parameters({ query, start, end, step })
}

/** Times and durations, given in milliseconds, are sent in seconds. */
function parameters(fields: { readonly [name: string]: string | number }): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(fields))
    parameters.set(name, typeof value === 'number' ? String(value / 1000) : value)
  return parameters.toString()
}

/**
 * One selector of everything that is counted, unsummed: counters of single instances begin again when these do, which a
 * sum would hide. (`or` would not do: it joins by labels and drops the second of two metrics that share them.)
 */
function selectorOf(query: PrometheusQuery, { endpoint, stable, candidate }: Comparison): string {
  const { requests = '', errors, histogram, match } = query
  const metrics = [requests]
  if (errors !== undefined && 'metric' in errors) metrics.push(errors.metric)
  if (histogram !== undefined) metrics.push(`${histogram}_bucket`)
  const matchers = [
    `__name__=~${quoted(metrics.join('|'))}`,
    `${query.endpointLabel}=${quoted(endpoint)}`,
    `${query.deploymentLabel}=~${quoted(`${stable}|${candidate}`)}`,
    ...Object.entries(match).map(([label, value]) => `${label}=${quoted(value)}`),
  ]
  return `{${matchers.join(',')}}`
}

/** A PromQL string: the escapes of Go (ATTACKS 61). */
function quoted(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
  return `"${escaped}"`
}

function dataOf(answer: unknown): unknown {
  if (isObject(answer) && answer.status === 'success' && isObject(answer.data)) return answer.data
  throw unreadable()
}

function rawSeriesOf(data: unknown): readonly RawSeries[] {
  if (!isObject(data) || data.resultType !== 'matrix' || !Array.isArray(data.result))
    throw unreadable()
  return data.result.map((one: unknown) => {
    if (!isObject(one) || !isObject(one.metric) || !Array.isArray(one.values)) throw unreadable()
    return { labels: one.metric, points: one.values.map(pointOf) }
  })
}

/** `[seconds, "number"]` as milliseconds and a number, which may be none. */
function pointOf(pair: unknown): readonly [atMs: number, value: number] {
  const [seconds, text] = Array.isArray(pair) ? pair : []
  if (typeof seconds !== 'number' || typeof text !== 'string') throw unreadable()
  return [Math.round(seconds * 1000), text.trim() === '' ? Number.NaN : Number(text)]
}

/** A vector of no series: what it would count has not happened yet. */
function isNothing(data: unknown): boolean {
  const { resultType, result } = isObject(data) ? data : {}
  return resultType === 'vector' && Array.isArray(result) && result.length === 0
}

/** The one number of an instant query's result, measured within a second of when it was asked for. */
function numberOf(data: unknown, askedMs: number): Found {
  const { resultType, result } = isObject(data) ? data : {}
  if (!Array.isArray(result) || (resultType !== 'vector' && resultType !== 'scalar'))
    throw new NoData('NotANumber', 'The query gives neither a vector nor a scalar.')
  const pairs = resultType === 'scalar' ? [result] : result.map((one) => isObject(one) && one.value)
  if (pairs.length === 0) throw new NoData('Empty', 'The query gives nothing.')
  if (pairs.length > 1)
    throw new NoData('ManyValues', `The query gives ${pairs.length} numbers; sum or choose.`)
  const [atMs, value] = pointOf(pairs[0])
  if (!Number.isFinite(value)) throw new NoData('NotANumber', 'The query gives no finite number.')
  if (Math.abs(atMs - askedMs) > 1_000)
    throw new NoData('WrongTime', 'The answer is of another time than was asked for.')
  return { is: 'value', value, at: atMs }
}

function unreadable(): NoData {
  return new NoData('UnreadableAnswer', 'The answer is not one of Prometheus.')
}
