import type { EndpointTree } from '../world/tree.ts'
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

/** Many of a kind at once. */
export const MANY: readonly Workload[] = [
  {
    name: 'dozenEndpoints',
    draft(dice) {
      const names = Array.from({ length: 12 }, (_, place) => `end${place + 1}`)
      const all = (model: (place: number) => number) =>
        Object.fromEntries(
          names.map((name, place): [string, EndpointTree] => [name, template(model(place))]),
        )
      const changed = dice.int(2, 6)
      return {
        events: [
          ...names.slice(0, changed).map((name) => users(name, 10)),
          commit(0, { endpoints: all(() => 1) }),
          commit(8 * MINUTE, { endpoints: all((place) => (place < changed ? 2 : 1)) }),
        ],
        endsOn: { end1: 'end1:2', end12: 'end12:1' },
      }
    },
  },
  {
    name: 'twoApplications',
    draft: (dice) => ({
      applications: [{ name: APP }, { name: 'other' }],
      controllers: [
        { name: 'c1', application: APP },
        { name: 'c2', application: 'other' },
      ],
      events: [
        ...release(template(2)),
        users('loans'),
        commit(0, { endpoints: { loans: template(1) } }, undefined, 'other'),
        commit(dice.at(5, 9), { endpoints: { loans: template(2) } }, undefined, 'other'),
      ],
      endsOn: { fraud: 'fraud:2', loans: 'loans:2' },
    }),
  },
  {
    name: 'twoControllers',
    draft: (dice) => ({
      controllers: [
        { name: 'c1', application: APP },
        { name: 'c2', application: APP },
      ],
      events: [
        ...release(template(2)),
        ...(dice.chance(0.5) ? [commit(dice.at(7, 12), fraud(template(3)))] : []),
      ],
    }),
  },
  {
    name: 'twoControllersBad',
    draft: () => ({
      controllers: [
        { name: 'c1', application: APP },
        { name: 'c2', application: APP },
      ],
      models: { 'fraud:2': 'half' },
      events: [...release(template(2)), commit(MERGE + 12 * MINUTE, fraud(template(3)))],
      endsOn: { fraud: 'fraud:3' },
    }),
  },
]
