import { expect, test } from '@jest/globals'
import type { Report } from '../../src/core/model/report.ts'
import { createTraffic } from '../../src/sandbox/index.ts'
import { createCommits } from '../support/commits.ts'
import { runUntil } from '../support/rehearsal.ts'
import { rolloutFiles } from '../support/rollout-files.ts'
import { simulate } from '../support/simulation.ts'

function statusOf({ resources }: Report) {
  return resources.find(({ rollout }) => rollout !== undefined)?.rollout
}

test('a commit that mends only a golden file tries the revision that the old file refused again, and arrives', async () => {
  const world = await simulate({ timeScale: 10, seed: 3 })
  const commits = createCommits()
  commits.commit(rolloutFiles({ model: 1 }))
  const controller = world.startController(commits)
  await runUntil(world, controller, ({ converged }) => converged)
  createTraffic(world.sandbox, { endpoint: 'fraud', seed: 3, rate: 50 })
  world.sandbox.clock.advance(600_000)
  commits.commit(rolloutFiles({ model: 2, expected: '0.7' }))
  const refused = await runUntil(
    world,
    controller,
    (seen) => statusOf(seen)?.phase === 'rolled_back',
  )
  expect(statusOf(refused)?.aborted?.reason).toBe('GoldenMismatch')
  commits.commit(rolloutFiles({ model: 2 }))
  // Another process: nothing local is kept.
  const fresh = world.startController(commits)
  const retried = await fresh.tick()
  expect(retried.outcomes.map(({ action }) => [action.turn?.result, action.turn?.trigger])).toEqual(
    [['retried', 'commit']],
  )
  expect(statusOf(retried)?.aborted).toBeUndefined()
  const end = await runUntil(
    world,
    fresh,
    (seen) => statusOf(seen)?.phase === 'idle' && seen.converged,
  )
  expect(statusOf(end)?.stable).toMatchObject({ deployment: 'green', model: 'fraud:2' })
})
