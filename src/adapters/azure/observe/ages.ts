import { keyOf, type Ref } from '../../../core/model/ref.ts'
import type { JsonObject } from '../../../core/model/values/json.ts'
import { textIn } from '../../../core/model/values/json.ts'
import { valueAt } from '../../../core/model/values/pointer.ts'
import { monotonic } from '../../../lib/monotonic.ts'
import type { Clock } from '../../../reconcile/ports.ts'

/**
 * How new each thing was when it was last read. `lastModifiedAt` does not move with every change (FACTS 1.2), and never
 * moves back: what says less than was read before is an answer of before (INVARIANTS 1.3).
 */
export interface Ages {
  /** Whether this body is older than one that was read already. */
  isOutdated(ref: Ref, body: JsonObject): boolean
  /**
   * A GET did not find it. Whether that is too new to be believed: what was read before is taken for there until it was not
   * found for a minute.
   */
  isNewlyGone(ref: Ref): boolean
}

/** For so long an older body is not believed; then what was read before was wrong, or somebody's clock was. */
const DISBELIEVED_MS = 2 * 60_000
const GONE_MS = 60_000
const AGES_MAX = 50_000

interface Age {
  readonly createdAt: unknown
  readonly modifiedMs: number
  readonly seenAt: number
  readonly goneAt?: number
}

export function createAges(clock: Pick<Clock, 'now' | 'settings'>): Ages {
  const now = monotonic(clock)
  const ages = new Map<string, Age>()
  return {
    isOutdated(ref, body) {
      const key = keyOf(ref)
      const createdAt = valueAt(body, '/systemData/createdAt')
      const known = ages.get(key)
      const saidMs = Date.parse(textIn(valueAt(body, '/systemData/lastModifiedAt')))
      const modifiedMs = Number.isNaN(saidMs) ? (known?.modifiedMs ?? 0) : saidMs
      const isOlder = known?.createdAt === createdAt && modifiedMs < (known?.modifiedMs ?? 0)
      if (isOlder && now() - (known?.seenAt ?? 0) < DISBELIEVED_MS) return true
      if (ages.size >= AGES_MAX) ages.clear()
      ages.set(key, { createdAt, modifiedMs, seenAt: now() })
      return false
    },
    isNewlyGone(ref) {
      const key = keyOf(ref)
      const known = ages.get(key)
      if (known === undefined) return false
      const { goneAt = now() } = known
      ages.set(key, { ...known, goneAt })
      return now() - goneAt < GONE_MS
    },
  }
}
