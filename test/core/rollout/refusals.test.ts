import { describe, expect, test } from '@jest/globals'
import type { Phase } from '../../../src/core/model/live.ts'
import { keyOf } from '../../../src/core/model/ref.ts'
import { withValue } from '../../../src/core/model/values/pointer.ts'
import { abortPlan } from '../../../src/core/plan/rollouts/abort-plan.ts'
import { textOfRecord } from '../../../src/core/rollout/record.ts'
import type { Turns } from '../../support/world.ts'
import {
  ERRORS,
  explicit,
  FRAUD,
  instancesOf,
  intent,
  MINUTE_MS,
  measure,
  mirror,
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

/** Says it as an inbox does: what is pending is said again in the next turn. Gives the last answer. */
function insist(turns: Turns, limit = 30) {
  const said = intent('promote')
  for (let turn = 0; turn < limit; turn += 1) {
    turns.input = { ...turns.input, intents: [said] }
    const [answer] = turns.step().answers
    turns.now += MINUTE_MS
    turns.input = { ...turns.input, intents: [] }
    if (answer?.result !== 'pending') return answer
  }
  throw new Error('it is pending for ever')
}

describe('promote', () => {
  test('is named beside an abort only where what Git wants is there', () => {
    const told = (turns: Turns) =>
      turns.plan().held.find(({ reason }) => reason === 'RolloutStateUnknown')?.message
    const turns = opened(template(1))
    turns.commit(template(2), 'c2')
    until(turns, () => (traffic(turns).green ?? 0) > 0)
    turns.meddle(FRAUD, ({ tags: _, ...body }) => body)
    turns.memory = {}
    turns.commit(template(3), 'c3')
    turns.step()
    expect(told(turns)).toMatch(/rollout abort/)
    expect(told(turns)).not.toMatch(/rollout promote/)
    expect(say(turns, 'promote').answers).toMatchObject([{ result: 'refused' }])
  })

  test('at a pause lasts until what comes behind the pause lets it through', () => {
    const steps = [
      { type: 'setScale', percent: 25 },
      { type: 'setWeight', percent: 10 },
      { type: 'pause' },
      { type: 'setScale', percent: 100 },
      { type: 'setWeight', percent: 50 },
      { type: 'pause' },
    ] as const
    const of = (model: number) =>
      template(model, { policy: { steps }, fields: { instance_count: 4 } })
    const turns = opened(of(1))
    turns.commit(of(2), 'c2')
    until(turns, (plan) => reasons(plan).includes('fraud WaitsForPromote'))
    expect(instancesOf(turns, 'green')).toBe(1)
    expect(insist(turns)).toMatchObject({ result: 'accepted' })
    expect([traffic(turns), instancesOf(turns, 'green')]).toEqual([{ blue: 50, green: 50 }, 4])
    pass(turns, 30)
    expect(traffic(turns)).toEqual({ blue: 50, green: 50 })
  })
})

test('a mirror that somebody took away is put back, and the time without it is not time that was mirrored', () => {
  const steps = [
    { type: 'setMirror', percent: 20, durationMs: 10 * MINUTE_MS },
    { type: 'setWeight', percent: 10 },
    { type: 'pause' },
  ] as const
  const turns = opened(template(1))
  turns.commit(template(2, { policy: { steps } }), 'c2')
  until(turns, () => mirror(turns).green === 20)
  pass(turns, 2)
  const take = () => turns.meddle(FRAUD, (body) => withValue(body, '/properties/mirrorTraffic', {}))
  const since = turns.now
  for (let turn = 0; turn < 12; turn += 1) {
    take()
    turns.plan()
    turns.step()
    turns.now += MINUTE_MS
    expect(traffic(turns)).toEqual({ blue: 100 })
  }
  until(turns, () => traffic(turns).green === 10)
  expect(turns.now - since).toBeGreaterThanOrEqual(20 * MINUTE_MS)
})

describe('an abort without Git', () => {
  function moving(phase: Phase = 'Ready'): Turns {
    const turns = opened(template(1))
    turns.commit(template(2), 'c2')
    untilPhase(turns, 'progressing')
    const resources = turns.world.resources.map((one) =>
      keyOf(one.ref) === keyOf(slotRef('blue')) ? { ...one, phase } : one,
    )
    turns.world = { ...turns.world, resources }
    return turns
  }
  const aborted = ({ world, now }: Turns) =>
    abortPlan(world, { application: 'app', intents: [intent('abort')], memory: {}, now }).plan

  test('is one write: all traffic and the record, with an explicit zero for what gets none', () => {
    const { actions, answers } = aborted(moving())
    expect(answers).toMatchObject([{ result: 'accepted' }])
    expect(actions).toMatchObject([
      {
        operation: 'set_traffic',
        isUrgent: true,
        body: { properties: { traffic: { blue: 100, green: 0 }, mirrorTraffic: {} } },
      },
    ])
  })

  test('that two people say is carried out once', () => {
    const { world, now } = moving()
    const { actions, answers } = abortPlan(world, {
      ...{ application: 'app', memory: {}, now },
      intents: [intent('abort'), intent('abort')],
    }).plan
    expect(actions).toHaveLength(1)
    expect(answers).toMatchObject([{ result: 'accepted' }, { result: 'accepted' }])
  })

  test('moves nothing by the record of another endpoint', () => {
    const turns = moving()
    const record = recordIn(turns)
    if (record === undefined) throw new Error('nothing is under way')
    const copied = textOfRecord(record, 'OnlineEndpoint/other')
    turns.meddle(FRAUD, (body) => withValue(body, '/tags/verdigris.rollout', copied))
    expect(aborted(turns)).toMatchObject({ actions: [], answers: [{ result: 'refused' }] })
  })

  test('of a change in place has nothing to take back, and writes nothing (S20)', () => {
    const turns = opened(explicit('blue', { blue: 1 }))
    turns.commit(explicit('blue', { blue: 2 }), 'c2')
    pass(turns, 1)
    say(turns, 'abort')
    expect(recordIn(turns)).toMatchObject({ phase: 'aborted', candidate: { slot: 'blue' } })
    const { world, now } = turns
    expect(abortPlan(world, { application: 'app', intents: [], memory: {}, now }).plan).toEqual({
      ...{ findings: [], changes: [], actions: [], held: [], answers: [] },
    })
  })

  test('moves nothing where nothing is under way', () => {
    const turns = opened(template(1))
    expect(aborted(turns)).toMatchObject({ actions: [], answers: [{ result: 'refused' }] })
  })

  test('waits while the stable deployment is not up', () => {
    const { actions, answers } = aborted(moving('Provisioning'))
    expect([actions, answers[0]?.result]).toEqual([[], 'pending'])
  })

  test('is remembered when Git can be read again, and the candidate is kept as after any abort', () => {
    const turns = moving()
    const { actions } = aborted(turns)
    const [action] = actions
    turns.meddle(FRAUD, (body) => action?.body ?? body)
    pass(turns, 30)
    expect([traffic(turns), recordIn(turns)?.phase]).toEqual([{ blue: 100 }, 'aborted'])
    expect(turns.body(slotRef('green'))).toBeDefined()
  })
})

describe('what holds every write', () => {
  const freezes = [{ what: 'writes', reason: 'HistoryRewritten', message: 'x' }] as const
  const HOLDS: readonly (readonly [string, (input: Turns['input']) => Turns['input']])[] = [
    ['a history that was rewritten or cannot be read', (input) => ({ ...input, freezes })],
    [
      'an Application that is suspended',
      (input) => ({ ...input, sync: { ...input.sync, suspend: true } }),
    ],
  ]

  test.each(HOLDS)('%s: no commit moves traffic, neither forward nor back', (_, hold) => {
    for (const model of [1, 3]) {
      const turns = opened(template(1))
      turns.commit(template(2), 'c2')
      untilPhase(turns, 'progressing')
      turns.commit(template(model), 'c3')
      turns.input = hold(turns.input)
      pass(turns, 10)
      expect(traffic(turns)).toEqual({ blue: 90, green: 10 })
    }
  })

  test.each(HOLDS)(
    '%s: is what a rollout that waits for a person says, and what levers are refused with',
    (_, hold) => {
      const policy = { steps: [{ type: 'setWeight', percent: 10 }, { type: 'pause' }] } as const
      const turns = opened(template(1, { policy }))
      turns.commit(template(2, { policy }), 'c2')
      until(turns, ({ held }) => held.some(({ reason }) => reason === 'WaitsForPromote'))
      turns.input = hold(turns.input)
      const rollouts = () => turns.plan().findings.flatMap(({ rollout }) => rollout ?? [])
      const [said] = rollouts()
      expect(said).toMatchObject({ stalled: true })
      expect(['HistoryRewritten', 'Suspended']).toContain(said?.reason)
      expect(turns.plan().held).toContainEqual(
        expect.objectContaining({ state: 'blocked', reason: said?.reason }),
      )
      expect(JSON.stringify(turns.plan())).not.toContain('rollout promote')
      const { answers, actions } = say(turns, 'promote')
      expect(actions).toEqual([])
      expect(answers).toMatchObject([{ result: 'refused', message: said?.message }])
    },
  )

  test.each(HOLDS)('%s: no revert inside the window either', (_, hold) => {
    const turns = opened(template(1))
    turns.commit(template(2), 'c2')
    until(turns, () => recordIn(turns)?.stable.slot === 'green')
    turns.commit(template(1), 'c3')
    turns.input = hold(turns.input)
    pass(turns, 10)
    expect(traffic(turns)).toEqual({ green: 100 })
  })

  test.each(HOLDS)('%s: an operator and a verdict take traffic back all the same', (_, hold) => {
    const policy = { analysis: [ERRORS] }
    for (const takeBack of [
      (turns: Turns) => say(turns, 'abort'),
      (turns: Turns) => measure(turns, 1),
    ]) {
      const turns = opened(template(1, { policy }))
      measure(turns, 0)
      turns.commit(template(2, { policy }), 'c2')
      untilPhase(turns, 'progressing')
      // Not followed while it is held; what users are on is judged all the same.
      turns.commit(template(3, { policy }), 'c3')
      turns.input = hold(turns.input)
      takeBack(turns)
      pass(turns, 2)
      expect(traffic(turns)).toEqual({ blue: 100 })
    }
  })
})
