import { expect, test } from '@jest/globals'
import { replay } from './checking.ts'
import type { Scenario } from './world/scenario.ts'

/** What the swarm found, each shrunk to what is needed, as it was printed. */

test('S26: a stale list without the candidate does not make it gone (waitsForPromote, seed 1029)', async () => {
  const scenario: Scenario = {
    workload: 'waitsForPromote',
    seed: 1_029,
    applications: [{ name: 'app' }],
    controllers: [{ name: 'c1', application: 'app' }],
    models: {},
    expectation: { soundModels: ['fraud:1', 'fraud:2'], badModels: [], converges: false },
    lengthMs: 720_000,
    faultsForMs: 720_000,
    events: [
      {
        at: 0,
        do: 'commit',
        application: 'app',
        tree: { endpoints: { fraud: { form: 'template', model: 1, road: 'waits' } } },
      },
      {
        at: 300_000,
        do: 'commit',
        application: 'app',
        tree: { endpoints: { fraud: { form: 'template', model: 2, road: 'waits' } } },
      },
      { at: 651_000, do: 'call', is: 'stale', on: 'GET onlineEndpoints/deployments', with: 3 },
    ],
  }
  expect(await replay(scenario)).toEqual([])
})

test('L1: counters that began again once do not hold a rollout for ever (mirrored, seed 210)', async () => {
  const scenario: Scenario = {
    workload: 'mirrored',
    seed: 210,
    applications: [{ name: 'app' }],
    controllers: [{ name: 'c1', application: 'app' }],
    models: {},
    expectation: {
      soundModels: ['fraud:1', 'fraud:2'],
      badModels: [],
      endsOn: { fraud: 'fraud:2' },
      converges: true,
    },
    lengthMs: 2_640_000,
    events: [
      { at: 0, do: 'users', endpoint: 'fraud', perSecond: 20 },
      {
        at: 0,
        do: 'commit',
        application: 'app',
        tree: { endpoints: { fraud: { form: 'template', model: 1, road: 'mirror' } } },
      },
      {
        at: 300_000,
        do: 'commit',
        application: 'app',
        tree: { endpoints: { fraud: { form: 'template', model: 2, road: 'mirror' } } },
      },
      { at: 436_000, do: 'provider', is: 'reset', forMs: 60_000 },
    ],
  }
  expect(await replay(scenario)).toEqual([])
})

test('U1: an endpoint that late reads show as gone is not made anew (create, seed 6)', async () => {
  const scenario: Scenario = {
    workload: 'create',
    seed: 6,
    applications: [{ name: 'app' }],
    controllers: [{ name: 'c1', application: 'app' }],
    models: {},
    expectation: {
      soundModels: ['fraud:1'],
      badModels: [],
      endsOn: { fraud: 'fraud:1' },
      converges: true,
    },
    lengthMs: 2_320_000,
    events: [
      { at: 0, do: 'users', endpoint: 'fraud', perSecond: 20 },
      {
        at: 0,
        do: 'commit',
        application: 'app',
        tree: { endpoints: { fraud: { form: 'template', model: 1, instances: 1 } } },
      },
      { at: 340_000, do: 'call', is: 'stale', on: 'GET onlineEndpoints', times: 6, with: 3 },
    ],
  }
  expect(await replay(scenario)).toEqual([])
})

test('S31: what a process with a wrong clock wrote holds nothing once the clock is right (noisyBoth, seed 5)', async () => {
  const scenario: Scenario = {
    workload: 'noisyBoth',
    seed: 5,
    applications: [{ name: 'app' }],
    controllers: [{ name: 'c1', application: 'app' }],
    models: {},
    expectation: {
      soundModels: ['fraud:1', 'fraud:2'],
      badModels: [],
      endsOn: { fraud: 'fraud:2' },
      converges: true,
    },
    lengthMs: 2_400_000,
    faultsForMs: 480_000,
    events: [
      { at: 0, do: 'users', endpoint: 'fraud', perSecond: 20 },
      {
        at: 0,
        do: 'commit',
        application: 'app',
        tree: { endpoints: { fraud: { form: 'template', model: 1 } } },
      },
      {
        at: 300_000,
        do: 'commit',
        application: 'app',
        tree: { endpoints: { fraud: { form: 'template', model: 2 } } },
      },
      { at: 330_000, do: 'clock', of: 'controller', jumpMs: 3_600_000 },
      { at: 330_000, do: 'clock', of: 'provider', jumpMs: 3_600_000 },
      { at: 332_000, do: 'crash', controller: 'c1', forMs: 5_000 },
    ],
  }
  expect(await replay(scenario)).toEqual([])
})

test('S5: tags written back to the rollback target are no other content, without Azure’s own variables (tagsLost, seed 8)', async () => {
  const scenario: Scenario = {
    workload: 'tagsLost',
    seed: 8,
    applications: [{ name: 'app' }],
    controllers: [{ name: 'c1', application: 'app' }],
    models: {},
    expectation: { soundModels: ['fraud:1', 'fraud:2'], badModels: [], converges: false },
    lengthMs: 500_000,
    events: [
      { at: 0, do: 'users', endpoint: 'fraud', perSecond: 20 },
      {
        at: 0,
        do: 'commit',
        application: 'app',
        tree: { endpoints: { fraud: { form: 'template', model: 1, bake: '5m' } } },
      },
      {
        at: 300_000,
        do: 'commit',
        application: 'app',
        tree: { endpoints: { fraud: { form: 'template', model: 2, bake: '5m' } } },
      },
      { at: 369_000, do: 'hand', edit: 'loseTags', endpoint: 'fraud', which: 'serving' },
    ],
  }
  expect(await replay(scenario)).toEqual([])
})
