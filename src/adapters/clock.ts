import type { Clock } from '../reconcile/ports.ts'

/** Timers of Node count in 32 bits: a longer sleep would fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1

/** The machine's clock. A sleep keeps the process alive, holds no listener once it is over, and never rejects. */
export function createClock(): Clock {
  return { now: () => Date.now(), sleep }
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
