import { NoData } from '../no-data.ts'

/** A provider that is ahead would be asked for what was before the rollout: other revisions in the same slots. */
const AHEAD_MS = 60_000

/** One that is behind has nothing yet of what it is asked for; a little late is judged a little late. */
const BEHIND_MS = 10 * 60_000

/**
 * Windows are asked for by our clock, and counted by the provider's, which stands in the Date of its answers (INVARIANTS
 * S31). Where the two are too far apart nothing that it says is about the rollout.
 */
export function checkSkew(date: string | undefined, nowMs: number, who: string): void {
  const aheadMs = Date.parse(date ?? '') - nowMs
  // Without a Date, or with one that is none, nothing is known.
  if (!(aheadMs > AHEAD_MS || aheadMs < -BEHIND_MS)) return
  const minutes = Math.round(Math.abs(aheadMs) / 60_000)
  const side = aheadMs > 0 ? 'ahead of' : 'behind'
  throw new NoData(
    'ClockSkew',
    `The clock of ${who} is ${minutes} minutes ${side} ours, so that it counts other windows than are meant: set the clocks right.`,
  )
}
