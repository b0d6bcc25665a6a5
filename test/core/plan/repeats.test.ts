import { describe, expect, test } from '@jest/globals'
import type { SyncPolicy } from '../../../src/core/model/application.ts'
import type { Desired } from '../../../src/core/model/desired.ts'
import type { Action } from '../../../src/core/model/plan.ts'
import type { JsonObject } from '../../../src/core/model/values/json.ts'
import { valueAt, without, withValue } from '../../../src/core/model/values/pointer.ts'
import { deployment, desiredOf, endpoint } from '../../support/desired.ts'
import { live, SYNC, Turns, world } from '../../support/world.ts'
import { ERRORS, measure, opened, template, traffic, until } from '../rollout/play.ts'

const FRAUD = { kind: 'OnlineEndpoint', name: 'fraud' } as const
const BLUE = { kind: 'OnlineDeployment', parent: 'fraud', name: 'blue' } as const
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

const other = endpoint('other')
const served = endpoint('fraud', { traffic: { blue: 100 } })
const blue = deployment('fraud', 'blue')
const spare = deployment('fraud', 'spare')
const model = desiredOf('Model', {
  name: 'm',
  version: '1',
  path: 'azureml://datastores/a/paths/b',
})

/** A turn each minute; gives the minutes at which something was written. */
function minutes(turns: Turns, count: number, each: () => void = () => {}): readonly number[] {
  const at: number[] = []
  for (let minute = 0; minute < count; minute += 1) {
    const before = turns.actions.length
    each()
    if (turns.actions.length > before) at.push(minute)
    turns.now += MINUTE_MS
  }
  return at
}

const pass = (turns: Turns, count: number) => minutes(turns, count, () => turns.step())

/** Azure accepts all, and does nothing of it. */
const idle = (turns: Turns, count: number) =>
  minutes(turns, count, () => {
    const { world: before } = turns
    turns.step()
    turns.world = before
  })

const heldOf = (turns: Turns, name: string) =>
  turns.plan().held.filter(({ ref }) => ref.name === name)

function withoutTags(...names: readonly string[]): (body: JsonObject) => JsonObject {
  return (body) => names.map((name) => `/tags/verdigris.${name}`).reduce(without, body)
}

const ALL = withoutTags('application', 'owner', 'generation', 'revision')

type Removal = readonly [
  name: string,
  first: readonly Desired[],
  then: readonly Desired[],
  onDelete: SyncPolicy['prune']['onDelete'],
  write: { readonly verb: Action['verb']; readonly name: string },
  said: string,
]

const REMOVALS: readonly Removal[] = [
  [
    'a delete',
    [served, blue, spare],
    [served, blue],
    {},
    { verb: 'delete', name: 'spare' },
    'to delete it, and it is still there',
  ],
  [
    'a detach',
    [served, blue, spare],
    [served, blue],
    { OnlineDeployment: 'detach' },
    { verb: 'detach', name: 'spare' },
    'to take our tags off it',
  ],
  [
    'a detach of an asset',
    [other, ...model],
    [other],
    { Model: 'detach' },
    { verb: 'detach', name: 'm' },
    'to take our tags off it',
  ],
  [
    'the silence of an endpoint that goes',
    [other, served, blue],
    [other],
    {},
    { verb: 'update', name: 'fraud' },
    'to send it no more traffic',
  ],
  [
    'an archive',
    [other, ...model],
    [other],
    {},
    { verb: 'archive', name: 'm' },
    'to archive it, and it is not archived',
  ],
]

function leaving([, first, then, onDelete = {}]: Removal): Turns {
  const turns = new Turns(first)
  turns.input = {
    ...turns.input,
    sync: { ...SYNC, prune: { ...SYNC.prune, maxDeletions: 9, onDelete } },
  }
  pass(turns, 20)
  turns.commit(then, 'c2')
  return turns
}

