import type { Live } from '../../../core/model/live.ts'
import { keyOf, type Ref } from '../../../core/model/ref.ts'
import { monotonic } from '../../../lib/monotonic.ts'
import type { Clock } from '../../../reconcile/ports.ts'

/** Endpoints whose deployments could not be read when that was tried last. */
export interface Failing {
  /**
   * Which of these they are, the one that was tried longest ago first, and whether each is to be tried again now: one that
   * never answers is tried more and more rarely.
   */
  among(endpoints: readonly Live[]): readonly { readonly endpoint: Live; readonly isDue: boolean }[]
  add(ref: Ref): void
  delete(ref: Ref): void
}

interface Failure {
  readonly at: number
  readonly count: number
}

/** After a second failure, and twice as long after each further one. */
const AGAIN_MS = 15_000
const AGAIN_MS_MAX = 2 * 60_000
const FAILURES_MAX = 10_000

export function createFailing(clock: Pick<Clock, 'now' | 'settings'>): Failing {
  const now = monotonic(clock)
  const failures = new Map<string, Failure>()
  return {
    among: (endpoints) =>
      endpoints
        .flatMap((endpoint) => {
          const failure = failures.get(keyOf(endpoint.ref))
          return failure === undefined ? [] : [{ endpoint, failure }]
        })
        .sort((a, b) => a.failure.at - b.failure.at)
        .map(({ endpoint, failure }) => ({ endpoint, isDue: isDue(failure, now()) })),
    add(ref) {
      const key = keyOf(ref)
      if (failures.size >= FAILURES_MAX) failures.clear()
      failures.set(key, { at: now(), count: (failures.get(key)?.count ?? 0) + 1 })
    },
    delete: (ref) => failures.delete(keyOf(ref)),
  }
}

function isDue({ at, count }: Failure, now: number): boolean {
  const waitMs = count < 2 ? 0 : AGAIN_MS * 2 ** Math.min(count - 2, 10)
  return now - at >= Math.min(AGAIN_MS_MAX, waitMs)
}
