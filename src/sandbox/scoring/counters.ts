/** What one deployment answered with one status, live or as a mirror. */
export interface Counter {
  readonly endpoint: string
  /** Empty = no deployment was reached. */
  readonly deployment: string
  readonly status: number
  /** Copies of live requests, whose answers nobody saw. */
  readonly mirrored: boolean
  readonly requests: number
  readonly latencySumMs: number
  /** Requests that took at most the bound of the same place in `latencyBoundsMs`; not cumulative. */
  readonly latencyBuckets: readonly number[]
}

/** Upper bounds of the histogram; a last bucket takes the rest. */
const latencyBoundsMs = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 60_000]

export interface Counters {
  count(
    request: Pick<Counter, 'endpoint' | 'deployment' | 'status' | 'mirrored'>,
    latencyMs: number,
  ): void
  read(): Counter[]
}

/** Exact counts, never sampled. Series are bounded by deployments that have existed, times their statuses. */
export function createCounters(): Counters {
  const series = new Map<
    string,
    Counter & { requests: number; latencySumMs: number; latencyBuckets: number[] }
  >()
  return {
    count(request, latencyMs) {
      const { endpoint, deployment, status, mirrored } = request
      const key = JSON.stringify([endpoint, deployment, status, mirrored])
      const counter = series.get(key) ?? {
        ...{ endpoint, deployment, status, mirrored, requests: 0, latencySumMs: 0 },
        latencyBuckets: new Array<number>(latencyBoundsMs.length + 1).fill(0),
      }
      series.set(key, counter)
      const found = latencyBoundsMs.findIndex((bound) => latencyMs <= bound)
      const bucket = found < 0 ? latencyBoundsMs.length : found
      counter.requests += 1
      counter.latencySumMs += latencyMs
      counter.latencyBuckets[bucket] = (counter.latencyBuckets[bucket] ?? 0) + 1
    },
    read: () =>
      [...series.values()].map((one) => ({ ...one, latencyBuckets: [...one.latencyBuckets] })),
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
    const boundMs = latencyBoundsMs[place]
    const bound = boundMs === undefined ? '+Inf' : String(boundMs / 1000)
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
