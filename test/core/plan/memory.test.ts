import { describe, expect, test } from '@jest/globals'
import { keyOf } from '../../../src/core/model/ref.ts'
import type { Outcome } from '../../../src/core/model/report.ts'
import { withValue } from '../../../src/core/model/values/pointer.ts'
import { afterOutcomes } from '../../../src/core/plan/memory/next-memory.ts'
import { makePlan } from '../../../src/core/plan/plan.ts'
import { deployment, endpoint } from '../../support/desired.ts'
import { live, story, Turns, world } from '../../support/world.ts'

const FRAUD = { kind: 'OnlineEndpoint', name: 'fraud' } as const
const BLUE = { kind: 'OnlineDeployment', parent: 'fraud', name: 'blue' } as const
const HOUR = 3_600_000
const two = [endpoint('fraud'), deployment('fraud', 'blue')]

type Refusal = Omit<Extract<Outcome, { result: 'Failed' }>, 'action' | 'result'>

const NEVER: Refusal = { reason: 'Invalid', message: 'x', errorClass: 'user', retry: 'Never' }
const QUOTA: Refusal = {
  reason: 'OutOfQuota',
  message: 'x',
  errorClass: 'quota',
  retry: 'Later',
  retryAfterMs: 600_000,
}

const QUEUED: Refusal = {
  ...QUOTA,
  reason: 'Queued',
  errorClass: 'retryable',
  retryAfterMs: 2000,
}

/** Plans, and everything that is started is refused; gives what was started. */
function refused(turns: Turns, refusal: Refusal): readonly string[] {
  const { world: is, memory: before, now } = turns
  const { plan, memory } = makePlan({ ...turns.input, world: is, memory: before, now })
  const outcomes = plan.actions.map((action) => ({ action, result: 'Failed', ...refusal }) as const)
  turns.memory = afterOutcomes(memory, outcomes, now)
  return story(plan.actions)
}

function settled(...[desired]: ConstructorParameters<typeof Turns>): Turns {
  const turns = new Turns(desired)
  turns.settle()
  return turns
}

const writes: readonly [string, () => Turns, string][] = [
  ['create', () => new Turns([endpoint('fraud')]), 'create_endpoint fraud'],
  [
    'update',
    () => {
      const turns = settled(two)
      turns.commit([endpoint('fraud', { description: 'b' }), deployment('fraud', 'blue')], 'c2')
      return turns
    },
    'update_endpoint fraud',
  ],
  [
    'adoption',
    () => {
      const adopting = endpoint('fraud', { description: 'x' }, { adopt: true })
      return new Turns([adopting], world([live(FRAUD, { properties: {} })]))
    },
    'update_endpoint fraud',
  ],
  [
    'correction of drift',
    () => {
      const turns = settled([endpoint('fraud', { description: 'a' })])
      turns.meddle(FRAUD, (body) => withValue(body, '/properties/description', 'theirs'))
      return turns
    },
    'update_endpoint fraud',
  ],
  [
    'silence of an endpoint that goes',
    () => {
      const other = endpoint('other')
      const turns = settled([other, endpoint('fraud', { traffic: { blue: 100 } }), ...two.slice(1)])
      turns.commit([other], 'c2')
      return turns
    },
    'set_traffic fraud',
  ],
  [
    'delete',
    () => {
      const turns = settled(two)
      turns.commit(two.slice(0, 1), 'c2')
      turns.step()
      turns.now += 300_000
      return turns
    },
    'delete_online_deployment blue',
  ],
  [
    'delete of what is to be made again',
    () => {
      const turns = new Turns(two)
      turns.step()
      turns.step('Failed')
      turns.plan()
      turns.now += 300_000
      turns.step()
      turns.commit([endpoint('fraud'), deployment('fraud', 'blue', { model: 'azureml:m:2' })], 'c2')
      turns.now += 300_000
      // Azure says that it cannot be updated.
      turns.step()
      return turns
    },
    'delete_online_deployment blue',
  ],
]

