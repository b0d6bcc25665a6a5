import { describe, expect, test } from '@jest/globals'
import { DEFAULT_LIMITS } from '../../../src/adapters/azure/limits.ts'
import { type Budget, openBudget } from '../../../src/adapters/azure/throttle/budget.ts'
import { openThrottle, type Settle } from '../../../src/adapters/azure/throttle/throttle.ts'
import type { BucketLevel, KeptBucket } from '../../../src/reconcile/ports.ts'
import {
  endpointBody,
  NOTHING,
  ROOT,
  samples,
  signal,
  stage,
  type VirtualTime,
  virtualTime,
  workspaceOf,
} from './stage.ts'

/** The first PUTs of deployments of a process, which does not know how full ARM's bucket is. */

const HEADER = 'x-ms-ratelimit-remaining-subscription-resource-requests'
const deployment = (name: string) => `${ROOT}/onlineEndpoints/${name}/deployments/blue`

type Answer = NonNullable<Parameters<Settle>[0]>
const told = (left: number): Answer => ({
  status: 201,
  headers: { [HEADER]: String(left) },
  retryAfterMs: undefined,
})
const REFUSED: Answer = { status: 429, headers: {}, retryAfterMs: 60_000 }

interface Process {
  readonly clock: VirtualTime
  readonly budget: Budget
  /** Asks for that many, and gives those that were let through so far, and those that were refused. */
  ask(count: number): Promise<{ readonly sent: Settle[]; readonly refused: unknown[] }>
}

function begun(kept?: KeptBucket): Process {
  const clock = virtualTime()
  const budget = openBudget(clock, DEFAULT_LIMITS, kept)
  const throttle = openThrottle({ limits: DEFAULT_LIMITS, clock, meter: samples().meter, budget })
  let asked = 0
  return {
    clock,
    budget,
    async ask(count) {
      const [sent, refused]: [Settle[], unknown[]] = [[], []]
      for (let one = 0; one < count; one += 1) {
        asked += 1
        throttle.admit('PUT', deployment(`e${asked}`), signal()).then(
          (settle) => sent.push(settle),
          (error) => refused.push(error),
        )
      }
      await passed()
      return { sent, refused }
    },
  }
}

/** All that can go on without an answer has done so. */
const passed = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('of the first PUTs of deployments', () => {
  test('one goes alone, and its answer says how many go with it', async () => {
    const { sent, refused } = await begun().ask(16)
    expect(sent).toHaveLength(1)
    sent[0]?.(told(3))
    await passed()
    expect(sent).toHaveLength(4)
    expect(refused).toHaveLength(12)
    expect(refused[0]).toMatchObject({ reason: 'Queued', retryAfterMs: 12_000 })
  })

  test('the others wait as long as Azure takes for its answer, however short the patience of a write is', async () => {
    const { ask, clock } = begun()
    const { sent } = await ask(5)
    clock.advance(30_000)
    sent[0]?.(told(24))
    await passed()
    expect(sent).toHaveLength(5)
  })

  test('none waits for one that is never answered', async () => {
    const { sent } = await begun().ask(5)
    sent[0]?.()
    await passed()
    expect(sent).toHaveLength(5)
  })

  test('three are refused at most, where refusals do not say what is left', async () => {
    const { sent, refused } = await begun().ask(16)
    for (let one = 0; one < sent.length; one += 1) {
      sent[one]?.(REFUSED)
      await passed()
    }
    expect(sent).toHaveLength(3)
    expect(refused).toHaveLength(13)
    expect(refused[0]).toMatchObject({ reason: 'Throttled', retryAfterMs: 60_000 })
  })

  test('one goes alone for all Applications of a process', async () => {
    const { budget, clock } = begun()
    const options = { limits: DEFAULT_LIMITS, clock, meter: samples().meter, budget }
    const sent: Settle[] = []
    for (const name of ['a', 'b'])
      openThrottle(options)
        .admit('PUT', deployment(name), signal())
        .then((settle) => sent.push(settle))
    await passed()
    expect(sent).toHaveLength(1)
  })
})

