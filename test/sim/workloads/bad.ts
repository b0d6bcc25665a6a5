import { commit, fraud, MERGE, MINUTE, release, template, type Workload } from './workload.ts'

/** Releases that must not reach everybody, and some that must although they look like them. */
export const BAD: readonly Workload[] = [
  {
    name: 'badFromStart',
    draft: (dice) => ({
      models: { 'fraud:2': dice.pick(['bad', 'half', 'wrong']) },
      events: release(
        template(2, { road: dice.pick(['canary', 'guarded', 'blueGreen', 'scaled']) }),
      ),
      endsOn: { fraud: 'fraud:1' },
      converges: false,
    }),
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
]
