import {
  APP,
  commit,
  fraud,
  lever,
  MERGE,
  MINUTE,
  release,
  template,
  users,
  type Workload,
} from './workload.ts'

/** Releases as they are meant to be. */
export const RELEASES: readonly Workload[] = [
  {
    name: 'create',
    draft: (dice) => ({
      events: [users(), commit(0, fraud(template(1, { instances: dice.int(1, 3) })))],
      endsOn: { fraud: 'fraud:1' },
      lengthMs: 20 * MINUTE,
    }),
  },
  {
    name: 'canary',
    draft: (dice) => ({
      events: release(template(2, { instances: dice.int(1, 3) })),
      endsOn: { fraud: 'fraud:2' },
    }),
  },
  {
    name: 'guarded',
    draft: () => ({
      events: release(template(2, { road: 'guarded' })),
      endsOn: { fraud: 'fraud:2' },
    }),
  },
  {
    name: 'scaled',
    draft: () => ({
      events: release(template(2, { road: 'scaled', instances: 4 })),
      endsOn: { fraud: 'fraud:2' },
    }),
  },
  {
    name: 'mirrored',
    draft: () => ({
      events: release(template(2, { road: 'mirror' })),
      endsOn: { fraud: 'fraud:2' },
    }),
  },
  {
    name: 'blueGreen',
    draft: () => ({
      events: release(template(2, { road: 'blueGreen' })),
      endsOn: { fraud: 'fraud:2' },
    }),
  },
  {
    name: 'waitsForPromote',
    draft: (dice) => ({
      events: [
        ...release(template(2, { road: dice.pick(['waits', 'blueGreenWaits']) })),
        lever(dice.at(8, 14), 'promote'),
        // Whoever sees it still wait says it again.
        ...[16, 28, 36, 44].map((minute) => lever(minute * MINUTE, 'promote')),
      ],
      endsOn: { fraud: 'fraud:2' },
      lengthMs: 55 * MINUTE,
    }),
  },
  {
    name: 'explicit',
    draft: (dice) => {
      const road = dice.pick(['canary', 'guarded', 'blueGreen'] as const)
      const first = {
        form: 'explicit',
        road,
        deployments: { blue: 1 },
        traffic: { blue: 100 },
      } as const
      const deployments = { blue: 1, green: 2 }
      return {
        events: [
          users(),
          commit(0, fraud(first)),
          commit(MERGE, fraud({ ...first, deployments, traffic: { green: 100 } })),
          commit(
            20 * MINUTE,
            fraud({ ...first, deployments: { green: 2 }, traffic: { green: 100 } }),
          ),
        ],
        endsOn: { fraud: 'fraud:2' },
      }
    },
  },
  {
    // Git declares the stable deployment no longer, before the new one has finished its bake.
    name: 'stableRemovedEarly',
    draft: (dice) => {
      const first = {
        form: 'explicit',
        road: dice.pick(['canary', 'blueGreen'] as const),
        bake: '5m',
        deployments: { blue: 1 },
        traffic: { blue: 100 },
      } as const
      const next = { ...first, deployments: { blue: 1, green: 2 }, traffic: { green: 100 } }
      return {
        events: [
          users(),
          commit(0, fraud(first)),
          commit(MERGE, fraud(next)),
          commit(dice.at(6, 14), fraud({ ...next, deployments: { green: 2 } })),
        ],
        endsOn: { fraud: 'fraud:2' },
      }
    },
  },
  {
    // Requests may take long: what they are sent to drains for as long.
    name: 'longRequests',
    draft: (dice) => {
      const timeoutMs = dice.pick([90_000, 180_000])
      const first = {
        form: 'plain',
        timeoutMs,
        deployments: { blue: 1 },
        traffic: { blue: 100 },
      } as const
      const slow = { timeoutMs, keep: '1m', bake: '1m' }
      return {
        events: [
          ...release(template(2, slow)),
          commit(dice.at(9, 14), fraud(template(3, { ...slow, timeoutMs: 5000 }))),
          users('loans'),
          commit(0, { endpoints: { loans: first } }, undefined, 'other'),
          commit(
            dice.at(6, 10),
            {
              endpoints: {
                loans: {
                  ...first,
                  deployments: { green: 2 },
                  traffic: { green: 100 },
                },
              },
            },
            undefined,
            'other',
          ),
        ],
        applications: [{ name: APP }, { name: 'other' }],
        controllers: [
          { name: 'c1', application: APP },
          { name: 'c2', application: 'other' },
        ],
        endsOn: { fraud: 'fraud:3', loans: 'loans:2' },
      }
    },
  },
  {
    name: 'plain',
    draft: (dice) => {
      const first = { form: 'plain', deployments: { blue: 1 }, traffic: { blue: 100 } } as const
      const deployments = { blue: 1, green: 2 }
      const both = { ...first, deployments }
      return {
        events: [
          users(),
          commit(0, fraud(first)),
          commit(MERGE, fraud(both)),
          commit(dice.at(6, 9), fraud({ ...both, traffic: { blue: 50, green: 50 } })),
          commit(11 * MINUTE, fraud({ ...both, traffic: { green: 100 } })),
          commit(
            13 * MINUTE,
            fraud({ ...both, deployments: { green: 2 }, traffic: { green: 100 } }),
          ),
        ],
        endsOn: { fraud: 'fraud:2' },
      }
    },
  },
  {
    name: 'batchSwitch',
    draft: (dice) => ({
      events: [
        commit(0, { endpoints: { nightly: { form: 'batch', model: 1 } } }),
        commit(MERGE, { endpoints: { nightly: { form: 'batch', model: 2 } } }),
        ...(dice.chance(0.5)
          ? [commit(dice.at(6, 12), { endpoints: { nightly: { form: 'batch', model: 3 } } })]
          : []),
      ],
    }),
  },
  {
    name: 'supersede',
    draft: (dice) => ({
      events: [...release(template(2)), commit(dice.at(6, 13), fraud(template(3)))],
      endsOn: { fraud: 'fraud:3' },
    }),
  },
  {
    name: 'supersedeOften',
    draft: (dice) => ({
      events: [
        ...release(template(2)),
        commit(dice.at(6, 9), fraud(template(3))),
        commit(dice.at(9, 14), fraud(template(4))),
        commit(dice.at(14, 18), fraud(template(5))),
      ],
      endsOn: { fraud: 'fraud:5' },
    }),
  },
  {
    name: 'revert',
    draft: (dice) => ({
      events: [...release(template(2)), commit(dice.at(6, 16), fraud(template(1)))],
      endsOn: { fraud: 'fraud:1' },
    }),
  },
  {
    name: 'forcePush',
    draft: (dice) => ({
      applications: [{ name: 'app', sync: { rewrittenHistory: dice.pick(['halt', 'follow']) } }],
      events: [...release(template(2)), commit(dice.at(6, 14), fraud(template(3)), 1)],
      converges: false,
    }),
  },
  {
    name: 'brokenBetween',
    draft: (dice) => ({
      events: [
        ...release(template(2)),
        commit(
          dice.at(5, 10),
          fraud(template(2), { broken: dice.pick(['yaml', 'field', 'reference']) }),
        ),
        commit(12 * MINUTE, fraud(template(3), { broken: 'yaml' })),
        commit(16 * MINUTE, fraud(template(3))),
      ],
      endsOn: { fraud: 'fraud:3' },
    }),
  },
]
