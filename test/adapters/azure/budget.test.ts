import { describe, expect, test } from '@jest/globals'
import { openBudget } from '../../../src/adapters/azure/budget.ts'
import { DEFAULT_LIMITS } from '../../../src/adapters/azure/limits.ts'
import { openThrottle } from '../../../src/adapters/azure/throttle.ts'
import { samples, signal, virtualTime } from './stage.ts'

const workspace = (name: string) => `/subscriptions/s/resourceGroups/g/workspaces/${name}`

/** So many Applications, each with a throttle over the same budget. */
function opened(count: number) {
  const clock = virtualTime()
  const budget = openBudget(clock)
  const options = { limits: DEFAULT_LIMITS, clock, meter: samples().meter, budget }
  return { clock, budget, throttles: Array.from({ length: count }, () => openThrottle(options)) }
}

describe('one budget for all Applications of a process', () => {
  test('lets them send together what ARM lets one principal send, and refuses none of them', async () => {
    const { clock, throttles } = opened(30)
    const { burst, perSecond } = DEFAULT_LIMITS.reads
    const startedAt = clock.now()
    let sent = 0
    const reader = async (throttle: (typeof throttles)[number], name: string) => {
      for (let read = 0; read < 10; read += 1) {
        const settle = await throttle.admit('GET', `${workspace(name)}/models/m${read}`, signal())
        sent += 1
        const seconds = (clock.now() - startedAt) / 1000
        expect(sent).toBeLessThanOrEqual(burst + perSecond * seconds + 1)
        await clock.sleep(100, signal())
        settle({ status: 200, headers: {}, retryAfterMs: undefined })
      }
    }
    const readers = throttles.flatMap((throttle, place) =>
      Array.from({ length: 8 }, () => reader(throttle, `ws${place}`)),
    )
    await Promise.all(readers)
    expect(sent).toBe(2400)
  })

  test('keeps things of the same name in two workspaces apart', async () => {
    const { throttles } = opened(2)
    const [first, second] = throttles.map(
      (throttle, place) => () =>
        throttle.admit('GET', `${workspace(`ws${place}`)}/onlineEndpoints/fraud`, signal()),
    )
    const settle = await first?.()
    settle?.({ status: 429, headers: {}, retryAfterMs: 30_000 })
    await expect(first?.()).rejects.toMatchObject({ reason: 'Throttled' })
    await expect(second?.()).resolves.toBeInstanceOf(Function)
  })

  test('gives out as many turns of reading again as one of them would have', () => {
    const { clock, budget } = opened(2)
    const all = [budget.audit(100), budget.audit(100)]
    expect(all).toEqual([100, 25])
    clock.advance(60_000)
    expect([budget.audit(1000), budget.audit(1000)]).toEqual([125, 0])
  })
})
