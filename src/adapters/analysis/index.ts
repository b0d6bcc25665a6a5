import { createDefaultHttpClient, type HttpClient } from '@azure/core-rest-pipeline'
import type {
  Asked,
  Measurement,
  MeasurementQuery,
  ProviderName,
} from '../../core/model/measurements/measurement.ts'
import { cleanText } from '../../core/model/redact/redact.ts'
import type { Analysis, Clock } from '../../reconcile/ports.ts'
import { openAzureMonitor } from './azure/azure-monitor.ts'
import type { AzureSettings } from './azure/azure-service.ts'
import { openLogAnalytics } from './azure/log-analytics.ts'
import type { Resolve } from './http/hosts.ts'
import type { MetricHost } from './http/http.ts'
import { createKept, type Kept } from './kept.ts'
import { checkNames } from './names.ts'
import { type Ask, NoData } from './no-data.ts'
import { openPrometheus } from './prometheus/prometheus.ts'
import { openSandboxCounters } from './sandbox.ts'
import { openWeb } from './web.ts'

export type { MetricHost } from './http/http.ts'

export interface AnalysisOptions {
  readonly clock: Clock
  /** By the names that manifests call them. */
  readonly prometheus?: Readonly<Record<string, MetricHost>>
  readonly web?: Readonly<Record<string, MetricHost>>
  /** Whether names of those hosts may resolve to private addresses, as those of a cluster do. */
  readonly allowPrivate?: boolean
  /** Where the sandbox's ARM is; absent when the workspace is one of Azure. */
  readonly sandboxOrigin?: string | undefined
  readonly azure?: AzureSettings
  /** A way to the sandbox and to Azure without sockets. */
  readonly httpClient?: HttpClient
  readonly resolve?: Resolve
  readonly onQuery?: (sample: QuerySample) => void
  readonly limits?: Partial<typeof LIMITS>
}

/** How one question went; for the meter. */
export interface QuerySample {
  readonly provider: ProviderName
  /** `error`: the provider could not be asked. `noData`: it was, and has nothing usable. */
  readonly result: 'ok' | 'noData' | 'error'
  readonly reason?: string
  readonly durationMs: number
}

/** Every bound of the metric providers, in one place. */
const LIMITS = {
  queryTimeoutMs: 10_000,
  bodyBytesMax: 16 * 1024 * 1024,
  /** One number is looked for in it. Of nothing but brackets, a megabyte takes a tenth of a second to parse. */
  webBytesMax: 256 * 1024,
  concurrentQueries: 4,
}

type Asks = { readonly [Name in ProviderName]: Ask }

/** The metric providers as one port. Every question costs at most one request, and every failure is an answer. */
export function createAnalysis(options: AnalysisOptions): Analysis {
  const limits = { ...LIMITS, ...options.limits }
  const asks = asksOf(options, limits)
  const silences = new Map<string, number>()
  const kept = createKept()
  return {
    async measure(questions, signal) {
      const answers: Measurement[] = []
      const queue = questions.entries()
      const work = async (): Promise<void> => {
        for (const [place, question] of queue)
          answers[place] = await measureOne(asks, question, {
            ...options,
            ...limits,
            silences,
            kept,
            signal,
          })
      }
      await Promise.all(Array.from({ length: limits.concurrentQueries }, work))
      return answers
    },
  }
}

function asksOf(
  options: AnalysisOptions,
  { bodyBytesMax, webBytesMax }: Pick<typeof LIMITS, 'bodyBytesMax' | 'webBytesMax'>,
): Asks {
  const { clock, azure, allowPrivate = false, resolve } = options
  const http = { allowPrivate, bodyBytesMax, ...(resolve === undefined ? {} : { resolve }) }
  // What a page of the web says is of now, whatever its clock.
  const common = { clock, http: { ...http, now: clock.now } }
  const httpClient = options.httpClient ?? createDefaultHttpClient()
  return {
    sandbox: openSandboxCounters({
      ...common,
      origin: options.sandboxOrigin,
      httpClient: options.httpClient,
    }),
    prometheus: openPrometheus({ ...common, azure, servers: options.prometheus ?? {} }),
    azureMonitor: openAzureMonitor({ clock, azure, httpClient, bodyBytesMax }),
    logAnalytics: openLogAnalytics({ clock, azure, httpClient, bodyBytesMax }),
    web: openWeb({
      clock,
      http: { ...http, bodyBytesMax: Math.min(bodyBytesMax, webBytesMax) },
      hosts: options.web ?? {},
    }),
  }
}

