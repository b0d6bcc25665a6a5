import { describe, expect, test } from '@jest/globals'
import type { Report } from '../../src/core/model/report.ts'
import type { IntentVerb } from '../../src/core/model/rollout.ts'
import { SourceError } from '../../src/reconcile/ports.ts'
import { createTraffic } from '../../src/sandbox/index.ts'
import { createCommits, type Files } from '../support/commits.ts'
import { runUntil } from '../support/rehearsal.ts'
import { type Behaviour, rolloutFiles } from '../support/rollout-files.ts'
import { type Controller, type Simulation, simulate } from '../support/simulation.ts'

const MINUTE_MS = 60_000
const STEPS = `
        - setWeight: 10
        - analysis: { templates: [errors], for: 30m }
        - setWeight: 50`

/**
 * A canary at 10 % under 50 requests a second, in which nothing is wrong yet. Without an answer of its metric provider it
 * begins only because somebody says so.
 */
async function canary(behaviour: Behaviour = {}, others: Files = {}) {
  const world = await simulate({ timeScale: 10, seed: 3 })
  const commits = createCommits()
  commits.commit(rolloutFiles({ model: 1, steps: STEPS, others }))
  const controller = world.startController(commits)
  await runUntil(world, controller, ({ converged }) => converged)
  createTraffic(world.sandbox, { endpoint: 'fraud', seed: 3, rate: 50 })
  world.sandbox.clock.advance(10 * MINUTE_MS)
  commits.commit(rolloutFiles({ model: 2, steps: STEPS, behaviours: { 2: behaviour }, others }))
  if (others['templates.yml'] === DEAD_PROVIDER) {
    await runUntil(world, controller, (report) => statusOf(report)?.reason === 'NoData')
    expect(await pullAndTick(world, controller, 'promote')).toMatchObject({ result: 'accepted' })
  }
  await runUntil(world, controller, (report) => statusOf(report)?.phase === 'analyzing')
  return { world, commits, controller }
}

function statusOf({ resources }: Report) {
  return resources.find(({ rollout }) => rollout !== undefined)?.rollout
}

/** Ticks until somebody has decided; gives the report of that very tick. */
function untilVerdict(world: Simulation, controller: Controller): Promise<Report> {
  return runUntil(world, controller, (report) =>
    (statusOf(report)?.judgements ?? []).some(({ outcome }) => outcome === 'fail'),
  )
}

function endpointWrites(world: Simulation): number {
  return world.calls.filter(
    ({ method, path }) => method === 'PUT' && path.endsWith('/onlineEndpoints/fraud'),
  ).length
}

async function trafficOf(world: Simulation): Promise<unknown> {
  const { body } = await world.get('onlineEndpoints/fraud')
  return (body.properties as { traffic: unknown }).traffic
}

function pull(controller: Controller, verb: IntentVerb, at: number) {
  const intent = { id: `${verb}-${at}`, verb, endpoint: 'fraud', who: 'anna', why: 'smoke', at }
  return controller.inbox.put(intent)
}

/** A server that nobody configured never answers. */
const DEAD_PROVIDER = `apiVersion: verdigris.dev/v1
kind: AnalysisTemplate
metadata: { name: errors }
spec:
  metrics:
    - name: errors
      judge: threshold
      max: 1
      provider: { prometheus: { query: 'up' } }
`

const BAD = { 'sandbox.error_ratio': '0.3' }

