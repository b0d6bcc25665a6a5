import { describe, expect, test } from '@jest/globals'
import type { Report } from '../../src/core/model/report.ts'
import { SourceError } from '../../src/reconcile/ports.ts'
import { createTraffic } from '../../src/sandbox/index.ts'
import { createCommits } from '../support/commits.ts'
import { runUntil } from '../support/rehearsal.ts'
import { rolloutFiles } from '../support/rollout-files.ts'
import { type Call, type Simulation, simulate } from '../support/simulation.ts'
import { createChecker } from './checker/create.ts'
import type { TraceEvent } from './trace.ts'
import { scenarioOf, workloadOf } from './workloads/index.ts'
import { MINUTE } from './workloads/workload.ts'
import { START_MS } from './world/azure.ts'
import { run } from './world/run.ts'
import type { SimEvent } from './world/scenario.ts'

const GAP = 20 * MINUTE

/** Workloads, from which minute on their Applications only observe for a while, and what they say they do not send then. */
const SITUATIONS: readonly (readonly [workload: string, minute: number, unsent: RegExp])[] = [
  ['create', 0, /create_endpoint/],
  ['canary', 7, /set_traffic/],
  ['supersede', 6, /create_online_deployment|set_traffic|register_model/],
  ['badFromStart', 6, /set_traffic|update_endpoint|create_online_deployment/],
  ['turnsBadOnTheWay', 8, /set_traffic/],
  ['unmeasured', 7, /set_traffic/],
  ['batchSwitch', 7, /set_default_deployment/],
  ['prune', 4, /delete_|set_traffic/],
  ['adopt', 8, /update_|set_traffic/],
  ['trafficByHand', 6, /set_traffic/],
  ['endpointDeleted', 6, /create_endpoint/],
  ['rolloutNotDeclared', 6, /set_traffic/],
]

/** Without faults, with a stretch in which all Applications only observe; its controllers begin anew at both ends. */
function observedFor(workload: string, minute: number) {
  const told = scenarioOf(workloadOf(workload), 7)
  const turned = (at: number, mode: 'apply' | 'observe'): readonly SimEvent[] =>
    told.applications.map(({ name }) => ({ at, do: 'sync', application: name, sync: { mode } }))
  const from = minute * MINUTE
  const events = [...told.events, ...turned(from, 'observe'), ...turned(from + GAP, 'apply')]
  return {
    ...told,
    events: events.sort((one, other) => one.at - other.at),
    lengthMs: told.lengthMs + 2 * GAP,
  }
}

describe('while Applications only observe, Azure gets reads and nothing else, and afterwards all goes on:', () => {
  test.each(SITUATIONS)('%s from minute %i', async (workload, minute, unsent) => {
    const trace: TraceEvent[] = []
    const from = START_MS + minute * MINUTE
    const { violations } = await run(observedFor(workload, minute), {
      createChecker,
      onEvent: (event) => trace.push(event),
    })
    const then = trace.filter(({ at }) => at > from && at < from + GAP)
    const calls = then.filter((event) => event.type === 'call')
    expect(calls.length).toBeGreaterThan(10)
    expect(calls.filter(({ method }) => method !== 'GET')).toEqual([])
    const reports = then.flatMap((event) => (event.type === 'plan' ? [event.report] : []))
    expect(reports.every(({ mode }) => mode === 'observe')).toBe(true)
    const told = reports.flatMap(({ plan }) => plan.held.filter(isObserved))
    expect(told.map(({ message }) => message).join('\n')).toMatch(unsent)
    // Users keep for so long what they have, and levers that were refused are not said again.
    const others = violations.filter(({ id }) => !['U1', 'L1', 'L11'].includes(id))
    expect(others).toEqual([])
  })
})

function isObserved({ reason }: Report['plan']['held'][number]): boolean {
  return reason === 'Observed'
}

const STEPS = `
        - setWeight: 10
        - analysis: { templates: [errors], for: 30m }
        - setWeight: 50`
const BAD = { 'sandbox.error_ratio': '0.3' }

