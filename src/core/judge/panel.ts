import type { BakeRules } from './bake/bake.ts'
import { BakeComparison, type ComparisonRules } from './bake/comparison.ts'
import type { Counts } from './counts.ts'
import type { Tally } from './evidence.ts'
import type { Delta, Window } from './windows.ts'

/** One kind of event: how it is counted, and whether a pass rests on it. */
export interface PanelEvent {
  readonly count: (delta: Delta) => number
  readonly isCommon: boolean
}

interface Side extends PanelEvent {
  readonly comparison: BakeComparison
}

/** Logarithms that the evidence is held against. */
export interface Lines {
  readonly abortAt: number
  readonly passAt: number
}

/** When the candidate has the traffic of the bake, and how that is judged. */
export interface PanelBake extends BakeRules {
  /** A window that ends later than this is one of the bake. */
  readonly fullMs: number
  /** The line of the bake's own evidence. */
  readonly abortAt: number
  /** What was known of stable's rate when the bake began. */
  readonly recorded?: Tally
}

/** The comparisons of one check side by side (one for errors, one for each threshold of latency), and what came of them. */
export class Panel {
  /**
   * Largest log e-value of a regression so far, and where it first reached the line. Where the bake's own is nearer to its
   * line, it is that one, moved by the distance of the lines.
   */
  logAbort = 0
  failedAt: number | undefined
  logPass = 0
  /** Since when the evidence for a pass has stood at its line. */
  passedAt: number | undefined
  used = 0
  voided = 0
  /** End of the last window used. */
  endMs: number | undefined
  stable: Tally = NONE
  candidate: Tally = NONE
  /** The candidate's requests in the bake so far; at its failure, those until then. Absent before the bake. */
  baked: Tally | undefined
  /** Whether the bake's own evidence was what reached its line. */
  hasFailedInBake = false
  private readonly sides: readonly Side[]
  private readonly shown: number
  private readonly lines: Lines
  private readonly bake: PanelBake | undefined

  /** `shown`: the place of the event whose numbers are shown. */
  constructor(
    events: readonly PanelEvent[],
    shown: number,
    rules: ComparisonRules,
    lines: Lines,
    bake?: PanelBake,
  ) {
    this.sides = events.map((event) => ({ ...event, comparison: new BakeComparison(rules) }))
    this.shown = shown
    this.lines = lines
    this.bake = bake
  }

  /**
   * Takes the next window: of one without both sides it only learns how stable scatters. In a bake without a control group
   * stable is not expected to have samples, and the candidate's alone are used.
   */
  take(window: Window): void {
    const isBake = this.bake !== undefined && window.endMs > this.bake.fullMs
    if (isBake) this.beginBake()
    const isUsed = this.isUsable(window)
    for (const side of this.sides) this.step(side, window, isBake, isUsed)
    if (!isUsed) {
      this.voided += 1
      return
    }
    const { endMs, stable, candidate = EMPTY } = window
    this.used += 1
    this.endMs = endMs
    if (stable !== undefined) this.stable = this.plus(this.stable, stable)
    this.candidate = this.plus(this.candidate, candidate)
    if (isBake && this.failedAt === undefined) this.baked = this.plus(this.baked ?? NONE, candidate)
    this.look(endMs)
  }

  /** Only how stable was before the start. */
  rehearse({ startMs, endMs, stable }: Window): void {
    if (stable === undefined) return
    for (const { count, comparison } of this.sides) {
      comparison.dispersion.add(startMs, endMs, stable.requests, count(stable))
      comparison.reference.addBefore(stable.requests, count(stable))
    }
  }

  /** The comparison that is tempered most. */
  get noisiest(): BakeComparison | undefined {
    let noisiest = this.sides[0]?.comparison
    for (const { comparison } of this.sides) {
      if (noisiest !== undefined && comparison.eta < noisiest.eta) noisiest = comparison
    }
    return noisiest
  }

  get isTolerated(): boolean {
    return this.sides[0]?.comparison.isTolerated ?? false
  }

  /** What is known of stable's rate of the event that is shown. */
  get reference(): Tally {
    return this.sides[this.shown]?.comparison.reference.counted ?? NONE
  }

  private step(
    { count, comparison }: Side,
    window: Window,
    isBake: boolean,
    isUsed: boolean,
  ): void {
    const counts = countsOf(window, count)
    if (window.stable !== undefined) {
      comparison.step(counts)
      if (!isBake) comparison.reference.addSince(counts.stableRequests, counts.stableEvents)
    }
    if (isBake && isUsed) comparison.stepBake(counts, comparison.pass >= this.lines.passAt)
  }

  private beginBake(): void {
    if (this.bake === undefined || this.baked !== undefined) return
    this.baked = NONE
    const { recorded } = this.bake
    if (recorded !== undefined) this.sides[this.shown]?.comparison.reference.recall(recorded)
    // Each threshold has a bound of its own: all of them are to be right.
    const upperChance = this.bake.upperChance / this.sides.length
    const lowerChance = this.bake.lowerChance / this.sides.length
    for (const { comparison } of this.sides)
      comparison.beginBake({ ...this.bake, upperChance, lowerChance })
  }

  private isUsable({ endMs, stable, candidate }: Window): boolean {
    if (candidate === undefined) return false
    return stable !== undefined || (this.bake?.hasControl === false && endMs > this.bake.fullMs)
  }

  /** The mean of e-values is one. A pass needs every comparison it rests on: each would be wrong with chance β at most. */
  private look(endMs: number): void {
    let [sum, bakeSum] = [0, 0]
    let pass = Number.POSITIVE_INFINITY
    for (const { isCommon, comparison } of this.sides) {
      sum += comparison.abort
      bakeSum += comparison.bakeAbort
      if (isCommon) pass = Math.min(pass, comparison.pass)
    }
    const { abortAt, passAt } = this.lines
    const bakeAbort = Math.log(bakeSum / this.sides.length) - (this.bake?.abortAt ?? 0) + abortAt
    const abort = Math.log(sum / this.sides.length)
    this.logAbort = Math.max(this.logAbort, abort, this.bake === undefined ? abort : bakeAbort)
    this.logPass = pass === Number.POSITIVE_INFINITY ? 0 : pass
    if (this.logAbort >= abortAt && this.failedAt === undefined) {
      this.failedAt = endMs
      this.hasFailedInBake = this.bake !== undefined && bakeAbort > abort
    }
    this.passedAt = this.logPass >= passAt ? (this.passedAt ?? endMs) : undefined
  }

  private plus(tally: Tally, delta: Delta): Tally {
    const count = this.sides[this.shown]?.count(delta) ?? 0
    return { requests: tally.requests + delta.requests, errors: tally.errors + count }
  }
}

const EMPTY: Delta = { requests: 0, errors: 0, within: [] }
const NONE: Tally = { requests: 0, errors: 0 }

function countsOf(
  { startMs, endMs, stable, candidate }: Window,
  count: (delta: Delta) => number,
): Counts {
  return {
    startMs,
    endMs,
    stableRequests: stable?.requests ?? 0,
    stableEvents: stable === undefined ? 0 : count(stable),
    candidateRequests: candidate?.requests ?? 0,
    candidateEvents: candidate === undefined ? 0 : count(candidate),
  }
}