interface Setting extends Pick<AnalysisOptions, 'clock' | 'onQuery'> {
  readonly queryTimeoutMs: number
  /** Until when a server does not want to be asked, by provider and server. */
  readonly silences: Map<string, number>
  readonly kept: Kept
  readonly signal: AbortSignal
}

/** Which server a question goes to, as far as its query tells. */
function serverOf({ provider, query }: MeasurementQuery): string {
  return `${provider} ${String(query.server ?? query.host ?? '')}`
}

async function measureOne(
  asks: Asks,
  question: MeasurementQuery,
  { clock, onQuery, queryTimeoutMs, silences, kept, signal }: Setting,
): Promise<Measurement> {
  const { id, provider } = question
  const startedAt = clock.now()
  const timeUp = AbortSignal.timeout(queryTimeoutMs)
  const tell = (result: QuerySample['result'], reason?: string): void =>
    onQuery?.({
      ...{ provider, result, durationMs: clock.now() - startedAt },
      ...(reason === undefined ? {} : { reason }),
    })
  const server = serverOf(question)
  let told: { readonly asked?: Asked } = {}
  const note = (asked: Asked): void => {
    told = { asked }
  }
  try {
    checkNames(question.about)
    if ((silences.get(server) ?? 0) > startedAt)
      throw new NoData('Throttled', 'The provider asked not to be asked for a while.')
    const found = await asks[provider](question, AbortSignal.any([signal, timeUp]), note)
    tell('ok')
    return kept.completed(question, { id, ...found, ...told })
  } catch (error) {
    const { reason, message, retryAfterMs } = noDataOf(error, timeUp.aborted, queryTimeoutMs)
    if (retryAfterMs !== undefined) silences.set(server, startedAt + retryAfterMs)
    tell(UNASKED.has(reason) ? 'error' : 'noData', reason)
    return { id, is: 'noData', reason, message: cleanText(message), ...told }
  }
}

/** Reasons that speak of the way to the provider, and not of what it knows. */
const UNASKED: ReadonlySet<string> = new Set([
  'AddressRefused',
  'ClockSkew',
  'NotFound',
  'ProviderNotConfigured',
  'QueryRefused',
  'RedirectRefused',
  'Throttled',
  'TimedOut',
  'Unauthorized',
  'Unavailable',
  'Unreachable',
])

/** Sockets and clients tell of hosts, codes and sometimes bodies in their messages: only a code is passed on. */
function noDataOf(error: unknown, isTimeUp: boolean, timeoutMs: number): NoData {
  if (error instanceof NoData) return error
  if (isTimeUp) return new NoData('TimedOut', `There was no answer within ${timeoutMs} ms.`)
  const { code, name } = (typeof error === 'object' && error !== null ? error : {}) as {
    readonly code?: unknown
    readonly name?: unknown
  }
  if (name === 'AbortError') return new NoData('Aborted', 'The question was given up.')
  // Clients that read an answer of another shape than theirs stumble with a TypeError.
  if (code === 'PARSE_ERROR' || (code === undefined && name === 'TypeError'))
    return new NoData('UnreadableAnswer', 'The answer is not one of this provider.')
  const what = typeof code === 'string' && /^[A-Z_]{3,40}$/.test(code) ? code : 'no connection'
  return new NoData('Unreachable', `The provider could not be reached: ${what}.`)
}