describe('what Azure said can never succeed', () => {
  test.each(writes)('%s: is tried ever later, and its reason is told', (_, begin, write) => {
    const turns = begin()
    const sentAt: number[] = []
    const sentAll: string[] = []
    for (let minute = 0; minute < 4 * 60; minute += 1) {
      const sent = refused(turns, NEVER)
      sentAll.push(...sent)
      if (sent.length > 0) sentAt.push(minute)
      else
        expect(turns.plan().held).toContainEqual(
          expect.objectContaining({ state: 'blocked', reason: 'Invalid' }),
        )
      turns.now += 60_000
    }
    // What has to be made again is tried as an update then: Azure says anew whether it can only be deleted.
    expect(sentAll[0]).toBe(write)
    const gaps = sentAt.slice(1).map((at, place) => at - (sentAt[place] ?? 0))
    expect(gaps.slice(-7)).toEqual([2, 4, 8, 16, 32, 60, 60])
  })

  test('and is accepted then, is not held to be refused any more', () => {
    const turns = new Turns([endpoint('fraud')])
    turns.step()
    turns.commit([endpoint('fraud', { description: 'b' })], 'c2')
    refused(turns, NEVER)
    turns.now += 60_000
    turns.step()
    expect(turns.memory[keyOf(FRAUD)]?.rejected).toBeUndefined()
  })

  test('is tried at once when the content changes', () => {
    const turns = new Turns([endpoint('fraud')])
    refused(turns, NEVER)
    turns.commit([endpoint('fraud', { description: 'b' })], 'c2')
    expect(refused(turns, NEVER)).toEqual(['create_endpoint fraud'])
  })

  test('of a deletion says nothing about making it, once somebody has deleted it', () => {
    const turns = new Turns(two)
    turns.step()
    turns.step('Failed')
    turns.commit([endpoint('fraud'), deployment('fraud', 'blue', { model: 'azureml:m:2' })], 'c2')
    turns.step()
    turns.now += 30_000
    turns.world = world(turns.world.resources.filter(({ ref }) => ref.kind === 'OnlineEndpoint'))
    expect(story(turns.step().actions)).toEqual(['create_online_deployment blue'])
  })
})

test.each(writes)('%s that fails for a while is not sent again at once', (_, begin, write) => {
  const turns = begin()
  const sent = [...refused(turns, QUOTA), ...refused(turns, QUOTA)]
  turns.now += 599_999
  sent.push(...refused(turns, QUOTA))
  expect(sent).toEqual([write])
  turns.now += 1
  expect(refused(turns, QUOTA)).toEqual([write])
})

test('a commit that mends what failed is tried at once, however long the pause of the old content', () => {
  const turns = new Turns([endpoint('fraud'), deployment('fraud', 'blue', { instance_count: 100 })])
  turns.step()
  turns.now += 60_000
  const waits: number[] = []
  for (let round = 0; round < 10; round += 1) {
    expect(refused(turns, QUOTA)).toEqual(['create_online_deployment blue'])
    const wakeAt = turns.plan().wakeAt ?? 0
    waits.push(wakeAt - turns.now)
    turns.now = wakeAt
  }
  expect(waits.every((wait) => wait >= 600_000)).toBe(true)
  refused(turns, QUOTA)
  turns.now += 1000
  expect(turns.plan()).toMatchObject({ actions: [], held: [{ reason: 'OutOfQuota' }] })
  turns.commit([endpoint('fraud'), deployment('fraud', 'blue', { instance_count: 1 })], 'c2')
  expect(story(turns.step().actions)).toEqual(['create_online_deployment blue'])
})

test('a deletion that fails counts once, however often that is looked at (U1)', () => {
  const turns = new Turns(two)
  turns.step()
  turns.step('Failed')
  const failed = (code: string): void => {
    const failure = { code, message: 'x' }
    turns.world = world(
      turns.world.resources.map((one) => (one.phase === 'Failed' ? { ...one, failure } : one)),
    )
  }
  failed('InternalServerError')
  for (
    let turn = 0;
    turn < 20 && !turns.plan().actions.some(({ verb }) => verb === 'delete');
    turn += 1
  ) {
    turns.step()
    turns.now += 60_000
  }
  const { world: before } = turns
  expect(story(turns.step().actions)).toEqual(['delete_online_deployment blue'])
  turns.world = before
  failed('OutOfQuota')
  const counts = Array.from({ length: 5 }, () => {
    turns.step()
    turns.now += 5000
    return turns.memory[keyOf(BLUE)]?.retry?.failures
  })
  expect(counts).toEqual(counts.map(() => counts[0]))
})

