import { LATENCY_BOUNDS_MS } from './latency.ts'
import { createTrack, type Samples, type Track } from './track.ts'

/**
 * What users' requests came to, by endpoint and deployment: counters whose past never changes. An instant's counter
 * holds the requests of the whole seconds before it, so what is asked again is answered alike.
 */
export interface History {
  /** Where the requests of one deployment are written down. */
  of(endpoint: string, deployment: string): Track
  /** The first instant that counters are known at, ms: older ones are forgotten. */
  knownSinceMs(nowMs: number): number
  /** The deployments of an endpoint that were ever written down, by the name first used. */
  deploymentsOf(endpoint: string): readonly Kept[]
}

interface Kept {
  readonly endpoint: string
  readonly deployment: string
  readonly track: Track
}

const KEPT_SECONDS = 12 * 3600

/** An empty history from `sinceMs` on, which keeps twelve hours. */
export function createHistory(sinceMs: number): History {
  const kept = new Map<string, Kept>()
  let newestBlock = 0

  // Deployments that get no requests any more forget with those that do.
  function onBlock(startSecond: number): void {
    if (startSecond <= newestBlock) return
    newestBlock = startSecond
    for (const { track } of kept.values()) track.forget(startSecond - KEPT_SECONDS)
  }

  return {
    of(endpoint, deployment) {
      const key = `${endpoint}/${deployment}`.toLowerCase()
      const found = kept.get(key) ?? { endpoint, deployment, track: createTrack(onBlock) }
      kept.set(key, found)
      return found.track
    },
    knownSinceMs(nowMs) {
      return Math.max(sinceMs, (Math.floor(nowMs / 1000) - KEPT_SECONDS) * 1000)
    },
    deploymentsOf(endpoint) {
      const wanted = endpoint.toLowerCase()
      return [...kept.values()].filter((one) => one.endpoint.toLowerCase() === wanted)
    },
  }
}

/** A grid of instants: from, from + window, … to the end, all in ms. */
export interface SeriesQuery {
  readonly endpoint: string
  readonly fromMs: number
  readonly toMs: number
  readonly windowMs: number
}

export interface SeriesAnswer {
  readonly boundsMs: readonly number[]
  readonly deployments: Readonly<Record<string, Samples>>
}

const INSTANTS_MAX = 20_000
const WINDOW_MIN_MS = 1000

/** Why the query cannot be answered; undefined = it can. */
export function refuseSeries({ fromMs, toMs, windowMs }: SeriesQuery): string | undefined {
  if (![fromMs, toMs, windowMs].every(Number.isSafeInteger)) {
    return 'from, to and windowMs must be whole numbers of milliseconds'
  }
  if (windowMs < WINDOW_MIN_MS) return `windowMs must be at least ${WINDOW_MIN_MS}`
  if (fromMs < 0 || toMs < fromMs) return 'from must not be after to'
  const instants = Math.floor((toMs - fromMs) / windowMs) + 1
  return instants > INSTANTS_MAX
    ? `${instants} instants are more than ${INSTANTS_MAX}: ask for fewer, or for wider windows`
    : undefined
}

/**
 * The counters of an endpoint's deployments on the query's grid, as far as time has come and memory reaches.
 * `existing` deployments are there with zeros before their first request.
 */
export function seriesOf(
  history: History,
  query: SeriesQuery,
  existing: readonly string[],
  nowMs: number,
): SeriesAnswer {
  for (const name of existing) history.of(query.endpoint, name)
  const instants = instantsOf(query, history.knownSinceMs(nowMs), nowMs)
  const deployments = history
    .deploymentsOf(query.endpoint)
    .map(({ deployment, track }) => [deployment, track.read(instants)])
  return { boundsMs: LATENCY_BOUNDS_MS, deployments: Object.fromEntries(deployments) }
}

function instantsOf(
  { fromMs, toMs, windowMs }: SeriesQuery,
  sinceMs: number,
  nowMs: number,
): number[] {
  const unknown = Math.max(0, Math.ceil((sinceMs - fromMs) / windowMs))
  const endMs = Math.min(toMs, nowMs)
  const instants: number[] = []
  for (let at = fromMs + unknown * windowMs; at <= endMs; at += windowMs) instants.push(at)
  return instants
}

// Rows of the past are the same arrays at every reading.
const texts = new WeakMap<readonly number[], string>()

/** The answer as JSON, letter for letter what JSON.stringify makes of it. */
export function seriesText({ boundsMs, deployments }: SeriesAnswer): string {
  const parts = Object.entries(deployments).map(
    ([name, { at, requests, errors, within }]) =>
      `${JSON.stringify(name)}:{"at":[${at.join()}],"requests":[${requests.join()}],"errors":[${errors.join()}],"within":[${within.map(textOf).join()}]}`,
  )
  return `{"boundsMs":[${boundsMs.join()}],"deployments":{${parts.join()}}}`
}

function textOf(row: readonly number[]): string {
  const text = texts.get(row) ?? `[${row.join()}]`
  texts.set(row, text)
  return text
}
