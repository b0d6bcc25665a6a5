import { replay } from './checking.ts'
import {
  commit,
  fraud,
  lever,
  MERGE,
  MINUTE,
  release,
  template,
  users,
} from './workloads/workload.ts'
import type { Scenario } from './world/scenario.ts'

type Told = Pick<Scenario, 'events'> & Partial<Scenario>

const HALF = { 'fraud:2': 'half' } as const

/** One history that hurt users once; the checker holds every invariant over it, U1 among them. */
function scenario(name: string, told: Told, endsOn?: string): Scenario {
  const bad = Object.keys(told.models ?? {})
  return {
    workload: name,
    seed: 7,
    applications: [{ name: 'app' }],
    controllers: [{ name: 'c1', application: 'app' }],
    models: {},
    lengthMs: 60 * MINUTE,
    expectation: {
      soundModels: ['fraud:1', 'fraud:2', 'fraud:3'].filter((model) => !bad.includes(model)),
      badModels: bad,
      ...(endsOn === undefined ? {} : { endsOn: { fraud: endsOn } }),
      converges: endsOn !== undefined && bad.length === 0,
    },
    ...told,
  }
}

/** Everything to be held, by the number of the violation it stands for: each failed before. */
export const KNOWN: readonly (readonly [string, Told, string?])[] = [
  [
    '1: a failed scale-up of the stable deployment is no failed create: it is not deleted, and stays the way back',
    {
      models: HALF,
      events: [
        ...release(template(2, { bake: '10m' })),
        { at: 4 * MINUTE, do: 'hand', edit: 'failUpdate', endpoint: 'fraud', which: 'serving' },
      ],
    },
    'fraud:1',
  ],
  [
    '1: nor is that of the revision of before, within its window',
    {
      events: [
        ...release(template(2, { bake: '1m', keep: '1h' })),
        { at: 20 * MINUTE, do: 'hand', edit: 'failUpdate', endpoint: 'fraud', which: 'other' },
        lever(25 * MINUTE, 'undo'),
      ],
      expectation: {
        soundModels: ['fraud:1', 'fraud:2'],
        badModels: [],
        endsOn: { fraud: 'fraud:1' },
        converges: false,
      },
    },
  ],
  [
    '2: a candidate that turns bad in the bake is taken back',
    {
      events: [
        ...release(template(2, { bake: '20m', road: 'blueGreen' })),
        { at: 14 * MINUTE, do: 'model', model: 'fraud:2', quality: 'half' },
      ],
      expectation: {
        soundModels: ['fraud:1'],
        badModels: ['fraud:2'],
        endsOn: { fraud: 'fraud:1' },
        converges: false,
      },
    },
  ],
  [
    '3: with the provider down from the merge on, no clock moves a step',
    {
      models: HALF,
      events: [
        ...release(template(2, { road: 'clocked' })),
        { at: MERGE, do: 'provider', is: 'down', forMs: 40 * MINUTE },
      ],
    },
  ],
  [
    '4: an abort whose operation fails after its PUT was accepted is repeated',
    {
      models: HALF,
      events: [
        ...release(template(2)),
        {
          at: MERGE + 30_000,
          do: 'call',
          is: 'fails',
          on: 'PUT onlineEndpoints',
          skip: 1,
          with: 'BadArgument',
        },
      ],
    },
    'fraud:1',
  ],
  [
    '4: also while drift is only reported',
    {
      models: HALF,
      applications: [{ name: 'app', sync: { drift: 'report' } }],
      events: [
        ...release(template(2)),
        {
          at: MERGE + 30_000,
          do: 'call',
          is: 'fails',
          on: 'PUT onlineEndpoints',
          skip: 1,
          with: 'InternalServerError',
        },
      ],
    },
    'fraud:1',
  ],
  [
    '4: and a revert’s as well',
    {
      events: [
        ...release(template(2, { road: 'waits' })),
        commit(12 * MINUTE, fraud(template(1, { road: 'waits', models: [1, 2] }))),
        {
          at: 12 * MINUTE,
          do: 'call',
          is: 'fails',
          on: 'PUT onlineEndpoints',
          with: 'BadArgument',
        },
      ],
    },
    'fraud:1',
  ],
  [
    '5: one 400 to the PUT of an abort does not hold it',
    {
      models: HALF,
      events: [
        ...release(template(2)),
        { at: MERGE + 30_000, do: 'call', is: '400', on: 'PUT onlineEndpoints', skip: 1 },
      ],
    },
    'fraud:1',
  ],
  ...(['zero', 'other'] as const).map(
    (to) =>
      [
        `6: the stable deployment deleted by hand in mid-canary, traffic moved to ${to}: users get what serves, and newer commits roll out`,
        {
          events: [
            ...release(template(2, { road: 'waits' })),
            { at: 12 * MINUTE, do: 'hand', edit: 'traffic', endpoint: 'fraud', to },
            {
              at: 12 * MINUTE + 30_000,
              do: 'hand',
              edit: 'deleteDeployment',
              endpoint: 'fraud',
              which: { name: 'blue' },
            },
            commit(25 * MINUTE, fraud(template(3))),
          ],
        },
        'fraud:3',
      ] as const,
  ),
  [
    '6: the serving deployment deleted by hand at rest: it is made again',
    {
      events: [
        users(),
        commit(0, fraud(template(1))),
        { at: 8 * MINUTE, do: 'hand', edit: 'traffic', endpoint: 'fraud', to: 'zero' },
        {
          at: 8 * MINUTE + 30_000,
          do: 'hand',
          edit: 'deleteDeployment',
          endpoint: 'fraud',
          which: { name: 'blue' },
        },
      ],
    },
    'fraud:1',
  ],
  [
    '6: the way back of an aborted rollout deleted by hand: it is made again from Git’s history',
    {
      models: { 'fraud:2': 'wrong' },
      events: [
        ...release(template(2, { road: 'guarded' })),
        { at: 20 * MINUTE, do: 'hand', edit: 'traffic', endpoint: 'fraud', to: 'zero' },
        {
          at: 20 * MINUTE + 30_000,
          do: 'hand',
          edit: 'deleteDeployment',
          endpoint: 'fraud',
          which: { name: 'blue' },
        },
      ],
    },
    'fraud:1',
  ],
  [
    '7: an endpoint whose last write failed once still rolls out the next commit',
    {
      events: [
        ...release(template(2)),
        { at: 4 * MINUTE, do: 'hand', edit: 'failUpdate', endpoint: 'fraud' },
      ],
    },
    'fraud:2',
  ],
  [
    '8: one list without the stable deployment, and a new commit in the bake: nothing unbaked is adopted',
    {
      events: [
        ...release(template(2, { bake: '10m' })),
        commit(15 * MINUTE, fraud(template(3, { bake: '10m' }))),
        { at: 15 * MINUTE - 1000, do: 'call', is: 'omits', on: 'GET onlineEndpoints/deployments' },
      ],
    },
    'fraud:3',
  ],
  [
    '9: a process that restarts while Git is out of reach goes on judging',
    {
      events: [
        ...release(template(2, { road: 'waits' })),
        { at: 10 * MINUTE, do: 'git', application: 'app', is: 'down', forMs: 40 * MINUTE },
        { at: 11 * MINUTE, do: 'crash', controller: 'c1', forMs: 10_000 },
        { at: 14 * MINUTE, do: 'model', model: 'fraud:2', quality: 'half' },
      ],
      expectation: {
        soundModels: ['fraud:1'],
        badModels: ['fraud:2'],
        endsOn: { fraud: 'fraud:1' },
        converges: false,
      },
    },
  ],
  [
    '10: a create that failed for quota takes another size by a commit',
    {
      events: [
        ...release(template(2, { instances: 2 })),
        {
          at: MERGE,
          do: 'call',
          is: 'fails',
          on: 'PUT onlineEndpoints/deployments',
          with: 'OutOfQuota',
        },
        commit(9 * MINUTE, fraud(template(2, { instances: 1 }))),
      ],
    },
    'fraud:2',
  ],
  [
    '10: and is made again by itself, or at once by `rollout retry`, when there is room',
    {
      events: [
        ...release(template(2)),
        {
          at: MERGE,
          do: 'call',
          is: 'fails',
          on: 'PUT onlineEndpoints/deployments',
          with: 'OutOfQuota',
        },
        lever(9 * MINUTE, 'retry'),
      ],
    },
    'fraud:2',
  ],
  [
    '11: a candidate as good as stable is not refused for one failed answer to a golden request',
    {
      models: { 'fraud:1': 'noisy', 'fraud:2': 'noisy' },
      events: release(template(2, { road: 'guarded', golden: 25 })),
      expectation: {
        soundModels: ['fraud:1', 'fraud:2'],
        badModels: [],
        endsOn: { fraud: 'fraud:2' },
        converges: true,
      },
    },
  ],
  [
    '12: the deadline counts neither waits for people nor the controller’s absence',
    {
      lengthMs: 120 * MINUTE,
      events: [
        ...release(template(2, { road: 'waits', deadline: '30m' })),
        lever(50 * MINUTE, 'promote'),
        { at: 52 * MINUTE, do: 'crash', controller: 'c1', forMs: 40 * MINUTE },
      ],
    },
    'fraud:2',
  ],
  [
    '13: a folder as source rolls out, goes back and rolls out again',
    {
      applications: [{ name: 'app', source: 'folder' }],
      events: [
        ...release(template(2, { bake: '1m', keep: '5m' })),
        lever(16 * MINUTE, 'undo'),
        commit(30 * MINUTE, fraud(template(3, { bake: '1m', keep: '5m' }))),
      ],
    },
    'fraud:3',
  ],
  [
    '14: tags that somebody’s PUT removed are taken back from Git and live state',
    {
      events: [
        users(),
        commit(0, fraud(template(1))),
        { at: 7 * MINUTE, do: 'hand', edit: 'loseTags', endpoint: 'fraud' },
        { at: 8 * MINUTE, do: 'hand', edit: 'loseTags', endpoint: 'fraud', which: 'serving' },
        commit(12 * MINUTE, fraud(template(2))),
      ],
    },
    'fraud:2',
  ],
  [
    '15: an endpoint renamed in one commit is served by the new one before the old one goes',
    {
      events: [
        users(),
        users('fraud-new'),
        commit(0, fraud(template(1))),
        commit(8 * MINUTE, { endpoints: { 'fraud-new': template(1) } }),
      ],
      expectation: {
        soundModels: ['fraud:1', 'fraud-new:1'],
        badModels: [],
        endsOn: { 'fraud-new': 'fraud-new:1' },
        converges: true,
      },
    },
  ],
]

/** Plays all of them, and prints a line of JSON for each: its name and what it violates. */
async function main(): Promise<void> {
  for (const [name, told, endsOn] of KNOWN) {
    const violations = await replay(scenario(name.slice(0, 40), told, endsOn))
    process.stdout.write(`${JSON.stringify({ name, violations })}\n`)
  }
}

if (import.meta.main) await main()
