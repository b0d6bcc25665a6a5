import { describe, expect, test } from '@jest/globals'
import { withValue } from '../../../src/core/model/values/pointer.ts'
import { openQueries } from '../../../src/core/plan/queries.ts'
import {
  ERRORS,
  explicit,
  instancesOf,
  modelOf,
  opened,
  pass,
  reasons,
  recordIn,
  say,
  slotRef,
  traffic,
  until,
  untilPhase,
} from './play.ts'

const ONE = explicit('blue', { blue: 1 })
const TWO = explicit('green', { blue: 1, green: 2 })

describe('the explicit form', () => {
  test('knows its deployments whatever the case in which they name their endpoint', () => {
    const shouted = (desired: typeof ONE) =>
      desired.map(({ ref, ...one }) =>
        ref.parent === undefined ? { ref, ...one } : { ...one, ref: { ...ref, parent: 'Fraud' } },
      )
    const turns = opened(shouted(ONE))
    turns.commit(shouted(TWO), 'c2')
    until(turns, () => recordIn(turns)?.stable.slot === 'green')
    expect(traffic(turns)).toEqual({ green: 100 })
  })

  test('measures what has the same content under another name before it gets users', () => {
    const turns = opened(ONE)
    turns.commit(explicit('green', { green: 1 }, { policy: { analysis: [ERRORS] } }), 'c2')
    pass(turns, 3)
    const { input, memory, now } = turns
    const absent: ReadonlySet<string> = new Set()
    const asks = openQueries({ ...input, world: { ...turns.world, absent }, memory, now })
    expect(asks.measurements.map(({ about }) => about)).toMatchObject([
      { stable: 'blue', candidate: 'green' },
    ])
  })

  test('moves to the deployment that Git gives everything, step by step', () => {
    const turns = opened(ONE)
    turns.commit(TWO, 'c2')
    const seen = new Set<string>()
    until(turns, () => {
      seen.add(JSON.stringify(traffic(turns)))
      return recordIn(turns)?.stable.slot === 'green'
    })
    expect([...seen]).toEqual([
      '{"blue":100}',
      '{"blue":90,"green":10}',
      '{"blue":50,"green":50}',
      '{"green":100}',
    ])
  })

  test('a deployment of the same content is left again when Git says so on the way', () => {
    const turns = opened(ONE)
    const same = { blue: 1, green: 1 }
    turns.commit(explicit('green', same), 'c2')
    untilPhase(turns, 'progressing')
    turns.commit(explicit('blue', same), 'c3')
    expect(turns.step().actions).toMatchObject([{ turn: { result: 'rolled_back' } }])
    pass(turns, 60)
    expect(traffic(turns)).toEqual({ blue: 100 })
  })

  test('aborted content is not tried again under another name', () => {
    const turns = opened(ONE)
    turns.commit(TWO, 'c2')
    untilPhase(turns, 'progressing')
    say(turns, 'abort')
    turns.commit(explicit('pink', { blue: 1, pink: 2 }), 'c3')
    pass(turns, 60)
    expect([traffic(turns), recordIn(turns)?.phase]).toEqual([{ blue: 100 }, 'aborted'])
  })

  test('an aborted deployment is fixed under its own name', () => {
    const turns = opened(ONE)
    turns.commit(TWO, 'c2')
    untilPhase(turns, 'progressing')
    say(turns, 'abort')
    turns.commit(explicit('green', { blue: 1, green: 3 }), 'c3')
    until(turns, () => recordIn(turns)?.stable.slot === 'green')
    expect([modelOf(turns, 'green'), traffic(turns)]).toEqual(['fraud:3', { green: 100 }])
  })

  test('what serves is not changed under its own name, and going back to the old content ends it', () => {
    const turns = opened(ONE)
    turns.commit(explicit('blue', { blue: 7 }), 'c2')
    pass(turns, 10)
    expect(modelOf(turns, 'blue')).toBe('fraud:1')
    expect(reasons(turns.plan())).toEqual(
      expect.arrayContaining(['blue ServesTraffic', 'fraud ServesTraffic']),
    )
    turns.commit(ONE, 'c3')
    pass(turns, 5)
    expect(reasons(turns.plan())).toEqual([])
  })

  test('content that somebody has put under the serving name by hand is what serves', () => {
    const turns = opened(ONE)
    turns.commit(explicit('blue', { blue: 7 }), 'c2')
    turns.meddle(slotRef('blue'), (body) => withValue(body, '/properties/model', MODEL_7))
    pass(turns, 5)
    expect(reasons(turns.plan())).toEqual([])
    expect(recordIn(turns)).toMatchObject({ phase: 'stable', stable: { slot: 'blue' } })
  })

  test('a Rollout that comes with a change of what serves is at home once the change is taken back', () => {
    const without = (desired: ReturnType<typeof explicit>) =>
      desired.map(({ rollout: _, ...one }) => one)
    const turns = opened(ONE)
    turns.commit(without(ONE), 'c2')
    pass(turns, 5)
    turns.commit(explicit('blue', { blue: 7 }), 'c3')
    pass(turns, 5)
    expect(modelOf(turns, 'blue')).toBe('fraud:1')
    turns.commit(ONE, 'c4')
    pass(turns, 5)
    expect(reasons(turns.plan())).toEqual([])
  })

  test('a manifest of the stable deployment that is removed too early does not remove it', () => {
    const turns = opened(ONE)
    turns.commit(TWO, 'c2')
    untilPhase(turns, 'progressing')
    turns.commit(explicit('green', { green: 2 }), 'c3')
    until(turns, () => {
      expect(modelOf(turns, 'blue')).toBe('fraud:1')
      return recordIn(turns)?.stable.slot === 'green'
    })
    expect(say(turns, 'undo').answers).toMatchObject([{ result: 'accepted' }])
    expect(traffic(turns)).toEqual({ blue: 100 })
  })

  test('and it goes when the window is over', () => {
    const turns = opened(ONE)
    turns.commit(explicit('green', { green: 2 }), 'c2')
    until(turns, () => recordIn(turns)?.stable.slot === 'green')
    pass(turns, 50)
    expect(modelOf(turns, 'blue')).toBe('fraud:1')
    pass(turns, 40)
    expect(modelOf(turns, 'blue')).toBeUndefined()
  })

  test('instances of what serves follow Git while nothing is on its way', () => {
    const of = (count: number) =>
      explicit('blue', { blue: 1 }, { fields: { blue: { instance_count: count } } })
    const turns = opened(of(3))
    turns.commit(of(1), 'c2')
    pass(turns, 3)
    expect(instancesOf(turns, 'blue')).toBe(1)
  })
})

const MODEL_7 =
  '/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/models/fraud/versions/7'
