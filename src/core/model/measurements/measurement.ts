import type { Json } from '../values/json.ts'

/** One deployment's monotone counters at an instant, since whenever its counter began. */
export interface Sample {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly requests: number
  /** Requests that failed; of the same requests. */
  readonly errors: number
  /** Requests that took at most the bound of the same place in `Series.boundsMs`: cumulative over bounds, too. */
  readonly within?: readonly number[]
}

/** What a provider knows of the two sides of a comparison. Each list in order of time; what is not known is not there. */
export interface Series {
  /** Upper bounds of the latency histogram in milliseconds, ascending; [] = the provider has no histogram. */
  readonly boundsMs: readonly number[]
  /** The distance of samples, in milliseconds, on a grid through the start that was asked for. */
  readonly windowMs: number
  readonly stable: readonly Sample[]
  readonly candidate: readonly Sample[]
}

/** Which two deployments of which endpoint are compared, and since when. */
export interface Comparison {
  readonly endpoint: string
  readonly stable: string
  readonly candidate: string
  /** The start recorded on the endpoint: the first moment at which the candidate got traffic. Milliseconds, as all. */
  readonly startMs: number
  /** How long before the start stable's own samples are wanted: they freeze the latency thresholds. */
  readonly baselineMs: number
  readonly endMs: number
  /** When the candidate got the traffic of the bake; absent before. From then on stable may have no requests. */
  readonly fullMs?: number
}

/** Where numbers come from: the name of a provider, and what only that provider reads. */
export interface ProviderQuery {
  readonly provider: ProviderName
  readonly query: { readonly [field: string]: Json }
}

export const PROVIDER_NAMES = [
  'sandbox',
  'prometheus',
  'azureMonitor',
  'logAnalytics',
  'web',
] as const

export type ProviderName = (typeof PROVIDER_NAMES)[number]

/**
 * What the controller wants to know before it plans. `series`: counters of both sides, for the judge. `value`: one number
 * of the candidate (and the requests behind it), for a threshold.
 */
export interface MeasurementQuery extends ProviderQuery {
  /** Names the check within its rollout, and with it the answer. */
  readonly id: string
  readonly wants: 'series' | 'value'
  readonly about: Comparison
  /** The distance of samples; for a value, how far back it looks. */
  readonly windowMs: number
  /** A label, series or number that is absent counts as 0; absent = it is no data. */
  readonly onMissing?: 'zero'
}

/** What a provider was asked, and about which time; kept with the verdict that rests on the answer. */
export interface Asked {
  /** In the provider's own language (PromQL, KQL, a filter, a path), with every name filled in. */
  readonly query: string
  /** Milliseconds since the epoch; of a number of this moment both are the same. */
  readonly fromMs: number
  readonly toMs: number
}

/** An answer to a question. Nothing usable (absent, NaN, late, refused) is `noData` with its reason, never a guess. */
export type Measurement = Answer & {
  /** Absent when it did not come to asking. */
  readonly asked?: Asked
}

type Answer =
  | { readonly id: string; readonly is: 'series'; readonly series: Series }
  | {
      readonly id: string
      readonly is: 'value'
      readonly value: number
      /** Requests that the value speaks of, where the provider knows. */
      readonly requests?: number
      /** When the provider says it was measured. */
      readonly at: number
    }
  | {
      readonly id: string
      readonly is: 'noData'
      readonly reason: string
      readonly message: string
    }
