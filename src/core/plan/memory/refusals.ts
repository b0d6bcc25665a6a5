import type { KeptRefusal, Memory } from '../../model/memory.ts'
import { saysUnrecoverable } from '../rollouts/deployment-states.ts'
import { againAfter, LONGEST_MS } from './backoff.ts'

/** So many are left to the next process: those that wait longest. */
const KEPT_MAX = 500

/**
 * What Azure refused for good and the next process need not ask again. A hint that only makes it wait: what users wait for
 * is not among it, and nothing by which something would be deleted.
 */
export function keptRefusals(memory: Memory): readonly KeptRefusal[] {
  return Object.entries(memory)
    .flatMap(([key, { rejected }]) => (rejected === undefined ? [] : [{ key, ...rejected }]))
    .filter(mayBeKept)
    .sort((a, b) => b.notBefore - a.notBefore || (a.key < b.key ? -1 : 1))
    .slice(0, KEPT_MAX)
}

/** The memory that a process begins with. A clock that was ahead when they were dated makes nothing wait longer than the longest pause. */
export function recalled(kept: readonly KeptRefusal[], now: number): Memory {
  const longest = againAfter(now, LONGEST_MS)
  const entries = kept.filter(mayBeKept).map(({ key, ...rejected }) => {
    const notBefore = Math.min(rejected.notBefore, longest.notBefore)
    const owedAt = Math.min(rejected.owedAt, longest.owedAt)
    return [key, { rejected: { ...rejected, notBefore, owedAt } }] as const
  })
  return Object.fromEntries(entries)
}

function mayBeKept(refusal: KeptRefusal): boolean {
  return refusal.isOwed !== true && !saysUnrecoverable(refusal)
}
