import { describe, expect, test } from '@jest/globals'
import type { KeyMemory } from '../../../src/core/model/memory.ts'
import { keyOf } from '../../../src/core/model/ref.ts'
import { withValue } from '../../../src/core/model/values/pointer.ts'
import { TAGS } from '../../../src/core/plan/ownership/ownership.ts'
import type { Turns } from '../../support/world.ts'
import {
  ERRORS,
  FRAUD,
  fail,
  measure,
  mirror,
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
} from '../rollout/play.ts'

function onItsWay(policy: Parameters<typeof template>[1] = {}): Turns {
  const turns = opened(template(1))
  measure(turns, 0)
  turns.commit(template(2, policy), 'c2')
  untilPhase(turns, 'progressing')
  return turns
}

function phase(turns: Turns, slot: string, name: 'Deleting' | 'Provisioning'): void {
  const resources = turns.world.resources.map((one) =>
    keyOf(one.ref) === keyOf(slotRef(slot)) ? { ...one, phase: name } : one,
  )
  turns.world = { ...turns.world, resources }
}

function without(turns: Turns, slot: string): void {
  const resources = turns.world.resources.filter(({ ref }) => keyOf(ref) !== keyOf(slotRef(slot)))
  turns.world = { ...turns.world, resources }
}

describe('a candidate', () => {
  test('with users, of which a change fails for a while, still serves (S30)', () => {
    const turns = onItsWay()
    turns.step()
    fail(turns, 'green', 'OutOfQuota')
    const { plan } = { plan: turns.plan() }
    expect(plan.actions.filter(({ isUrgent }) => isUrgent)).toEqual([])
    expect(traffic(turns)).toEqual({ blue: 90, green: 10 })
  })

  test('that somebody has taken over, content and all, passes no step', () => {
    const turns = onItsWay()
    turns.meddle(slotRef('green'), (body) =>
      withValue(
        withValue(body, `/tags/${TAGS.application}`, 'other'),
        '/properties/model',
        'another',
      ),
    )
    pass(turns, 20)
    expect(traffic(turns)).toEqual({ blue: 90, green: 10 })
    expect(reasons(turns.plan())).toContain('fraud CandidateNotReady')
  })

  test('whose traffic somebody moved away serves on when a change of it fails for a while (S30)', () => {
    const turns = onItsWay()
    turns.meddle(FRAUD, (body) => withValue(body, '/properties/traffic', { blue: 100 }))
    fail(turns, 'green', 'OutOfQuota')
    turns.step()
    expect(recordIn(turns)?.phase).toBe('progressing')
  })

  test('that is being deleted passes no step', () => {
    const turns = onItsWay()
    phase(turns, 'green', 'Deleting')
    turns.now += 3_600_000
    turns.step()
    expect(traffic(turns)).toEqual({ blue: 90, green: 10 })
  })

  test('gets no mirrored traffic again while it is not up', () => {
    const steps = [{ type: 'setMirror', percent: 20, durationMs: 1_800_000 }] as const
    const turns = onItsWay({ policy: { steps } })
    until(turns, () => mirror(turns).green === 20)
    turns.meddle({ kind: 'OnlineEndpoint', name: 'fraud' }, (body) => ({
      ...body,
      properties: { ...(body.properties as object), mirrorTraffic: {} },
    }))
    phase(turns, 'green', 'Provisioning')
    expect(statusOf(turns)).toBe('TargetNotUp')
    pass(turns, 3)
    expect(mirror(turns)).toEqual({})
  })
})

function statusOf(turns: Turns): string | undefined {
  return turns.plan().findings.find(({ rollout }) => rollout !== undefined)?.rollout?.reason
}

describe('a stable deployment that failed', () => {
  const at = (changes: KeyMemory): Turns => {
    const turns = opened(template(1))
    fail(turns, 'blue')
    const key = keyOf(slotRef('blue'))
    turns.memory = { ...turns.memory, [key]: { ...turns.memory[key], ...changes } }
    return turns
  }

  test('of a change still serves (S30)', () => {
    expect(statusOf(at({}))).toBe('Stable')
  })

  test('and has to be made again, as Azure says, does not', () => {
    const at0 = { generation: 'x', isCreate: false, count: 1, notBefore: 60_000, owedAt: 60_000 }
    const rejected = { ...at0, reason: 'Unrecoverable', message: 'x' }
    expect(statusOf(at({ rejected }))).toBe('StableGone')
  })
})

test('an endpoint whose rollout is on its way is not in sync, though nothing differs (S22)', () => {
  const turns = onItsWay()
  turns.step()
  const { findings, actions } = turns.plan()
  expect([actions, findings.find(({ ref }) => ref.kind === 'OnlineEndpoint')?.sync]).toEqual([
    [],
    'out_of_sync',
  ])
})

test('a deployment is written on the ground of its endpoint, too: who serves may have moved (R5)', () => {
  const turns = opened(template(1))
  turns.commit(template(2), 'c2')
  expect(turns.plan().actions).toMatchObject([{ ref: slotRef('green'), grounds: [{ ref: FRAUD }] }])
})

test('more traffic is given on the ground of what gets it: that may have failed meanwhile (S2)', () => {
  const turns = opened(template(1))
  turns.commit(template(2), 'c2')
  until(turns, () => modelOf(turns, 'green') === 'fraud:2')
  const [action] = turns.plan().actions
  expect(action).toMatchObject({ operation: 'set_traffic', grounds: [{ ref: slotRef('green') }] })
})

test('slots that a rollout needs are not to be removed, also where no history tells what is in them', () => {
  const turns = onItsWay()
  turns.input = { ...turns.input, bases: new Map() }
  for (let turn = 0; turn < 20; turn += 1) {
    expect(turns.step().changes.filter(({ verb }) => verb === 'delete')).toEqual([])
    turns.now += 60_000
  }
})

