import type { SimEvent } from '../world/scenario.ts'
import type { Tree } from '../world/tree.ts'
import {
  APP,
  commit,
  fraud,
  MERGE,
  MINUTE,
  release,
  template,
  users,
  type Workload,
} from './workload.ts'

const PLAIN = { form: 'plain', deployments: { blue: 1 }, traffic: { blue: 100 } } as const
const OTHER = 'other'
const TWO = {
  applications: [
    { name: APP, repository: 'both' },
    { name: OTHER, repository: 'both' },
  ],
  controllers: [
    { name: 'c1', application: APP },
    { name: 'c2', application: OTHER },
  ],
} as const

/** One deployment of an explicit Rollout, under this name. */
function explicitAs(name: string, model: number): Tree {
  return fraud({ form: 'explicit', deployments: { [name]: model }, traffic: { [name]: 100 } })
}

/** Changes of what is declared, by whom, and how. */
export const CHANGES: readonly Workload[] = [
  {
    name: 'renameEndpoint',
    draft: (dice) => ({
      events: [
        users(),
        commit(0, fraud(template(1))),
        commit(MERGE, { endpoints: { fraud2: template(1) } }),
        // Users go over once the new one serves, and not all at once.
        users('fraud2', 20, MERGE),
        users('fraud', 0, dice.at(12, 16)),
      ],
      endsOn: { fraud2: 'fraud2:1' },
    }),
  },
  {
    name: 'moveBetweenApplications',
    draft: (dice) => {
      const endpoint = dice.chance(0.5) ? template(1) : PLAIN
      return {
        ...TWO,
        events: [
          users(),
          commit(0, { endpoints: { fraud: endpoint, kept: template(1) } }),
          commit(0, { endpoints: { other: template(1) } }, undefined, OTHER),
          commit(MERGE, { endpoints: { kept: template(1) } }),
          commit(MERGE, { endpoints: { other: template(1), fraud: endpoint } }, undefined, OTHER),
        ],
        endsOn: { fraud: 'fraud:1' },
      }
    },
  },
  {
    name: 'adopt',
    draft: (dice) => ({
      events: [
        { at: 0, do: 'hand', edit: 'foreign', endpoint: 'fraud' },
        users(),
        commit(MINUTE, fraud(template(1, { adopt: true }))),
        commit(dice.at(5, 8), fraud(template(2, { adopt: true }))),
      ],
      endsOn: { fraud: 'fraud:2' },
    }),
  },
  {
    name: 'unowned',
    draft: () => ({
      events: [
        { at: 0, do: 'hand', edit: 'foreign', endpoint: 'fraud' },
        commit(MINUTE, fraud(template(1))),
        commit(6 * MINUTE, { endpoints: { other: template(1) } }),
      ],
      converges: false,
    }),
  },
  {
    name: 'prune',
    draft: (dice) => ({
      events: [
        users('kept'),
        commit(0, { endpoints: { gone: template(1), kept: template(1) } }),
        commit(dice.at(4, 7), { endpoints: { kept: template(1) } }),
        commit(12 * MINUTE, { endpoints: { kept: template(2) } }),
      ],
      endsOn: { kept: 'kept:2' },
    }),
  },
  {
    // The same content under another name, and again before that has users.
    name: 'renameDeployment',
    draft: (dice) => ({
      events: [
        users(),
        commit(0, explicitAs('blue', 1)),
        commit(MERGE, explicitAs('teal', 1)),
        ...(dice.chance(0.5) ? [commit(dice.at(6, 9), explicitAs('azure', 1))] : []),
        commit(20 * MINUTE, explicitAs('amber', dice.int(1, 2))),
      ],
    }),
  },
  {
    name: 'plainThenRollout',
    draft: (dice) => ({
      applications: [{ name: APP, source: dice.pick(['git', 'folder']) }],
      events: [
        users(),
        commit(0, fraud(PLAIN)),
        commit(MERGE, fraud(template(dice.int(1, 2), { models: [1, 2] }))),
        commit(16 * MINUTE, fraud(template(3))),
      ],
      endsOn: { fraud: 'fraud:3' },
    }),
  },
  {
    name: 'folder',
    draft: (dice) => ({
      applications: [{ name: APP, source: 'folder' }],
      events: [
        ...release(template(2, { keep: '20m' })),
        ...(dice.chance(0.5) ? [leverAt(dice.at(6, 9), 'promote')] : []),
        ...(dice.chance(0.5) ? [leverAt(dice.at(12, 16), 'undo')] : []),
        commit(20 * MINUTE, fraud(template(3, { keep: '20m' }))),
      ],
      endsOn: { fraud: 'fraud:3' },
      lengthMs: 50 * MINUTE,
    }),
  },
  {
    name: 'suspend',
    draft: (dice) => {
      const from = dice.at(5, 12)
      const said = { do: 'sync', application: APP } as const
      return {
        models: { 'fraud:2': dice.pick(['sound', 'half']) },
        events: [
          ...release(template(2)),
          { at: from, ...said, sync: { suspend: true } },
          { at: from + dice.int(2, 10) * MINUTE, ...said, sync: { suspend: false } },
        ],
        converges: false,
      }
    },
  },
  {
    name: 'driftReported',
    draft: (dice) => ({
      applications: [{ name: APP, sync: { drift: 'report' } }],
      models: { 'fraud:2': dice.pick(['sound', 'half']) },
      events: release(template(2)),
      converges: false,
    }),
  },
  {
    name: 'renameApplication',
    draft: (dice) => ({
      applications: [{ name: APP }, { name: 'renamed' }],
      // The old one's process ends for good; the new one is told the same, and that all of it is its own now.
      controllers: [
        { name: 'c1', application: APP, untilMs: MERGE },
        { name: 'c2', application: 'renamed', fromMs: MERGE },
      ],
      events: [
        users(),
        commit(0, fraud(template(1))),
        commit(MERGE, fraud(template(1)), undefined, 'renamed'),
        ...['fraud', 'Environment/plain:1', 'Model/fraud:1'].map((endpoint): SimEvent => {
          const at = MERGE + dice.int(1, 3) * MINUTE
          return { at, do: 'lever', application: 'renamed', verb: 'adopt', endpoint }
        }),
        commit(10 * MINUTE, fraud(template(2)), undefined, 'renamed'),
        // While Git cannot be read nothing is taken over, and whoever is told so says it again.
        ...[24, 34, 44].map(
          (minute): SimEvent => ({
            ...{ at: minute * MINUTE, do: 'lever', application: 'renamed' },
            ...{ verb: 'adopt', endpoint: 'fraud' },
          }),
        ),
      ],
      endsOn: { fraud: 'fraud:2' },
    }),
  },
  {
    // What somebody else made is declared as it is, taken over, and then released.
    name: 'imported',
    draft: (dice) => ({
      applications: [{ name: APP }, { name: 'imported' }],
      controllers: [
        { name: 'c1', application: APP, untilMs: MERGE },
        { name: 'c2', application: 'imported', fromMs: MERGE + MINUTE },
      ],
      events: [
        users(),
        commit(0, fraud(template(1))),
        { at: MERGE + 1000, do: 'hand', edit: 'disown' },
        commit(MERGE + MINUTE, fraud(PLAIN), undefined, 'imported'),
        ...['fraud', 'Environment/plain:1', 'Model/fraud:1'].map((endpoint): SimEvent => {
          const at = MERGE + dice.int(2, 4) * MINUTE
          return { at, do: 'lever', application: 'imported', verb: 'adopt', endpoint }
        }),
        commit(12 * MINUTE, fraud(template(1)), undefined, 'imported'),
        commit(20 * MINUTE, fraud(template(2)), undefined, 'imported'),
        // Whoever sees it is still not its own says it again: nobody hears while the process is down.
        ...[24, 34, 44].map(
          (minute): SimEvent => ({
            ...{ at: minute * MINUTE, do: 'lever', application: 'imported' },
            ...{ verb: 'adopt', endpoint: 'fraud' },
          }),
        ),
      ],
      endsOn: { fraud: 'fraud:2' },
      lengthMs: 70 * MINUTE,
    }),
  },
  {
    // A deployment, or an endpoint, is removed; the commits after it cannot be read.
    name: 'removedThenBroken',
    draft: (dice) => {
      const both = { ...PLAIN, deployments: { blue: 1, spare: 1 } }
      const left = { endpoints: { fraud: PLAIN } }
      const broken = dice.pick(['yaml', 'field', 'reference'] as const)
      const at = MERGE + dice.int(5, 200) * 1000
      return {
        events: [
          users(),
          commit(0, { endpoints: { fraud: both, gone: template(1) } }),
          commit(MERGE, left),
          commit(at, { ...left, broken }),
          commit(at + dice.int(1, 4) * MINUTE, { ...left, broken, comment: 'again' }),
          commit(16 * MINUTE, left),
        ],
        endsOn: { fraud: 'fraud:1' },
      }
    },
  },
  {
    name: 'descriptionChanged',
    draft: (dice) => ({
      events: [
        ...release(template(2)),
        commit(dice.at(6, 12), fraud(template(2, { description: 'something else' }))),
        commit(
          dice.at(12, 14),
          fraud(template(2, { description: 'something else' }), { comment: 'x' }),
        ),
      ],
      endsOn: { fraud: 'fraud:2' },
    }),
  },
  {
    // Tags and texts of deployments, at rest, on the way and in the bake: no request can feel them.
    name: 'saidOnTheWay',
    draft: (dice) => {
      const first = {
        template: { form: 'template', model: 1 },
        batch: { form: 'batch', model: 1 },
        explicit: { form: 'explicit', deployments: { blue: 1 }, traffic: { blue: 100 } },
      } as const
      const next = {
        template: { form: 'template', model: 2 },
        batch: { form: 'batch', model: 2 },
        explicit: { form: 'explicit', deployments: { blue: 1, green: 2 }, traffic: { green: 100 } },
      } as const
      const form = dice.pick(['template', 'template', 'explicit', 'batch'] as const)
      const said = (at: number, says: string): SimEvent =>
        commit(at, fraud({ ...next[form], says }))
      const quality = dice.pick(['sound', 'sound', 'half'] as const)
      return {
        models: { 'fraud:2': quality },
        converges: quality === 'sound' || form === 'batch',
        events: [
          ...(form === 'batch' ? [] : [users()]),
          commit(0, fraud(first[form])),
          commit(2 * MINUTE, fraud({ ...first[form], says: 'early' })),
          commit(MERGE, fraud(next[form])),
          said(MERGE + dice.int(20, 120) * 1000, 'first'),
          said(dice.at(6, 9), 'second'),
          ...(dice.chance(0.5) ? [commit(dice.at(9, 12), fraud(next[form]))] : []),
          said(dice.at(12, 20), 'third'),
        ],
      }
    },
  },
]

function leverAt(at: number, verb: 'promote' | 'undo'): SimEvent {
  return { at, do: 'lever', application: APP, verb, endpoint: 'fraud' }
}
