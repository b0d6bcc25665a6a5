import { describe, expect, test } from '@jest/globals'
import type { ProbeTraffic } from '../../src/core/model/probes/probe-traffic.ts'
import { makePlan } from '../../src/core/plan/plan.ts'
import { type Journal, type ProbeSender, SourceError } from '../../src/reconcile/ports.ts'
import type { TickOptions } from '../../src/reconcile/tick.ts'
import { createCommits } from '../support/commits.ts'
import { endpointFile } from '../support/manifests.ts'
import { createReconciler } from '../support/reconciler.ts'
import { SYNC } from '../support/world.ts'

const WANTED: ProbeTraffic = {
  ...{ key: 'OnlineEndpoint/fraud', endpoint: 'fraud', step: 'v1', perMinute: 60 },
  requests: [],
}
const FOR_MS = 2 * SYNC.intervalMs + 300_000
const planner: NonNullable<TickOptions['planner']> = (input) => ({
  ...makePlan(input),
  probes: [WANTED],
})

/** A sender that notes what it is told, and a controller whose plans want a probe. */
function probing() {
  const commits = createCommits()
  commits.commit({ 'endpoint.yml': endpointFile() })
  const kept: (readonly [wanted: readonly ProbeTraffic[], forMs: number])[] = []
  const probes: ProbeSender = {
    keep: (wanted, forMs) => kept.push([wanted, forMs]),
    counts: () => new Map(),
    close: async () => {},
  }
  return { commits, kept, probes }
}

describe('what a plan wants to be sent', () => {
  test('is sent from then on, until the loop is over', async () => {
    const { commits, kept, probes } = probing()
    await createReconciler(commits).loop(3, { probes }, undefined, { planner })
    expect(kept).toEqual([...Array(3).fill([[WANTED], FOR_MS]), [[], 0]])
  })

  test('is not sent any more when the loop is interrupted, or ends by a bug', async () => {
    const { commits, kept, probes } = probing()
    const reconciler = createReconciler(commits, {
      observe: async () => {
        if (kept.length > 0) reconciler.interrupt()
        return reconciler.world
      },
    })
    await reconciler.loop(9, { probes }, undefined, { planner })
    expect(kept.at(-1)).toEqual([[], 0])
    kept.length = 0
    const until = () => {
      throw new Error('poison')
    }
    await expect(
      createReconciler(commits).loop(9, { probes }, undefined, { planner, until }),
    ).rejects.toThrow('poison')
    expect(kept).toEqual([
      [[WANTED], FOR_MS],
      [[], 0],
    ])
  })

  test('ends where there is no plan: the workspace, or Git, cannot be read', async () => {
    const { commits, kept, probes } = probing()
    const reconciler = createReconciler(commits, {
      observe: async () => {
        if (kept.length > 0) throw new Error('gone')
        return reconciler.world
      },
    })
    await reconciler.tick({ probes }, { planner })
    await reconciler.tick({ probes }, { planner })
    expect(kept.map(([wanted]) => wanted)).toEqual([[WANTED], []])
    const unread = createCommits()
    unread.fail(new SourceError('Unreachable', 'gone'))
    kept.length = 0
    await createReconciler(unread).tick({ probes }, { planner })
    expect(kept.map(([wanted]) => wanted)).toEqual([[]])
  })

  test('ends with a fault outside of all that', async () => {
    const { commits, kept, probes } = probing()
    const journal: Journal = {
      latest: () => undefined,
      record() {
        throw new TypeError('poison')
      },
    }
    await createReconciler(commits).loop(1, { probes, journal }, undefined, { planner })
    expect(kept.map(([wanted]) => wanted)).toEqual([[WANTED], [], []])
  })

  test('is not sent by a look', async () => {
    const { commits, kept, probes } = probing()
    await createReconciler(commits).tick({ probes }, { planner, dryRun: true })
    expect(kept).toEqual([])
  })
})
