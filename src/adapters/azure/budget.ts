import type { Clock } from '../../reconcile/ports.ts'
import { type Gates, type Lanes, openLanes } from './lanes.ts'
import { DEFAULT_LIMITS, type Limits } from './limits.ts'

/**
 * What one principal may ask of ARM for one subscription. All who ask in its name draw on the same: the Applications of a
 * process, and every client of each.
 */
export interface Budget {
  readonly lanes: Lanes
  readonly gates: Gates
  /** How many of so many may now be read again in their turn. */
  readonly audit: (most: number) => number
}

export function openBudget({ now }: Pick<Clock, 'now'>, limits: Limits = DEFAULT_LIMITS): Budget {
  return { lanes: openLanes(limits, now()), gates: new Map(), audit: auditBudget(now, limits) }
}

/** What is left over is kept for a while: a workspace that is looked at each minute is read as often as another one. */
function auditBudget(now: () => number, { reads, auditShare }: Limits): Budget['audit'] {
  const full = reads.burst / 2
  let [budget, at] = [full, now()]
  return (most) => {
    const passedMs = Math.max(0, now() - at)
    budget = Math.min(full, budget + (passedMs / 1000) * reads.perSecond * auditShare)
    at = now()
    const count = Math.min(most, Math.floor(budget))
    budget -= count
    return count
  }
}
