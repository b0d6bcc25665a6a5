import type { Counts } from '../counts.ts'
import { Dispersion } from '../dispersion.ts'
import { Reference } from '../reference.ts'
import { type Bake, type BakeRules, ControlledBake, ReferredBake } from './bake.ts'
import { Parity, Tolerance } from './parity.ts'
import { Regression } from './regression.ts'

export interface ComparisonRules {
  /** ρ: the largest harmless ratio candidate/stable, at least 1. */
  readonly margin: number
  /** The ratio that a pass excludes, above `margin`. */
  readonly worseBy: number
  /** A rate in (0, 1) that passes whatever stable does. */
  readonly tolerate?: number
  /** A rate that is no regression where stable has no requests to compare with; 1 = any. */
  readonly alone: number
}

/** The evidence on one kind of event, window by window: all of its state is numbers. */
export class BakeComparison {
  readonly dispersion = new Dispersion()
  /** The tempering exponent of the latest window. */
  eta = 1
  /** Stable's own rate so far: what the bake refers to. */
  readonly reference = new Reference()
  private readonly rules: ComparisonRules
  private readonly regression: Regression
  private readonly parity: Parity
  private readonly tolerance: Tolerance | undefined
  private bake: Bake | undefined

  constructor(rules: ComparisonRules) {
    const { margin, worseBy, tolerate, alone } = rules
    this.rules = rules
    this.regression = new Regression(margin, alone)
    this.parity = new Parity(worseBy)
    this.tolerance = tolerate === undefined ? undefined : new Tolerance(tolerate)
  }

  /** Takes the next window. Its exponent is of what stable did before it, so no window weighs its own surprise. */
  step(window: Counts): void {
    const { stableRequests: n0, stableEvents: x0 } = window
    const { candidateRequests: n1, candidateEvents: x1 } = window
    if (n1 > 0) {
      this.eta = this.dispersion.eta(n1 / (n0 + n1))
      this.regression.add(n0, x0, n1, x1, this.eta)
      this.parity.add(n0, x0, n1, x1, this.eta)
      this.tolerance?.add(n1, x1, this.eta)
    }
    this.dispersion.add(window.startMs, window.endMs, n0, x0)
  }

  /** From the next window on, the candidate has the traffic of the bake. What is known of stable is fixed now. */
  beginBake(rules: BakeRules): void {
    const { reference, dispersion } = this
    this.bake = rules.hasControl
      ? new ControlledBake(this.rules)
      : new ReferredBake(reference, this.rules, rules, dispersion.eta(0))
  }

  /** Takes a window of the bake, also one in which stable has no samples; `isPassing` = the evidence for a pass is enough. */
  stepBake(window: Counts, isPassing: boolean): void {
    this.bake?.add(window, this.eta, isPassing)
  }

  /** The e-value of a regression in the bake, now. */
  get bakeAbort(): number {
    return this.bake?.abort ?? 1
  }

  /** The e-value of a regression, now. */
  get abort(): number {
    return this.regression.value
  }

  /**
   * Logarithm of the e-value for a pass, now. With a tolerated rate it is the mean of two: a candidate that must not pass
   * is both worse and not tolerable, so either is an e-value against it, and their mean keeps β as it is.
   */
  get pass(): number {
    const parity = this.parity.log + (this.bake?.pass ?? 0)
    if (this.tolerance === undefined) return parity
    const most = Math.max(parity, this.tolerance.log)
    const least = Math.min(parity, this.tolerance.log)
    return most + Math.log((1 + Math.exp(least - most)) / 2)
  }

  /** Whether the tolerated rate says more for a pass than stable does. */
  get isTolerated(): boolean {
    return (
      this.tolerance !== undefined && this.tolerance.log > this.parity.log + (this.bake?.pass ?? 0)
    )
  }
}
