const SECOND_MS = 1000
const MINUTE_MS = 60_000
/** No pause after a failure or a refusal is longer, unless Azure asked for more. */
export const LONGEST_MS = 3_600_000

/** When what failed or was refused may be tried again, in milliseconds since the epoch. */
interface Again {
  readonly notBefore: number
  /** The same, where users wait for it. */
  readonly owedAt: number
}

/** After `waitMs`; what users wait for after two minutes at most, unless Azure asked for more. */
export function againAfter(now: number, waitMs: number, askedMs = 0): Again {
  const owedMs = Math.max(askedMs, Math.min(waitMs, OWED_MS))
  return { notBefore: now + waitMs, owedAt: now + owedMs }
}

const OWED_MS = 2 * MINUTE_MS

export function againAt({ notBefore, owedAt }: Again, isOwed: boolean): number {
  return isOwed ? Math.min(notBefore, owedAt) : notBefore
}

/** How long a refusal is waited for, the `count`th in a row. */
export function refusedMs(reason: string, count: number): number {
  return Math.min(mostMs(reason), backoffMs(SECOND_MS, count))
}

/** Something else was at work on it, or it had moved: over in a moment, and to ask again costs one request. */
function mostMs(reason: string): number {
  return reason === 'Conflict' || reason === 'Moved' ? CONFLICT_MS : LONGEST_MS
}

const CONFLICT_MS = 2 * MINUTE_MS

/** Twice as long each time, up to an hour. */
export function backoffMs(firstMs: number, count: number): number {
  return Math.min(LONGEST_MS, firstMs * 2 ** Math.min(count - 1, 16))
}
