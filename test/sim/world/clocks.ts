import type { Clock } from '../../../src/reconcile/ports.ts'
import type { ClockName } from './scenario.ts'

/** Three clocks beside the time that really passes, which is that of the sandbox. Each may jump, and run fast. */
export interface Clocks {
  /** What a clock shows now. */
  show(name: ClockName): number
  /** How far a clock was out since when, in order: what was dated by it keeps its date. One that drifts is followed every ten minutes. */
  offsetsOf(name: ClockName): readonly Offset[]
  jump(name: ClockName, ms: number): void
  /** From now on it gains this share of the time that passes; 0 = as it should. */
  run(name: ClockName, fast: number): void
  /** Somebody sets all of them right, and they run as they should. */
  repair(): void
}

export interface Offset {
  /** A real instant. */
  readonly sinceMs: number
  readonly offset: number
}

export interface SimClock extends Clock {
  now(): number
  /** Monotonic milliseconds: no jump moves it. */
  steady(): number
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

interface Hand {
  readonly offset: number
  readonly fast: number
  readonly sinceMs: number
}

/** How the clocks have run since an instant. */
interface Era {
  readonly sinceMs: number
  readonly hands: Readonly<Record<ClockName, Hand>>
}

const FOLLOWED_MS = 600_000
const NAMES: readonly ClockName[] = ['controller', 'azure', 'provider']

export function createClocks(realNow: () => number): Clocks {
  const right = { offset: 0, fast: 0, sinceMs: 0 }
  const eras: Era[] = [
    {
      sinceMs: Number.NEGATIVE_INFINITY,
      hands: { controller: right, azure: right, provider: right },
    },
  ]
  const latest = (): Era => eras.at(-1) as Era

  function change(hands: Partial<Record<ClockName, Hand>>): void {
    eras.push({ sinceMs: realNow(), hands: { ...latest().hands, ...hands } })
  }

  return {
    show: (name) => realNow() + offsetIn(latest(), name, realNow()),
    offsetsOf(name) {
      return eras.flatMap((era, place) => {
        const endsMs = eras[place + 1]?.sinceMs ?? realNow() + 1
        const isDrifting = era.hands[name].fast !== 0 || era.hands.azure.fast !== 0
        const step = isDrifting ? FOLLOWED_MS : Number.POSITIVE_INFINITY
        const count = isDrifting ? Math.ceil((endsMs - era.sinceMs) / step) : 1
        return Array.from({ length: count }, (_, piece) => {
          const sinceMs = piece === 0 ? era.sinceMs : era.sinceMs + piece * step
          return { sinceMs, offset: offsetIn(era, name, Math.max(sinceMs, 0)) }
        })
      })
    },
    jump(name, ms) {
      const hand = latest().hands[name]
      change({ [name]: { ...hand, offset: hand.offset + ms } })
    },
    run(name, fast) {
      const offset = ownOffset(latest().hands[name], realNow())
      change({ [name]: { offset, sinceMs: realNow(), fast } })
    },
    repair() {
      change(Object.fromEntries(NAMES.map((name) => [name, right])))
    },
  }
}

function ownOffset({ offset, fast, sinceMs }: Hand, realMs: number): number {
  return offset + (fast === 0 ? 0 : Math.round(fast * (realMs - sinceMs)))
}

/** Azure's clock is the one that this world is told in: its jump is the others' jump the other way round. */
function offsetIn({ hands }: Era, name: ClockName, realMs: number): number {
  return name === 'azure' ? 0 : ownOffset(hands[name], realMs) - ownOffset(hands.azure, realMs)
}
