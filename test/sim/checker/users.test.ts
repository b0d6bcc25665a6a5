import { describe, test } from '@jest/globals'
import type { Report } from '../../../src/core/model/report.ts'
import type { RolloutStatus } from '../../../src/core/model/rollout.ts'
import { type Case, expectBroken, expectKept } from './cases.ts'
import { ABORTED, BLUE, GREEN, MINUTE, record, START } from './records.ts'
import { baking, canary, serving } from './rollouts.ts'
import { Trace } from './traces.ts'

/** Minute by minute, with measurements, and so many answers of one deployment. */
function minutes(trace: Trace, count: number, each: (trace: Trace) => void): Trace {
  for (let minute = 0; minute < count; minute += 1) {
    trace.wait(MINUTE).tick().measure()
    each(trace)
    trace.plan()
  }
  return trace
}

const halfFail = (trace: Trace) => trace.requests('green', 60, 30, 'model')

/** An abort whose PUT was taken and whose operation failed: the record says aborted, the weights stay. */
const halfAborted = () =>
  canary()
    .look()
    .shift({ blue: 100, green: 0 }, ABORTED)
    .setEndpoint('fraud', { traffic: { blue: 90, green: 10 }, record: ABORTED })
    .state('clock')
    .plan()

const DONE = record({ stable: GREEN })

const BLUE_PATH = 'onlineEndpoints/fraud/deployments/blue'

/** Git declares three instances, blue has one, and Azure refuses to make it grow. */
const refusedScale = () =>
  serving({ instances: 3 })
    .look()
    .change(BLUE_PATH, { capacity: 3 }, { status: 400, seenStatus: 400 })

const CASES: readonly Case[] = [
  {
    id: 'U1',
    breaks: 'no route, and nobody but us was there',
    by: () => serving().look().requests(undefined, 10, 10, 'noRoute'),
    near: 'no route for three minutes after somebody took the traffic away',
    but: () =>
      minutes(serving().hand('onlineEndpoints/fraud'), 3, (trace) =>
        trace.requests(undefined, 10, 10, 'noRoute'),
      ),
  },
  {
    id: 'U1',
    breaks: 'no route for ten minutes after somebody took the traffic away',
    by: () =>
      minutes(serving().hand('onlineEndpoints/fraud'), 10, (trace) =>
        trace.requests(undefined, 10, 10, 'noRoute'),
      ),
    near: 'ten minutes in which the process was down',
    but: () =>
      minutes(serving().hand('onlineEndpoints/fraud').crash(), 10, (trace) =>
        trace.requests(undefined, 10, 10, 'noRoute'),
      ),
  },
  {
    id: 'U1',
    breaks: 'a candidate that fails half for a quarter of an hour',
    by: () => minutes(canary(), 15, halfFail),
    near: 'one that has had its traffic for five minutes',
    but: () => minutes(canary(), 5, halfFail),
  },
  {
    id: 'U1',
    breaks: 'a candidate that turns bad in the bake',
    by: () => minutes(baking(), 15, (trace) => trace.requests('green', 1200, 600, 'model')),
    near: 'a sound one with a few errors',
    but: () => minutes(baking(), 15, (trace) => trace.requests('green', 1200, 12, 'model')),
  },
  {
    id: 'U1',
    breaks: 'fewer instances than are declared, and too many requests',
    by: () => serving({ instances: 3 }).look().requests('blue', 10, 10, 'overloaded'),
    near: 'as many as are declared, and too many requests',
    but: () => serving().look().requests('blue', 10, 10, 'overloaded'),
  },
  {
    id: 'U1',
    breaks: 'the same after a write that Azure took in the end',
    by: () =>
      refusedScale()
        .wait(MINUTE)
        .look()
        .change(BLUE_PATH, { capacity: 3 })
        .requests('blue', 10, 10, 'overloaded'),
    near: 'the same while Azure refuses the write',
    but: () => refusedScale().requests('blue', 10, 10, 'overloaded'),
  },
  {
    id: 'S27',
    breaks: 'an abort whose operation failed, and nobody repeats it',
    by: () => minutes(halfAborted(), 6, () => {}),
    near: 'one that is repeated each minute',
    but: () =>
      minutes(halfAborted(), 6, (trace) =>
        trace.look().shift({ blue: 100, green: 0 }, ABORTED, { status: 503, seenStatus: 503 }),
      ),
  },
  {
    id: 'S28',
    breaks: 'users on a candidate, and nothing is measured',
    by: () => quiet(canary(), 6),
    near: 'the provider is down',
    but: () => quiet(canary().fault('provider down', 60 * MINUTE), 6),
  },
  {
    id: 'L10',
    breaks: 'a restart with Git down, and nothing is measured',
    by: () =>
      quiet(
        canary()
          .fault('git down', 60 * MINUTE)
          .crash()
          .restart(),
        6,
      ),
    near: 'a restart with Git down that goes on measuring',
    but: () =>
      minutes(
        canary()
          .fault('git down', 60 * MINUTE)
          .crash()
          .restart(),
        6,
        () => {},
      ),
  },
  {
    id: 'L10',
    breaks:
      'a restart with Git down, after a process that could read it again since its disk was lost',
    by: () =>
      quiet(
        withoutDisk((gap) => gap.wait(2 * MINUTE).crash()),
        6,
      ),
    near: 'Git could be read only while no process was up',
    but: () =>
      quiet(
        withoutDisk((gap) =>
          gap
            .fault('crash c', 2 * MINUTE)
            .crash()
            .wait(2 * MINUTE),
        ),
        6,
      ),
  },
  {
    id: 'L1',
    breaks: 'a write after all was done',
    by: () =>
      done()
        .plan({ converged: true })
        .wait(MINUTE)
        .look()
        .shift({ green: 100 }, { ...DONE, sinceMs: 7 })
        .plan({ converged: true }),
    near: 'a window that is over, taken out of the record',
    but: () => windowOver(),
    expectation: { converges: true },
  },
  {
    id: 'L1',
    breaks: 'another number of instances than is declared',
    by: () => {
      const trace = done().setDeployment('fraud/green', {
        rev: GREEN.rev,
        model: 'azureml:fraud:2',
        instances: 1,
      })
      return trace
        .state()
        .tick()
        .wait(6 * MINUTE)
        .plan()
    },
    near: 'all as declared',
    but: () =>
      done()
        .wait(6 * MINUTE)
        .plan({ converged: true }),
    expectation: { converges: true },
  },
  {
    id: 'L1',
    breaks: 'an end on another model than is expected',
    by: () =>
      done()
        .wait(6 * MINUTE)
        .plan({ converged: true }),
    near: 'an end on that model',
    but: () =>
      serving({ model: 1 })
        .wait(6 * MINUTE)
        .tick()
        .plan({ converged: true }),
    expectation: { converges: true, endsOn: { fraud: 'fraud:1' } },
  },
  {
    id: 'L1',
    breaks: 'an end on what was to be left for the model that served before',
    by: () =>
      done()
        .wait(6 * MINUTE)
        .plan(),
    near: 'an end on it where nothing served before',
    but: () =>
      new Trace()
        .commit()
        .setEndpoint('fraud', { traffic: {} })
        .setDeployment('fraud/blue', { rev: BLUE.rev })
        .setDeployment('fraud/green', { rev: GREEN.rev, model: 'azureml:fraud:2' })
        .state('start')
        .commit({ model: 2 })
        .setEndpoint('fraud', { traffic: { green: 100 }, record: DONE })
        .state()
        .faultsEnd()
        .wait(7 * MINUTE)
        .plan(),
    expectation: { endsOn: { fraud: 'fraud:1' } },
  },
  {
    id: 'L1',
    breaks: 'a sound model is refused for errors that are the usual ones',
    by: () => refused({ failed: 1 }),
    near: 'a sound model that fails so many by chance as no rule could forgive',
    but: () => refused({ failed: 4 }),
    expectation: { converges: true, endsOn: { fraud: 'fraud:2' } },
  },
]

