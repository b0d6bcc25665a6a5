import { hashOf } from '../values/hash.ts'

/**
 * All requests of a probe once, in an order of their own in each round: the same in every process, by the seed. Where they
 * came in the same order again and again, a split that counts requests would give the same ones to the candidate each time,
 * and what one request comes to on both sides would look like a difference between them.
 */
export function probeRound<Request>(
  requests: readonly Request[],
  seed: string,
  round: number,
): readonly Request[] {
  const random = numbersFrom(Number.parseInt(hashOf(`${seed}\n${round}`, 8), 16))
  const order = [...requests]
  // Fisher and Yates: every order is as likely as any other.
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1))
    const [one, two] = [order[last], order[other]] as [Request, Request]
    order[last] = two
    order[other] = one
  }
  return order
}

/** Numbers in [0, 1) by a state of 32 bits (mulberry32). */
function numbersFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
