import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { afterAll } from '@jest/globals'
import {
  type AnalysisOptions,
  createAnalysis,
  type QuerySample,
} from '../../../src/adapters/analysis/index.ts'
import type {
  Measurement,
  MeasurementQuery,
} from '../../../src/core/model/measurements/measurement.ts'

/** Ten minutes of windows of 10 s, two of them before the start. */
export const START_MS = Date.UTC(2026, 0, 1, 12)
export const ABOUT = {
  ...{ endpoint: 'fraud', stable: 'blue', candidate: 'green' },
  ...{ startMs: START_MS, baselineMs: 20_000, endMs: START_MS + 600_000 },
}

export function question(given: Partial<MeasurementQuery> = {}): MeasurementQuery {
  return {
    ...{ id: 'errors', provider: 'sandbox', query: {}, wants: 'series', windowMs: 10_000 },
    about: ABOUT,
    ...given,
  }
}

export function clockAt(nowMs: number) {
  return { now: () => nowMs, sleep: async () => {} }
}

const closers: (() => unknown)[] = []
afterAll(async () => {
  for (const close of closers.reverse()) await close()
})

/** A server on loopback, closed after the tests, that answers as it is told and remembers what it was asked. */
export async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ url: string; port: number; asked: IncomingMessage[] }> {
  const asked: IncomingMessage[] = []
  const server = createServer((request, response) => {
    asked.push(request)
    // Its clock is that of the test, which says so itself where it matters.
    response.sendDate = false
    response.on('error', () => {})
    answer(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as { port: number }
  return { url: `http://127.0.0.1:${port}`, port, asked }
}

export function json(value: unknown) {
  return (_: IncomingMessage, response: ServerResponse): void => {
    response.setHeader('content-type', 'application/json')
    response.end(typeof value === 'string' ? value : JSON.stringify(value))
  }
}

/** One question's answer, and what the meter was told of it. */
export async function measureOne(
  options: Partial<AnalysisOptions>,
  asked: MeasurementQuery,
): Promise<{ measurement: Measurement; samples: QuerySample[] }> {
  const samples: QuerySample[] = []
  const clock = clockAt(ABOUT.endMs + 600_000)
  const analysis = createAnalysis({ clock, onQuery: (one) => samples.push(one), ...options })
  const [measurement] = await analysis.measure([asked], new AbortController().signal)
  if (measurement === undefined) throw new Error('A question was not answered.')
  return { measurement, samples }
}

/** The reason that a question has no answer; fails when it has one. */
export async function reasonOf(
  options: Partial<AnalysisOptions>,
  asked: MeasurementQuery,
): Promise<string> {
  const { measurement } = await measureOne(options, asked)
  if (measurement.is !== 'noData') throw new Error(`it was answered: ${measurement.is}`)
  return measurement.reason
}
