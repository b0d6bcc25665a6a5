import { BakeComparison } from '../../../src/core/judge/bake/comparison.ts'
import { BASELINE_WINDOWS, WINDOW_S } from './scenarios.ts'
import type { Stream } from './stream.ts'

export const SABOTAGES = ['theta', 'twice', 'alpha', 'lax', 'point', 'deaf', 'reference'] as const

/**
 * A judge with a mistake: θ₀ 10 % off, each window taken twice, a tenth or ten times of the error rate it was given. In the
 * bake: stable's rate taken as it is, without a bound; no ear for it at all; a control group that is not looked at.
 */
export type Sabotage = (typeof SABOTAGES)[number]

export interface JudgeSettings {
  readonly margin: number
  readonly alpha: number
  readonly tolerate?: number
  /** Whether passes are looked for, and not only aborts. */
  readonly passes: boolean
  readonly sabotage?: Sabotage
}

/** What a rule made of a run. Nothing decided: `window` is -1 and the rest what the whole run came to. */
export interface Decision {
  /** Windows since the start when the abort was decided. */
  readonly window: number
  /** Candidate requests, and failed ones, until then. */
  readonly requests: number
  readonly errors: number
  /** Candidate requests of the window of the decision. */
  readonly last: number
  /** Windows since the start when a pass was first open, had there been no abort until then; -1 when it never was. */
  readonly pass: number
}

const BETA = 0.05
const WORSE_BY = 1.5

/** Takes a run window by window through the judge's own arithmetic. */
export function judged(stream: Stream, settings: JudgeSettings): Decision {
  const { stableRequests, stableErrors, candidateRequests, candidateErrors } = stream
  const comparison = comparisonOf(settings)
  const line = 1 / alphaOf(settings)
  const window = {
    startMs: 0,
    endMs: 0,
    stableRequests: 0,
    stableEvents: 0,
    candidateRequests: 0,
    candidateEvents: 0,
  }
  let requests = 0
  let errors = 0
  let pass = -1
  for (let place = 0; place < stableRequests.length; place += 1) {
    window.startMs = place * WINDOW_S * 1000
    window.endMs = window.startMs + WINDOW_S * 1000
    window.stableRequests = stableRequests[place] as number
    window.stableEvents = stableErrors[place] as number
    window.candidateRequests = candidateRequests[place] as number
    window.candidateEvents = candidateErrors[place] as number
    comparison.step(window)
    if (settings.sabotage === 'twice') comparison.step(window)
    requests += window.candidateRequests
    errors += window.candidateEvents
    const since = place - BASELINE_WINDOWS + 1
    if (comparison.abort >= line) {
      return { window: since, requests, errors, last: window.candidateRequests, pass }
    }
    if (settings.passes && pass < 0 && comparison.pass >= Math.log(1 / BETA)) pass = since
  }
  return { window: -1, requests, errors, last: 0, pass }
}

export function comparisonOf({ margin, tolerate, sabotage }: JudgeSettings): BakeComparison {
  return new BakeComparison({
    margin: sabotage === 'theta' ? margin * 0.9 : margin,
    worseBy: WORSE_BY,
    alone: 0.5,
    ...(tolerate === undefined ? {} : { tolerate }),
  })
}

/** What a judge with that mistake takes its share of false aborts for. */
export function alphaOf({
  alpha,
  sabotage,
}: {
  readonly alpha: number
  readonly sabotage?: Sabotage | undefined
}): number {
  if (sabotage === 'alpha') return alpha / 10
  return sabotage === 'lax' ? alpha * 10 : alpha
}
