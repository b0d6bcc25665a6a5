import { describe, expect, test } from '@jest/globals'
import { DEFAULT_LIMITS } from '../../../src/adapters/azure/limits.ts'
import { openBudget } from '../../../src/adapters/azure/throttle/budget.ts'
import { openThrottle } from '../../../src/adapters/azure/throttle/throttle.ts'
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

  test('lets those go first who came first', async () => {
    const { clock, throttles } = opened(3)
    const [first] = throttles
    for (let read = 0; read < 250; read += 1) await first?.admit('GET', '/x', signal())
    const sent: string[] = []
    const ask = async (name: string, throttle = first) => {
      await throttle?.admit('GET', `${workspace('ws')}/models/${name}`, signal())
      sent.push(name)
    }
    const early = throttles.map((throttle, place) => ask(`early ${place}`, throttle))
    // A token has come back since: it is for one who waits already.
    clock.advance(40)
    const late = ask('late')
    await Promise.all([...early, late])
    expect(sent).toEqual(['early 0', 'early 1', 'early 2', 'late'])
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
    const [large, small] = [budget.audits(), budget.audits()]
    large(300)
    small(100)
    clock.advance(40_000)
    // A tenth of 25 a second, in 40 s, shared as what there is to read.
    expect([large(300), small(100)]).toEqual([75, 25])
    expect([large(300), small(100)]).toEqual([0, 0])
  })

  test.each([1, 2, 5])(
    'lets each have its turn, however often the others ask: %i of a thousand',
    (size) => {
      const { clock, budget } = opened(2)
      const [large, small] = [budget.audits(), budget.audits()]
      let turns = 0
      for (let second = 0; second < 3600; second += 5) {
        large(1000 - size)
        turns += small(size)
        clock.advance(5_000)
      }
      expect(turns).toBeGreaterThanOrEqual(Math.floor((3600 * 2.5 * size) / 1000))
    },
  )
})