describe('an operation that does not end', () => {
  test('is looked at ever more rarely, down to once a minute, and called stuck after two hours', () => {
    const turns = new Turns(two)
    turns.step()
    turns.step('Provisioning')
    const from = turns.now
    const waits: number[] = []
    const stuck: boolean[] = []
    while (turns.now - from < 4 * HOUR) {
      const { wakeAt = 0, held } = turns.step('Provisioning')
      waits.push(wakeAt - turns.now)
      stuck.push(held.some(({ reason, state }) => reason === 'Stuck' && state === 'blocked'))
      if (stuck.at(-1) === true) expect(turns.now - from).toBeGreaterThan(2 * HOUR)
      turns.now = wakeAt
    }
    expect(waits).toEqual([...waits].sort((a, b) => a - b))
    expect(waits[0]).toBe(5000)
    expect(waits.at(-1)).toBe(60_000)
    expect(stuck.at(-1)).toBe(true)
    expect(turns.actions).toHaveLength(2)
  })

  test('a new operation is a new patience', () => {
    const turns = new Turns(two)
    turns.step()
    turns.step('Provisioning')
    turns.step()
    turns.now += 3 * HOUR
    expect(turns.plan().held).toContainEqual(expect.objectContaining({ reason: 'Stuck' }))
    turns.world = world(turns.world.resources.map((one) => ({ ...one, phase: 'Ready' })))
    turns.settle()
    turns.world = world(turns.world.resources.map((one) => ({ ...one, phase: 'Provisioning' })))
    expect(turns.plan().held.map(({ reason }) => reason)).not.toContain('Stuck')
  })
})

test('a write that waited for its turn in our own queue is tried as soon as it may be, however often it waited', () => {
  const turns = new Turns([endpoint('fraud')])
  for (let time = 0; time < 20; time += 1) {
    expect(refused(turns, QUEUED)).toEqual(['create_endpoint fraud'])
    turns.now += 2000
  }
})

test('an operation that fails is tried again after a minute, however often it was refused before (U1)', () => {
  const moved: Refusal = { ...QUOTA, reason: 'Moved', errorClass: 'conflict', retryAfterMs: 0 }
  const turns = settled(two)
  turns.commit([endpoint('fraud', { description: 'b' }), deployment('fraud', 'blue')], 'c2')
  const waits = [1, 2, 3, 4, 5].map(() => {
    expect(refused(turns, moved)).toEqual(['update_endpoint fraud'])
    const before = turns.now
    turns.now = turns.plan().wakeAt ?? 0
    return turns.now - before
  })
  expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000])
  const failures = [60_000, 120_000, 240_000]
  for (const wait of failures) {
    expect(turns.step().actions).toHaveLength(1)
    const failed = {
      phase: 'Failed',
      failure: { code: 'InternalServerError', message: 'x' },
    } as const
    const resources = turns.world.resources.map((one) =>
      keyOf(one.ref) === keyOf(FRAUD) ? { ...one, ...failed } : one,
    )
    turns.world = { ...turns.world, resources }
    const { wakeAt = 0 } = turns.step()
    expect(wakeAt - turns.now).toBe(wait)
    turns.now = wakeAt
    // Between two tries it waits for its turn in our own queue, which forgets no failure.
    expect(refused(turns, QUEUED)).toHaveLength(1)
    turns.now += 2000
  }
})

test('a look at all endpoints that was put off comes soon', () => {
  const { input, world: is, memory, now } = settled(two)
  const planned = (isPutOff: boolean) =>
    makePlan({ ...input, world: { ...is, isPutOff }, memory, now }).plan
  expect(planned(false).wakeAt).toBeUndefined()
  expect(planned(true).wakeAt).toBe(now + input.pollMs)
})
