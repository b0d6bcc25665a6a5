import type { HandEdit, SimEvent } from '../world/scenario.ts'
import {
  commit,
  type Dice,
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

/** Something done by hand at rest, on the way, or in the bake; and a release after it. */
function beside(
  name: string,
  edit: (dice: Dice) => HandEdit,
  converges = true,
  afterwards: (edit: HandEdit) => readonly SimEvent[] = () => [],
): Workload {
  return {
    name,
    draft(dice) {
      const isAtRest = dice.chance(0.4)
      const bake = dice.pick(['2m', '5m'])
      const at = isAtRest ? dice.at(3, 5) : dice.at(5, 14)
      const done = edit(dice)
      return {
        events: [
          ...release(template(2, { bake })),
          hand(at, done),
          ...afterwards(done),
          commit(22 * MINUTE, fraud(template(3))),
        ],
        ...(converges ? { endsOn: { fraud: 'fraud:3' } } : {}),
        converges,
        lengthMs: 55 * MINUTE,
      }
    },
  }
}

const WHICH = ['serving', 'other'] as const

/**
 * What the messages name where no proof is left: a slot that the record does not name yet (`NotOurs`, docs/ownership.md), and
 * weights that nothing explains (`RolloutStateUnknown`, docs/rollout-states.md). Otherwise it is refused, and changes nothing.
 */
function commandAfterLoss(edit: HandEdit): readonly SimEvent[] {
  if (edit.edit !== 'loseTags' || edit.which === 'serving') return []
  return [lever(18 * MINUTE, edit.which === undefined ? 'abort' : 'adopt')]
}

function busyEdit(dice: Dice): HandEdit {
  const which = dice.chance(0.3) ? {} : { which: dice.pick(WHICH) }
  return dice.pick<HandEdit>([
    { edit: 'field', endpoint, ...which, field: dice.pick(['description', 'tags']) },
    { edit: 'scale', endpoint, which: dice.pick(WHICH), by: 1 },
    { edit: 'failUpdate', endpoint, ...which },
  ])
}

/** Other people, and other tools, change what Verdigris made. */
export const HANDS: readonly Workload[] = [
  beside('trafficByHand', (dice) => ({
    ...{ edit: 'traffic', endpoint },
    to: dice.pick(['zero', 'other', 'even']),
  })),
  beside('mirrorByHand', () => ({ edit: 'mirror', endpoint })),
  beside(
    'tagsLost',
    (dice) => ({
      ...{ edit: 'loseTags', endpoint },
      ...(dice.chance(0.5) ? {} : { which: dice.pick(WHICH) }),
    }),
    true,
    commandAfterLoss,
  ),
  beside('deploymentDeleted', (dice) => ({
    ...{ edit: 'deleteDeployment', endpoint },
    which: dice.pick(WHICH),
  })),
  beside('endpointDeleted', () => ({ edit: 'deleteEndpoint', endpoint })),
  beside('scaledByHand', (dice) => ({
    ...{ edit: 'scale', endpoint, which: dice.pick(WHICH) },
    by: dice.pick([-1, 1, 2]),
  })),
  beside('updateFailed', (dice) => ({
    ...{ edit: 'failUpdate', endpoint },
    ...(dice.chance(0.4) ? {} : { which: dice.pick(WHICH) }),
  })),
  beside('fieldEdited', (dice) => {
    const isEndpoint = dice.chance(0.4)
    const ofEndpoint = ['description', 'publicNetworkAccess', 'tags']
    const ofDeployment = [
      'description',
      'environmentVariables',
      'appInsightsEnabled',
      'requestSettings',
      'tags',
    ]
    const field = dice.pick(isEndpoint ? ofEndpoint : ofDeployment)
    return { edit: 'field', endpoint, field, ...(isEndpoint ? {} : { which: dice.pick(WHICH) }) }
  }),
  beside(
    'foreignBeside',
    (dice) => ({
      ...{ edit: 'foreign', endpoint },
      deployment: dice.pick(['theirs', 'green']),
    }),
    false,
  ),
  beside('modelArchived', (dice) => ({ edit: 'archive', asset: `Model/fraud:${dice.int(1, 2)}` })),
  {
    // Somebody's PUT without tags, while no process runs that knows what they said.
    name: 'forgotten',
    draft: (dice) => {
      const at = dice.at(5, 16)
      const road = dice.pick(['canary', 'guarded', 'waits', 'blueGreen'] as const)
      return {
        events: [
          ...release(template(2, { road, bake: dice.pick(['2m', '10m']) })),
          { at, do: 'crash', controller: 'c1', forMs: dice.int(10, 60) * 1000 },
          hand(at + dice.int(1, 9) * 1000, { edit: 'loseTags', endpoint }),
          ...(dice.chance(0.3) ? [commit(at + 5 * MINUTE, fraud(template(3, { road })))] : []),
          { at: at + dice.int(1, 400) * 1000, do: 'model', model: 'fraud:2', quality: 'half' },
          ...(dice.chance(0.3) ? [lever(at + dice.int(60, 600) * 1000, 'abort')] : []),
        ],
        converges: false,
        lengthMs: 50 * MINUTE,
      }
    },
  },
  {
    name: 'scaledByGit',
    draft: (dice) => ({
      events: [
        users(),
        commit(0, fraud(template(1, { instances: 2 }))),
        commit(MERGE, fraud(template(1, { instances: dice.int(1, 4) }))),
        commit(dice.at(6, 9), fraud(template(2, { instances: dice.int(1, 4) }))),
        commit(dice.at(9, 16), fraud(template(2, { instances: dice.int(1, 4) }))),
      ],
      endsOn: { fraud: 'fraud:2' },
    }),
  },
  {
    name: 'autoscaler',
    draft: (dice) => ({
      applications: [
        {
          name: 'app',
          sync: {
            ignoreDifferences: [
              { kind: 'OnlineDeployment', path: '/sku/capacity', reason: 'The autoscaler has it.' },
            ],
          },
        },
      ],
      events: [
        ...release(template(2, { instances: 2 })),
        ...Array.from({ length: 6 }, (_, turn) =>
          hand(dice.at(3 + 3 * turn, 6 + 3 * turn), {
            ...{ edit: 'scale', endpoint, which: dice.pick(WHICH) },
            by: dice.pick([-1, 1, 1]),
          }),
        ),
      ],
      // Where the autoscaler leaves the candidate with too few instances, the rollout waits for it.
      converges: false,
    }),
  },
  {
    // Git and people write to a tree that Azure is at work on.
    name: 'busyTree',
    draft: (dice) => ({
      events: [
        ...release(template(2, { instances: 2 })),
        ...Array.from({ length: 6 }, (_, turn) =>
          hand(dice.at(3 + 2 * turn, 6 + 2 * turn), busyEdit(dice)),
        ),
        ...[6, 7, 8, 10].map((minute, turn) => {
          const more = { instances: dice.int(2, 4), description: `turn ${turn}` }
          return commit(minute * MINUTE, fraud(template(2, more)))
        }),
        commit(24 * MINUTE, fraud(template(3))),
      ],
      endsOn: { fraud: 'fraud:3' },
      lengthMs: 60 * MINUTE,
    }),
  },
  {
    name: 'manyHands',
    draft: (dice) => ({
      events: [
        ...release(template(2)),
        hand(dice.at(4, 10), { edit: 'traffic', endpoint, to: dice.pick(['other', 'even']) }),
        hand(dice.at(6, 14), { edit: 'scale', endpoint, which: dice.pick(WHICH), by: 1 }),
        hand(dice.at(8, 16), { edit: 'failUpdate', endpoint, which: dice.pick(WHICH) }),
        commit(24 * MINUTE, fraud(template(3))),
      ],
      endsOn: { fraud: 'fraud:3' },
      lengthMs: 60 * MINUTE,
    }),
  },
]
