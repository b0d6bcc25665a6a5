import type { OracleStream } from './oracle.ts'

/** Uniform whole numbers below a bound, from a seed (mulberry32). */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed | 0
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) * below)
  }
}

/** Streams of every kind: busy and idle, good, bad and broken candidates, noise, windows without requests of a side. */
export function oracleStreams(count: number, seed: number): readonly OracleStream[] {
  const below = numbersFrom(seed)
  const pick = <T>(values: readonly T[]) => values[below(values.length)] as T
  return Array.from({ length: count }, () => {
    const rate = pick([0, 0.001, 0.01, 0.05, 0.3])
    const ratio = pick([0.5, 1, 1, 1.5, 2, 10])
    const broken = pick([false, false, false, true])
    const clump = pick([1, 1, 5])
    const traffic = pick([5, 50, 500])
    const weight = pick([0.05, 0.25, 0.5, 0.9])
    const side = (requests: number, chance: number): [number, number] => {
      const n =
        below(5) === 0 ? below(2) * requests : Math.round(requests * (0.5 + below(100) / 100))
      let events = 0
      for (let request = 0; request < n; request += clump) {
        if (below(1e6) < chance * 1e6) events += Math.min(clump, n - request)
      }
      return [n, events]
    }
    const window = (): [number, number, number, number] => {
      const stable = side(Math.round(traffic * (1 - weight)), rate)
      const chance = broken ? 1 : Math.min(1, rate * ratio)
      return [...stable, ...side(Math.round(traffic * weight), chance)]
    }
    const tolerate = pick([undefined, 0.01, 0.1])
    return {
      margin: pick([1, 1.1, 1.5]),
      worseBy: pick([1.5, 2]),
      alone: pick([0.5, 1]),
      ...(tolerate === undefined ? {} : { tolerate }),
      baseline: Array.from({ length: below(30) }, () => side(traffic, rate)),
      windows: Array.from({ length: 1 + below(40) }, window),
    }
  })
}
