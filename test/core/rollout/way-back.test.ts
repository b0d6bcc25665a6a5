import { describe, expect, test } from '@jest/globals'
import type { Rollout } from '../../../src/core/model/desired.ts'
import { withValue } from '../../../src/core/model/values/pointer.ts'
import {
  ERRORS,
  explicit,
  FRAUD,
  instancesOf,
  modelOf,
  opened,
  pass,
  reasons,
  recordIn,
  say,
  slotRef,
  template,
  traffic,
  until,
  untilPhase,
} from './play.ts'
import { baking, next, rollout, situation, there } from './situations.ts'

/** Model 2 has taken over from model 1, which is kept warm. */
function promoted(first = template(1), second = template(2)) {
  const turns = opened(first)
  turns.commit(second, 'c2')
  until(turns, ({ actions }) => actions.some(({ turn }) => turn?.result === 'promoted'))
  pass(turns, 2)
  return turns
}

const BOTH = { blue: 1, green: 2 }

describe('the revision of before, inside its window', () => {
  test('undo is one write, and what it left is not tried again', () => {
    const turns = promoted()
    const { actions, answers } = say(turns, 'undo')
    expect(actions).toMatchObject([{ isUrgent: true, turn: { result: 'rolled_back' } }])
    expect(answers).toMatchObject([{ result: 'accepted' }])
    expect(traffic(turns)).toEqual({ blue: 100 })
    pass(turns, 30)
    expect(traffic(turns)).toEqual({ blue: 100 })
  })

  test('undo does not lead to a slot that runs something else by now', () => {
    const turns = promoted()
    turns.commit(template(3, { policy: { steps: [{ type: 'pause' }] } }), 'c3')
    until(turns, () => modelOf(turns, 'blue') === 'fraud:3')
    const { answers } = say(turns, 'undo')
    expect(answers).toMatchObject([{ result: 'refused' }])
    expect(traffic(turns)).toEqual({ green: 100 })
  })

  test('undo leads back also when Git wants the slot for something else already', () => {
    const turns = promoted()
    turns.commit(template(3), 'c3')
    expect(say(turns, 'undo').answers).toMatchObject([{ result: 'accepted' }])
    expect(traffic(turns)).toEqual({ blue: 100 })
    expect(modelOf(turns, 'blue')).toBe('fraud:1')
  })

  test('it keeps what it runs when Git changes the manifest of its deployment', () => {
    const turns = promoted(explicit('blue', { blue: 1 }), explicit('green', BOTH))
    turns.commit(explicit('green', { blue: 7, green: 2 }), 'c3')
    pass(turns, 5)
    expect(modelOf(turns, 'blue')).toBe('fraud:1')
    expect(reasons(turns.plan())).toContain('blue WayBack')
    pass(turns, 90)
    expect(modelOf(turns, 'blue')).toBe('fraud:7')
  })

  test('the stable revision keeps what it runs during the bake of the next', () => {
    const turns = opened(explicit('blue', { blue: 1 }))
    turns.commit(explicit('green', BOTH), 'c2')
    untilPhase(turns, 'baking')
    turns.commit(explicit('green', { blue: 7, green: 2 }), 'c3')
    pass(turns, 2)
    expect([recordIn(turns)?.phase, modelOf(turns, 'blue')]).toEqual(['baking', 'fraud:1'])
  })

  test('drift on it is put back to what was applied to it, now and later', () => {
    const turns = promoted()
    for (const mark of ['x', 'y']) {
      turns.meddle(slotRef('blue'), (body) =>
        withValue(body, '/properties/environmentVariables/A', mark),
      )
      turns.meddle(slotRef('blue'), (body) =>
        withValue(body, '/properties/model', '/models/other/versions/1'),
      )
      pass(turns, 4)
      expect(modelOf(turns, 'blue')).toBe('fraud:1')
    }
    expect(say(turns, 'undo').answers).toMatchObject([{ result: 'accepted' }])
  })

  test('it is never made smaller, and what serves may be', () => {
    const three = { fields: { instance_count: 3 } }
    const turns = promoted(template(1, three), template(2, three))
    turns.commit(template(2, { fields: { instance_count: 1 } }), 'c3')
    pass(turns, 5)
    expect([instancesOf(turns, 'blue'), instancesOf(turns, 'green')]).toEqual([3, 1])
  })

  test('a slot that lost instances gets all the traffic by a revert only when it has them again', () => {
    const three = { fields: { instance_count: 3 } }
    const turns = promoted(template(1, three), template(2, three))
    turns.meddle(slotRef('blue'), (body) => withValue(body, '/sku/capacity', 1))
    turns.commit(template(1, three), 'c3')
    const before = until(turns, () => traffic(turns).blue === 100)
    expect(instancesOf(turns, 'blue')).toBe(3)
    expect(before.actions).toMatchObject([{ turn: { result: 'fast_rolled_back' } }])
  })
})

