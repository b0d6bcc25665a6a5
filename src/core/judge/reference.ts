import { lowerBound, upperBound } from './binomial.ts'
import type { Tally } from './evidence.ts'

/** Fewer requests of stable since the start do not tell its rate well enough: those of before the start count, too. */
const ENOUGH = 10_000

/** Stable's own rate of events, as far as it is known: counted while it has traffic, and from full traffic on, fixed. */
export class Reference {
  private before: Tally = NONE
  private since: Tally = NONE
  private isRecalled = false

  addBefore(requests: number, errors: number): void {
    this.before = plus(this.before, requests, errors)
  }

  addSince(requests: number, errors: number): void {
    this.since = plus(this.since, requests, errors)
  }

  /** What was counted once and cannot be counted again: it stands where less is known now. */
  recall(recorded: Tally): void {
    if (recorded.requests <= this.counted.requests) return
    this.since = recorded
    this.isRecalled = true
  }

  /** Which windows count depends on requests only, never on what became of them: a choice by errors would be no bound. */
  get counted(): Tally {
    if (this.isRecalled || this.since.requests >= ENOUGH) return this.since
    return plus(this.since, this.before.requests, this.before.errors)
  }

  /**
   * Exact bounds (Clopper and Pearson) of the rate, each wrong with chance `chance` at most; undefined without requests.
   * Errors that come in clumps tell less: a tempering exponent `eta` of the counts is what they are worth.
   */
  upper(chance: number, eta: number): number | undefined {
    const { requests, errors } = this.counted
    return requests === 0 ? undefined : upperBound(errors * eta, requests * eta, chance)
  }

  lower(chance: number, eta: number): number | undefined {
    const { requests, errors } = this.counted
    return requests === 0 ? undefined : lowerBound(errors * eta, requests * eta, chance)
  }
}

const NONE: Tally = { requests: 0, errors: 0 }

function plus(tally: Tally, requests: number, errors: number): Tally {
  return { requests: tally.requests + requests, errors: tally.errors + errors }
}
