import { describe, expect, test } from '@jest/globals'
import type { World } from '../../src/core/model/live.ts'
import type { Wakeup } from '../../src/reconcile/loop.ts'
import type { Cloud, Journal, KeptDurations, Refusals, Source } from '../../src/reconcile/ports.ts'
import { createCommits } from '../support/commits.ts'
import { endpointFile } from '../support/manifests.ts'
import { createReconciler, POLL_MS } from '../support/reconciler.ts'
import { carriedOut, SYNC } from '../support/world.ts'

function committed(): ReturnType<typeof createCommits> {
  const commits = createCommits()
  commits.commit({ 'endpoint.yml': endpointFile() })
  return commits
}

const poison = async (): Promise<never> => {
  throw new TypeError('poison')
}

const afterwards = <T>(works: () => Promise<T>, times = 1): (() => Promise<T>) => {
  let calls = 0
  return () => {
    calls += 1
    return calls > times ? poison() : works()
  }
}

describe('a bug', () => {
  const commits = committed()
  const cases: readonly [string, Partial<Source>, Partial<Cloud>][] = [
    ['in reading the source', { read: afterwards(() => commits.read(AbortSignal.any([])), 3) }, {}],
    ['in looking into the past', { isAncestor: poison }, {}],
    ['in observing the workspace', {}, { observe: poison }],
  ]

  test.each(cases)('%s is told in the report, and looked at once an interval', async (_, a, b) => {
    const reconciler = createReconciler({ ...commits, ...a }, b)
    await reconciler.loop(30)
    expect(reconciler.sleeps.slice(3)).toEqual(Array(27).fill(SYNC.intervalMs))
    expect(reconciler.journal.latest()).toMatchObject({
      failure: { reason: 'Bug', message: 'poison' },
      converged: false,
    })
    const ready = reconciler.journal.latest()?.conditions.find(({ type }) => type === 'Ready')
    expect(ready).toMatchObject({ status: 'False', reason: 'Bug' })
  })

  test('in starting a write fails that write, and it is tried ever later', async () => {
    const at: number[] = []
    const start = (): Promise<never> => {
      at.push(reconciler.sleeps.reduce((total, ms) => total + ms, 0))
      return poison()
    }
    const reconciler = createReconciler(committed(), { start })
    await reconciler.loop(60)
    expect(reconciler.journal.latest()?.plan).toMatchObject({
      actions: [],
      held: [{ state: 'waiting', reason: 'Bug', message: 'poison' }],
    })
    const pauses = at.slice(1).map((time, index) => time - (at[index] ?? 0))
    expect(pauses).toEqual([...pauses].sort((a, b) => a - b))
    expect(pauses.at(-1)).toBeGreaterThan(10 * SYNC.intervalMs)
  })

  test('outside of all that is told to who started the loop, and makes no haste', async () => {
    const reconciler = createReconciler(committed())
    const journal: Journal = {
      latest: () => undefined,
      record() {
        throw new TypeError('poison')
      },
    }
    await reconciler.loop(10, { journal })
    expect(reconciler.bugs).toHaveLength(10)
    expect(reconciler.sleeps).toEqual(Array(10).fill(SYNC.intervalMs))
  })
})

describe('an interrupted turn', () => {
  const cases: readonly [string, 'read' | 'observe'][] = [
    ['while it reads Git', 'read'],
    ['while it observes the workspace', 'observe'],
  ]

  test.each(cases)(
    '%s writes nothing and leaves no report of what it cut off',
    async (_, where) => {
      const commits = committed()
      const cutOff = async (): Promise<never> => {
        reconciler.interrupt()
        throw new DOMException('This operation was aborted', 'AbortError')
      }
      const reconciler = createReconciler(
        where === 'read' ? { ...commits, read: cutOff } : commits,
        where === 'observe' ? { observe: cutOff } : {},
      )
      expect(await reconciler.loop(3)).toBeUndefined()
      expect(reconciler.journal.latest()).toBeUndefined()
      expect([reconciler.started, reconciler.bugs, reconciler.sleeps]).toEqual([[], [], []])
    },
  )

  test('starts nothing when Git was read to the end all the same', async () => {
    const commits = committed()
    const read: Source['read'] = (signal) => {
      reconciler.interrupt()
      return commits.read(signal)
    }
    const reconciler = createReconciler({ ...commits, read })
    expect(await reconciler.loop(3)).toBeUndefined()
    expect(reconciler.started).toEqual([])
  })
})

