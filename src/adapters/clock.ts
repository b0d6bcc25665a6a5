import type { Clock } from '../reconcile/ports.ts'

/** Timers of Node count in 32 bits: a longer sleep would fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1

/** More than that between two looks is a jump of the machine's clock, and not its correction. */
const JUMP_MS = 60_000

/** The machine's clock. A sleep keeps the process alive, holds no listener once it is over, and never rejects. */
export function createClock(): Clock {
  const now = continuousNow(
    () => Date.now(),
    () => performance.now(),
  )
  return { now, sleep }
}

/**
 * Wall time that a process can count durations by (INVARIANTS S31): small corrections of the clock are followed, a jump is
 * not, until the process starts anew. Milliseconds since the epoch; `steadyMs` is monotonic, from anywhere.
 */
export function continuousNow(wallMs: () => number, steadyMs: () => number): () => number {
  let shown = wallMs()
  let at = steadyMs()
  return () => {
    const steady = steadyMs()
    const expected = shown + steady - at
    const wall = wallMs()
    shown = Math.abs(wall - expected) < JUMP_MS ? wall : expected
    at = steady
    return shown
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, Math.min(Math.max(ms, 0), TIMER_MS_MAX))
    signal.addEventListener('abort', done, { once: true })
  })
}