describe('where nothing was kept', () => {
  test('each deployment that Azure is at work on has taken a token', async () => {
    const { budget, ask } = begun()
    budget.estimate(24)
    const { sent, refused } = await ask(2)
    expect([sent.length, refused.length]).toEqual([1, 0])
    const more = begun()
    more.budget.estimate(40)
    const { refused: queued } = await more.ask(1)
    expect(queued[0]).toMatchObject({ reason: 'Queued', retryAfterMs: 12_000 })
  })

  test('those of several workspaces count together, and none once an answer has told', async () => {
    const { budget, ask } = begun()
    budget.estimate(20)
    budget.estimate(4)
    const { sent } = await ask(1)
    sent[0]?.(told(24))
    budget.estimate(25)
    expect((await ask(24)).sent).toHaveLength(24)
  })

  test('the first look at a workspace counts them, and only those', async () => {
    const atWork = { provisioningState: 'Updating' }
    const bodies: Record<string, unknown> = {}
    for (let place = 0; place < 13; place += 1) {
      const path = `onlineEndpoints/e${place}`
      bodies[path] = endpointBody(`e${place}`, atWork)
      const properties = { provisioningState: place === 12 ? 'Succeeded' : 'Updating' }
      for (const name of ['blue', 'green'])
        bodies[`${path}/deployments/${name}`] = {
          id: `${ROOT}/${path}/deployments/${name}`,
          ...{ name, properties, tags: {}, location: 'eastus' },
        }
    }
    const { budget, clock } = begun()
    const { cloud } = stage(workspaceOf(bodies), { budget, clock })
    for (let look = 0; look < 3; look += 1) await cloud.observe(NOTHING, signal())
    expect(Math.floor(budget.lanes.deploymentWrites.level)).toBe(1)
  })
})

/** What one process has left, in memory. */
function left(level: Partial<BucketLevel> & { readonly passedMs?: number }) {
  const kept: BucketLevel[] = []
  const bucket: KeptBucket = {
    recall: () => ({ tokens: 0, perSecond: 1 / 12, closedMs: 0, passedMs: 0, ...level }),
    keep: (one) => kept.push(one),
  }
  return { bucket, kept }
}

describe('what the process before has left', () => {
  test.each([
    ['of an empty bucket', {}, { reason: 'Queued', retryAfterMs: 12_000 }],
    [
      'of one that is half a token short',
      { tokens: 0.5 },
      { reason: 'Queued', retryAfterMs: 6_000 },
    ],
    ['with the time since', { passedMs: 9_000 }, { reason: 'Queued', retryAfterMs: 3_000 }],
    ['of a window', { tokens: 9, closedMs: 30_000, passedMs: 10_000 }, { retryAfterMs: 20_000 }],
  ])('says when the first one may go: %s', async (_, level, error) => {
    const { refused } = await begun(left(level).bucket).ask(1)
    expect(refused[0]).toMatchObject(error)
  })

  test.each([
    ['that is full by now', { passedMs: 3_600_000 }],
    ['that fills faster than anybody says', { perSecond: 5, passedMs: 5_000 }],
    ['whose window is over', { tokens: 25, closedMs: 5_000, passedMs: 5_000 }],
  ])('holds nothing of a bucket %s', async (_, level) => {
    const { budget, ask } = begun(left(level).bucket)
    expect(budget.lanes.deploymentWrites.level).toBe(25)
    expect((await ask(1)).sent).toHaveLength(1)
  })

  test('is better than to count what Azure is at work on', () => {
    const { budget } = begun(left({ tokens: 20 }).bucket)
    budget.estimate(25)
    expect(budget.lanes.deploymentWrites.level).toBe(20)
  })

  test('may be wrong: one goes alone all the same', async () => {
    expect((await begun(left({ tokens: 25 }).bucket).ask(16)).sent).toHaveLength(1)
  })

  test('teaches no pace for good', () => {
    const { budget } = begun(left({ perSecond: 10 }).bucket)
    expect(budget.lanes.deploymentWrites.bucket).toEqual(DEFAULT_LIMITS.deploymentWrites)
  })

  test('is left anew before each PUT is sent, and with what its answer says', async () => {
    const { bucket, kept } = left({ tokens: 5 })
    const { sent } = await begun(bucket).ask(1)
    expect(kept).toEqual([{ tokens: 4, perSecond: 1 / 12, closedMs: 0 }])
    sent[0]?.({ status: 429, headers: { [HEADER]: '0' }, retryAfterMs: 7_000 })
    expect(kept.at(-1)).toEqual({ tokens: 0, perSecond: 1 / 12, closedMs: 7_000 })
  })
})
