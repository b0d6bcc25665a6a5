import { expect, test } from '@jest/globals'
import type { Report } from '../../src/core/model/report.ts'
import { createCommits } from '../support/commits.ts'
import { runUntil } from '../support/rehearsal.ts'
import { rolloutFiles } from '../support/rollout-files.ts'
import { simulate } from '../support/simulation.ts'

const HOUR_MS = 3_600_000
const SPEC = `
  bake: 10m
  keep: { for: 1h }
  deadline: 1h`
const STEPS = `
        - setWeight: 10
        - pause: { duration: 5m }`

function statusOf({ resources }: Report) {
  return resources.find(({ rollout }) => rollout !== undefined)?.rollout
}

test.each([
  ['one process', false],
  ['processes of which each is restarted after 40 minutes', true],
])(
  'a deployment that Azure takes hours to make is aborted by the deadline, with %s',
  async (_, dies) => {
    const world = await simulate({ seed: 3 })
    const commits = createCommits()
    const files = { steps: STEPS, spec: SPEC }
    commits.commit(rolloutFiles({ model: 1, ...files }))
    let controller = world.startController(commits)
    await runUntil(world, controller, ({ converged }) => converged)
    world.sandbox.injectFault('OperationLate:deployment=green,factor=15,count=1')
    commits.commit(rolloutFiles({ model: 2, ...files }))
    const begunAt = world.sandbox.clock.now()
    let startedAt = begunAt
    const late = await runUntil(world, { ...controller, tick }, (seen) => isLate(seen))
    async function tick(): Promise<Report> {
      const now = world.sandbox.clock.now()
      if (dies && now - startedAt > 40 * 60_000) {
        controller = world.startController(commits)
        startedAt = now
      }
      return controller.tick()
    }
    const tookMs = world.sandbox.clock.now() - begunAt
    expect([tookMs > HOUR_MS, tookMs < 1.6 * HOUR_MS]).toEqual([true, true])
    expect(statusOf(late)?.message).toContain('Azure is at work on it still')
    world.calls.length = 0
    const end = await runUntil(world, controller, (seen) => statusOf(seen)?.phase === 'rolled_back')
    // The one write that there is waits until Azure takes it.
    expect(
      world.calls
        .filter(({ method }) => method !== 'GET')
        .map(({ method, path }) => [method, path.split('/').at(-1)]),
    ).toEqual([['PUT', 'fraud']])
    expect(statusOf(end)?.aborted?.reason).toBe('DeadlineExceeded')
    const { body } = await world.get('onlineEndpoints/fraud')
    expect(body.properties).toMatchObject({ traffic: { blue: 100 } })
  },
)

test.each([
  ['fail', 'rolled_back', { blue: 100 }],
  ['pause', 'paused', { blue: 90, green: 10 }],
])(
  'a step that its instances keep waiting ends at its deadline: %s, also behind a restart',
  async (policy, phase, weights) => {
    const world = await simulate({ seed: 4 })
    const commits = createCommits()
    const steps = `
        - setWeight: 10
          deadline: 20m
          onDeadline: ${policy}
        - setScale: { instances: 40 }
        - setWeight: 50`
    commits.commit(rolloutFiles({ model: 1, steps, spec: SPEC }))
    const first = world.startController(commits)
    await runUntil(world, first, ({ converged }) => converged)
    commits.commit(rolloutFiles({ model: 2, steps, spec: SPEC }))
    const begun = await runUntil(
      world,
      first,
      (seen) => statusOf(seen)?.phase === 'provisioning' && statusOf(seen)?.step === 1,
    )
    expect(statusOf(begun)?.stepDeadlineAt).toBeDefined()
    const begunAt = world.sandbox.clock.now()
    const over = await runUntil(world, first, (seen) => statusOf(seen)?.phase === phase)
    const tookMs = world.sandbox.clock.now() - begunAt
    expect([tookMs > HOUR_MS / 4, tookMs < HOUR_MS / 2]).toEqual([true, true])
    const after = await runUntil(
      world,
      world.startController(commits),
      (seen) => statusOf(seen)?.phase === phase,
    )
    for (const one of [over, after])
      expect(JSON.stringify(statusOf(one))).toContain('StepDeadlineExceeded')
    const { body } = await world.get('onlineEndpoints/fraud')
    expect(body.properties).toMatchObject({ traffic: weights })
  },
)

function isLate(report: Report): boolean {
  return statusOf(report)?.reason === 'DeadlineExceeded'
}
