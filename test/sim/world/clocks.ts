import type { Clock } from '../../../src/reconcile/ports.ts'
import type { ClockName } from './scenario.ts'

/** Three clocks beside the time that really passes, which is that of the sandbox. Each may jump, and run fast. */
export interface Clocks {
  /** What a clock shows now. */
  show(name: ClockName): number
  /** The real instant at which a clock showed, or will show, this. */
  realOf(name: ClockName, shown: number): number
  jump(name: ClockName, ms: number): void
  /** From now on it gains this share of the time that passes; 0 = as it should. */
  run(name: ClockName, fast: number): void
  /** Somebody sets all of them right, and they run as they should. */
  repair(): void
}

export interface SimClock extends Clock {
  now(): number
  /** Monotonic milliseconds: no jump moves it. */
  steady(): number
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

interface Hand {
  offset: number
  fast: number
  sinceMs: number
}

export function createClocks(realNow: () => number): Clocks {
  const fresh = (): Hand => ({ offset: 0, fast: 0, sinceMs: 0 })
  const hands: Record<ClockName, Hand> = {
    controller: fresh(),
    azure: fresh(),
    provider: fresh(),
  }

  function offsetOf({ offset, fast, sinceMs }: Hand): number {
    return offset + (fast === 0 ? 0 : Math.round(fast * (realNow() - sinceMs)))
  }

  // Azure's clock is the one that this world is told in: its jump is the others' jump the other way round.
  function offset(name: ClockName): number {
    return name === 'azure' ? 0 : offsetOf(hands[name]) - offsetOf(hands.azure)
  }

  return {
    show: (name) => realNow() + offset(name),
    realOf: (name, shown) => shown - offset(name),
    jump(name, ms) {
      hands[name].offset += ms
    },
    run(name, fast) {
      const hand = hands[name]
      hand.offset = offsetOf(hand)
      hand.sinceMs = realNow()
      hand.fast = fast
    },
    repair() {
      for (const hand of Object.values(hands)) Object.assign(hand, fresh())
    },
  }
}
