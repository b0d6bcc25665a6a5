/** How one check is judged. */
export interface JudgeRules {
  readonly metric: 'errors' | 'latency'
  /** ρ: the largest harmless ratio candidate/stable, at least 1. */
  readonly margin: number
  /** This check's own share of the rollout's false-abort rate. */
  readonly alpha: number
  /**
   * The bake, where this check is watched there: its own share of false aborts, and of wrong passes by a wrong bound of
   * stable's rate; both beside `alpha` and `beta`.
   */
  readonly bake?: {
    readonly alpha: number
    readonly beta: number
    /** A share of the traffic stays on stable through the bake. */
    readonly hasControl: boolean
  }
  /** Chance of calling non-inferior what is `worseBy` times as bad. */
  readonly beta: number
  readonly worseBy: number
  /** Errors: a ratio in (0, 1) that is fine whatever stable does: a second route to a pass. */
  readonly tolerate?: number
  /** Latency: the SLO in milliseconds, one more threshold beside the frozen ones. */
  readonly sloMs?: number
  /** Candidate requests below which nothing passes. */
  readonly minRequests: number
  /** Windows that end later than this before the end of the comparison are not used yet. Milliseconds. */
  readonly latenessMs: number
}

export type Reason =
  | 'ErrorsHigher'
  | 'AllFailed'
  | 'LatencyHigher'
  | 'NotWorse'
  | 'WithinTolerance'
  | 'TooFewRequests'
  | 'Undecided'
  | 'MostlyFailed'
  | 'StaleSamples'
  | 'NoSamples'
  | 'NoRequests'
  | 'NoHistogram'
  | 'NoBaseline'
  | 'NoReference'

/** Requests, and failures among them; for latency, requests above the threshold nearest to stable's p90. */
export interface Tally {
  readonly requests: number
  readonly errors: number
}

/** What the judge says of one check, and what it rests on. Logarithms are natural. */
export interface Evidence {
  readonly outcome: 'pass' | 'fail' | 'inconclusive' | 'noData'
  readonly reason: Reason
  /** One sentence for a person. */
  readonly message: string
  /** Largest log e-value of a regression so far, and the line ln(1/α); the bake's own moved to the same line. */
  readonly logAbort: number
  readonly abortAt: number
  /** Log e-value of non-inferiority now, and the line ln(1/β). */
  readonly logPass: number
  readonly passAt: number
  readonly stable: Tally
  readonly candidate: Tally
  /** What a bake that begins now is held against: all that is known of stable. */
  readonly reference: Tally
  /** Windows since the start: used, void (a side has no usable samples), and not used yet. */
  readonly windows: { readonly used: number; readonly voided: number; readonly late: number }
  /** Overdispersion of stable's windows, and the exponent of the latest window: the most tempered threshold's. */
  readonly phi: number
  readonly eta: number
  readonly thresholdsMs?: readonly number[]
  /** End of the window in which the abort line was first crossed; or else, of a pass, the line of a pass. */
  readonly decidedAt?: number
}
