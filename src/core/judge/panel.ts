import { Comparison, type ComparisonRules } from './comparison.ts'
import type { Tally } from './evidence.ts'
import type { Delta, Window } from './windows.ts'

/** One kind of event: how it is counted, and whether a pass rests on it. */
export interface Event {
  readonly count: (delta: Delta) => number
  readonly isCommon: boolean
}

/** The comparisons of one check side by side (one for errors, one for each threshold of latency), and what came of them. */
export class Panel {
  /** Largest log e-value of a regression so far, and where it first reached the line. */
  logAbort = 0
  failedAt: number | undefined
  logPass = 0
  /** Since when the evidence for a pass has stood at its line. */
  passedAt: number | undefined
  used = 0
  voided = 0
  /** End of the last window used. */
  endMs: number | undefined
  stable: Tally = { requests: 0, errors: 0 }
  candidate: Tally = { requests: 0, errors: 0 }
  private readonly sides: readonly (Event & { readonly comparison: Comparison })[]
  private readonly shown: number
  private readonly lines: { readonly abortAt: number; readonly passAt: number }

  /** `shown`: the place of the event whose numbers are shown. */
  constructor(
    events: readonly Event[],
    shown: number,
    rules: ComparisonRules,
    lines: { readonly abortAt: number; readonly passAt: number },
  ) {
    this.sides = events.map((event) => ({ ...event, comparison: new Comparison(rules) }))
    this.shown = shown
    this.lines = lines
  }

  /** Takes the next window: of one without both sides it only learns how stable scatters. */
  take({ startMs, endMs, stable, candidate }: Window): void {
    for (const { count, comparison } of this.sides) {
      if (stable === undefined) continue
      const before = {
        startMs,
        endMs,
        stableRequests: stable.requests,
        stableEvents: count(stable),
      }
      comparison.step({
        ...before,
        candidateRequests: candidate?.requests ?? 0,
        candidateEvents: candidate === undefined ? 0 : count(candidate),
      })
    }
    if (stable === undefined || candidate === undefined) {
      this.voided += 1
      return
    }
    this.used += 1
    this.endMs = endMs
    this.stable = this.plus(this.stable, stable)
    this.candidate = this.plus(this.candidate, candidate)
    this.look(endMs)
  }

  /** Only how stable scattered before the start. */
  rehearse({ startMs, endMs, stable }: Window): void {
    if (stable === undefined) return
    for (const { count, comparison } of this.sides) {
      comparison.dispersion.add(startMs, endMs, stable.requests, count(stable))
    }
  }

  /** The comparison that is tempered most. */
  get noisiest(): Comparison | undefined {
    let noisiest = this.sides[0]?.comparison
    for (const { comparison } of this.sides) {
      if (noisiest !== undefined && comparison.eta < noisiest.eta) noisiest = comparison
    }
    return noisiest
  }

  get isTolerated(): boolean {
    return this.sides[0]?.comparison.isTolerated ?? false
  }

  /** The mean of e-values is one. A pass needs every comparison it rests on: each would be wrong with chance β at most. */
  private look(endMs: number): void {
    let sum = 0
    let pass = Number.POSITIVE_INFINITY
    for (const { isCommon, comparison } of this.sides) {
      sum += comparison.abort
      if (isCommon) pass = Math.min(pass, comparison.pass)
    }
    this.logAbort = Math.max(this.logAbort, Math.log(sum / this.sides.length))
    this.logPass = pass === Number.POSITIVE_INFINITY ? 0 : pass
    if (this.logAbort >= this.lines.abortAt) this.failedAt ??= endMs
    this.passedAt = this.logPass >= this.lines.passAt ? (this.passedAt ?? endMs) : undefined
  }

  private plus(tally: Tally, delta: Delta): Tally {
    const count = this.sides[this.shown]?.count(delta) ?? 0
    return { requests: tally.requests + delta.requests, errors: tally.errors + count }
  }
}
