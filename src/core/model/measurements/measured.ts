/** What a verdict rests on: the query, and what came back, bounded in bytes (`rollout/measured.ts`). No secret is in it. */
export interface Measured {
  readonly query?: string
  /** Of which time the provider was asked, and the distance of its samples. Milliseconds. */
  readonly fromMs?: number
  readonly toMs?: number
  readonly windowMs?: number
  /** Of a comparison of latency: the bounds, in milliseconds, that `within` counts by. */
  readonly boundsMs?: readonly number[]
  /** Of a comparison: monotone counters of both sides. */
  readonly stable?: Counters
  readonly candidate?: Counters
  /** Of a threshold: the number at each look, oldest first. */
  readonly values?: readonly ValueSeen[]
  /** Samples, or looks, that found no room. */
  readonly left: number
}

/** One side's counters at the instants of `at` (milliseconds since the epoch, ascending), column by column. */
export interface Counters {
  readonly at: readonly number[]
  readonly requests: readonly number[]
  readonly errors: readonly number[]
  /** Requests within each of `Measured.boundsMs`; absent for errors. */
  readonly within?: readonly (readonly number[])[]
}

export interface ValueSeen {
  readonly at: number
  readonly value: number
  readonly requests?: number
  /** It was counted against the candidate. */
  readonly missed?: true
}
