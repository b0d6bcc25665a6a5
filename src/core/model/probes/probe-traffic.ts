import type { GoldenRequest } from './golden.ts'

/** What an `analysis` step sends to its endpoint while it is in force, so that its checks have something to judge. */
export interface StepProbe {
  readonly requests: readonly GoldenRequest[]
  readonly perMinute: number
}

/** Requests that are to be sent to an endpoint now, by the weights of its traffic. */
export interface ProbeTraffic extends StepProbe {
  /** The endpoint's key, and its name. */
  readonly key: string
  readonly endpoint: string
  /** The step in force as its record says it: another one is counted anew. */
  readonly step: string
}

/** How the requests of a step were answered since this process began to send them. */
export interface ProbeCounts {
  readonly sent: number
  /** Answered otherwise than their files say. */
  readonly failed: number
  /** Without an answer of a deployment: refused, or lost on the way. */
  readonly unanswered: number
  /** What the last one without an answer said; CamelCase, and in words. */
  readonly problem?: { readonly reason: string; readonly message: string }
}

/** What the status of a rollout says of them; the counts only where this process sends them. */
export interface ProbeStatus extends Partial<ProbeCounts> {
  readonly perMinute: number
  /** So many different requests. */
  readonly different: number
}

/** In words: `3 different ones`. */
export function differentOnes(count: number): string {
  return `${count} different ${count === 1 ? 'one' : 'ones'}`
}

export const NO_PROBES_SENT: ProbeCounts = { sent: 0, failed: 0, unanswered: 0 }