describe('a failure of content that is not wanted any more', () => {
  test('says nothing of the new one in the same slot', () => {
    const turns = opened(template(1))
    turns.commit(template(2), 'c2')
    turns.step()
    fail(turns, 'green')
    turns.plan()
    turns.commit(template(3), 'c3')
    expect(statusOf(turns)).toBe('Provisioning')
  })
})

test('instances that somebody gave a candidate are not taken away on the way', () => {
  const steps = [
    { type: 'setScale', instances: 1 },
    { type: 'setWeight', percent: 10 },
    { type: 'pause' },
  ] as const
  const of = (model: number) =>
    template(model, { policy: { steps }, fields: { instance_count: 4 } })
  const turns = opened(of(1))
  turns.commit(of(2), 'c2')
  untilPhase(turns, 'progressing')
  turns.meddle(slotRef('green'), (body) => withValue(body, '/sku/capacity', 3))
  pass(turns, 2)
  const { actions, held } = turns.plan()
  expect([actions, held.map(({ reason }) => reason)]).toEqual([[], ['WaitsForPromote']])
})

test('what somebody made under the name of a slot that was never filled stays his (S16)', () => {
  const turns = opened(template(1))
  const body = { ...turns.body(slotRef('blue')), tags: {} }
  const theirs = { ref: slotRef('green'), body, phase: 'Ready' } as const
  turns.world = { ...turns.world, resources: [...turns.world.resources, theirs] }
  pass(turns, 5)
  expect(turns.body(slotRef('green'))).toEqual(body)
})

describe('a slot that the Rollout does not name any more', () => {
  test('is not to be removed while the revision in it is on its way', () => {
    const turns = onItsWay()
    turns.commit(template(3, { slots: ['blue', 'grey'] }), 'c3')
    expect(turns.plan().changes.filter(({ verb }) => verb === 'delete')).toEqual([])
  })
})

describe('a stable deployment', () => {
  test('that no list shows is what traffic goes back to all the same: a GET says whether it is there (S27)', () => {
    const turns = onItsWay({ policy: { analysis: [ERRORS] } })
    turns.step()
    without(turns, 'blue')
    turns.world = { ...turns.world, complete: false }
    measure(turns, 1)
    expect(turns.plan().actions).toMatchObject([
      { isUrgent: true, body: { properties: { traffic: { blue: 100 } } } },
    ])
  })

  test('of which somebody changed what cannot be changed back in place is not made again', () => {
    const turns = opened(template(1))
    turns.meddle(slotRef('blue'), (body) =>
      withValue(body, '/properties/instanceType', 'Standard_F4s_v2'),
    )
    expect(reasons(turns.plan())).toEqual(['blue CannotChangeInPlace'])
  })

  test('that Azure is at work on holds the way back of a revision that Git wants no more, and no person is asked', () => {
    const turns = onItsWay()
    turns.commit(template(3), 'c3')
    phase(turns, 'blue', 'Provisioning')
    const stateOf = () =>
      Object.fromEntries(turns.plan().held.map((one) => [one.reason, one.state]))
    expect(stateOf()).toEqual({
      Provisioning: 'waiting',
      TakesTraffic: 'waiting',
      TargetNotUp: 'waiting',
    })
    // When Azure does not end that, it is what the traffic waits for.
    for (const after of [0, 3 * 3_600_000]) {
      turns.now += after
      turns.step()
    }
    expect(stateOf()).toMatchObject({ Stuck: 'blocked', TargetNotUp: 'blocked' })
  })

  test('that Azure is at work on is told to be in the way of traffic that somebody moved (S2)', () => {
    const turns = opened(template(1))
    turns.meddle(FRAUD, (body) => withValue(body, '/properties/traffic', { green: 100 }))
    phase(turns, 'blue', 'Provisioning')
    expect(statusOf(turns)).toBe('TargetNotUp')
  })

  test('that is being deleted is nothing to go back to', () => {
    const turns = onItsWay()
    phase(turns, 'blue', 'Deleting')
    const { actions } = say(turns, 'abort')
    expect(actions).toEqual([])
  })

  test('that no list shows gets no traffic back that somebody has moved (S26)', () => {
    const turns = opened([...template(1)])
    turns.meddle(FRAUD, (body) => withValue(body, '/properties/traffic', { green: 100 }))
    without(turns, 'blue')
    turns.world = { ...turns.world, complete: false }
    const moved = turns.plan().actions.filter(({ ref }) => ref.kind === 'OnlineEndpoint')
    expect(moved).toEqual([])
  })
})

describe('a stable deployment that is gone, of content that Git does not declare any more', () => {
  function bereft(former: readonly ReturnType<typeof template>[]): Turns {
    const turns = onItsWay({ policy: { analysis: [ERRORS] } })
    measure(turns, 1)
    until(turns, () => recordIn(turns)?.phase === 'aborted')
    without(turns, 'blue')
    without(turns, 'green')
    const slots = former.map(([one]) => one?.rollout?.slots ?? [])
    turns.input = { ...turns.input, former: slots }
    return turns
  }

  test('is made again as the commit had it that put it there', () => {
    const turns = bereft([template(2), template(1)])
    until(turns, () => modelOf(turns, 'blue') !== undefined)
    expect(modelOf(turns, 'blue')).toBe('fraud:1')
  })

  test('and not of other content, though that was in the same slot', () => {
    const turns = bereft([template(2), template(3)])
    pass(turns, 10)
    expect(modelOf(turns, 'blue')).not.toBe('fraud:3')
    expect(modelOf(turns, 'blue')).not.toBe('fraud:2')
  })
})