describe('a write that Azure accepts and does not carry out', () => {
  test.each(REMOVALS)('%s: is sent ever later, and says so', (...removal) => {
    const [, , , , write, said] = removal
    const turns = leaving(removal)
    const from = turns.actions.length
    const at = idle(turns, 6 * 60)
    const sent = turns.actions.slice(from)
    expect(sent.map(({ verb, ref }) => ({ verb, name: ref.name }))).toEqual(sent.map(() => write))
    const gaps = at.slice(1).map((minute, place) => minute - (at[place] ?? 0))
    expect(gaps.slice(1)).toEqual([4, 8, 16, 32, 60, 60, 60, 60])
    expect(heldOf(turns, write.name)).toMatchObject([
      { state: 'blocked', reason: 'NotCarriedOut', message: expect.stringContaining(said) },
    ])
  })

  test.each(REMOVALS)('%s: is done as soon as Azure does it, and is forgotten', (...removal) => {
    const [, , , , write] = removal
    const turns = leaving(removal)
    idle(turns, 30)
    turns.now += HOUR_MS
    pass(turns, 30)
    expect(heldOf(turns, write.name)).toEqual([])
    const sent = turns.actions.filter(({ ref }) => ref.name === write.name)
    turns.now += HOUR_MS
    pass(turns, 30)
    expect(turns.actions.filter(({ ref }) => ref.name === write.name)).toHaveLength(sent.length)
  })

  test('a delete of what never came up, which is to be made again', () => {
    const turns = new Turns([endpoint('fraud'), blue])
    turns.step()
    turns.step('Failed')
    turns.commit([endpoint('fraud'), deployment('fraud', 'blue', { model: 'azureml:m:2' })], 'c2')
    turns.now += 5 * MINUTE_MS
    // Azure says that it cannot be updated.
    turns.step()
    const from = turns.actions.length
    idle(turns, 4 * 60)
    const sent = turns.actions.slice(from)
    expect(sent.map(({ verb }) => verb)).toEqual(sent.map(() => 'delete'))
    expect(sent.length).toBeGreaterThan(3)
    expect(sent.length).toBeLessThan(10)
  })

  test('a create: what is never there is asked for ever later', () => {
    const turns = new Turns([other])
    const at = idle(turns, 4 * 60)
    expect(at.length).toBeLessThan(10)
    expect(heldOf(turns, 'other')).toMatchObject([{ state: 'blocked', reason: 'NotCarriedOut' }])
  })

  test('a create of what has served: users wait two minutes at most', () => {
    const turns = new Turns([served, blue])
    pass(turns, 20)
    turns.world = world()
    const at = idle(turns, 60)
    const gaps = at.slice(1).map((minute, place) => minute - (at[place] ?? 0))
    expect(Math.max(...gaps)).toBeLessThanOrEqual(3)
    expect(at.length).toBeGreaterThanOrEqual(20)
  })

  test('a change that another writer undoes with our tags is sent ever later, too', () => {
    const turns = new Turns([endpoint('fraud', { description: 'a' })])
    pass(turns, 5)
    turns.commit([endpoint('fraud', { description: 'b' })], 'c2')
    const at = idle(turns, 4 * 60)
    expect(at.length).toBeLessThan(10)
    expect(heldOf(turns, 'fraud')[0]?.message).toContain('to change /properties/description')
  })

  test('a change of Git is sent at once', () => {
    const turns = new Turns([endpoint('fraud', { description: 'a' })])
    pass(turns, 5)
    turns.commit([endpoint('fraud', { description: 'b' })], 'c2')
    idle(turns, 2 * 60)
    expect(heldOf(turns, 'fraud')).toMatchObject([{ reason: 'NotCarriedOut' }])
    turns.commit([endpoint('fraud', { description: 'c' })], 'c3')
    expect(turns.step().actions).toHaveLength(1)
  })

  test('nor does it wait when Git has asked for something else in between', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((description) => [endpoint('fraud', { description })])
    const turns = new Turns(a ?? [])
    pass(turns, 5)
    turns.commit(b ?? [], 'c2')
    idle(turns, 2 * 60)
    const { input } = turns
    turns.input = { ...input, sync: { ...SYNC, suspend: true } }
    turns.commit(c ?? [], 'c3')
    expect(turns.step().actions).toEqual([])
    turns.input = { ...turns.input, sync: SYNC }
    turns.commit(b ?? [], 'c4')
    expect(turns.step().actions).toHaveLength(1)
  })

  test('a change of what is live there is another matter, and written at once', () => {
    const turns = new Turns([endpoint('fraud', { description: 'a' })])
    pass(turns, 5)
    turns.commit([endpoint('fraud', { description: 'b' })], 'c2')
    idle(turns, 2 * 60)
    turns.meddle(FRAUD, (body) => withValue(body, '/properties/description', 'theirs'))
    expect(turns.step().actions).toHaveLength(1)
  })

  test('a change that came about begins anew', () => {
    const [a, b] = ['a', 'b'].map((description) => endpoint('fraud', { description }))
    const turns = new Turns([a as Desired])
    pass(turns, 5)
    turns.commit([b as Desired], 'c2')
    idle(turns, 2 * 60)
    turns.now += HOUR_MS
    pass(turns, 10)
    expect(heldOf(turns, 'fraud')).toEqual([])
    expect(turns.memory['OnlineEndpoint/fraud']?.repeats).toBeUndefined()
  })

  test('the pause begins when Azure is done', () => {
    const turns = leaving(REMOVALS[0] as Removal)
    const busy = (phase: 'Deleting' | 'Ready') => {
      const resources = turns.world.resources.map((one) =>
        one.ref.name === 'spare' ? { ...one, phase } : one,
      )
      turns.world = world(resources)
    }
    for (let round = 0; round < 3; round += 1) {
      const from = turns.actions.length
      for (let minute = 0; minute < 60 && turns.actions.length === from; minute += 1) idle(turns, 1)
      busy('Deleting')
      idle(turns, 30)
      busy('Ready')
    }
    expect(idle(turns, 8)).toEqual([7])
  })
})

