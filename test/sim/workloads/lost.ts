import type { SimEvent } from '../world/scenario.ts'
import type { EndpointTree, Tree } from '../world/tree.ts'
import {
  APP,
  commit,
  fraud,
  hand,
  lever,
  MERGE,
  MINUTE,
  release,
  template,
  users,
  type Workload,
} from './workload.ts'

const endpoint = 'fraud'
const turns = (at: number): SimEvent => ({ at, do: 'model', model: 'fraud:2', quality: 'half' })
const plain = (deployments: Readonly<Record<string, number>>): EndpointTree => ({
  ...{ form: 'plain', deployments, models: [1, 2] },
})

/** The endpoint itself is gone, too; it stays; and it says by weights who is to serve, who may be still to come. */
const WITHOUT_ROLLOUT: readonly Tree['endpoints'][] = [
  {},
  { fraud: plain({}) },
  { fraud: { ...plain({ blue: 1 }), traffic: { blue: 100 } } },
  { fraud: { ...plain({ blue: 1, red: 1 }), traffic: { red: 100 } } },
]

/** Twice as many requests as two instances carry, once a commit has asked for four. */
const BUSIER = [
  users(endpoint, 50),
  users(endpoint, 90, 22 * MINUTE),
  users(endpoint, 90, 35 * MINUTE),
]

/**
 * What a rollout rests on is lost, left out or made smaller, while its candidate is bad or turns bad: users are to come back
 * to what was proven.
 */
