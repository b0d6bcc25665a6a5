import type { KeptBucket } from '../../../reconcile/ports.ts'
import { closedFor, type LaneState, refill } from './lanes.ts'

/** Called with the number of deployments that Azure is at work on in a workspace. */
export type Estimate = (atWork: number) => void

/**
 * What a process that has just begun takes the level of a lane for, until its first answer tells. The process before has kept
 * it; where nothing was kept, each deployment that Azure is at work on has taken a token, nobody knows how long ago.
 */
export function estimateOf(lane: LaneState, now: () => number, kept?: KeptBucket): Estimate {
  const recalled = kept?.recall()
  if (recalled !== undefined) {
    const { tokens, perSecond, closedMs, passedMs } = recalled
    // Not the pace itself: it is learnt anew, so that none is wrong for ever.
    lane.level = Math.min(lane.bucket.burst, tokens + (passedMs * perSecond) / 1000)
    lane.closedUntil = now() + closedMs - passedMs
  }
  if (kept !== undefined)
    lane.keep = () => {
      refill(lane, now())
      const { level: tokens, bucket } = lane
      kept.keep({ tokens, perSecond: bucket.perSecond, closedMs: closedFor(lane, now()) })
    }
  return (atWork) => {
    if (lane.isUntold && recalled === undefined) lane.level = Math.max(0, lane.level - atWork)
  }
}