describe('the stable revision before its successor begins', () => {
  test('is not changed in its place while the write that gives it its traffic again is not seen (U1)', () => {
    const turns = opened(explicit('blue', { blue: 1 }))
    turns.commit(explicit('blue', { blue: 2 }), 'c2')
    turns.meddle(FRAUD, (body) => withValue(body, '/properties/traffic', {}))
    const { world } = turns
    expect(turns.step().actions).toMatchObject([{ operation: 'set_traffic' }])
    turns.world = world
    const { actions, held } = turns.plan()
    expect(actions).toEqual([])
    expect(held.map(({ ref, reason }) => `${ref.name} ${reason}`)).toEqual(
      expect.arrayContaining(['blue WayBack', 'fraud OwnWriteNotSeen']),
    )
  })

  test('is not made smaller by the commit that moves the traffic away', () => {
    const of = (count: number) => ({ fields: { blue: { instance_count: count } } })
    const turns = opened(explicit('blue', { blue: 1 }, of(3)))
    turns.commit(explicit('green', BOTH, of(1)), 'c2')
    const counts = new Set<unknown>()
    until(turns, () => {
      if (traffic(turns).blue !== undefined) counts.add(instancesOf(turns, 'blue'))
      return recordIn(turns)?.stable.slot === 'green'
    })
    expect([...counts]).toEqual([3])
  })
})

describe('a record that cannot be read', () => {
  const broken = (turns: ReturnType<typeof opened>) =>
    turns.meddle(FRAUD, (body) => withValue(body, '/tags/verdigris.rollout', 'v1;stable;s=x'))

  test('holds everything: no traffic, no content, no removal', () => {
    const turns = opened(template(1))
    turns.commit(template(2), 'c2')
    untilPhase(turns, 'baking')
    broken(turns)
    // Nobody who had seen the record is left.
    turns.memory = {}
    const before = turns.actions.length
    pass(turns, 30)
    expect(turns.actions.slice(before)).toEqual([])
    expect(reasons(turns.plan())).toContain('fraud RolloutRecordUnreadable')
  })

  test('goes on where it stands once the tag is removed and one deployment serves', () => {
    const turns = opened(template(1))
    broken(turns)
    pass(turns, 3)
    turns.meddle(FRAUD, (body) => {
      const { 'verdigris.rollout': _, ...tags } = body.tags as Record<string, string>
      return { ...body, tags }
    })
    pass(turns, 2)
    expect(recordIn(turns)).toMatchObject({ phase: 'stable', stable: { slot: 'blue' } })
  })
})

describe('a candidate that is alone since stable was lost, when that is up again', () => {
  const trial = { input: 'azureml:sample:1', tolerance: 0, mismatches: 0 }
  const CLOCKED = { type: 'pause', durationMs: 60_000 } as const

  test.each<readonly [string, Partial<Rollout>, 'stays' | 'goes back']>([
    ['is judged by a check', { analysis: [ERRORS], steps: [CLOCKED] }, 'stays'],
    ['has no check', { analysis: [], steps: [CLOCKED] }, 'goes back'],
    ['left out a trial', { analysis: [ERRORS], steps: [{ type: 'trial', trial }] }, 'goes back'],
    [
      'left out a wait for a person',
      { analysis: [ERRORS], steps: [{ type: 'pause' }] },
      'goes back',
    ],
  ])('%s', (_, changes, expected) => {
    const told = next({
      ...{ rollout: rollout(changes), record: baking({ isAlone: true, step: 1 }) },
      ...{ inForceMs: 0, live: { green: 100 }, deployments: there('blue', 'green') },
    })
    expect(told.includes('superseded') ? 'goes back' : 'stays').toBe(expected)
  })

  test.each([
    ['NoReference', 'superseded'],
    ['TooFewRequests', 'stays'],
  ])('its check says no more than %s', (reason, expected) => {
    const { judgementOf } = situation({ outcome: 'noData' })
    const told = next({
      ...{ rollout: rollout({ analysis: [ERRORS], steps: [CLOCKED] }) },
      ...{ record: baking({ isAlone: true, step: 1 }), inForceMs: 0, live: { green: 100 } },
      deployments: there('blue', 'green'),
      judgementOf: (check) => ({ ...judgementOf(check), reason }),
    })
    expect(told).toContain(expected)
  })

  test.each<readonly [string, Partial<Rollout>, boolean, string]>([
    ['nobody judged it', { analysis: [], steps: [CLOCKED] }, true, 'stays: StableAwaited'],
    [
      'a person was to judge it',
      { analysis: [ERRORS], steps: [{ type: 'pause' }] },
      true,
      'stays: StableAwaited',
    ],
    ['a check judged it', { analysis: [ERRORS], steps: [CLOCKED] }, true, 'promoted'],
    ['nothing makes stable again', { analysis: [], steps: [CLOCKED] }, false, 'promoted'],
  ])('its bake is over while stable is gone, and %s', (_, changes, isRemade, expected) => {
    const told = next({
      ...{ rollout: rollout(changes), record: baking({ isAlone: true, step: 1 }) },
      ...{ live: { green: 100 }, deployments: there('green'), isRemade },
    })
    expect(told).toContain(expected)
  })
})
