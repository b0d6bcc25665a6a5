import { expect, test } from '@jest/globals'
import { replay } from './checking.ts'
import type { Scenario, SimEvent } from './world/scenario.ts'
import type { Tree } from './world/tree.ts'

/** What the swarm found, each shrunk to what is needed, as it was printed. */

const fraud = (model: number): Tree => ({ endpoints: { fraud: { form: 'template', model } } })

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

test('L1: nothing is done while Azure works on the update that took the tags (tagsLost, seed 6)', async () => {
  const scenario: Scenario = {
    workload: 'tagsLost',
    seed: 6,
    applications: [{ name: 'app' }],
    controllers: [{ name: 'c1', application: 'app' }],
    models: {},
    expectation: { soundModels: ['fraud:1', 'fraud:2'], badModels: [], converges: true },
    lengthMs: 1_100_000,
    events: [
      { at: 0, do: 'users', endpoint: 'fraud', perSecond: 20 },
      { at: 0, do: 'commit', application: 'app', tree: fraud(1) },
      { at: 293_000, do: 'call', is: 'stale', on: 'GET onlineEndpoints/deployments', with: 2 },
      { at: 300_000, do: 'commit', application: 'app', tree: fraud(2) },
      { at: 823_000, do: 'hand', edit: 'loseTags', endpoint: 'fraud', which: 'other' },
    ],
  }
  expect(await replay(scenario)).toEqual([])
})

const AFTER_A_BAD_ONE = {
  applications: [{ name: 'app' }],
  models: { 'fraud:2': 'half' },
  expectation: {
    soundModels: ['fraud:1', 'fraud:3'],
    badModels: ['fraud:2'],
    endsOn: { fraud: 'fraud:3' },
    converges: true,
  },
} as const

test('L1: what a provider counted keeps its date when its clock jumps (twoControllersBad, seed 5)', async () => {
  const scenario: Scenario = {
    ...AFTER_A_BAD_ONE,
    workload: 'twoControllersBad',
    seed: 5,
    controllers: [
      { name: 'c1', application: 'app' },
      { name: 'c2', application: 'app' },
    ],
    lengthMs: 3_454_000,
    events: [
      { at: 0, do: 'users', endpoint: 'fraud', perSecond: 20 },
      { at: 0, do: 'commit', application: 'app', tree: fraud(1) },
      { at: 300_000, do: 'commit', application: 'app', tree: fraud(2) },
      { at: 1_020_000, do: 'commit', application: 'app', tree: fraud(3) },
      { at: 1_115_000, do: 'clock', of: 'azure', jumpMs: -3_600_000 },
      { at: 1_169_000, do: 'crash', controller: 'c1', forMs: 20_000 },
    ],
  }
  expect(await replay(scenario)).toEqual([])
})

test('S31: a provider whose clock is ahead does not judge a candidate by the one before in its slot', async () => {
  const scenario: Scenario = {
    ...AFTER_A_BAD_ONE,
    workload: 'providerAhead',
    seed: 1,
    controllers: [{ name: 'c1', application: 'app' }],
    lengthMs: 4_800_000,
    faultsForMs: 2_400_000,
    events: [
      { at: 0, do: 'users', endpoint: 'fraud', perSecond: 20 },
      { at: 0, do: 'commit', application: 'app', tree: fraud(1) },
      { at: 1000, do: 'clock', of: 'provider', jumpMs: 300_000 },
      { at: 300_000, do: 'commit', application: 'app', tree: fraud(2) },
      { at: 480_000, do: 'lever', application: 'app', verb: 'abort', endpoint: 'fraud' },
      { at: 600_000, do: 'commit', application: 'app', tree: fraud(3) },
    ],
  }
  expect(await replay(scenario)).toEqual([])
})

test('L11: a GET that is refused right before a write is no refusal of the write (create, seed 1)', async () => {
  const scenario: Scenario = {
    workload: 'create',
    seed: 1,
    applications: [{ name: 'app' }],
    controllers: [{ name: 'c1', application: 'app' }],
    models: {},
    expectation: {
      soundModels: ['fraud:1'],
      badModels: [],
      endsOn: { fraud: 'fraud:1' },
      converges: true,
    },
    lengthMs: 2_100_000,
    faultsForMs: 1_200_000,
    events: [
      { at: 0, do: 'users', endpoint: 'fraud', perSecond: 20 },
      {
        at: 0,
        do: 'commit',
        application: 'app',
        tree: { endpoints: { fraud: { form: 'template', model: 1, instances: 2 } } },
      },
      { at: 0, do: 'call', is: '400', on: 'GET models/versions' },
      { at: 0, do: 'call', is: 'fails', with: 'OutOfQuota', on: 'PUT onlineEndpoints/deployments' },
      { at: 0, do: 'call', is: '400', on: 'GET onlineEndpoints', skip: 6 },
    ],
  }
  expect(await replay(scenario)).toEqual([])
})

test('U1: a stable deployment that the template does not name, and that is deleted, is replaced by one that it names', async () => {
  const scenario: Scenario = {
    workload: 'explicitThenTemplate',
    seed: 2_038,
    applications: [{ name: 'app' }],
    controllers: [{ name: 'c1', application: 'app' }],
    models: {},
    expectation: {
      soundModels: ['fraud:1'],
      badModels: [],
      endsOn: { fraud: 'fraud:1' },
      converges: false,
    },
    lengthMs: 1_800_000,
    events: [
      { at: 0, do: 'users', endpoint: 'fraud', perSecond: 20 },
      {
        at: 0,
        do: 'commit',
        application: 'app',
        tree: {
          endpoints: {
            fraud: { form: 'explicit', deployments: { teal: 1 }, traffic: { teal: 100 } },
          },
        },
      },
      { at: 240_000, do: 'commit', application: 'app', tree: fraud(1) },
      {
        at: 900_000,
        do: 'hand',
        edit: 'deleteDeployment',
        endpoint: 'fraud',
        which: { name: 'teal' },
      },
    ],
  }
  expect(await replay(scenario)).toEqual([])
})