/** Green was taken back after 28 of its requests. */
function refused({ failed }: { readonly failed: number }): Trace {
  const trace = serving().wait(MINUTE).requests('green', 28, failed, 'model').faultsEnd()
  return trace
    .wait(6 * MINUTE)
    .tick()
    .plan({ converged: true, resources: takenBack() })
}

function takenBack(): Report['resources'] {
  const ref = { kind: 'OnlineEndpoint', name: 'fraud' } as const
  const candidate = { deployment: 'green', revision: GREEN.rev }
  const aborted = { revision: GREEN.rev, reason: 'ErrorsHigher', message: 'Too many.' }
  const said = { phase: 'rolled_back', reason: 'RolloutAborted', message: '', stalled: false }
  const rollout = { endpoint: 'fraud', candidate, aborted, ...said } as unknown as RolloutStatus
  const base = { ref, key: 'OnlineEndpoint/fraud', sync: 'synced', health: 'healthy' } as const
  return [{ ...base, drift: 'correct', differences: [], fight: false, conditions: [], rollout }]
}

function quiet(trace: Trace, count: number): Trace {
  for (let minute = 0; minute < count; minute += 1) trace.wait(MINUTE).tick().plan()
  return trace
}

/** The disk is lost while Git is out of reach; then it can be read for two minutes; then a process begins without it. */
function withoutDisk(meanwhile: (gap: Trace) => Trace): Trace {
  const gap = canary()
    .fault('git down', 2 * MINUTE)
    .wait(MINUTE)
    .fault('diskGone')
    .wait(MINUTE)
  return meanwhile(gap)
    .fault('git down', 60 * MINUTE)
    .wait(1000)
    .restart()
}

/** Green serves, is what Git wants, and nothing is broken any more. */
function done(): Trace {
  return serving()
    .setEndpoint('fraud', { traffic: { green: 100 }, record: DONE })
    .state()
    .faultsEnd()
    .wait(MINUTE)
    .tick()
}

function windowOver(): Trace {
  const previous = record({ stable: GREEN, previous: BLUE, untilMs: START + 60 * MINUTE })
  return serving()
    .setEndpoint('fraud', { traffic: { green: 100 }, record: previous })
    .state()
    .faultsEnd()
    .wait(MINUTE)
    .tick()
    .plan({ converged: true })
    .wait(5 * MINUTE)
    .look()
    .shift({ green: 100 }, DONE)
    .plan({ converged: true })
}

describe('the checker on users and on what has to go on', () => {
  for (const one of CASES) {
    test(`${one.id} reports ${one.breaks}`, () => expectBroken(one))
    test(`${one.id} has nothing against ${one.near}`, () => expectKept(one))
  }
})
