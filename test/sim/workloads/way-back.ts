import type { SimEvent } from '../world/scenario.ts'
import type { EndpointTree } from '../world/tree.ts'
import {
  APP,
  commit,
  type Draft,
  fraud,
  hand,
  lever,
  MERGE,
  MINUTE,
  release,
  template,
  users,
  type Verb,
  type Workload,
} from './workload.ts'

const endpoint = 'fraud'
const OTHER = 'other'

const turns = (at: number): SimEvent => ({ at, do: 'model', model: 'fraud:2', quality: 'half' })
const gone = (at: number, name: string): SimEvent =>
  hand(at, { edit: 'deleteDeployment', endpoint, which: { name } })
const says = (at: number, verb: Verb): SimEvent => lever(at * MINUTE, verb)

/** Deployments by name, with all traffic on one of them. */
function named(
  form: 'explicit' | 'plain',
  deployments: Readonly<Record<string, number>>,
  serving: string,
  rest: Partial<EndpointTree> = {},
): EndpointTree {
  return { form, deployments, traffic: { [serving]: 100 }, models: [1, 2, 3], ...rest }
}

/** Both Applications in one repository; the endpoint moves from the first one to the second. */
function moves(at: number, from: EndpointTree, to: EndpointTree): Omit<Draft, 'converges'> {
  const kept = template(1)
  return {
    applications: [
      { name: APP, repository: 'both' },
      { name: OTHER, repository: 'both' },
    ],
    controllers: [
      { name: 'c1', application: APP },
      { name: 'c2', application: OTHER },
    ],
    events: [
      users(),
      commit(0, { endpoints: { fraud: from, kept } }),
      commit(0, { endpoints: { loans: kept } }, undefined, OTHER),
      commit(at, { endpoints: { kept } }),
      commit(at, { endpoints: { loans: kept, fraud: to } }, undefined, OTHER),
      turns(at + 5 * MINUTE),
    ],
  }
}

/**
 * What users go back to: whether it is there, whether it has ever been up, whether it is proven, and whether it is kept. The
 * candidate is bad or turns bad, and users are to come back to what was proven.
 */
