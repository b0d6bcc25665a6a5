import {
  commit,
  fraud,
  lever,
  MERGE,
  MINUTE,
  release,
  template,
  type Workload,
} from './workload.ts'

/** Whoever wants a revision back says so until it is back: nobody hears a lever while the process is down. */
const SAID_AGAIN = [12, 16, 18, 20, 24, 28, 32].map((minute) => lever(minute * MINUTE, 'undo'))

/** Releases that must not reach everybody, and some that must although they look like them. */
export const BAD: readonly Workload[] = [
  {
    name: 'badFromStart',
    draft: (dice) => {
      const quality = dice.pick(['bad', 'half', 'wrong'] as const)
      const road = dice.pick(['canary', 'guarded', 'blueGreen', 'scaled'] as const)
      // Only golden requests tell a wrong answer from a right one.
      const isSeen = quality !== 'wrong' || road === 'guarded' || road === 'blueGreen'
      return {
        models: { 'fraud:2': isSeen ? quality : 'half' },
        events: release(template(2, { road })),
        endsOn: { fraud: 'fraud:1' },
        converges: false,
      }
    },
  },
  {
    name: 'halfBroken',
    draft: (dice) => ({
      models: { 'fraud:2': 'half' },
      events: release(template(2, { road: dice.pick(['canary', 'scaled', 'mirror']) })),
      endsOn: { fraud: 'fraud:1' },
      converges: false,
    }),
  },
  {
    name: 'turnsBadInBake',
    draft: (dice) => ({
      models: { 'fraud:2': 'sound' },
      events: [
        ...release(template(2, { bake: '10m', road: dice.pick(['canary', 'blueGreen']) })),
        { at: dice.at(12, 16), do: 'model', model: 'fraud:2', quality: dice.pick(['bad', 'half']) },
      ],
      converges: false,
    }),
  },
  {
    name: 'turnsBadOnTheWay',
    draft: (dice) => ({
      events: [
        ...release(template(2)),
        { at: dice.at(6, 10), do: 'model', model: 'fraud:2', quality: 'half' },
      ],
      endsOn: { fraud: 'fraud:1' },
      converges: false,
    }),
  },
  {
    name: 'noisyBoth',
    draft: () => ({
      models: { 'fraud:1': 'noisy', 'fraud:2': 'noisy' },
      events: release(template(2)),
      endsOn: { fraud: 'fraud:2' },
    }),
  },
  {
    name: 'fixForward',
    draft: (dice) => ({
      models: { 'fraud:2': 'bad' },
      events: [...release(template(2)), commit(dice.at(7, 14), fraud(template(3)))],
      endsOn: { fraud: 'fraud:3' },
    }),
  },
  {
    name: 'badStable',
    draft: (dice) => ({
      events: [
        ...release(template(1), template(1), MERGE),
        { at: dice.at(4, 6), do: 'model', model: 'fraud:1', quality: 'bad' },
        commit(8 * MINUTE, fraud(template(2))),
      ],
      endsOn: { fraud: 'fraud:2' },
    }),
  },
  {
    name: 'unmeasured',
    draft: (dice) => ({
      models: { 'fraud:2': dice.pick(['half', 'bad', 'sound']) },
      events: [
        ...release(template(2, { road: dice.pick(['clocked', 'canary', 'mirror']) })),
        { at: MERGE, do: 'provider', is: 'down', forMs: dice.int(8, 20) * MINUTE },
      ],
      converges: false,
    }),
  },
  {
    name: 'wayBackFails',
    draft: (dice) => {
      const isByHand = dice.chance(0.4)
      const at = dice.at(7, 9)
      const code = dice.pick(['InternalServerError', 'BadArgument', 'OperationCanceled'])
      return {
        models: { 'fraud:2': isByHand ? 'sound' : 'half' },
        events: [
          ...release(template(2, { road: 'clocked' })),
          ...(isByHand ? [lever(at, dice.pick(['abort', 'undo'])), ...SAID_AGAIN] : []),
          {
            ...{ at: isByHand ? at : 6.9 * MINUTE, do: 'call', on: 'PUT onlineEndpoints' },
            ...(dice.chance(0.6)
              ? { is: 'fails', with: code }
              : { is: dice.pick(['400', '412', '500', 'lost']) }),
          },
        ],
        endsOn: { fraud: 'fraud:1' },
        converges: false,
      }
    },
  },
  {
    name: 'quotaThenCommit',
    draft: (dice) => ({
      events: [
        ...release(template(2, { instances: dice.int(2, 4) })),
        {
          ...{
            at: dice.pick([0, MERGE]),
            do: 'call',
            is: 'fails',
            on: 'PUT onlineEndpoints/deployments',
          },
          with: dice.pick(['OutOfQuota', 'ImageBuildFailure', 'BadArgument']),
        },
        commit(14 * MINUTE, fraud(template(dice.pick([2, 3]), { instances: 1 }))),
        commit(22 * MINUTE, fraud(template(4, { instances: 1 }))),
      ],
      endsOn: { fraud: 'fraud:4' },
      lengthMs: 50 * MINUTE,
    }),
  },
  {
    name: 'noisyGolden',
    draft: () => ({
      models: { 'fraud:1': 'noisy', 'fraud:2': 'noisy' },
      events: release(template(2, { road: 'guarded', golden: 25 })),
      endsOn: { fraud: 'fraud:2' },
    }),
  },
  {
    name: 'listOmitsInBake',
    draft: (dice) => ({
      events: [
        ...release(template(2, { bake: '5m' })),
        {
          ...{ at: dice.at(9, 12), do: 'call', is: 'omits', on: 'GET onlineEndpoints/deployments' },
          with: dice.int(0, 1),
        },
        commit(dice.at(9, 12), fraud(template(3, { bake: '5m' }))),
      ],
      endsOn: { fraud: 'fraud:3' },
      lengthMs: 50 * MINUTE,
    }),
  },
]
