import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { createTraffic } from '../../src/sandbox/index.ts'
import { createCommits } from '../support/commits.ts'
import { runUntil } from '../support/rehearsal.ts'
import { rolloutFiles } from '../support/rollout-files.ts'
import { simulate } from '../support/simulation.ts'

const ROLES = join(import.meta.dirname, '../../deploy/azure')
const actionsOf = (file: string): string[] =>
  (JSON.parse(readFileSync(join(ROLES, file), 'utf8')) as { Actions: string[] }).Actions
const controller = [...actionsOf('custom-role.json'), ...actionsOf('upload-role.json')]
const both = [...controller, ...actionsOf('rollout-role.json')]

/** From the first commit to the end of a rollout, by somebody who may do just this. */
async function play(actions: readonly string[]) {
  const world = await simulate({ timeScale: 10, actions })
  const commits = createCommits()
  commits.commit(rolloutFiles({ model: 1 }))
  const running = world.startController(commits)
  const isHeld = (reason: string) => (report: Parameters<Parameters<typeof runUntil>[2]>[0]) =>
    report.resources.some(({ rollout }) => rollout?.reason === reason)
  const ended = await runUntil(
    world,
    running,
    (report) => report.converged || isHeld('CannotVerify')(report),
  )
  if (!ended.converged) return { ended, refused: refusedIn(world.calls) }
  createTraffic(world.sandbox, { endpoint: 'fraud', seed: 1, rate: 50 })
  world.sandbox.clock.advance(600_000)
  commits.commit(rolloutFiles({ model: 2 }))
  const promoted = await runUntil(
    world,
    running,
    ({ converged, resources }) =>
      converged && resources.some(({ rollout }) => rollout?.stable?.deployment === 'green'),
  )
  return { ended: promoted, refused: refusedIn(world.calls) }
}

function refusedIn(calls: readonly { readonly status: number; readonly path: string }[]): string[] {
  return [...new Set(calls.filter(({ status }) => status === 403).map(({ path }) => path))]
}

describe('the roles that are shipped', () => {
  test('together are enough for a rollout with golden requests: no call is refused', async () => {
    const { refused } = await play(both)
    expect(refused).toEqual([])
  })

  test('without the one for golden requests, a rollout that has them waits and says why', async () => {
    const { ended, refused } = await play(controller)
    const rollout = ended.resources.find((one) => one.rollout !== undefined)?.rollout
    expect(rollout).toMatchObject({ reason: 'CannotVerify', weights: {} })
    expect(rollout?.message).toMatch(/Unauthorized|AuthorizationFailed|Forbidden/)
    expect(refused.some((path) => path.endsWith('/listKeys'))).toBe(true)
  })
})
