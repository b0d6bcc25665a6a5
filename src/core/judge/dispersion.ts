/** Standard errors that φ is taken down by before it tempers. */
const ERRORS = 1.5

/**
 * How much more stable's windows scatter than independent requests would: retries, batches and sticky clients make errors
 * come in clumps. Each window is held against its neighbour: given m events in both, x of the later one are
 * Binomial(m, s) by s, its share of the requests, whatever the rate was. So
 *
 *     φ = Σ (x − ms)² / (s(1 − s))  /  Σ m
 *
 * has mean 1 under independence: it is Pearson's χ²/df with the rate fitted per pair. A rate that drifts, or an incident
 * that begins and ends, touches few pairs and so does not pass for noise; weighting by m keeps rare clumps in full.
 */
export class Dispersion {
  private squares = 0
  private events = 0
  private spread = 0
  private endMs = Number.NaN
  private requests = 0
  private found = 0

  /** One of stable's windows, in order of time. Windows that do not touch are not compared. */
  add(startMs: number, endMs: number, requests: number, events: number): void {
    if (startMs === this.endMs && requests > 0 && this.requests > 0) {
      const total = events + this.found
      const share = requests / (requests + this.requests)
      const deviation = events - total * share
      this.squares += (deviation * deviation) / (share * (1 - share))
      this.events += total
      this.spread += total * (total - 1)
    }
    this.endMs = endMs
    this.requests = requests
    this.found = events
  }

  /** 1 = independent requests, and where nothing is known. */
  get phi(): number {
    return this.events > 0 ? this.squares / this.events : 1
  }

  /**
   * The exponent of the next window's likelihood ratio, in (0, 1]: 1/φ by the lower end of φ's interval (one and a half
   * standard errors; neighbouring pairs overlap, hence 3 and not 2), so that chance alone does not cost power. Between the sides,
   * noise of each of them counts 2·w times what stable's alone shows (w = the candidate's share of requests); taken as it
   * is for small w, where that is on the safe side.
   */
  eta(share: number): number {
    if (this.events <= 0) return 1
    const error = Math.sqrt(3 * Math.max(0, this.spread)) / this.events
    const excess = this.phi / (1 + ERRORS * error) - 1
    return excess > 0 ? 1 / (1 + excess * Math.max(1, 2 * share)) : 1
  }
}
