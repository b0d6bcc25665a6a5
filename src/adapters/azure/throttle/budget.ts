import { monotonic } from '../../../lib/monotonic.ts'
import type { Clock, KeptBucket } from '../../../reconcile/ports.ts'
import { DEFAULT_LIMITS, type Limits } from '../limits.ts'
import { type Estimate, estimateOf } from './estimate.ts'
import { type Gates, type Lanes, openLanes } from './lanes.ts'

/**
 * What one principal may ask of ARM for one subscription. All who ask in its name draw on the same: the Applications of a
 * process, and every client of each.
 */
export interface Budget {
  /** The time by which it is counted, in milliseconds. */
  readonly now: () => number
  readonly lanes: Lanes
  readonly gates: Gates
  /** For one who reads again in turn: a share of what is left for that, as large as his share of all there is to read. */
  audits(): Audits
  /** For what a first look at a workspace shows. */
  readonly estimate: Estimate
}

/** How many of so many may now be read again. */
export type Audits = (most: number) => number

export function openBudget(
  clock: Pick<Clock, 'now' | 'settings'>,
  limits: Limits = DEFAULT_LIMITS,
  kept?: KeptBucket,
): Budget {
  const now = monotonic(clock)
  const lanes = openLanes(limits, now())
  const estimate = estimateOf(lanes.deploymentWrites, now, kept)
  return { now, lanes, gates: new Map(), audits: auditsOf(now, limits), estimate }
}

/** What is left over is kept for a while: a workspace that is looked at each minute is read as often as another one. */
function auditsOf(now: () => number, { reads, auditShare }: Limits): Budget['audits'] {
  const sizes = new Map<Audits, number>()
  return () => {
    let saved = Number.POSITIVE_INFINITY
    let at = now()
    const audits: Audits = (most) => {
      sizes.set(audits, most)
      if (most === 0) return 0
      const share = most / [...sizes.values()].reduce((sum, size) => sum + size, 0)
      const earned = ((now() - at) / 1000) * reads.perSecond * auditShare * share
      saved = Math.min(Math.max(1, (reads.burst / 2) * share), saved + earned)
      at = now()
      const count = Math.min(most, Math.floor(saved))
      saved -= count
      return count
    }
    return audits
  }
}
