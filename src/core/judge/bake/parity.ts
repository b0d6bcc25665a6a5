/** Ratios, or parts of the tolerated rate, that the evidence for a pass bets on: equal shares. */
const RATIOS = [0.5, 0.75, 1, 1.15] as const
const PARTS = [0.1, 0.3, 0.5, 0.75] as const

/** A mixture of likelihood ratios in equal shares, kept as logarithms. */
class Mixture {
  private readonly logs: Float64Array

  constructor(size: number) {
    this.logs = new Float64Array(size)
  }

  add(place: number, gain: number): void {
    this.logs[place] = (this.logs[place] as number) + gain
  }

  /** Logarithm of the mean of the e-values. */
  get log(): number {
    let most = Number.NEGATIVE_INFINITY
    for (const log of this.logs) most = Math.max(most, log)
    let sum = 0
    for (const log of this.logs) sum += Math.exp(log - most)
    return most + Math.log(sum / this.logs.length)
  }
}

/**
 * E-process against "the candidate's rate is at least `worseBy` times stable's": the mirror of `Regression`, with ratios
 * below; the same argument holds, since its factor falls with the candidate's events.
 */
export class Parity {
  private readonly mixture = new Mixture(RATIOS.length)
  private readonly ratios: Float64Array
  private readonly worseBy: number

  constructor(worseBy: number) {
    this.worseBy = worseBy
    this.ratios = Float64Array.from(RATIOS, (ratio) => ratio / worseBy)
  }

  add(n0: number, x0: number, n1: number, x1: number, eta: number): void {
    const events = x0 + x1
    if (events === 0 || n0 === 0) return
    const theta = (n1 * this.worseBy) / (n1 * this.worseBy + n0)
    for (let place = 0; place < RATIOS.length; place += 1) {
      const ratio = this.ratios[place] as number
      const gain = x1 * Math.log(ratio) - events * Math.log(1 + theta * (ratio - 1))
      this.mixture.add(place, eta * gain)
    }
  }

  get log(): number {
    return this.mixture.log
  }
}

/**
 * E-process against "the candidate's rate is at least `tolerate`", stable or not: likelihood ratios of q < tolerate over
 * it, request by request. Each has mean at most 1 when the chance of failing is at least `tolerate` on average over a
 * window, since it falls with the number of failures and Π(1 + cpᵢ) ≤ (1 + cp̄)ⁿ.
 */
export class Tolerance {
  private readonly mixture = new Mixture(PARTS.length)

  private readonly tolerate: number

  constructor(tolerate: number) {
    this.tolerate = tolerate
  }

  add(n1: number, x1: number, eta: number): void {
    for (let place = 0; place < PARTS.length; place += 1) {
      const part = PARTS[place] as number
      const success = Math.log((1 - part * this.tolerate) / (1 - this.tolerate))
      this.mixture.add(place, eta * (x1 * Math.log(part) + (n1 - x1) * success))
    }
  }

  get log(): number {
    return this.mixture.log
  }
}
