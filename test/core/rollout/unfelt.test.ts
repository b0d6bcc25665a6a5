import { describe, expect, test } from '@jest/globals'
import { KINDS } from '../../../src/core/kinds/index.ts'
import type { Desired } from '../../../src/core/model/desired.ts'
import { keyOf } from '../../../src/core/model/ref.ts'
import type { JsonObject } from '../../../src/core/model/values/json.ts'
import { valueAt, withValue } from '../../../src/core/model/values/pointer.ts'
import { armContextOf } from '../../../src/core/plan/compare/labels.ts'
import { namesOf } from '../../../src/core/plan/ownership/revision.ts'
import { textOfRecord } from '../../../src/core/rollout/record.ts'
import type { Turns } from '../../support/world.ts'
import {
  explicit,
  FRAUD,
  fail,
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

const SAID = { tags: { team: 'risk' }, description: 'scores', properties: { cost: '7' } }
const PLAIN = {}

/** The two forms: commits of a model with these fields, of which the second one is to get the traffic of the first. */
const FORMS = [
  {
    form: 'template',
    first: (fields: JsonObject) => template(1, { fields }),
    second: (fields: JsonObject) => template(2, { fields }),
  },
  {
    form: 'explicit',
    first: (fields: JsonObject) => explicit('blue', { blue: 1 }, { fields: { blue: fields } }),
    second: (fields: JsonObject) =>
      explicit('green', { blue: 1, green: 2 }, { fields: { green: fields } }),
  },
] as const

const saidOf = (turns: Turns, slot: string): readonly unknown[] =>
  ['/tags/team', '/properties/description', '/properties/properties/cost'].map((at) =>
    valueAt(turns.body(slotRef(slot)) ?? {}, at),
  )
const ALL = ['risk', 'scores', '7']
const NONE = [undefined, undefined, undefined]

/** What is done from here on: the operations of deployments, and how the rollout turns. */
function since(turns: Turns, from: number): readonly string[] {
  return turns.actions
    .slice(from)
    .map(({ operation, ref, turn }) => (turn ? `${turn.result}` : `${operation} ${ref.name}`))
}

/** As an earlier release would have written it: revisions by its names. */
function byEarlierRelease(turns: Turns, slots: { readonly [slot: string]: Desired }): void {
  for (const [slot, desired] of Object.entries(slots)) {
    const declared = KINDS.OnlineDeployment.toArm(desired, armContextOf(turns.world))
    const then = namesOf(desired, declared).at(-1) ?? ''
    const known = recordIn(turns)
    const now = [known?.stable, known?.candidate].find((one) => one?.slot === slot)?.rev ?? ''
    const named = JSON.stringify(known).replaceAll(now, then)
    const text = textOfRecord(JSON.parse(named), keyOf(FRAUD))
    turns.meddle(FRAUD, (body) => withValue(body, '/tags/verdigris.rollout', text))
    turns.meddle(slotRef(slot), (body) =>
      JSON.parse(JSON.stringify(body).replaceAll(`"${now}"`, `"${then}"`)),
    )
    expect(JSON.stringify(recordIn(turns))).toContain(then)
    expect(then).not.toBe(now)
  }
}

const slotIn = (desired: readonly Desired[], name: string): Desired => {
  const all = [...desired, ...desired.flatMap(({ rollout }) => rollout?.slots ?? [])]
  const found = all.find(({ ref }) => ref.kind === 'OnlineDeployment' && ref.name === name)
  if (found === undefined) throw new Error(`no ${name}`)
  return found
}

describe.each(FORMS)('what no request can feel, in the $form form,', ({ form, first, second }) => {
  test('is written in place to what serves, without a rollout', () => {
    const turns = opened(first(PLAIN))
    const from = turns.actions.length
    turns.commit(first(SAID), 'c2')
    pass(turns, 30)
    expect(since(turns, from)).toEqual(['update_online_deployment blue'])
    expect([saidOf(turns, 'blue'), traffic(turns)]).toEqual([ALL, { blue: 100 }])
    expect(recordIn(turns)).toMatchObject({ phase: 'stable', stable: { slot: 'blue' } })
    expect(turns.settle()).toEqual([])
  })

  test('and goes again with the commit that leaves it out', () => {
    const turns = opened(first(PLAIN))
    const { properties } = SAID
    turns.commit(first(SAID), 'c2')
    turns.settle()
    turns.commit(first({ properties }), 'c3')
    pass(turns, 30)
    expect(saidOf(turns, 'blue')).toEqual([undefined, undefined, '7'])
    expect(recordIn(turns)).toMatchObject({ phase: 'stable', stable: { slot: 'blue' } })
  })

  test.each(['progressing', 'baking'] as const)(
    'waits while a rollout is %s, which goes on as if nothing had been said',
    (phase) => {
      const played = [PLAIN, SAID].map((fields) => {
        const turns = opened(first(PLAIN))
        turns.commit(second(PLAIN), 'c2')
        untilPhase(turns, phase)
        const { beganMs } = recordIn(turns) ?? {}
        const from = turns.actions.length
        turns.commit(second(fields), 'c3')
        const whys = new Set<string>()
        until(turns, (plan) => {
          if (recordIn(turns)?.phase === 'stable') return true
          for (const why of reasons(plan)) whys.add(why)
          expect(saidOf(turns, 'green')).toEqual(NONE)
          expect(recordIn(turns)?.beganMs).toBe(beganMs)
          return false
        })
        expect(whys.has('green RolloutUnderWay')).toBe(fields === SAID)
        const { now } = turns
        const done = since(turns, from)
        pass(turns, 5)
        expect(saidOf(turns, 'green')).toEqual(fields === SAID ? ALL : NONE)
        return { now, done }
      })
      expect(played[1]).toEqual(played[0])
    },
  )

  test('does not make an aborted revision another one', () => {
    const turns = opened(first(PLAIN))
    turns.commit(second(PLAIN), 'c2')
    untilPhase(turns, 'progressing')
    say(turns, 'abort')
    turns.commit(second(SAID), 'c3')
    pass(turns, 40)
    expect([recordIn(turns)?.phase, traffic(turns)]).toEqual(['aborted', { blue: 100 }])
  })

  test('leaves the way back as it is, which is still one write', () => {
    const turns = opened(first(PLAIN))
    turns.commit(second(PLAIN), 'c2')
    until(turns, () => recordIn(turns)?.stable.slot === 'green')
    turns.commit(second(SAID), 'c3')
    pass(turns, 5)
    expect([saidOf(turns, 'green'), saidOf(turns, 'blue')]).toEqual([ALL, NONE])
    say(turns, 'undo')
    expect(traffic(turns)).toEqual({ blue: 100 })
    pass(turns, 10)
    expect(traffic(turns)).toEqual({ blue: 100 })
  })

  test('comes with a new revision as part of it', () => {
    const turns = opened(first(PLAIN))
    turns.commit(second(SAID), 'c2')
    until(turns, () => recordIn(turns)?.stable.slot === 'green')
    expect([modelOf(turns, 'green'), saidOf(turns, 'green')]).toEqual(['fraud:2', ALL])
    expect(saidOf(turns, 'blue')).toEqual(NONE)
  })

  test('begins nothing where an earlier release named the revisions, at rest and on the way', () => {
    const turns = opened(first(SAID))
    byEarlierRelease(turns, { blue: slotIn(first(SAID), 'blue') })
    const from = turns.actions.length
    pass(turns, 5)
    expect(since(turns, from)).toEqual([])
    turns.commit(first({ ...SAID, description: 'scores claims' }), 'c2')
    pass(turns, 10)
    // The explicit form has no tag on its deployments that keeps the name.
    const named = form === 'explicit' ? ['adopted'] : []
    expect(since(turns, from)).toEqual(['update_online_deployment blue', ...named])
    turns.commit(second(SAID), 'c3')
    untilPhase(turns, 'progressing')
    byEarlierRelease(turns, { green: slotIn(second(SAID), 'green') })
    const { beganMs } = recordIn(turns) ?? {}
    turns.commit(second({ ...SAID, tags: { team: 'claims' } }), 'c4')
    pass(turns, 3)
    expect(recordIn(turns)?.beganMs).toBe(beganMs)
    until(turns, () => recordIn(turns)?.stable.slot === 'green')
    pass(turns, 5)
    expect(saidOf(turns, 'green')).toEqual(['claims', 'scores', '7'])
  })

  test('nor where Git has no history that tells what a slot was given', () => {
    const turns = opened(first(SAID))
    byEarlierRelease(turns, { blue: slotIn(first(SAID), 'blue') })
    turns.input = { ...turns.input, bases: new Map() }
    const from = turns.actions.length
    pass(turns, 10)
    expect(since(turns, from)).toEqual([])
  })

  test('written by an update that fails takes no traffic, and is tried again', () => {
    const turns = opened(first(PLAIN))
    turns.commit(first(SAID), 'c2')
    turns.step()
    fail(turns, 'blue', 'InternalServerError')
    pass(turns, 10)
    expect([traffic(turns), recordIn(turns)?.phase]).toEqual([{ blue: 100 }, 'stable'])
  })
})

describe('what Azure cannot write in place', () => {
  test.each([
    ['another value', { properties: { cost: '8' } }],
    ['a key less', {}],
  ])('of the properties, %s, is a new revision of the template', (_, fields) => {
    const turns = opened(template(1, { fields: SAID }))
    turns.commit(
      template(1, { fields: { ...SAID, properties: undefined, ...fields } as never }),
      'c2',
    )
    until(turns, () => recordIn(turns)?.stable.slot === 'green')
    expect(traffic(turns)).toEqual({ green: 100 })
  })
})

test('instances and what no request can feel in one commit come in one write, at rest', () => {
  const turns = opened(template(1))
  const from = turns.actions.length
  turns.commit(template(1, { fields: { ...SAID, instance_count: 3 } }), 'c2')
  pass(turns, 10)
  expect(since(turns, from)).toEqual(['update_online_deployment blue'])
  expect([instancesOf(turns, 'blue'), saidOf(turns, 'blue')]).toEqual([3, ALL])
})

test('tags that are taken away with the record of what a slot holds come back with its name', () => {
  const desired = template(1, { fields: SAID })
  const turns = opened(desired)
  byEarlierRelease(turns, { blue: slotIn(desired, 'blue') })
  const { stable } = recordIn(turns) ?? {}
  turns.meddle(slotRef('blue'), (body) => withValue(body, '/tags', {}))
  const from = turns.actions.length
  pass(turns, 10)
  expect(since(turns, from)).toEqual(['update_online_deployment blue'])
  const given = valueAt(turns.body(slotRef('blue')) ?? {}, '/tags/verdigris.rollout-revision')
  expect([given, recordIn(turns)?.stable]).toEqual([stable?.rev, stable])
})