/** A candidate with 10 % of the users. */
async function canary(behaviour = {}) {
  const world = await simulate({ timeScale: 10, seed: 3 })
  const commits = createCommits()
  commits.commit(rolloutFiles({ model: 1, steps: STEPS }))
  const controller = world.startController(commits)
  await runUntil(world, controller, ({ converged }) => converged)
  createTraffic(world.sandbox, { endpoint: 'fraud', seed: 3, rate: 50 })
  world.sandbox.clock.advance(10 * MINUTE)
  commits.commit(rolloutFiles({ model: 2, steps: STEPS, behaviours: { 2: behaviour } }))
  await runUntil(world, controller, (report) => statusOf(report)?.phase === 'analyzing')
  return { world, commits }
}

function statusOf({ resources }: Report) {
  return resources.find(({ rollout }) => rollout !== undefined)?.rollout
}

/** What is no read, tokens for oneself aside. */
function writes({ calls }: Simulation): readonly Call[] {
  return calls.filter(
    ({ method, path }) => method !== 'GET' && !path.endsWith('/oauth2/v2.0/token'),
  )
}

async function trafficOf(world: Simulation): Promise<unknown> {
  const { body } = await world.get('onlineEndpoints/fraud')
  return (body.properties as { traffic: unknown }).traffic
}

const OBSERVE = { sync: { mode: 'observe' } } as const

describe('an Application that only observes', () => {
  test('tells the verdict on a failing candidate and leaves it its users; applying takes them off', async () => {
    const { world, commits } = await canary(BAD)
    const observer = world.startController(commits, OBSERVE)
    world.calls.length = 0
    const seen = await runUntil(world, observer, (report) =>
      (statusOf(report)?.judgements ?? []).some(({ outcome }) => outcome === 'fail'),
    )
    expect(statusOf(seen)).toMatchObject({ reason: 'Observed', stalled: true })
    expect(seen.outcomes).toEqual([])
    expect(writes(world)).toEqual([])
    expect(await trafficOf(world)).toEqual({ blue: 90, green: 10 })
    const applier = world.startController(commits)
    await runUntil(world, applier, (report) => statusOf(report)?.phase === 'rolled_back')
    expect(await trafficOf(world)).toEqual({ blue: 100, green: 0 })
  })

  test.each(['promote', 'pause', 'resume', 'abort', 'retry', 'undo', 'adopt'] as const)(
    'refuses %s at once, and says which field to change',
    async (verb) => {
      const { world, commits } = await canary()
      const observer = world.startController(commits, OBSERVE)
      world.calls.length = 0
      const before = await observer.tick()
      for (const failure of [undefined, new SourceError('Unreachable', 'gone')]) {
        commits.fail(failure)
        const at = world.sandbox.clock.now()
        const said = { id: `${verb}-${failure}`, verb, endpoint: 'fraud', who: 'anna', why: '', at }
        const answer = observer.inbox.put(said)
        const { plan } = await observer.tick()
        expect(plan.held.map(({ reason }) => reason)).toEqual(
          before.plan.held.map(({ reason }) => reason),
        )
        expect(await answer).toMatchObject({
          result: 'refused',
          message: expect.stringContaining('`mode: apply` in its sync policy'),
        })
      }
      expect(writes(world)).toEqual([])
    },
  )

  test('gives no traffic back where Git was never read and nobody judges, and says that', async () => {
    const { world, commits } = await canary()
    commits.fail(new SourceError('Unreachable', 'gone'))
    commits.loseCopy()
    const observer = world.startController(commits, OBSERVE)
    world.calls.length = 0
    const seen = await runUntil(world, observer, ({ plan }) => plan.held.length > 0)
    expect(seen.plan).toMatchObject({ actions: [], held: [{ reason: 'Observed' }] })
    expect(writes(world)).toEqual([])
    const applier = world.startController(commits)
    await runUntil(world, applier, ({ outcomes }) => outcomes.length > 0)
    expect(writes(world)).toMatchObject([{ method: 'PUT' }])
  })

  test('needs no right but to read', async () => {
    const world = await simulate({ timeScale: 10, actions: ['*/read'] })
    const commits = createCommits()
    commits.commit(rolloutFiles({ model: 1 }))
    const report = await world.startController(commits, OBSERVE).tick()
    expect(report).toMatchObject({ mode: 'observe', converged: false, outcomes: [] })
    expect(report.failure).toBeUndefined()
    expect(report.plan.changes).toHaveLength(5)
    expect(report.conditions.find(({ type }) => type === 'Ready')?.reason).toBe('Observed')
    expect(world.calls.filter(({ status }) => status === 403)).toEqual([])
  })
})
