import { once } from '../../../src/core/model/values/once.ts'
import type { TraceEvent, WorldState } from '../trace.ts'
import { isTreeBusy } from './world.ts'

/** What must be in order for time to count: everything, or all that measuring needs (Git may be out of reach). */
export type Need = 'acting' | 'judging'

/** What the clock asks of the history that it belongs to. */
interface Moment {
  readonly now: number
  readonly state: WorldState
  readonly down: ReadonlySet<string>
  isFaulty(at: number, name?: RegExp): boolean
  /** A process was started that can know nothing of what Git says: neither Git nor a copy of it is within reach. */
  isWithoutGit(): boolean
}

/** Endpoints that Azure is at work on; a state is looked at by many events. */
const busyIn = once((state: WorldState): readonly string[] =>
  Object.keys(state.endpoints)
    .map((name) => name.toLowerCase())
    .filter((endpoint) => isTreeBusy(state, endpoint)),
)

/** Faults that keep from measuring, too. */
const BLINDING = /^(crash|freeze|slowCalls|provider|clock|call)/i

/** A call that failed on its way excuses what would have followed from it for so long. */
const AFTER_FAULT_MS = 120_000
/** Longer where Azure asks for a wait, the longest that it asks for, or the call hangs until it is given up. */
const WAITS_MS: Readonly<Record<string, number>> = { '429after': 300_000, timeout: 100_000 }

/**
 * A clock for each endpoint that stands still while Verdigris cannot act on it: its processes are down, something is
 * broken on purpose, or Azure is at work on the endpoint.
 */
export class AbleClock {
  private readonly shared: Record<Need, number> = { acting: 0, judging: 0 }
  private readonly busy: Record<Need, Map<string, number>> = {
    acting: new Map(),
    judging: new Map(),
  }
  private excusedUntil = Number.NEGATIVE_INFINITY

  absorb(history: Moment, event: TraceEvent): void {
    const ms = Math.max(0, event.at - history.now)
    if (event.type === 'call' && event.fault !== undefined) {
      const ms = (WAITS_MS[event.fault] ?? 0) + AFTER_FAULT_MS
      this.excusedUntil = Math.max(this.excusedUntil, event.at + ms)
    }
    if (ms === 0) return
    for (const need of ['acting', 'judging'] as const) {
      if (!this.canAct(history, need)) continue
      this.shared[need] += ms
      for (const endpoint of busyIn(history.state))
        this.busy[need].set(endpoint, (this.busy[need].get(endpoint) ?? 0) + ms)
    }
  }

  private canAct(history: Moment, need: Need): boolean {
    const { now, down } = history
    if (down.size > 0 || now < this.excusedUntil) return false
    return need === 'acting'
      ? !history.isFaulty(now)
      : !history.isFaulty(now, BLINDING) && !history.isWithoutGit()
  }

  /** Milliseconds that counted so far. */
  at(endpoint: string, need: Need = 'acting'): number {
    return this.shared[need] - (this.busy[need].get(endpoint) ?? 0)
  }
}
