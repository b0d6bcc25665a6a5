/** Numbers that follow from a seed and an index: any input can be made again without those before it. */
export interface Random {
  /** A whole number from 0 to `below` - 1. */
  whole(below: number): number
  one<T>(from: readonly [T, ...T[]] | readonly T[]): T
  /** For generators that want a seed of their own. */
  seed(): number
}

/** Mulberry32, begun at a mix of both numbers. */
export function randomOf(seed: number, index: number): Random {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) | 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const whole = (below: number): number => next() % below
  return {
    whole,
    one(from) {
      const found = from[whole(from.length)]
      if (found === undefined) throw new Error('there is nothing to choose from')
      return found
    },
    seed: () => next() | 0,
  }
}