test('a step of a rollout that Azure does not carry out is sent ever later, and says so', () => {
  const turns = opened(template(1))
  turns.commit(template(2), 'c2')
  until(turns, () => (traffic(turns).green ?? 0) > 0)
  const at = idle(turns, 4 * 60)
  expect(at.length).toBeGreaterThan(5)
  expect(at.length).toBeLessThan(10)
  expect(heldOf(turns, 'fraud')).toContainEqual(
    expect.objectContaining({ state: 'blocked', reason: 'NotCarriedOut' }),
  )
})

test('S27 users are taken off a bad revision until that is seen, without a pause', () => {
  const policy = { analysis: [ERRORS] }
  const turns = opened(template(1, { policy }))
  turns.commit(template(2, { policy }), 'c2')
  measure(turns, 0)
  until(turns, () => (traffic(turns).green ?? 0) > 0)
  measure(turns, 1)
  const from = turns.actions.length
  const at = idle(turns, 60)
  const sent = turns.actions.slice(from)
  expect(sent.map(({ isUrgent }) => isUrgent)).toEqual(sent.map(() => true))
  expect(at.length).toBeGreaterThan(50)
})

describe('tags that Azure takes off', () => {
  test.each([
    ['all of ours', ALL],
    ['the mark of the owner', withoutTags('owner')],
  ] as const)('%s: an adoption is sent ever later, and says so', (_, takes) => {
    const policy = { adopt: true } as const
    const desired = [
      endpoint('fraud', { traffic: { blue: 100 } }, policy),
      deployment('fraud', 'blue', {}, policy),
    ]
    const turns = new Turns(desired, world([live(FRAUD, { properties: {} })]))
    turns.takes = takes
    pass(turns, 3 * 60)
    // The deployment has its turn meanwhile.
    expect(turns.body(BLUE)).toBeDefined()
    expect(pass(turns, 2 * 60).length).toBeLessThanOrEqual(4)
    expect(heldOf(turns, 'fraud')).toContainEqual(
      expect.objectContaining({
        state: 'blocked',
        reason: 'NotCarriedOut',
        message: expect.stringContaining('to put our tags on it'),
      }),
    )
  })

  const lost = (path: string) => (body: JsonObject) =>
    valueAt(body, path) === undefined ? body : without(withoutTags('generation')(body), path)

  test.each([
    ['a deployment', 'blue', '/properties/environmentVariables'],
    ['an endpoint', 'fraud', '/properties/description'],
  ] as const)(
    'the generation of %s, with a field: that is told as not taken over, and users are served',
    (_, name, path) => {
      const turns = new Turns([
        endpoint('fraud', { traffic: { blue: 100 }, description: 'a' }),
        deployment('fraud', 'blue', { environment_variables: { A: '1' } }),
      ])
      turns.takes = lost(path)
      pass(turns, 30)
      expect(valueAt(turns.body(FRAUD) ?? {}, '/properties/traffic')).toEqual({ blue: 100 })
      expect(pass(turns, 4 * 60)).toEqual([])
      expect(heldOf(turns, name)).toMatchObject([{ state: 'blocked', reason: 'NotTakenOver' }])
    },
  )

  test('the generation of a slot, with a field: the first revision of a rollout serves', () => {
    const fields = { environment_variables: { A: '1' } }
    const turns = new Turns(template(1, { fields }))
    turns.takes = lost('/properties/environmentVariables')
    pass(turns, 30)
    expect(traffic(turns)).toEqual({ blue: 100 })
    expect(pass(turns, 60)).toEqual([])
  })

  test('the generation, with a field that cannot be changed in place: nothing is deleted for it', () => {
    const turns = new Turns([
      endpoint('fraud', { traffic: { blue: 100 } }),
      blue,
      deployment('fraud', 'spare', { instance_type: 'Standard_DS3_v2' }),
    ])
    turns.takes = (body) =>
      valueAt(body, '/properties/instanceType') === 'Standard_DS3_v2'
        ? withValue(withoutTags('generation')(body), '/properties/instanceType', 'Standard_F4s_v2')
        : body
    pass(turns, 4 * 60)
    expect(turns.actions.filter(({ verb }) => verb === 'delete')).toEqual([])
    expect(heldOf(turns, 'spare')).toMatchObject([{ reason: 'NotTakenOver' }])
  })

  test('the generation, with a field: another field that Git changes is written at once', () => {
    const declared = (description: string) =>
      endpoint('fraud', { description, tags: { team: 'risk' } })
    const turns = new Turns([declared('a')])
    turns.takes = lost('/tags/team')
    pass(turns, 10)
    turns.commit([declared('b')], 'c2')
    expect(turns.step().actions).toMatchObject([{ reason: 'Update' }])
    expect(valueAt(turns.body(FRAUD) ?? {}, '/properties/description')).toBe('b')
  })
})
