import { FROM_START, type Onset } from './onset.ts'

/** Ratios (beyond the margin) that the abort process bets on, and how much on each. */
export const RATIOS = [1.5, 2, 4, 10, 100] as const
const BETS = [0.15, 0.45, 0.25, 0.1, 0.05] as const

/** What is bet on "every request of the candidate fails, and at most one in twenty of stable's". */
const BROKEN_BET = 0.04
const BROKEN_STABLE_RATE = 0.05

/** Beyond any line that is held against it; keeps products finite. */
export const MOST = 1e300

const LOG_RATIOS = Float64Array.from(RATIOS, Math.log)

/**
 * E-process against "the candidate's rate of events is at most `margin` times stable's": its mean is at most 1 at any
 * moment of one's choosing when that is true, so it reaches 1/α with chance at most α (Ville).
 *
 * One window with n₁, n₀ requests and x₁, x₀ events (m = x₁ + x₀) multiplies the bet on ratio r by
 *
 *     r^x₁ / (1 + θ(r − 1))^m,   θ = n₁ρ/(n₁ρ + n₀)      (that is (θᵣ/θ)^x₁ · ((1−θᵣ)/(1−θ))^x₀)
 *
 * For Bernoulli requests of rate p₁ ≤ ρp₀ its mean is at most exp(p₀(n₁ρ(a−1) + n₀(b−1))) = 1, by 1 + x ≤ eˣ with
 * a = θᵣ/θ and b = (1−θᵣ)/(1−θ): for every ρ and p₀, also one that moves within the window. A power η ≤ 1 known before
 * the window keeps that (Jensen), and so does a mixture over ratios and over the window in which the regression begins.
 */
export class Regression {
  private readonly bets = new Float64Array(RATIOS.length)
  private broken = 0
  private windows = 0
  private readonly margin: number
  private readonly alone: number
  private readonly onset: Onset
  /** The e-value now; 1 before the first window. */
  value = 1

  /** `alone`: a rate that is no regression in a window in which stable has no requests to compare with; 1 = any. */
  constructor(margin: number, alone: number, onset = FROM_START) {
    this.margin = margin
    this.alone = alone
    this.onset = onset
  }

  /** Takes a window with candidate requests. */
  add(n0: number, x0: number, n1: number, x1: number, eta: number): void {
    this.windows += 1
    const k = this.windows
    const begun = this.onset.begins(k)
    const events = x0 + x1
    const theta = (n1 * this.margin) / (n1 * this.margin + n0)
    let sum = 0
    for (let place = 0; place < RATIOS.length; place += 1) {
      let bet = (this.bets[place] as number) + begun
      if (events > 0) {
        const gain =
          x1 * (LOG_RATIOS[place] as number) -
          events * Math.log(1 + theta * ((RATIOS[place] as number) - 1))
        bet = Math.min(MOST, bet * Math.exp(eta * gain))
      }
      this.bets[place] = bet
      sum += (BETS[place] as number) * bet
    }
    const gain = x1 < n1 ? Number.NEGATIVE_INFINITY : this.brokenGain(n0, x0, n1)
    this.broken = Math.min(MOST, (this.broken + begun) * Math.exp(eta * gain))
    this.value = (1 - BROKEN_BET) * sum + BROKEN_BET * this.broken + this.onset.rest(k)
  }

  /**
   * Log-likelihood ratio of "all n₁ failed": Turner and Grünwald's e-variable (arXiv 2106.02693), the alternative (1, q₀)
   * over the point of the null that is nearest to it, p₀ = (n₁ + n₀q₀)/(n₁ + n₀) and p₁ = ρp₀ ≤ 1. Unlike a ratio of
   * Poisson rates it knows that a rate ends at 1, so half of the traffic suffices to tell.
   */
  private brokenGain(n0: number, x0: number, n1: number): number {
    if (n0 === 0) return -n1 * Math.log(this.alone)
    const q = BROKEN_STABLE_RATE
    const p = Math.min((n1 + n0 * q) / (n1 + n0), 1 / this.margin)
    const stable = x0 * Math.log(q / p) + (n0 - x0) * Math.log((1 - q) / (1 - p))
    return stable - n1 * Math.log(this.margin * p)
  }
}
