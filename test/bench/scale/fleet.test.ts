import { describe, expect, test } from '@jest/globals'
import { BENCHES } from './benches.ts'
import { converge, type Fleet, type FleetOptions, leastMs, openFleet } from './fleet.ts'

/** What `npm run bench` measures, as counts on small fleets. */

async function converged(options: FleetOptions): Promise<{ fleet: Fleet; ratio: number }> {
  const fleet = await openFleet(options)
  const ms = await converge(fleet)
  return { fleet, ratio: ms / leastMs(fleet) }
}

describe('a fleet on the sandbox as shipped', () => {
  test('converges in the time that Azure needs, without a 429', async () => {
    const { fleet, ratio } = await converged({ size: 30 })
    expect(ratio).toBeLessThanOrEqual(1.05)
    expect(fleet.asked).toMatchObject({ writes: expect.any(Number), refused: 0 })
  })

  test('takes longer where nobody looks: what is measured can be missed', async () => {
    const { ratio } = await converged({ size: 4, pollMs: 300_000 })
    expect(ratio).toBeGreaterThan(1.05)
  })

  test('asks at rest for the lists, and in turn for a tenth of what ARM gives', async () => {
    const { fleet } = await converged({ size: 30, isInstant: true })
    // What is left over from quiet times is used up first.
    for (let look = 0; look < 20; look += 1) await fleet.turn(5_000)
    const before = { ...fleet.asked }
    for (let look = 0; look < 20; look += 1) await fleet.turn(5_000)
    // 2.5 reads a second, two lists of a page, and what assets are read again; it were twice as much if all was read.
    expect((fleet.asked.reads - before.reads) / 20).toBeLessThanOrEqual(2.5 * 5 + 4)
    expect(fleet.asked.writes).toBe(before.writes)
  })

  test('every bench names what is spoilt in its other arm', () => {
    expect(BENCHES.filter(({ sabotage }) => sabotage === '')).toEqual([])
  })
})
