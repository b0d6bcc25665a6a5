import { createHistory, type History } from './history.ts'
import { bucketOf, LATENCY_BOUNDS_MS } from './latency.ts'

// As in core/ids.ts: looked up once.
const { ceil } = Math

/** What a request is counted under. */
export interface CounterLabels {
  readonly endpoint: string
  /** Empty = no deployment was reached. */
  readonly deployment: string
  readonly status: number
  /** Copies of live requests, whose answers nobody saw. */
  readonly mirrored: boolean
}

/** What one deployment answered with one status, live or as a mirror. */
export interface Counter extends CounterLabels {
  readonly requests: number
  readonly latencySumMs: number
  /** Requests that took at most the bound of the same place in `COUNTER_BOUNDS_MS`; not cumulative. */
  readonly latencyBuckets: readonly number[]
}

/** Upper bounds of the counters' histogram, every other one of the history's; a last bucket takes the rest. */
export const COUNTER_BOUNDS_MS = LATENCY_BOUNDS_MS.filter((_, place) => place % 2 === 0)

/** Everything that is counted of requests: totals by status, and the history of those that weights have routed. */
export interface Counters {
  /** The counter of these labels, for requests one by one. */
  of(labels: CounterLabels): { add(latencyMs: number): void }
  read(): Counter[]
  readonly history: History
}

/** Exact counts, never sampled. Counters are bounded by deployments that have existed, times their statuses. */
export function createCounters(sinceMs: number): Counters {
  const counters = new Map<string, CounterInUse>()
  return {
    history: createHistory(sinceMs),
    of(labels) {
      const { endpoint, deployment, status, mirrored } = labels
      const key = JSON.stringify([endpoint, deployment, status, mirrored])
      const counter = counters.get(key) ?? createCounter(labels)
      counters.set(key, counter)
      return counter
    },
    read: () => [...counters.values()].map((counter) => counter.read()),
  }
}

interface CounterInUse {
  add(latencyMs: number): void
  read(): Counter
}

function createCounter({ endpoint, deployment, status, mirrored }: CounterLabels): CounterInUse {
  const latencyBuckets = new Array<number>(COUNTER_BOUNDS_MS.length + 1).fill(0)
  let requests = 0
  let latencySumMs = 0
  return {
    add(latencyMs) {
      const bucket = ceil(bucketOf(latencyMs) / 2)
      requests += 1
      latencySumMs += latencyMs
      latencyBuckets[bucket] = (latencyBuckets[bucket] ?? 0) + 1
    },
    read: () => ({
      ...{ endpoint, deployment, status, mirrored, requests, latencySumMs },
      latencyBuckets: [...latencyBuckets],
    }),
  }
}

/** The counters in Prometheus' text format. */
export function prometheusText(counters: readonly Counter[]): string {
  const lines = [
    '# HELP sandbox_scoring_requests_total Scoring requests answered, by deployment and status.',
    '# TYPE sandbox_scoring_requests_total counter',
    ...counters.map((one) => `sandbox_scoring_requests_total{${labelsOf(one)}} ${one.requests}`),
    '# HELP sandbox_scoring_duration_seconds Time from a scoring request to its answer.',
    '# TYPE sandbox_scoring_duration_seconds histogram',
    ...counters.flatMap(histogramOf),
  ]
  return `${lines.join('\n')}\n`
}

function histogramOf(counter: Counter): string[] {
  const labels = labelsOf(counter)
  const name = 'sandbox_scoring_duration_seconds'
  let below = 0
  const buckets = counter.latencyBuckets.map((requests, place) => {
    below += requests
    const boundMs = COUNTER_BOUNDS_MS[place]
    const bound = boundMs === undefined ? '+Inf' : Number((boundMs / 1000).toPrecision(4))
    return `${name}_bucket{${labels},le="${bound}"} ${below}`
  })
  const sum = `${name}_sum{${labels}} ${counter.latencySumMs / 1000}`
  return [...buckets, sum, `${name}_count{${labels}} ${counter.requests}`]
}

function labelsOf({ endpoint, deployment, status, mirrored }: Counter): string {
  const labels = { endpoint, deployment, status: String(status), mirrored: String(mirrored) }
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
    .join(',')
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
