/** How latencies are counted: in narrow buckets, so that any quantile lies within a step (15.6 %) of a bound. */

// As in core/ids.ts: looked up once.
const { ceil, exp, log, min } = Math
const { POSITIVE_INFINITY } = Number

const STEPS = 76
const FIRST_MS = 1
const LAST_MS = 60_000
const STEP_LOG = log(LAST_MS / FIRST_MS) / STEPS

/** Upper bounds in ms, ascending, evenly spaced in the logarithm from 1 ms to 60 s. */
export const LATENCY_BOUNDS_MS: readonly number[] = Array.from({ length: STEPS + 1 }, (_, step) =>
  Number((FIRST_MS * exp(step * STEP_LOG)).toPrecision(4)),
)

/** One more than there are bounds: the last bucket takes what is slower than all of them. */
export const LATENCY_BUCKETS = LATENCY_BOUNDS_MS.length + 1

/** The place of the first bound that the latency does not exceed. */
export function bucketOf(latencyMs: number): number {
  if (!(latencyMs > FIRST_MS)) return 0
  let bucket = min(ceil(log(latencyMs / FIRST_MS) / STEP_LOG), STEPS + 1)
  // The logarithm is inexact and the bounds are rounded, each by less than a step.
  if (latencyMs <= boundMs(bucket - 1)) bucket -= 1
  else if (latencyMs > boundMs(bucket)) bucket += 1
  return bucket
}

function boundMs(bucket: number): number {
  return LATENCY_BOUNDS_MS[bucket] ?? POSITIVE_INFINITY
}