export const WAY_BACK: readonly Workload[] = [
  {
    name: 'remakeFails',
    draft: (dice) => {
      const at = dice.at(9, 12)
      const road = dice.pick(['waits', 'canary'] as const)
      return {
        models: { 'fraud:2': 'half' },
        events: [
          ...release(template(2, { road, bake: '10m' })),
          {
            ...{ at: at - 5000, do: 'call', is: 'fails', on: 'PUT onlineEndpoints/deployments' },
            with: dice.pick(['ResourceNotReady', 'OutOfQuota', 'InternalServerError']),
            times: 1,
          },
          gone(at, 'blue'),
          commit(25 * MINUTE, fraud(template(3))),
        ],
        endsOn: { fraud: 'fraud:3' },
        converges: false,
        lengthMs: 60 * MINUTE,
      }
    },
  },
  {
    name: 'rolloutGivenUp',
    draft: (dice) => ({
      models: { 'fraud:2': 'half' },
      events: [
        users(),
        commit(0, fraud(named('explicit', { blue: 1 }, 'blue'))),
        commit(MERGE, fraud(named('explicit', { blue: 1, green: 2 }, 'green'))),
        commit(dice.at(6.5, 15), fraud(named('plain', { teal: 3 }, 'teal'))),
      ],
      endsOn: { fraud: 'fraud:3' },
    }),
  },
  {
    name: 'abortedBereft',
    draft: (dice) => {
      const keep = dice.pick(['1m', '8m'])
      const at = dice.at(15, 18)
      return {
        models: { 'fraud:2': 'half' },
        applications: [{ name: APP, source: 'folder' }],
        events: [
          ...release(template(2, { keep })),
          gone(at, 'blue'),
          dice.chance(0.5)
            ? commit(at + MINUTE, fraud(template(3, { keep })))
            : lever(at + MINUTE, 'retry'),
        ],
        converges: false,
        lengthMs: 45 * MINUTE,
      }
    },
  },
  {
    name: 'movedInBake',
    draft: (dice) => {
      const bake = '10m'
      const [from, to] = dice.pick([
        [
          named('explicit', { blue: 1 }, 'blue'),
          named('explicit', { green: 2 }, 'green', { road: 'blueGreen', bake }),
        ],
        [template(1), template(2, { road: 'blueGreen', bake, slots: ['red', 'pink'] })],
      ])
      return {
        ...moves(dice.at(8, 11), from, to),
        ...{ endsOn: { fraud: 'fraud:1' }, converges: false, lengthMs: 45 * MINUTE },
      }
    },
  },
  {
    name: 'mergedAgain',
    draft: (dice) => ({
      events: [
        ...release(template(2, { keep: '60m' })),
        turns(dice.at(13, 14)),
        commit(15 * MINUTE, fraud(template(1, { keep: '60m', models: [1, 2] }))),
        ...(dice.chance(0.5) ? [gone(dice.at(18, 20), 'blue')] : []),
        commit(dice.at(25, 27), fraud(template(2, { keep: '60m' }))),
      ],
      converges: false,
      lengthMs: 45 * MINUTE,
    }),
  },
  {
    name: 'recordAndTrafficLost',
    draft: (dice) => {
      const at = dice.at(7, 9)
      return {
        events: [
          ...release(template(2, { road: 'waits' })),
          hand(at, { edit: 'loseTags', endpoint }),
          hand(at + 3000, { edit: 'traffic', endpoint, to: dice.pick(['other', 'even']) }),
          turns(at + dice.int(60, 120) * 1000),
          // A process that never saw the record cannot tell; what it says names this.
          ...[20, 26, 32].map((minute) => says(minute, 'abort')),
        ],
        converges: false,
      }
    },
  },
  {
    name: 'nobodyServed',
    draft: (dice) => ({
      applications: [{ name: APP, sync: { drift: 'report' } }],
      events: [
        ...release(template(2, { road: dice.pick(['waits', 'clocked']) })),
        hand(dice.at(7, 9), { edit: 'traffic', endpoint, to: 'zero' }),
      ],
      converges: false,
    }),
  },
  {
    name: 'previousShrunk',
    draft: (dice) => ({
      applications: [{ name: APP, sync: { drift: 'report' } }],
      events: [
        users(endpoint, 70),
        commit(0, fraud(template(1, { instances: 4, keep: '40m' }))),
        commit(MERGE, fraud(template(2, { instances: 4, keep: '40m' }))),
        hand(dice.at(14, 16), { edit: 'scale', endpoint, which: 'other', by: -3 }),
        says(dice.int(20, 24), 'undo'),
      ],
      converges: false,
    }),
  },
  {
    name: 'retryWithoutStable',
    draft: (dice) => ({
      events: [
        ...release(template(2, { road: 'waits', keep: '10m' })),
        says(9, 'abort'),
        { at: 11 * MINUTE, do: 'quota', cores: 0, forMs: 60 * MINUTE },
        gone(12 * MINUTE, 'blue'),
        // What a process that died was told is said again.
        ...[dice.pick([dice.int(13, 16), dice.int(21, 24)]), 30, 36].map((minute) =>
          says(minute, 'retry'),
        ),
      ],
      endsOn: { fraud: 'fraud:2' },
      converges: false,
      lengthMs: 45 * MINUTE,
    }),
  },
  {
    name: 'explicitStableGone',
    draft: (dice) => {
      const road = 'waits'
      const isReused = dice.chance(0.5)
      const at = dice.at(10, 12)
      return {
        models: isReused ? { 'fraud:3': 'half' } : {},
        events: [
          users(),
          commit(0, fraud(named('explicit', { blue: 1 }, 'blue', { road }))),
          commit(MERGE, fraud(named('explicit', { blue: 1, green: 2 }, 'green', { road }))),
          commit(
            8 * MINUTE,
            fraud(
              isReused
                ? named('explicit', { blue: 3, green: 2 }, 'green', { road })
                : named('explicit', { green: 2 }, 'green', { road }),
            ),
          ),
          gone(at, 'blue'),
          // Its bake takes two minutes: what turns bad at its very end is not seen to be bad.
          turns(at + dice.int(30, 90) * 1000),
        ],
        endsOn: { fraud: 'fraud:1' },
        converges: false,
      }
    },
  },
  {
    name: 'heldThenQueued',
    draft: (dice) => {
      const model = dice.pick([1, 3])
      return {
        models: { 'fraud:2': 'half' },
        events: [
          ...release(template(2, { holds: true, queues: true })),
          commit(
            dice.at(7.5, 12),
            fraud(template(model, { holds: true, queues: true, models: [1, 2, 3] })),
          ),
        ],
        endsOn: { fraud: `fraud:${model}` },
        converges: false,
      }
    },
  },
  {
    name: 'deletedToChange',
    draft: (dice) => ({
      models: { 'fraud:2': 'wrong' },
      events: [
        users(),
        commit(0, fraud(named('explicit', { blue: 1 }, 'blue', { road: 'blueGreen' }))),
        commit(MERGE, fraud(named('explicit', { blue: 2 }, 'blue', { road: 'blueGreen' }))),
        gone(dice.at(8, 10), 'blue'),
        commit(20 * MINUTE, fraud(named('explicit', { teal: 3 }, 'teal', { road: 'blueGreen' }))),
      ],
      endsOn: { fraud: 'fraud:3' },
      converges: false,
    }),
  },
  {
    name: 'endpointDeletedInRollout',
    draft: (dice) => {
      const at = dice.at(7, 11)
      const road = 'waits'
      const isNamed = dice.chance(0.5)
      const [first, next] = isNamed
        ? [
            named('explicit', { blue: 1 }, 'blue', { road }),
            named('explicit', { blue: 1, green: 2 }, 'green', { road }),
          ]
        : [template(1, { road }), template(2, { road })]
      const failsOnce: SimEvent = {
        ...{ at: at - 5000, do: 'call', is: 'fails', on: 'PUT onlineEndpoints' },
        ...{ with: 'InternalServerError', times: 1 },
      }
      return {
        applications: [{ name: APP, sync: { drift: dice.pick(['report', 'correct']) } }],
        events: [
          ...release(next, first),
          ...(dice.chance(0.5) ? [failsOnce] : []),
          hand(at, { edit: 'deleteEndpoint', endpoint }),
          ...(dice.chance(0.5) ? [lever(at + dice.int(5, 25) * 1000, 'abort')] : []),
          turns(at + 3 * MINUTE),
          ...[20, 26].map((minute) => says(minute, 'abort')),
        ],
        converges: false,
      }
    },
  },
  {
    name: 'servingDeleted',
    draft: (dice) => {
      const form = dice.pick(['template', 'explicit', 'plain'] as const)
      const first = form === 'template' ? template(1) : named(form, { blue: 1 }, 'blue')
      return {
        applications: [{ name: APP, sync: { drift: 'report' } }],
        events: [users(), commit(0, fraud(first)), gone(dice.at(5, 9), 'blue')],
        endsOn: { fraud: 'fraud:1' },
        converges: false,
      }
    },
  },
  {
    name: 'noBake',
    draft: (dice) => ({
      models: { 'fraud:2': 'half' },
      events: [...release(template(2, { bake: '0s' })), gone(dice.at(6, 7), 'blue')],
      endsOn: { fraud: 'fraud:1' },
      converges: false,
    }),
  },
]
