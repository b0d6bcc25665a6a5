import type { Live } from '../../../core/model/live.ts'
import { keyOf, type Ref } from '../../../core/model/ref.ts'
import { monotonic } from '../../../lib/monotonic.ts'
import type { Clock } from '../../../reconcile/ports.ts'
import type { Limits } from '../limits.ts'

/**
 * Versions of assets as they were read last. What is in a version never changes and what is said about it rarely does: it is
 * read again after a while, not at every look.
 */
export interface Resting {
  get(ref: Ref): Live | undefined
  add(live: Live): void
  /**
   * It is written to: until readings have caught up with that, it is read every time. `isMade`: there was nothing before, so
   * that the first reading that shows it has caught up.
   */
  disturb(ref: Ref, isMade: boolean): void
  /** Something was refused: what is remembered may be why. */
  clear(): void
}

interface Entry {
  readonly live?: Live
  readonly until: number
  readonly isMade?: boolean
}

export function createResting(clock: Clock, limits: Limits): Resting {
  const now = monotonic(clock)
  const entries = new Map<string, Entry>()

  function put(ref: Ref, entry: Entry): void {
    const key = keyOf(ref)
    entries.delete(key)
    const [oldest] = entries.keys()
    if (entries.size >= limits.itemsMax && oldest !== undefined) entries.delete(oldest)
    entries.set(key, entry)
  }

  const current = (ref: Ref): Entry | undefined => {
    const entry = entries.get(keyOf(ref))
    return entry !== undefined && entry.until > now() ? entry : undefined
  }

  return {
    get: (ref) => current(ref)?.live,
    add(live) {
      const known = current(live.ref)
      if (live.phase !== 'Ready' || (known !== undefined && known.isMade !== true)) return
      const age = limits.assetMaxAgeMs * (0.5 + shareOf(keyOf(live.ref)) / 2)
      put(live.ref, { live, until: now() + age })
    },
    disturb(ref, isMade) {
      if (ref.version === undefined) return
      put(ref, { until: now() + limits.assetMaxAgeMs / 2, isMade })
    },
    clear: () => entries.clear(),
  }
}

/** A number from 0 to 1 for each name, so that not all are read again at once. */
function shareOf(text: string): number {
  let sum = 0
  for (let place = 0; place < text.length; place += 1)
    sum = (sum * 31 + text.charCodeAt(place)) % 1009
  return sum / 1009
}
