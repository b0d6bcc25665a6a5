import type { OpenSandbox, SandboxRequest, SandboxResponse } from '../../../src/sandbox/index.ts'
import type { Clocks, Offset } from './clocks.ts'

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

/** The sandbox's counters as the provider shows them: each sample dated by its clock of then, and with its faults. */
export async function seriesAnswer(
  sandbox: OpenSandbox,
  metrics: Metrics,
  request: SandboxRequest,
): Promise<SandboxResponse> {
  const { fault, clocks, resetAt } = metrics
  const date = new Date(clocks.show('provider')).toUTCString()
  if (fault === 'down') return textAnswer(503, 'The service is unavailable.', date)
  const offsets = clocks.offsetsOf('provider')
  if (fault === undefined && resetAt === undefined && offsets.every(({ offset }) => offset === 0))
    return dated(await sandbox.handle(request), date)
  const latest =
    fault === 'late'
      ? Math.floor((sandbox.clock.now() - LATE_MS) / 1000) * 1000
      : Number.POSITIVE_INFINITY
  const url = new URL(request.url)
  const pieces = piecesOf(url.searchParams, offsets, latest)
  const answers = await Promise.all(
    pieces.map(({ from, to, shift }) => {
      url.searchParams.set('from', String(from))
      url.searchParams.set('to', String(to))
      return sandbox.handle({ ...request, url: url.href }).then((answer) => ({ answer, shift }))
    }),
  )
  const [first, ...others] = answers
  if (first === undefined) return textAnswer(200, EMPTY, date)
  const isPlain = others.length === 0 && first.shift === 0 && resetAt === undefined
  const { answer } = first
  if (answer.status !== 200 || (isPlain && (fault === undefined || fault === 'late')))
    return dated(answer, date)
  return textAnswer(200, JSON.stringify(mergedOf(answers, metrics)), date)
}

function dated(answer: SandboxResponse, date: string): SandboxResponse {
  return { ...answer, headers: { ...answer.headers, date } }
}

const EMPTY = '{"boundsMs":[],"deployments":{}}'

interface Content {
  readonly boundsMs: readonly number[]
  readonly deployments: Record<string, Samples>
}

/** A part of the grid that was asked for, in real time, and what makes the provider's dates of it. */
interface Piece {
  readonly from: number
  readonly to: number
  readonly shift: number
}

/** Where a clock was put back, what it dated anew takes the place of what had that date. */
function piecesOf(
  asked: URLSearchParams,
  offsets: readonly Offset[],
  latest: number,
): readonly Piece[] {
  const [start = 0, end = 0, step = 1] = ['from', 'to', 'windowMs'].map((name) =>
    Number(asked.get(name)),
  )
  return offsets.flatMap(({ sinceMs, offset }, place) => {
    const later = offsets.slice(place + 1).map((one) => one.sinceMs + one.offset)
    const until = Math.min(
      end,
      (offsets[place + 1]?.sinceMs ?? Number.POSITIVE_INFINITY) + offset - 1,
      ...later.map((at) => at - 1),
    )
    const since = Math.max(start, sinceMs + offset)
    const from = start + Math.ceil((since - start) / step) * step
    const to = Math.min(start + Math.floor((until - start) / step) * step, latest + offset)
    return to < from ? [] : [{ from: Math.max(0, from - offset), to: to - offset, shift: offset }]
  })
}

function mergedOf(
  answers: readonly { readonly answer: SandboxResponse; readonly shift: number }[],
  metrics: Metrics,
): Content {
  const contents = answers.map(({ answer }) => JSON.parse(answer.body) as Content)
  const deployments: Record<string, Samples> = {}
  const dates: Record<string, number[]> = {}
  for (const [place, content] of contents.entries())
    for (const [name, samples] of Object.entries(content.deployments)) {
      const before = deployments[name]
      deployments[name] = before === undefined ? samples : joined(before, samples)
      const shift = answers[place]?.shift ?? 0
      dates[name] = [...(dates[name] ?? []), ...samples.at.map((at) => at + shift)]
    }
  for (const [name, samples] of Object.entries(deployments)) {
    spoil(samples, metrics)
    samples.at = dates[name] ?? []
  }
  return { boundsMs: contents[0]?.boundsMs ?? [], deployments }
}

function joined(before: Samples, after: Samples): Samples {
  return {
    at: [...before.at, ...after.at],
    requests: [...before.requests, ...after.requests],
    errors: [...before.errors, ...after.errors],
    within: [...before.within, ...after.within],
  }
}

function spoil(samples: Samples, { fault, resetAt }: Metrics): void {
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
}

function textAnswer(status: number, body: string, date: string): SandboxResponse {
  const headers = { 'content-type': 'application/json; charset=utf-8', date }
  return { status, headers, body, bytes: Buffer.from(body) }
}
