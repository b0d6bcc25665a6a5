import type { OpenSandbox, SandboxRequest, SandboxResponse } from '../../../src/sandbox/index.ts'
import type { Clocks } from './clocks.ts'

export type MetricFault = 'down' | 'late' | 'nan' | 'reset' | 'doubled'

/** The metric provider: its clock, and what is wrong with it. */
export interface Metrics {
  readonly clocks: Clocks
  fault: MetricFault | undefined
  /** Real instants at which counters began again, and from which on they count double. */
  resetAt: number | undefined
}

const LATE_MS = 300_000

interface Samples {
  at: number[]
  requests: (number | null)[]
  errors: (number | null)[]
  within: number[][]
}

/** The sandbox's counters as the provider shows them: by its own clock, and with its faults. */
export async function seriesAnswer(
  sandbox: OpenSandbox,
  metrics: Metrics,
  request: SandboxRequest,
): Promise<SandboxResponse> {
  const { fault, clocks } = metrics
  if (fault === 'down') return textAnswer(503, 'The service is unavailable.')
  const from = Number(/[?&]from=(\d+)/.exec(request.url)?.[1])
  if (
    fault === undefined &&
    metrics.resetAt === undefined &&
    clocks.realOf('provider', from) === from
  )
    return sandbox.handle(request)
  const url = new URL(request.url)
  const shift = from - clocks.realOf('provider', from)
  moveParameter(url, 'from', -shift)
  moveParameter(url, 'to', -shift)
  if (fault === 'late') {
    const latest = Math.floor((sandbox.clock.now() - LATE_MS) / 1000) * 1000
    const to = Math.min(Number(url.searchParams.get('to')), latest)
    url.searchParams.set('to', String(Math.max(to, Number(url.searchParams.get('from')))))
  }
  const answer = await sandbox.handle({ ...request, url: url.href })
  if (
    answer.status !== 200 ||
    (shift === 0 && fault === undefined && metrics.resetAt === undefined)
  )
    return answer
  const content = JSON.parse(answer.body) as { deployments: Record<string, Samples> }
  for (const samples of Object.values(content.deployments)) spoil(samples, metrics, shift)
  return textAnswer(200, JSON.stringify(content))
}

function moveParameter(url: URL, name: string, ms: number): void {
  url.searchParams.set(name, String(Math.max(0, Number(url.searchParams.get(name)) + ms)))
}

function spoil(samples: Samples, { fault, resetAt }: Metrics, shift: number): void {
  const before = samples.at.findLastIndex((at) => resetAt !== undefined && at <= resetAt)
  if (resetAt !== undefined && before >= 0) {
    const base = { ...samples, within: samples.within[before] ?? [] }
    const [requests, errors] = [samples.requests[before] ?? 0, samples.errors[before] ?? 0]
    for (let place = before + 1; place < samples.at.length; place += 1) {
      samples.requests[place] = (samples.requests[place] ?? 0) - requests
      samples.errors[place] = (samples.errors[place] ?? 0) - errors
      samples.within[place] = (samples.within[place] ?? []).map(
        (count, bound) => count - (base.within[bound] ?? 0),
      )
    }
  }
  if (fault === 'doubled') {
    samples.requests = samples.requests.map((count) => 2 * (count ?? 0))
    samples.errors = samples.errors.map((count) => 2 * (count ?? 0))
    samples.within = samples.within.map((counts) => counts.map((count) => 2 * count))
  }
  if (fault === 'nan') samples.errors = samples.errors.map(() => null)
  samples.at = samples.at.map((at) => at + shift)
}

function textAnswer(status: number, body: string): SandboxResponse {
  const headers = { 'content-type': 'application/json; charset=utf-8' }
  return { status, headers, body, bytes: Buffer.from(body) }
}
