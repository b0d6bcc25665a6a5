import { hashOf } from '../model/hash.ts'
import type { GoldenRequest } from '../model/rollout.ts'

/**
 * All requests of a probe once, in an order of their own in each round: the same in every process, by the seed. Where they
 * came in the same order again and again, a split that counts requests would give the same ones to the candidate each time,
 * and what one request comes to on both sides would look like a difference between them.
 */
export function probeRound(
  requests: readonly GoldenRequest[],
  seed: string,
  round: number,
): readonly GoldenRequest[] {
  const placed = requests.map((request) => ({
    request,
    place: hashOf(`${seed}\n${round}\n${request.name}`, 8),
  }))
  return placed.sort((a, b) => (a.place < b.place ? -1 : 1)).map(({ request }) => request)
}
