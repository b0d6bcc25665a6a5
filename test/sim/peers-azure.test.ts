import { describe, expect, test } from '@jest/globals'
import type { Report } from '../../src/core/model/report.ts'
import { createTraffic } from '../../src/sandbox/index.ts'
import { createCommits } from '../support/commits.ts'
import { runUntil } from '../support/rehearsal.ts'
import { type Behaviour, rolloutFiles } from '../support/rollout-files.ts'
import { type Call, type Controller, type Simulation, simulate } from '../support/simulation.ts'

const MINUTE_MS = 60_000
const ROAD = {
  steps: `
        - setWeight: 10
        - analysis: { templates: [errors], for: 3m }
        - setWeight: 50
        - pause: { duration: 2m }`,
  spec: '\n  bake: 2m\n  keep: { for: 1h }',
}

/** Version 1 has served 50 requests a second for ten minutes; version 2 is merged. */
async function merged(behaviours: Readonly<Record<number, Behaviour>> = {}) {
  const world = await simulate({ timeScale: 10, seed: 7 })
  const commits = createCommits()
  commits.commit(rolloutFiles({ model: 1, behaviours, ...ROAD }))
  const controller = world.startController(commits)
  await runUntil(world, controller, ({ converged }) => converged)
  createTraffic(world.sandbox, { endpoint: 'fraud', seed: 7, rate: 50 })
  world.sandbox.clock.advance(10 * MINUTE_MS)
  commits.commit(rolloutFiles({ model: 2, behaviours, ...ROAD }))
  return { world, controller }
}

function statusOf({ resources }: Report) {
  return resources.find(({ rollout }) => rollout !== undefined)?.rollout
}

function untilGreenIsStable(world: Simulation, controller: Controller): Promise<Report> {
  return runUntil(world, controller, (report) => {
    const status = statusOf(report)
    return status?.stable?.deployment === 'green' && status.reason === 'Stable'
  })
}

function isOfEndpoint({ path }: Call): boolean {
  return path.endsWith('/onlineEndpoints/fraud')
}

/** Calls to the endpoint itself as one word each, a refused write as its status. */
function exchanges({ calls }: Simulation): readonly string[] {
  return calls
    .filter(isOfEndpoint)
    .map(({ method, status }) => (method === 'PUT' ? `PUT ${status}` : method))
}

/** INVARIANTS §1.1: where the failure is in how Azure is seen and spoken to. */
describe('a canary under 50 requests a second', () => {
  test('R12: writes refused by 409 are followed by a reading, not sent again and again, and the same process arrives', async () => {
    const { world, controller } = await merged()
    await runUntil(world, controller, (report) => statusOf(report)?.phase === 'analyzing')
    world.calls.length = 0
    world.sandbox.injectFault('Conflict:endpoint=fraud,method=PUT,count=4')
    const from = world.sandbox.clock.now()
    await untilGreenIsStable(world, controller)
    expect(world.sandbox.clock.now() - from).toBeLessThan(20 * MINUTE_MS)
    const said = exchanges(world)
    const refused = said.flatMap((word, index) => (word === 'PUT 409' ? [index] : []))
    expect(refused).toHaveLength(4)
    for (const index of refused) expect(said[index + 1]).toBe('GET')
    // 50 %, all of it, and the end of the bake.
    expect(said.filter((word) => word === 'PUT 200' || word === 'PUT 202')).toHaveLength(3)
  })

  test('R5: old readings of the endpoint, in which nothing serves yet, change nothing under its users', async () => {
    const { world, controller } = await merged()
    world.calls.length = 0
    // The first is met by the write that begins the canary; the second is what the next plan is made of.
    world.sandbox.injectFault('StaleRead:resource=^onlineEndpoints$,count=2')
    await untilGreenIsStable(world, controller)
    const written = world.calls.filter(
      ({ method, path }) => method === 'PUT' && path.endsWith('/deployments/blue'),
    )
    expect(written).toEqual([])
  })

  test('R5: nor do they when they come again and again', async () => {
    const { world, controller } = await merged()
    world.calls.length = 0
    let turns = 0
    await runUntil(world, controller, () => {
      turns += 1
      if (turns % 4 === 0) world.sandbox.injectFault('StaleRead:resource=^onlineEndpoints$,count=1')
      return turns > 24
    })
    await untilGreenIsStable(world, controller)
    const written = world.calls.filter(
      ({ method, path }) => method === 'PUT' && path.endsWith('/deployments/blue'),
    )
    expect(written).toEqual([])
  })

  test('R11: a stable revision that fails two requests in five does not condemn one that is sound', async () => {
    const { world, controller } = await merged({ 1: { 'sandbox.error_ratio': '0.4' } })
    const report = await untilGreenIsStable(world, controller)
    expect(statusOf(report)?.weights).toEqual({ green: 100 })
  })
})
