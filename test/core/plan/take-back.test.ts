import { describe, expect, test } from '@jest/globals'
import { keyOf } from '../../../src/core/model/ref.ts'
import { valueAt, withValue } from '../../../src/core/model/values/pointer.ts'
import { weightsAt } from '../../../src/core/plan/compare/body.ts'
import { TAGS } from '../../../src/core/plan/ownership/ownership.ts'
import { abortPlan } from '../../../src/core/plan/rollouts/abort-plan.ts'
import { endpoint } from '../../support/desired.ts'
import type { Turns } from '../../support/world.ts'
import {
  ERRORS,
  FRAUD,
  intent,
  measure,
  opened,
  reasons,
  recordIn,
  say,
  slotRef,
  template,
  traffic,
  untilPhase,
} from '../rollout/play.ts'

/** A tenth of the traffic is on the candidate. */
function onItsWay(): Turns {
  const turns = opened(template(1))
  measure(turns, 0)
  turns.commit(template(2, { policy: { analysis: [ERRORS] } }), 'c2')
  untilPhase(turns, 'progressing')
  return turns
}

function phase(turns: Turns, name: 'Ready' | 'Provisioning' | 'Failed'): void {
  const resources = turns.world.resources.map((one) =>
    keyOf(one.ref) === keyOf(FRAUD) ? { ...one, phase: name } : one,
  )
  turns.world = { ...turns.world, resources }
}

/** The check says no; the write is planned and not sent. */
function failing(change: (turns: Turns) => void = () => {}): Turns {
  const turns = onItsWay()
  turns.step()
  measure(turns, 1)
  change(turns)
  return turns
}

describe('a take-back', () => {
  test('moves the traffic to the stable revision, says 0 for what loses it, and ends mirroring', () => {
    const [action, ...others] = failing().plan().actions
    expect(others).toEqual([])
    expect(action).toMatchObject({ isUrgent: true, operation: 'set_traffic' })
    const fields = new Map(action?.onto?.fields.map(({ path, value }) => [path, value]))
    expect(fields.get('/properties/traffic')).toEqual({ blue: 100, green: 0 })
    expect(fields.get('/properties/mirrorTraffic')).toEqual({})
  })

  test('names no deployment that has no traffic: it may be gone', () => {
    const turns = failing()
    const { world } = turns
    const grey = { ref: slotRef('grey'), body: {}, phase: 'Ready' } as const
    turns.world = { ...world, resources: [...world.resources, grey] }
    const body = turns.plan().actions[0]?.body ?? {}
    expect(valueAt(body, '/properties/traffic')).toEqual({ blue: 100, green: 0 })
  })

  test('rests on the record that the endpoint had', () => {
    const turns = failing()
    const path = '/tags/verdigris.rollout'
    const value = valueAt(turns.body(FRAUD) ?? {}, path)
    expect(turns.plan().actions[0]?.onto?.witness).toEqual({ path, value })
  })

  test('claims no commit while something else of that differs (S22)', () => {
    const turns = failing()
    const next = template(2, { policy: { analysis: [ERRORS] } }).map((one) => ({
      ...one,
      spec: { ...one.spec, description: 'ours' },
    }))
    turns.commit(next, 'c3')
    const [action] = turns.step().actions
    expect(valueAt(action?.body ?? {}, `/tags/${TAGS.revision}`)).toBe('c2')
    expect(traffic(turns)).toEqual({ blue: 100 })
    expect(turns.plan().actions).toMatchObject([{ operation: 'update_endpoint' }])
  })

  test('goes ahead of what else is to be written there', () => {
    const turns = failing()
    turns.meddle(slotRef('blue'), (body) => withValue(body, '/tags/team', 'x'))
    turns.commit(
      template(2, { policy: { analysis: [ERRORS] }, fields: { tags: { team: 'y' } } }),
      'c3',
    )
    const { actions } = say(turns, 'abort')
    expect(actions).toMatchObject([{ isUrgent: true, ref: FRAUD }])
  })

  test('goes ahead of the writes to other endpoints', () => {
    const turns = failing()
    const { desired } = turns.input
    turns.commit([endpoint('aaa'), ...desired, endpoint('zzz')], 'c3')
    expect(turns.plan().actions.map(({ ref }) => ref.name)).toEqual(['fraud', 'aaa', 'zzz'])
  })
})

