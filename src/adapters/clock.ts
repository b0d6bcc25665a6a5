import type { Clock } from '../reconcile/ports.ts'

/** Timers of Node count in 32 bits: a longer sleep would fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1

/** A clock that is further off has jumped; what is less is corrected. */
const JUMP_MS = 60_000

/** A correction is followed by so much of the time that passes: it shortens and lengthens no wait by more than that. */
const SLEW = 0.01

/** A clock that stays elsewhere for so long was set, and is right now. */
const SETTLED_MS = 10 * 60_000

/** The machine's clock. A sleep keeps the process alive, holds no listener once it is over, and never rejects. */
export function createClock(): Clock {
  const wall = continuousTime(
    () => Date.now(),
    () => performance.now(),
  )
  return { ...wall, sleep }
}

/**
 * Wall time that a process can count durations by (INVARIANTS S31): corrections of the clock are followed slowly, a jump only
 * when the clock has stayed there for ten minutes, and then as by a process that has just begun: `settings` counts these, and
 * what is remembered by the time of before is forgotten. Milliseconds since the epoch; `steadyMs` is monotonic.
 */
export function continuousTime(
  wallMs: () => number,
  steadyMs: () => number,
): Pick<Clock, 'now' | 'settings'> {
  let shown = wallMs()
  let at = steadyMs()
  let jumpedAt: number | undefined
  let settings = 0
  const now = (): number => {
    const steady = steadyMs()
    const passed = steady - at
    const expected = shown + passed
    const wall = wallMs()
    const isJump = Math.abs(wall - expected) >= JUMP_MS
    jumpedAt = isJump ? (jumpedAt ?? steady) : undefined
    const isSet = jumpedAt !== undefined && steady - jumpedAt >= SETTLED_MS
    if (isSet) {
      settings += 1
      jumpedAt = undefined
    }
    const most = isJump ? 0 : passed * SLEW
    shown = isSet ? wall : expected + Math.max(-most, Math.min(most, wall - expected))
    at = steady
    return shown
  }
  const count = (): number => {
    now()
    return settings
  }
  return { now, settings: count }
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