export const LOST: readonly Workload[] = [
  {
    name: 'recordLost',
    draft: (dice) => {
      const at = dice.at(6, 9)
      return {
        events: [
          ...release(template(2, { road: dice.pick(['canary', 'waits', 'mirror']) })),
          hand(at, { edit: 'loseTags', endpoint }),
          turns(at + dice.int(0, 60) * 1000),
          // A process that never saw the record cannot tell; what it says names this.
          ...[20, 26, 32].map((minute) => lever(minute * MINUTE, 'abort')),
        ],
        converges: false,
      }
    },
  },
  {
    name: 'deletedAfterAbort',
    draft: (dice) => ({
      models: { 'fraud:2': dice.pick(['half', 'bad']) },
      events: [...release(template(2)), hand(dice.at(9, 18), { edit: 'deleteEndpoint', endpoint })],
      // A process that never saw the record of the abort tries the revision again.
      converges: false,
    }),
  },
  {
    name: 'stableDeleted',
    draft: (dice) => ({
      models: { 'fraud:2': 'half' },
      events: [
        ...release(template(2, { road: dice.pick(['waits', 'clocked']), bake: '5m' })),
        hand(dice.at(5.5, 7), { edit: 'deleteDeployment', endpoint, which: 'serving' }),
      ],
      converges: false,
    }),
  },
  {
    name: 'commitWithoutStable',
    draft: (dice) => {
      const at = dice.at(7, 9)
      return {
        models: { 'fraud:3': dice.pick(['half', 'sound']) },
        events: [
          ...release(template(2, { road: 'waits', bake: '5m' })),
          hand(at, { edit: 'deleteDeployment', endpoint, which: { name: 'blue' } }),
          turns(at + dice.int(0, 30) * 1000),
          commit(at + dice.int(5, 60) * 1000, fraud(template(3, { bake: '5m' }))),
        ],
        converges: false,
        lengthMs: 45 * MINUTE,
      }
    },
  },
  {
    name: 'overexposed',
    draft: (dice) => {
      const at = dice.at(7, 9)
      return {
        applications: [{ name: APP, sync: { drift: dice.pick(['report', 'correct']) } }],
        events: [
          ...release(template(2, { road: 'waits' })),
          hand(at, { edit: 'traffic', endpoint, to: dice.pick(['other', 'even']) }),
          turns(at + dice.int(0, 120) * 1000),
        ],
        endsOn: { fraud: 'fraud:1' },
        converges: false,
      }
    },
  },
  {
    name: 'wayBackShrunk',
    draft: (dice) => ({
      applications: [{ name: APP, sync: { drift: 'report' } }],
      events: [
        users(endpoint, 80),
        commit(0, fraud(template(1, { instances: 3 }))),
        commit(MERGE, fraud(template(2, { instances: 3, bake: '15m' }))),
        hand(dice.at(10.5, 13), { edit: 'scale', endpoint, which: 'other', by: -2 }),
        turns(dice.at(15, 18)),
      ],
      endsOn: { fraud: 'fraud:1' },
      converges: false,
    }),
  },
  {
    name: 'scaledBesideRollout',
    draft: (dice) => {
      const isAborted = dice.chance(0.5)
      const road = isAborted ? 'canary' : 'waits'
      return {
        ...(isAborted ? { models: { 'fraud:2': 'half' } } : {}),
        events: [
          ...BUSIER,
          commit(0, fraud(template(1, { road }))),
          commit(MERGE, fraud(template(2, { road }))),
          commit(dice.at(12, 15), fraud(template(2, { road, instances: 4 }))),
        ],
        converges: false,
      }
    },
  },
  {
    name: 'scaledWithRevision',
    draft: (dice) => {
      const isUndone = dice.chance(0.5)
      const bake = isUndone ? '2m' : '10m'
      return {
        events: [
          users(endpoint, 50),
          commit(0, fraud(template(1, { bake, keep: '20m' }))),
          commit(MERGE, fraud(template(2, { bake, keep: '20m', instances: 5 }))),
          users(endpoint, 110, 12 * MINUTE),
          isUndone ? lever(20 * MINUTE, 'undo') : turns(dice.at(14, 17)),
        ],
        converges: false,
      }
    },
  },
  {
    name: 'slotsRenamed',
    draft: (dice) => ({
      events: [
        ...BUSIER,
        commit(0, fraud(template(1))),
        commit(MERGE, fraud(template(1, { slots: ['red', 'pink'] }))),
        commit(dice.at(9, 14), fraud(template(1, { slots: ['red', 'pink'], instances: 4 }))),
        commit(36 * MINUTE, fraud(template(2, { slots: ['red', 'pink'], instances: 4 }))),
      ],
      endsOn: { fraud: 'fraud:2' },
      lengthMs: 65 * MINUTE,
    }),
  },
  {
    name: 'rolloutNotDeclared',
    draft: (dice) => ({
      ...(dice.chance(0.5)
        ? { applications: [{ name: APP, sync: { prune: { enabled: false, maxDeletions: 3 } } }] }
        : {}),
      events: [
        ...release(template(2, { road: 'waits' })),
        commit(dice.at(7, 9), {
          endpoints: { ...dice.pick(WITHOUT_ROLLOUT), kept: template(1) },
        }),
        turns(dice.at(9, 12)),
      ],
      converges: false,
    }),
  },
  {
    name: 'trafficNotDeclared',
    draft: (dice) => {
      const form = dice.pick(['plain', 'explicit'] as const)
      return {
        events: [
          users(),
          commit(0, fraud({ ...plain({ blue: 1 }), form, traffic: { blue: 100 } })),
          commit(dice.at(4, 8), fraud(plain({ blue: 1 }))),
          commit(20 * MINUTE, fraud(template(2))),
        ],
        endsOn: { fraud: 'fraud:2' },
        lengthMs: 50 * MINUTE,
      }
    },
  },
  {
    name: 'mirrorThenTemplate',
    draft: (dice) => ({
      events: [
        users(),
        commit(0, fraud({ ...plain({ blue: 1, green: 2 }), traffic: { blue: 100 } })),
        hand(dice.at(4, 6), { edit: 'mirror', endpoint }),
        commit(dice.at(7, 10), fraud(template(3))),
      ],
      endsOn: { fraud: 'fraud:3' },
      lengthMs: 45 * MINUTE,
    }),
  },
  {
    name: 'queueAfterExplicit',
    draft: (dice) => ({
      events: [
        users(),
        ...[{ blue: 1 }, { blue: 1, teal: 2 }].map((deployments, place) =>
          commit(
            place * MERGE,
            fraud({
              ...{ form: 'explicit', deployments, road: 'waits', models: [1, 2, 3] },
              traffic: { [place === 0 ? 'blue' : 'teal']: 100 },
            }),
          ),
        ),
        commit(dice.at(7, 12), fraud(template(3, { queues: true }))),
      ],
      endsOn: { fraud: 'fraud:3' },
      lengthMs: 50 * MINUTE,
    }),
  },
  {
    name: 'podMoved',
    draft: (dice) => {
      const at = dice.at(7, 9)
      return {
        events: [
          ...release(template(2, { road: 'waits' })),
          { at, do: 'git', application: APP, is: 'down', forMs: 60 * MINUTE },
          { at: at + 6000, do: 'diskGone' },
          { at: at + 12_000, do: 'crash', controller: 'c1', forMs: 30_000 },
          turns(at + 3 * MINUTE),
        ],
        converges: false,
        lengthMs: 60 * MINUTE,
      }
    },
  },
  {
    name: 'abortedInPlace',
    draft: (dice) => ({
      events: [
        users(),
        ...[1, 2].map((model, place) =>
          commit(
            place * MERGE,
            fraud({
              ...{ form: 'explicit', deployments: { blue: model }, traffic: { blue: 100 } },
              models: [1, 2],
            }),
          ),
        ),
        lever(6 * MINUTE, 'abort'),
        { at: dice.at(7, 9), do: 'git', application: APP, is: 'down', forMs: 15 * MINUTE },
        { at: dice.at(9, 10), do: 'diskGone' },
        { at: dice.at(10, 12), do: 'crash', controller: 'c1', forMs: MINUTE },
      ],
      endsOn: { fraud: 'fraud:1' },
      converges: false,
    }),
  },
]
