import {
  commit,
  type Dice,
  fraud,
  lever,
  MINUTE,
  release,
  template,
  type Verb,
  type Workload,
} from './workload.ts'

const VERBS: readonly Verb[] = ['promote', 'pause', 'resume', 'abort', 'retry', 'undo']

const one = (verb: Verb): Workload => ({
  name: `lever${verb[0]?.toUpperCase()}${verb.slice(1)}`,
  draft: (dice) => ({
    events: [
      ...release(
        template(2, { road: dice.pick(['canary', 'guarded', 'waits', 'blueGreenWaits']) }),
      ),
      lever(dice.at(5, 15), verb),
    ],
    converges: false,
  }),
})

function some(dice: Dice, count: number) {
  return Array.from({ length: count }, () => lever(dice.at(5, 20), dice.pick(VERBS)))
}

/** Operators say something, at any moment. */
export const LEVERS: readonly Workload[] = [
  ...VERBS.map(one),
  {
    name: 'leversOfAllKinds',
    draft: (dice) => ({
      events: [...release(template(2)), ...some(dice, dice.int(2, 6))],
      converges: false,
    }),
  },
  {
    name: 'leversThenCommit',
    draft: (dice) => ({
      events: [
        ...release(template(2, { deadline: '30m' })),
        ...some(dice, dice.int(1, 4)),
        commit(24 * MINUTE, fraud(template(3))),
        lever(25 * MINUTE, 'resume'),
      ],
      endsOn: { fraud: 'fraud:3' },
      lengthMs: 60 * MINUTE,
    }),
  },
  {
    name: 'abortThenRetry',
    draft: (dice) => ({
      events: [
        ...release(template(2)),
        lever(dice.at(6, 10), 'abort'),
        lever(dice.at(13, 15), 'retry'),
      ],
      converges: false,
    }),
  },
  {
    // Promote waits for instances that somebody took away; then another commit takes the rollout's place.
    name: 'promoteThenSupersede',
    draft: (dice) => ({
      events: [
        ...release(template(2, { road: 'waits', instances: 4 })),
        { at: 9 * MINUTE, do: 'hand', edit: 'scale', endpoint: 'fraud', which: 'other', by: -3 },
        lever(dice.at(9, 10), 'promote'),
        commit(dice.at(10, 13), fraud(template(3, { road: 'waits', instances: 4 }))),
        ...[30, 34, 38, 42].map((minute) => lever(minute * MINUTE, 'promote')),
      ],
      endsOn: { fraud: 'fraud:3' },
      lengthMs: 60 * MINUTE,
    }),
  },
  {
    name: 'undoAfterwards',
    draft: (dice) => ({
      events: [...release(template(2, { keep: '20m' })), lever(dice.at(14, 22), 'undo')],
      converges: false,
    }),
  },
  {
    name: 'waitsPastDeadline',
    draft: (dice) => {
      const isPaused = dice.chance(0.5)
      const road = isPaused ? 'canary' : 'waits'
      return {
        events: [
          ...release(template(2, { road, deadline: '15m' })),
          ...(isPaused ? [lever(dice.at(7, 8), 'pause')] : []),
          lever(26 * MINUTE, isPaused ? 'resume' : 'promote'),
        ],
        endsOn: { fraud: 'fraud:2' },
        lengthMs: 50 * MINUTE,
      }
    },
  },
  {
    // A step's deadline takes traffic back, or pauses; a pause ends by a word, or by another commit.
    name: 'stepDeadlines',
    draft: (dice) => {
      const road = dice.chance(0.3) ? 'timed' : 'timedPause'
      return {
        events: [
          ...release(template(2, { road, instances: 4 })),
          ...(dice.chance(0.7)
            ? [
                {
                  ...({ at: dice.at(5, 9), do: 'hand', edit: 'scale', endpoint: 'fraud' } as const),
                  ...({ which: 'other', by: -3 } as const),
                },
              ]
            : []),
          lever(dice.at(12, 16), dice.pick(['resume', 'abort', 'promote'] as const)),
          lever(dice.at(20, 22), 'resume'),
          commit(24 * MINUTE, fraud(template(3, { road: 'canary', instances: 4 }))),
        ],
        endsOn: { fraud: 'fraud:3' },
        lengthMs: 70 * MINUTE,
      }
    },
  },
]