test('a take-back while a person must look first does not say that the commit in force is applied (S23)', () => {
  const turns = failing((one) => {
    one.commit(one.input.desired, 'c3')
    const freeze = { what: 'writes', reason: 'HistoryRewritten', message: 'x' } as const
    one.input = { ...one.input, freezes: [freeze] }
  })
  const [action] = turns.plan().actions
  expect(valueAt(action?.body ?? {}, `/tags/${TAGS.revision}`)).toBe('c2')
})

describe('what holds a take-back', () => {
  test('a write in flight on the endpoint (S11)', () => {
    const turns = failing((one) => phase(one, 'Provisioning'))
    expect(turns.plan().actions).toEqual([])
    expect(reasons(turns.plan())).toContain('fraud Provisioning')
  })

  test('for half a minute, a write that was just accepted and is not seen yet: then it is repeated (S27)', () => {
    const turns = failing()
    const before = turns.world
    turns.step()
    turns.world = before
    expect([turns.plan().actions, reasons(turns.plan())]).toEqual([[], ['fraud OwnWriteNotSeen']])
    turns.now += 29_999
    turns.world = before
    expect(turns.plan().actions).toEqual([])
    turns.now += 1
    expect(turns.plan().actions).toMatchObject([{ isUrgent: true }])
  })

  test('the tag of another Application (S16)', () => {
    const turns = failing((one) =>
      one.meddle(FRAUD, (body) => withValue(body, `/tags/${TAGS.application}`, 'other')),
    )
    expect(turns.plan().actions).toEqual([])
  })

  test('and not a refusal that is remembered (S27)', () => {
    const turns = failing()
    const [refused] = turns.plan().actions
    const rejected = {
      generation: refused?.content ?? '',
      isCreate: false,
      count: 9,
      notBefore: turns.now + 3_600_000,
      owedAt: turns.now + 3_600_000,
      reason: 'Invalid',
      message: 'x',
    }
    const key = keyOf(FRAUD)
    turns.memory = {
      ...turns.memory,
      [key]: { ...turns.memory[key], rejected, retry: { ...rejected, failures: 9, refusals: 9 } },
    }
    expect(turns.plan().actions).toMatchObject([{ isUrgent: true }])
  })
})

describe('an abort that Git cannot be asked about', () => {
  const aborted = ({ world, now }: Turns, ...said: Parameters<typeof intent>[]) =>
    abortPlan(world, {
      ...{ application: 'app', memory: {}, now },
      intents: said.map((one) => intent(...one)),
    }).plan

  test('waits while Azure is at work on the endpoint', () => {
    const turns = onItsWay()
    phase(turns, 'Provisioning')
    expect(aborted(turns, ['abort'])).toMatchObject({
      actions: [],
      answers: [{ result: 'pending' }],
    })
  })

  test('is sent again where its users are still on the candidate (S27)', () => {
    const turns = failing()
    const users = turns.body(FRAUD)?.properties
    turns.step()
    expect(recordIn(turns)?.phase).toBe('aborted')
    expect(aborted(turns).actions).toEqual([])
    turns.meddle(FRAUD, (body) => ({ ...body, properties: users ?? {} }))
    expect(aborted(turns).actions).toMatchObject([{ isUrgent: true, ref: FRAUD }])
    phase(turns, 'Provisioning')
    expect(aborted(turns).actions).toEqual([])
  })

  test('is not needed after half an hour in which nobody judged the candidate (S28)', () => {
    const { world, now } = onItsWay()
    const at = (minutes: number, memory = {}) =>
      abortPlan(world, {
        ...{ application: 'app', intents: [], memory },
        now: now + minutes * 60_000,
      })
    const first = at(0)
    expect(first.plan.actions).toEqual([])
    expect(at(29, first.memory).plan.actions).toEqual([])
    const { actions } = at(30, first.memory).plan
    expect(actions).toMatchObject([{ isUrgent: true, turn: { result: 'superseded' } }])
    expect(weightsAt(actions[0]?.body ?? {}, '/properties/traffic')).toEqual({ blue: 100 })
    // A process that was started anew has to wait anew.
    expect(at(30).plan.actions).toEqual([])
  })

  test('moves nothing by a record of another Application (S16)', () => {
    const turns = onItsWay()
    turns.meddle(FRAUD, (body) => withValue(body, `/tags/${TAGS.application}`, 'other'))
    expect(aborted(turns, ['abort'])).toMatchObject({
      actions: [],
      answers: [{ result: 'refused' }],
    })
  })
})