describe('an abort', () => {
  test('is one PUT, sent in the tick that saw the verdict', async () => {
    const { world, controller } = await canary(BAD)
    world.calls.length = 0
    const report = await untilVerdict(world, controller)
    expect(report.outcomes.map(({ action, result }) => [action.turn?.result, result])).toEqual([
      ['aborted', 'Started'],
    ])
    await runUntil(world, controller, (seen) => statusOf(seen)?.phase === 'rolled_back')
    expect(endpointWrites(world)).toBe(1)
    expect(await trafficOf(world)).toEqual({ blue: 100, green: 0 })
  })

  test('needs no Git: with the repository out of reach it is sent in that same tick', async () => {
    const { world, commits, controller } = await canary(BAD)
    commits.fail(new SourceError('Unreachable', 'gone'))
    commits.failPast(new SourceError('Unreachable', 'gone'))
    const report = await untilVerdict(world, controller)
    expect(report.failure?.reason).toBe('Unreachable')
    expect(report.outcomes).toMatchObject([{ result: 'Started', action: { isUrgent: true } }])
  })

  test('goes ahead in a storm of 429s: the one probe of the window is its PUT', async () => {
    const { world, commits, controller } = await canary()
    world.sandbox.injectFault('Throttled:method=PUT,retryAfterSeconds=300,count=1')
    const model = (name: string): string =>
      `$schema: https://azuremlschemas.azureedge.net/latest/model.schema.json\nname: ${name}\nversion: 1\npath: ./1/model.txt\n`
    const others = { 'models/a.yml': model('other-a'), 'models/b.yml': model('other-b') }
    commits.commit(rolloutFiles({ model: 2, steps: STEPS, others }))
    const storm = await controller.tick()
    expect(storm.outcomes.map(({ result }) => result)).toContain('Failed')
    const stormsUntil = world.sandbox.clock.now() + 300_000
    world.sandbox.injectFault('FailingModel:deployment=green')
    world.calls.length = 0
    const report = await untilVerdict(world, controller)
    expect(world.sandbox.clock.now()).toBeLessThan(stormsUntil)
    expect(report.outcomes).toMatchObject([{ result: 'Started', action: { isUrgent: true } }])
    expect(world.calls.filter(({ method }) => method === 'PUT')).toHaveLength(1)
  })

  test('works by hand in a process that has never been able to read Git', async () => {
    const { world, commits } = await canary()
    commits.fail(new SourceError('Unreachable', 'gone'))
    const fresh = world.startController(commits)
    const answer = pull(fresh, 'abort', world.sandbox.clock.now())
    world.calls.length = 0
    await fresh.tick()
    expect(await answer).toMatchObject({ result: 'accepted' })
    expect(endpointWrites(world)).toBe(1)
    world.sandbox.clock.advance(MINUTE_MS)
    expect(await trafficOf(world)).toEqual({ blue: 100, green: 0 })
    // Git comes back: the same content is not tried again, and nothing else is written for it.
    commits.fail(undefined)
    const later = await runUntil(world, fresh, (seen) => statusOf(seen)?.phase === 'rolled_back')
    expect(statusOf(later)?.aborted).toMatchObject({ reason: 'AbortedByHand' })
  })

  test('works by hand while the metric provider is down', async () => {
    const { world, controller } = await canary({}, { 'templates.yml': DEAD_PROVIDER })
    const before = controller.journal.latest()
    expect(before && statusOf(before)?.judgements).toMatchObject([{ outcome: 'noData' }])
    const answer = pull(controller, 'abort', world.sandbox.clock.now())
    const report = await controller.tick()
    expect(await answer).toMatchObject({ result: 'accepted' })
    expect(report.outcomes).toMatchObject([{ result: 'Started', action: { isUrgent: true } }])
  })

  test('of nothing writes nothing (R8)', async () => {
    const { world, controller } = await canary()
    await pullAndTick(world, controller, 'abort')
    await runUntil(world, controller, (seen) => statusOf(seen)?.phase === 'rolled_back')
    world.calls.length = 0
    expect(await pullAndTick(world, controller, 'abort')).toMatchObject({ result: 'refused' })
    expect(endpointWrites(world)).toBe(0)
  })
})

async function pullAndTick(world: Simulation, controller: Controller, verb: IntentVerb) {
  const answer = pull(controller, verb, world.sandbox.clock.now())
  await controller.tick()
  return answer
}
