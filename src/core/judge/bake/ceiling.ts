import { ANY_TIME } from './onset.ts'
import { MOST, RATIOS } from './regression.ts'

/**
 * How much is bet on each ratio: more on the smallest than in a comparison, because the rate that it is a multiple of is
 * an upper bound with a margin, so that twice the true rate is about one and a half times that.
 */
const BETS = [0.55, 0.2, 0.12, 0.08, 0.05] as const

/** No request is bet to fail for certain: one that does not would end the bet for ever. */
const HIGHEST = 0.99

/**
 * E-process against "the candidate's rate of events is at most `rate`", for windows in which there is nothing to compare
 * with. One window with n requests and x events multiplies the bet on ratio r by
 *
 *     (q/rate)^x · ((1 − q)/(1 − rate))^(n − x),   q = min(r · rate, 0.99)
 *
 * Its mean is at most 1 when the chance of an event is at most `rate` on average over the window, since it grows with x
 * and Π(1 + cpᵢ) ≤ (1 + cp̄)ⁿ; a power η ≤ 1 and the mixture over ratios and beginnings keep that, as in `Regression`.
 */
export class Ceiling {
  /** The e-value now; 1 before the first window, and always where no rate is above the one that is allowed. */
  value = 1
  private readonly bets = new Float64Array(RATIOS.length)
  private readonly rate: number
  private windows = 0

  constructor(rate: number) {
    this.rate = rate
  }

  add(requests: number, events: number, eta: number): void {
    if (this.rate >= HIGHEST || requests === 0) return
    this.windows += 1
    const begun = ANY_TIME.begins(this.windows)
    let sum = 0
    for (const [place, ratio] of RATIOS.entries()) {
      const q = Math.min(this.rate * ratio, HIGHEST)
      const gain =
        events * Math.log(q / this.rate) + (requests - events) * Math.log((1 - q) / (1 - this.rate))
      const bet = ((this.bets[place] as number) + begun) * Math.exp(eta * gain)
      this.bets[place] = Math.min(MOST, bet)
      sum += (BETS[place] as number) * (this.bets[place] as number)
    }
    this.value = sum + ANY_TIME.rest(this.windows)
  }
}
