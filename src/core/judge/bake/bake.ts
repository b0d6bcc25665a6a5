import type { Counts } from '../counts.ts'
import type { Reference } from '../reference.ts'
import { Ceiling } from './ceiling.ts'
import { ANY_TIME } from './onset.ts'
import { Tolerance } from './parity.ts'
import { Regression } from './regression.ts'

/** How windows with the bake's traffic are judged, beside the comparison of all windows. */
export interface BakeRules {
  /** A share of the traffic stays on stable, and the candidate is compared with that. */
  readonly hasControl: boolean
  /** Chances that the bounds of stable's rate are wrong: the upper one, for an abort, and the lower one, for a pass. */
  readonly upperChance: number
  readonly lowerChance: number
}

interface Rules {
  readonly margin: number
  readonly worseBy: number
  readonly tolerate?: number
  /** The rate that is no regression where stable has never had a request; 1 = any. */
  readonly alone: number
}

/** The evidence of the bake on one kind of event. It begins anew: what was good so far does not make up for what is bad now. */
export interface Bake {
  /** Takes a window that ends in the bake; `eta` is the exponent of a comparison with stable. What passes already stands. */
  add(window: Counts, eta: number, isPassing: boolean): void
  /** The e-value of a regression, now. */
  readonly abort: number
  /** What the bake adds to the logarithm of the e-value for a pass. */
  readonly pass: number
}

/** Both sides have traffic: the same comparison, from the beginning of the bake. */
export class ControlledBake implements Bake {
  readonly pass = 0
  private readonly regression: Regression

  constructor({ margin, alone }: Rules) {
    this.regression = new Regression(margin, alone, ANY_TIME)
  }

  add(window: Counts, eta: number): void {
    const { stableRequests, stableEvents, candidateRequests, candidateEvents } = window
    if (candidateRequests === 0) return
    this.regression.add(stableRequests, stableEvents, candidateRequests, candidateEvents, eta)
  }

  get abort(): number {
    return this.regression.value
  }
}

/** Fewer of stable's requests than one in so many are nothing to compare with: a request by hand, or one that was late. */
const FEW = 100

/**
 * Stable has no traffic: the candidate is held against bounds of the rate that stable had while it did. An abort is wrong
 * when the upper bound is, or the e-value reaches its line all the same: the two chances add up, at any moment, as long
 * as the rate of the service itself has not risen by more than the margin. A pass goes on from where parity stands, by the
 * same argument with the lower bound.
 */
export class ReferredBake implements Bake {
  pass = 0
  private readonly eta: number
  private readonly ceiling: Ceiling
  private readonly floor: Tolerance | undefined

  constructor(
    reference: Reference,
    { margin, worseBy, tolerate = 0, alone }: Rules,
    rules: BakeRules,
    eta: number,
  ) {
    this.eta = eta
    const upper = reference.upper(rules.upperChance, eta) ?? alone
    this.ceiling = new Ceiling(margin * Math.max(upper, tolerate))
    const floor = worseBy * (reference.lower(rules.lowerChance, eta) ?? 0)
    this.floor = floor > 0 && floor < 1 ? new Tolerance(floor) : undefined
  }

  add(window: Counts, _: number, isPassing: boolean): void {
    const { stableRequests, candidateRequests: requests, candidateEvents: events } = window
    if (stableRequests * FEW >= stableRequests + requests) return
    this.ceiling.add(requests, events, this.eta)
    if (isPassing || this.floor === undefined) return
    this.floor.add(requests, events, this.eta)
    this.pass = this.floor.log
  }

  get abort(): number {
    return this.ceiling.value
  }
}
