import { describe, expect, test } from '@jest/globals'
import { withValue } from '../../../src/core/model/values/pointer.ts'
import type { Turns } from '../../support/world.ts'
import {
  CANARY,
  fail,
  instancesOf,
  MINUTE_MS,
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

const isPromoted = (plan: ReturnType<Turns['step']>): boolean =>
  plan.actions.some(({ turn }) => turn?.result === 'promoted')

function promoted(): Turns {
  const turns = opened(template(1))
  turns.commit(template(2), 'c2')
  until(turns, isPromoted)
  pass(turns, 2)
  return turns
}

describe('the template form', () => {
  test('a new revision takes the free slot and is promoted step by step', () => {
    const turns = opened(template(1))
    turns.commit(template(2), 'c2')
    const seen: string[] = []
    until(turns, (plan) => {
      for (const { turn, ref } of plan.actions)
        seen.push(`${ref.name} ${turn?.result ?? ''} ${JSON.stringify(traffic(turns))}`)
      return isPromoted(plan)
    })
    expect(seen).toEqual([
      'green  {"blue":100}',
      'fraud started {"blue":90,"green":10}',
      'fraud step {"blue":50,"green":50}',
      'fraud step {"green":100}',
      'fraud promoted {"green":100}',
    ])
    expect(recordIn(turns)).toMatchObject({ stable: { slot: 'green' }, previous: { slot: 'blue' } })
  })

  test('the slot of before is removed when its window is over, also long after its commit', () => {
    const turns = promoted()
    turns.commit(template(2, { policy: { bakeMs: 7 * MINUTE_MS } }), 'c3')
    pass(turns, 30)
    expect(modelOf(turns, 'blue')).toBe('fraud:1')
    pass(turns, 60)
    expect(modelOf(turns, 'blue')).toBeUndefined()
    expect(turns.settle()).toEqual([])
  })

  test('what Azure cannot change in place is made anew in the free slot', () => {
    const turns = promoted()
    turns.commit(template(3, { fields: { instance_type: 'Standard_F4s_v2' } }), 'c3')
    const before = turns.actions.length
    until(turns, isPromoted)
    const done = turns.actions.slice(before).map(({ operation, ref }) => `${operation} ${ref.name}`)
    expect(done.slice(0, 2)).toEqual([
      'delete_online_deployment blue',
      'create_online_deployment blue',
    ])
    expect(traffic(turns)).toEqual({ blue: 100 })
  })

  test.each(['ImageBuildFailure', 'OutOfQuota'])(
    'after a create that failed by %s other content is tried in the same slot',
    (code) => {
      const turns = opened(template(1))
      turns.commit(template(2), 'c2')
      turns.step('Provisioning')
      fail(turns, 'green', code)
      pass(turns, 1)
      expect(reasons(turns.plan())).toContain(`fraud ${code}`)
      expect(traffic(turns)).toEqual({ blue: 100 })
      turns.commit(template(3), 'c3')
      until(turns, isPromoted)
      expect(modelOf(turns, 'green')).toBe('fraud:3')
    },
  )

  test('a create that failed for quota is made again by itself when there is room', () => {
    const turns = opened(template(1))
    turns.commit(template(2), 'c2')
    turns.step('Provisioning')
    fail(turns, 'green', 'OutOfQuota')
    until(turns, isPromoted)
    expect(modelOf(turns, 'green')).toBe('fraud:2')
  })

  test('`rollout retry` tries a deployment that did not come up at once, whatever its failure', () => {
    const turns = opened(template(1))
    turns.commit(template(2), 'c2')
    turns.step('Provisioning')
    fail(turns, 'green')
    pass(turns, 30)
    expect(reasons(turns.plan())).toContain('fraud ImageBuildFailure')
    expect(say(turns, 'retry').answers).toMatchObject([{ result: 'accepted' }])
    until(turns, isPromoted)
    expect(modelOf(turns, 'green')).toBe('fraud:2')
  })

  test('and however long it would be left alone by itself', () => {
    const turns = opened(template(1))
    turns.commit(template(2), 'c2')
    turns.step('Provisioning')
    fail(turns, 'green', 'OutOfQuota')
    turns.step()
    turns.now += MINUTE_MS / 2
    expect(turns.plan().actions).toEqual([])
    expect(say(turns, 'retry').actions).toMatchObject([
      { operation: 'update_online_deployment', ref: slotRef('green') },
    ])
  })

  test('a candidate that fails under traffic is left in one write and not tried again', () => {
    const turns = opened(template(1))
    turns.commit(template(2), 'c2')
    untilPhase(turns, 'progressing')
    fail(turns, 'green')
    const { actions } = turns.step()
    expect(actions).toMatchObject([{ isUrgent: true, turn: { trigger: 'health' } }])
    expect(traffic(turns)).toEqual({ blue: 100 })
    pass(turns, 200)
    expect([recordIn(turns)?.phase, modelOf(turns, 'green')]).toEqual(['aborted', undefined])
  })

  test('a rollout whose slots are renamed on the way begins anew or ends, and what serves stays', () => {
    const turns = opened(template(1))
    turns.commit(template(2), 'c2')
    untilPhase(turns, 'progressing')
    turns.commit(template(2, { slots: ['red', 'pink'] }), 'c3')
    until(turns, isPromoted)
    expect(traffic(turns)).toEqual({ green: 100 })
    pass(turns, 90)
    turns.commit(template(3, { slots: ['red', 'pink'] }), 'c4')
    until(turns, isPromoted)
    expect(traffic(turns)).toEqual({ red: 100 })
  })

  test('drift is put back on what serves also when its slot has another name by now', () => {
    const turns = promoted()
    turns.commit(template(2, { slots: ['red', 'pink'] }), 'c3')
    turns.meddle(slotRef('green'), (body) =>
      withValue(body, '/properties/model', '/models/other/versions/1'),
    )
    pass(turns, 3)
    expect(modelOf(turns, 'green')).toBe('fraud:2')
  })

  test('other numbers of instances are no new revision, and reach what serves', () => {
    const turns = opened(template(1))
    turns.commit(template(1, { fields: { instance_count: 4 } }), 'c2')
    pass(turns, 5)
    expect([instancesOf(turns, 'blue'), modelOf(turns, 'green')]).toEqual([4, undefined])
  })

  test('instances asked for on the way are there before the weight that needs them', () => {
    const turns = opened(template(1, { fields: { instance_count: 2 } }))
    const steps = [{ type: 'setScale', percent: 25 } as const, ...CANARY]
    turns.commit(template(2, { fields: { instance_count: 2 }, policy: { steps } }), 'c2')
    untilPhase(turns, 'progressing')
    turns.commit(template(2, { fields: { instance_count: 8 }, policy: { steps } }), 'c3')
    until(turns, (plan) => {
      const { green = 0 } = traffic(turns)
      expect(Number(instancesOf(turns, 'green')) * 100).toBeGreaterThanOrEqual(green * 2)
      return isPromoted(plan)
    })
    expect(instancesOf(turns, 'green')).toBe(8)
  })

  test('where Git leaves the instances to others, a new revision is made with as many as serve', () => {
    const bare = { fields: { instance_count: undefined as never } }
    const turns = opened(template(1, bare))
    turns.meddle(slotRef('blue'), (body) => withValue(body, '/sku/capacity', 6))
    turns.commit(template(2, bare), 'c2')
    untilPhase(turns, 'progressing')
    expect(instancesOf(turns, 'green')).toBe(6)
    turns.meddle(slotRef('green'), (body) => withValue(body, '/sku/capacity', 3))
    until(turns, isPromoted)
    expect([instancesOf(turns, 'green'), instancesOf(turns, 'blue')]).toEqual([3, 6])
  })
})

describe('a label in the template', () => {
  const latest = (count = 1, text = 'a', says = 'x') =>
    template('@latest', {
      fields: { instance_count: count, environment_variables: { SAID: text }, description: says },
    })
  const say8 = (turns: Turns, version: string): void => {
    turns.world = { ...turns.world, labels: { 'Model/fraud@latest': version } }
  }

  function at8(): Turns {
    const turns = opened(template(1))
    say8(turns, '8')
    turns.commit(latest(), 'c2')
    return turns
  }

  test('means what it meant, while its text stays, on the way and when it serves', () => {
    const turns = at8()
    untilPhase(turns, 'progressing')
    say8(turns, '9')
    until(turns, isPromoted)
    pass(turns, 90)
    expect([modelOf(turns, 'green'), traffic(turns)]).toEqual(['fraud:8', { green: 100 }])
  })

  test('does not move with the number of instances', () => {
    const turns = at8()
    until(turns, isPromoted)
    pass(turns, 90)
    say8(turns, '9')
    turns.commit(latest(3), 'c3')
    pass(turns, 10)
    expect([modelOf(turns, 'green'), instancesOf(turns, 'green')]).toEqual(['fraud:8', 3])
  })

  test('does not move with what no request can feel', () => {
    const turns = at8()
    until(turns, isPromoted)
    say8(turns, '9')
    turns.commit(latest(1, 'a', 'y'), 'c3')
    pass(turns, 90)
    expect([modelOf(turns, 'green'), traffic(turns)]).toEqual(['fraud:8', { green: 100 }])
  })

  test('does not move on the revision of before', () => {
    const turns = at8()
    until(turns, isPromoted)
    say8(turns, '9')
    turns.commit(latest(1, 'b'), 'c3')
    until(turns, isPromoted)
    turns.meddle(slotRef('green'), (body) => withValue(body, '/sku/capacity', 2))
    pass(turns, 5)
    expect([modelOf(turns, 'green'), modelOf(turns, 'blue')]).toEqual(['fraud:8', 'fraud:9'])
  })

  test('that points nowhere any more moves nothing and removes nothing', () => {
    const turns = at8()
    until(turns, isPromoted)
    turns.world = { ...turns.world, labels: {} }
    pass(turns, 10)
    expect([modelOf(turns, 'blue'), traffic(turns)]).toEqual(['fraud:1', { green: 100 }])
  })
})
