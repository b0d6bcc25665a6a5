import { describe, expect, test } from '@jest/globals'
import type { Report } from '../../src/core/model/report.ts'
import { SourceError } from '../../src/reconcile/ports.ts'
import { createTraffic } from '../../src/sandbox/index.ts'
import { type Commits, createCommits, type Files } from '../support/commits.ts'
import { runUntil } from '../support/rehearsal.ts'
import { rolloutFiles } from '../support/rollout-files.ts'
import { type Simulation, simulate } from '../support/simulation.ts'

const MINUTE_MS = 60_000
const STEPS = `
        - setWeight: 10
        - analysis: { templates: [errors], for: 30m }
        - setWeight: 50`
const BAD = { 2: { 'sandbox.error_ratio': '0.3' } }
const UNREACHABLE = new SourceError('Unreachable', 'cannot reach the repository')

function statusOf({ resources }: Report) {
  return resources.find(({ rollout }) => rollout !== undefined)?.rollout
}

async function trafficOf(world: Simulation): Promise<unknown> {
  const { body } = await world.get('onlineEndpoints/fraud')
  return (body.properties as { traffic: unknown }).traffic
}

/** A canary of a bad model at 10 % under 50 requests a second; its controller is about to restart. */
async function badCanary(later: readonly Files[] = []) {
  const world = await simulate({ timeScale: 10, seed: 3 })
  const commits = createCommits()
  commits.commit(rolloutFiles({ model: 1, steps: STEPS }))
  const controller = world.startController(commits)
  await runUntil(world, controller, ({ converged }) => converged)
  createTraffic(world.sandbox, { endpoint: 'fraud', seed: 3, rate: 50 })
  world.sandbox.clock.advance(10 * MINUTE_MS)
  commits.commit(rolloutFiles({ model: 2, steps: STEPS, behaviours: BAD }))
  await runUntil(world, controller, (report) => statusOf(report)?.phase === 'analyzing')
  for (const files of later) {
    commits.commit(files)
    await controller.tick()
  }
  return { world, commits }
}

function deletesIn({ calls }: Simulation): number {
  return calls.filter(({ method }) => method === 'DELETE').length
}

describe('a controller that restarts while Git is out of reach', () => {
  const away: readonly [string, (commits: Commits) => void, readonly Files[]][] = [
    ['the repository', (commits) => commits.fail(UNREACHABLE), []],
    [
      'the repository, its history too',
      (commits) => {
        commits.fail(UNREACHABLE)
        commits.failPast(UNREACHABLE)
      },
      [],
    ],
    ['the history alone', (commits) => commits.failPast(UNREACHABLE), []],
    [
      'the branch, which is gone',
      (commits) => commits.fail(new SourceError('RevisionNotFound', 'no branch main')),
      [],
    ],
    [
      'the repository, and its newest commit is broken',
      (commits) => commits.fail(UNREACHABLE),
      [{ ...rolloutFiles({ model: 2, steps: STEPS, behaviours: BAD }), 'broken.yml': '{' }],
    ],
  ]

  test.each(away)('judges the canary and takes its traffic back: %s', async (_, lose, later) => {
    const { world, commits } = await badCanary(later)
    lose(commits)
    const controller = world.startController(commits)
    const report = await runUntil(
      world,
      controller,
      (seen) => statusOf(seen)?.phase === 'rolled_back',
    )
    expect(await trafficOf(world)).toEqual({ blue: 100, green: 0 })
    expect(report.converged).toBe(false)
  })

  test('deletes nothing, however long it lasts, and says since when', async () => {
    const { world, commits } = await badCanary()
    commits.fail(UNREACHABLE)
    const controller = world.startController(commits)
    await runUntil(world, controller, (seen) => statusOf(seen)?.phase === 'rolled_back')
    world.sandbox.clock.advance(48 * 60 * MINUTE_MS)
    const report = await controller.tick()
    world.sandbox.clock.advance(10 * MINUTE_MS)
    await controller.tick()
    expect(deletesIn(world)).toBe(0)
    const held = report.plan.held.map(({ reason }) => reason)
    expect(held).toContain('Unreachable')
    expect(report.conditions).toContainEqual(
      expect.objectContaining({ type: 'SourceReady', status: 'False', reason: 'Unreachable' }),
    )
  })

  test('without a copy on disk it plans nothing, as before', async () => {
    const { world, commits } = await badCanary()
    commits.fail(UNREACHABLE)
    commits.loseCopy()
    const report = await world.startController(commits).tick()
    expect(report.plan.actions).toEqual([])
    expect(report.appliedRevision).toBeUndefined()
  })

  test('with a copy older than what is applied, writes nothing, even where rewritten history is followed', async () => {
    const { world } = await badCanary()
    const old = createCommits()
    old.commit(rolloutFiles({ model: 1, steps: STEPS }))
    await old.read(new AbortController().signal)
    old.fail(UNREACHABLE)
    const controller = world.startController(old, { sync: { rewrittenHistory: 'follow' } })
    expect((await controller.tick()).plan.actions).toEqual([])
    old.fail(undefined)
    expect((await controller.tick()).plan.actions).not.toEqual([])
  })
})
