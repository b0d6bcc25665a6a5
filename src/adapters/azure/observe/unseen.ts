import { lastWriteIn } from '../../../core/model/basis.ts'
import type { Live } from '../../../core/model/live.ts'
import { keyOf, type Ref } from '../../../core/model/ref.ts'
import type { Clock } from '../../../reconcile/ports.ts'

/** How long readings may not show a write. */
export const UNSEEN_MS = 2 * 60_000

/** What was done to an endpoint, without the service's own book-keeping: after a write it is another one. */
export function markOf({ body, phase }: Live): string {
  return `${lastWriteIn(body)} ${phase}`
}

/** Endpoints that were written to, until readings show it. */
export interface Unseen {
  /** It is written to and was like this before; `isSent`: readings may not show it yet. */
  add(ref: Ref, before: Live | undefined, isSent: boolean): void
  /** As it was read now. */
  read(endpoint: Live): void
  refs(kind: Ref['kind']): readonly Ref[]
}

interface Write {
  readonly ref: Ref
  /** As it was before; another one shows what was written. Absent = any reading tells what became of it. */
  readonly mark: string | undefined
  readonly until: number
}

export function createUnseen(now: Clock['now']): Unseen {
  const writes = new Map<string, Write>()
  return {
    add(ref, before, isSent) {
      const mark = isSent && before !== undefined ? markOf(before) : undefined
      writes.set(keyOf(ref), { ref, mark, until: now() + UNSEEN_MS })
    },
    read(endpoint) {
      const key = keyOf(endpoint.ref)
      if (writes.get(key)?.mark !== markOf(endpoint)) writes.delete(key)
    },
    refs(kind) {
      for (const [key, { until }] of writes) if (now() >= until) writes.delete(key)
      return [...writes.values()].flatMap(({ ref }) => (ref.kind === kind ? [ref] : []))
    },
  }
}