test('without trouble the loop polls while there is something to do, then sleeps the interval', async () => {
  const reconciler = createReconciler(committed())
  const report = await reconciler.loop(6)
  expect(report?.converged).toBe(true)
  expect(reconciler.sleeps[0]).toBe(POLL_MS)
  expect(reconciler.sleeps.slice(-3)).toEqual(Array(3).fill(SYNC.intervalMs))
})

test('a flood of events makes no flood of ticks: a second lies between two of them', async () => {
  let bell: Wakeup | undefined
  let rung = 0
  const ring = async (): Promise<World> => {
    rung += 1
    if (rung <= 6) bell?.ring()
    return reconciler.world
  }
  const reconciler = createReconciler(committed(), { observe: ring })
  await reconciler.loop(6, {}, (rings) => {
    bell = rings
  })
  expect(reconciler.sleeps).toEqual(Array(6).fill(1000))
})

test('what Azure refused for good is left to the next loop, which does not send it again', async () => {
  let kept: ReturnType<Refusals['recall']> = []
  const refusals: Refusals = {
    recall: () => kept,
    keep(now) {
      kept = now
    },
  }
  let sent = 0
  const start: Cloud['start'] = async (action) => {
    sent += 1
    const refusal = { reason: 'Invalid', message: 'x', errorClass: 'user', retry: 'Never' } as const
    return { action, result: 'Failed', ...refusal }
  }
  const reconciler = createReconciler(committed(), { start })
  await reconciler.loop(1, {}, undefined, { refusals })
  expect([sent, kept]).toMatchObject([1, [{ key: 'OnlineEndpoint/fraud', reason: 'Invalid' }]])
  reconciler.sleeps.length = 0
  await reconciler.loop(1, {}, undefined, { refusals: { ...refusals, recall: () => [] } })
  expect(sent).toBe(2)
  const [told] = kept
  kept = told === undefined ? [] : [{ ...told, notBefore: told.notBefore + 3_000_000 }]
  reconciler.sleeps.length = 0
  await reconciler.loop(3, {}, undefined, { refusals })
  expect(sent).toBe(2)
  expect(reconciler.journal.latest()?.plan.held).toMatchObject([{ reason: 'Invalid' }])
})

describe('how long operations of Azure took', () => {
  /** Azure is at work for so many looks. */
  function working(looks: number) {
    let left = looks
    const reconciler = createReconciler(committed(), {
      async start(action) {
        reconciler.world = carriedOut(reconciler.world, action, 'Provisioning')
        return { action, result: 'Started' }
      },
      async observe() {
        const { world } = reconciler
        if (world.resources.length > 0) left -= 1
        const phase = left < 0 ? 'Ready' : 'Provisioning'
        return { ...world, resources: world.resources.map((one) => ({ ...one, phase })) }
      },
    })
    return reconciler
  }

  test('is left to the next loop when they have ended', async () => {
    const kept: (readonly [string, readonly number[]])[][] = []
    const durations: KeptDurations = {
      recall: () => new Map([['create_endpoint', [7]]]),
      keep: (took) => kept.push([...took]),
    }
    const reconciler = working(2)
    await reconciler.loop(6, {}, undefined, { durations })
    expect(kept[0]).toEqual([['create_endpoint', [7]]])
    expect(kept.at(-1)).toEqual([['create_endpoint', [3 * POLL_MS, 7]]])
  })

  test('says when one is overdue', async () => {
    const reconciler = working(1000)
    const durations: KeptDurations = {
      recall: () => new Map([['create_endpoint', Array(5).fill(600_000)]]),
      keep: () => {},
    }
    const passed = (): number => reconciler.sleeps.reduce((total, ms) => total + ms, 0)
    const told = (): readonly string[] =>
      (reconciler.journal.latest()?.plan.held ?? []).map(({ reason }) => reason)
    await reconciler.loop(150, {}, undefined, {
      durations,
      until: () => told().includes('OperationOverdue'),
    })
    expect(told()).toEqual(['OperationOverdue'])
    expect(passed()).toBeGreaterThan(900_000)
    expect(passed()).toBeLessThan(1_000_000)
  })
})