test('U1: what served before there was a Rollout is made again from Git’s history', async () => {
  const scenario: Scenario = {
    workload: 'plainThenTemplate',
    seed: 1_070,
    applications: [{ name: 'app' }],
    controllers: [{ name: 'c1', application: 'app' }],
    models: { 'fraud:2': 'half' },
    expectation: {
      soundModels: ['fraud:1'],
      badModels: ['fraud:2'],
      endsOn: { fraud: 'fraud:1' },
      converges: false,
    },
    lengthMs: 1_800_000,
    events: [
      { at: 0, do: 'users', endpoint: 'fraud', perSecond: 20 },
      {
        at: 0,
        do: 'commit',
        application: 'app',
        tree: {
          endpoints: { fraud: { form: 'plain', deployments: { teal: 1 }, traffic: { teal: 100 } } },
        },
      },
      { at: 300_000, do: 'commit', application: 'app', tree: fraud(2) },
      {
        at: 600_000,
        do: 'hand',
        edit: 'deleteDeployment',
        endpoint: 'fraud',
        which: { name: 'teal' },
      },
    ],
  }
  expect(await replay(scenario)).toEqual([])
})

test('L1: what serves and was deleted is made again where its first remake fails, also where drift is only reported', async () => {
  const scenario: Scenario = {
    workload: 'servingDeleted',
    seed: 1,
    applications: [{ name: 'app', sync: { drift: 'report' } }],
    controllers: [{ name: 'c1', application: 'app' }],
    models: {},
    expectation: {
      soundModels: ['fraud:1'],
      badModels: [],
      endsOn: { fraud: 'fraud:1' },
      sync: { app: { drift: 'report' } },
      converges: false,
    },
    lengthMs: 3_300_000,
    faultsForMs: 2_400_000,
    events: [
      { at: 0, do: 'users', endpoint: 'fraud', perSecond: 20 },
      {
        at: 0,
        do: 'commit',
        application: 'app',
        tree: {
          endpoints: {
            fraud: {
              form: 'explicit',
              deployments: { blue: 1 },
              traffic: { blue: 100 },
              models: [1, 2, 3],
            },
          },
        },
      },
      {
        at: 0,
        do: 'call',
        is: 'fails',
        with: 'OperationCanceled',
        on: 'PUT onlineEndpoints/deployments',
        skip: 1,
      },
      {
        at: 369_000,
        do: 'hand',
        edit: 'deleteDeployment',
        endpoint: 'fraud',
        which: { name: 'blue' },
      },
    ],
  }
  expect(await replay(scenario)).toEqual([])
})

test('U1: a candidate that got all users because stable was lost, gives them back when stable is made again and nothing is known of it from before (stableDeleted, seed 1)', async () => {
  const release = (at: number, model: number): SimEvent => ({
    at,
    do: 'commit',
    application: 'app',
    tree: { endpoints: { fraud: { form: 'template', model, road: 'waits', bake: '5m' } } },
  })
  const scenario: Scenario = {
    workload: 'stableDeleted',
    seed: 1,
    applications: [{ name: 'app' }],
    controllers: [{ name: 'c1', application: 'app' }],
    models: { 'fraud:2': 'half' },
    expectation: { soundModels: ['fraud:1'], badModels: ['fraud:2'], converges: false },
    lengthMs: 3_300_000,
    faultsForMs: 2_400_000,
    events: [
      { at: 0, do: 'users', endpoint: 'fraud', perSecond: 20 },
      release(0, 1),
      { at: 0, do: 'call', is: 'neverEnds', on: 'PUT onlineEndpoints/deployments', skip: 1 },
      release(300_000, 2),
      { at: 420_000, do: 'hand', edit: 'deleteDeployment', endpoint: 'fraud', which: 'serving' },
    ],
  }
  expect(await replay(scenario)).toEqual([])
})

test('U1: stable that was deleted by hand, and whose creation fails time and again, is tried at most two minutes apart (remakeFails, seed 1)', async () => {
  const release = (at: number, model: number): SimEvent => ({
    at,
    do: 'commit',
    application: 'app',
    tree: { endpoints: { fraud: { form: 'template', model, road: 'canary', bake: '10m' } } },
  })
  const fault = { do: 'call', is: 'fails', on: 'PUT onlineEndpoints/deployments' } as const
  const scenario: Scenario = {
    workload: 'remakeFails',
    seed: 1,
    applications: [{ name: 'app' }],
    controllers: [{ name: 'c1', application: 'app' }],
    models: { 'fraud:2': 'half' },
    expectation: { soundModels: ['fraud:1'], badModels: ['fraud:2'], converges: false },
    lengthMs: 3_600_000,
    faultsForMs: 3_600_000,
    events: [
      { at: 0, do: 'users', endpoint: 'fraud', perSecond: 20 },
      release(0, 1),
      release(300_000, 2),
      { at: 569_000, ...fault, with: 'ACRTokenExchangeFailed', times: 9 },
      {
        at: 574_000,
        do: 'hand',
        edit: 'deleteDeployment',
        endpoint: 'fraud',
        which: { name: 'blue' },
      },
    ],
  }
  expect(await replay(scenario)).toEqual([])
})
