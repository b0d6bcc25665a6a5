import { describe, expect, test } from '@jest/globals'
import type { Report } from '../../src/core/model/report.ts'
import type { Judgement } from '../../src/core/model/rollout.ts'
import { samplesOf } from '../../src/core/report/samples.ts'
import { createTraffic } from '../../src/sandbox/index.ts'
import { createCommits } from '../support/commits.ts'
import { runUntil } from '../support/rehearsal.ts'
import { type Behaviour, rolloutFiles } from '../support/rollout-files.ts'
import { simulate } from '../support/simulation.ts'

const STEPS = `
        - setWeight: 10
        - analysis: { templates: [errors, latency], for: 30m }`
const BAD: Behaviour = { 'sandbox.error_ratio': '0.3' }

/** A canary at 10 % under 50 requests a second, whose revision is as it is told. */
async function canary(behaviour: Behaviour) {
  const world = await simulate({ timeScale: 10, seed: 3 })
  const commits = createCommits()
  const commit = (model: number, behaviours = {}): void => {
    commits.commit(rolloutFiles({ model, steps: STEPS, behaviours }))
  }
  commit(1)
  const controller = world.startController(commits)
  await runUntil(world, controller, ({ converged }) => converged)
  createTraffic(world.sandbox, { endpoint: 'fraud', seed: 3, rate: 50 })
  world.sandbox.clock.advance(10 * 60_000)
  commit(2, { 2: behaviour })
  const analyzing = (report: Report) => statusOf(report)?.phase === 'analyzing'
  await runUntil(world, controller, analyzing)
  return { world, commits, commit, controller, analyzing }
}

function statusOf({ resources }: Report) {
  return resources.find(({ rollout }) => rollout !== undefined)?.rollout
}

function isFailed({ outcome }: Judgement): boolean {
  return outcome === 'fail'
}

const isBack = (report: Report) => statusOf(report)?.phase === 'rolled_back'

describe('the numbers that decided over a rollout', () => {
  test('stay when it is over, and are those of the verdict', async () => {
    const { world, controller, commits } = await canary(BAD)
    const decided = await runUntil(world, controller, (report) =>
      (statusOf(report)?.judgements ?? []).some(isFailed),
    )
    const verdict = statusOf(decided)?.judgements.find(isFailed)
    await runUntil(world, controller, isBack)
    world.sandbox.clock.advance(30 * 60_000)
    const report = await controller.tick()
    const status = statusOf(report)
    expect(status?.judgements).toEqual([])
    expect(status?.judged).toMatchObject({
      ...{ deployment: 'green', revision: status?.aborted?.revision },
      judgements: [{ name: 'errors', outcome: 'fail' }, { name: 'latency' }],
    })
    const { stable, candidate, query, toMs } = verdict?.measured ?? {}
    const counted = samplesOf(status ?? fail(), report.endedAt).items[0]
    expect(counted?.query).toBe(query)
    expect(query).toMatch(/^GET \/sandbox\/series\?endpoint=fraud&from=/)
    expect(counted?.candidate?.errors).toEqual(candidate?.errors)
    // Of the time of that verdict, and not of what came after it.
    expect(toMs).toBeLessThan(decided.endedAt + 1)
    expect(candidate?.requests.at(-1)).toBe(verdict?.samples.candidate.requests)
    expect(candidate?.errors.at(-1)).toBe(verdict?.samples.candidate.errors)
    expect(stable?.at.length).toBeGreaterThan(10)
    // Another process knows nothing of them, and says nothing.
    const fresh = world.startController(commits)
    expect(statusOf(await fresh.tick())?.judged).toBeUndefined()
  })

  test('make room for those of the next rollout, when that has users', async () => {
    const { world, controller, commit, analyzing } = await canary(BAD)
    await runUntil(world, controller, isBack)
    const first = controller.journal.latest() ?? fail()
    commit(3)
    const second = await runUntil(world, controller, analyzing)
    expect(statusOf(second)?.judged).toBeUndefined()
    const { revision } = samplesOf(statusOf(second) ?? fail(), second.endedAt)
    expect(revision).toBe(statusOf(second)?.candidate?.revision)
    expect(revision).not.toBe(statusOf(first)?.judged?.revision)
  })
})

function fail(): never {
  throw new Error('there is nothing to look at')
}
