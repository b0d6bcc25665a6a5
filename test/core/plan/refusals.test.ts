import { describe, expect, test } from '@jest/globals'
import type { KeptRefusal } from '../../../src/core/model/memory.ts'
import { keyOf } from '../../../src/core/model/ref.ts'
import type { Outcome } from '../../../src/core/model/report.ts'
import { afterOutcomes } from '../../../src/core/plan/memory/next-memory.ts'
import { keptRefusals, recalled } from '../../../src/core/plan/memory/refusals.ts'
import { makePlan } from '../../../src/core/plan/plan.ts'
import { deployment, endpoint } from '../../support/desired.ts'
import { NOW, story, Turns, world } from '../../support/world.ts'

const FRAUD = { kind: 'OnlineEndpoint', name: 'fraud' } as const
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const NEVER = { reason: 'Invalid', message: 'x', errorClass: 'user', retry: 'Never' } as const
const LATER = { reason: 'Forbidden', message: 'x', errorClass: 'auth', retry: 'Later' } as const

/** Plans, and everything that is started is refused; gives what was started. */
function refused(
  turns: Turns,
  refusal: Omit<Extract<Outcome, { result: 'Failed' }>, 'action' | 'result'> = NEVER,
): readonly string[] {
  const { world: is, memory: before, now } = turns
  const { plan, memory } = makePlan({ ...turns.input, world: is, memory: before, now })
  const outcomes = plan.actions.map((action) => ({ action, result: 'Failed', ...refusal }) as const)
  turns.memory = afterOutcomes(memory, outcomes, now)
  return story(plan.actions)
}

/** Refused again and again, until the pause is an hour. */
function refusedForHours(turns: Turns): void {
  for (let minute = 0; minute < 200; minute += 1) {
    refused(turns)
    turns.now += MINUTE
  }
}

/** Another process: all that it has of the one before is what that one left. */
function restart(turns: Turns): void {
  const left = JSON.parse(JSON.stringify(keptRefusals(turns.memory)))
  turns.memory = recalled(left, turns.now)
}

const two = [endpoint('fraud'), deployment('fraud', 'blue')]
const serving = [endpoint('fraud', { traffic: { blue: 100 } }), deployment('fraud', 'blue')]

const writes: readonly [string, () => Turns][] = [
  ['a creation', () => new Turns([endpoint('fraud')])],
  [
    'an update',
    () => {
      const turns = new Turns(serving)
      turns.settle()
      turns.commit(
        [serving[0], deployment('fraud', 'blue', { model: 'azureml:m:2' })] as never,
        'c2',
      )
      return turns
    },
  ],
]

describe('after a restart', () => {
  test.each(writes)(
    '%s that Azure refused for good is not sent again before its time',
    (_, begin) => {
      const turns = begin()
      refusedForHours(turns)
      const sentAt: number[] = []
      for (let minute = 0; minute < 130; minute += 1) {
        restart(turns)
        if (refused(turns).length > 0) sentAt.push(minute)
        else
          expect(turns.plan().held).toContainEqual(
            expect.objectContaining({ state: 'blocked', reason: 'Invalid' }),
          )
        turns.now += MINUTE
      }
      expect(sentAt).toHaveLength(2)
      expect((sentAt[1] ?? 0) - (sentAt[0] ?? 0)).toBe(60)
    },
  )

  test('nor is such a deletion, once it has drained again', () => {
    const turns = new Turns(two)
    turns.settle()
    turns.commit(two.slice(0, 1), 'c2')
    turns.step()
    turns.now += 300_000
    refusedForHours(turns)
    const { now } = turns
    restart(turns)
    expect(refused(turns)).toEqual([])
    turns.now += 300_000
    expect(refused(turns)).toEqual([])
    expect(turns.plan().held).toMatchObject([{ state: 'blocked', reason: 'Invalid' }])
    turns.now = now + HOUR
    expect(refused(turns)).toEqual(['delete_online_deployment blue'])
  })

  test('other content is sent at once', () => {
    const turns = new Turns([endpoint('fraud')])
    refusedForHours(turns)
    restart(turns)
    turns.commit([endpoint('fraud', { description: 'b' })], 'c2')
    expect(refused(turns)).toEqual(['create_endpoint fraud'])
  })

  test('what somebody has made meanwhile is another matter', () => {
    const turns = new Turns([endpoint('fraud', {}, { adopt: true })])
    refusedForHours(turns)
    restart(turns)
    turns.world = world([{ ref: FRAUD, body: { properties: {} }, phase: 'Ready' }])
    expect(refused(turns)).toEqual(['update_endpoint fraud'])
  })

  test('what may pass by itself is tried at once, as ever', () => {
    const turns = new Turns([endpoint('fraud')])
    refused(turns, LATER)
    restart(turns)
    expect(refused(turns)).toEqual(['create_endpoint fraud'])
  })

  test('what users wait for is tried at once, as ever', () => {
    const turns = new Turns(serving)
    turns.settle()
    turns.world = world([])
    refusedForHours(turns)
    restart(turns)
    expect(refused(turns)).toEqual(['create_endpoint fraud'])
  })

  test('nothing is known by which something would be deleted', () => {
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
    expect(story(turns.plan().actions)).toEqual(['delete_online_deployment blue'])
    restart(turns)
    expect(story(turns.plan().actions)).toEqual(['update_online_deployment blue'])
  })
})

const row = (change: Partial<KeptRefusal> = {}): KeptRefusal => ({
  ...{ key: keyOf(FRAUD), generation: 'x', isCreate: true, count: 9 },
  ...{ notBefore: NOW + HOUR, owedAt: NOW + 2 * MINUTE, reason: 'Invalid', message: 'x' },
  ...change,
})

describe('what a process takes from the one before', () => {
  test('waits no longer than the longest pause, however far ahead the clock was', () => {
    const far = row({ notBefore: NOW + 400 * HOUR, owedAt: NOW + 400 * HOUR })
    expect(recalled([far], NOW)[far.key]?.rejected).toMatchObject({
      notBefore: NOW + HOUR,
      owedAt: NOW + 2 * MINUTE,
    })
  })

  test.each(['Unrecoverable', 'EndpointFailed'])(
    'is not that it is %s, whoever wrote so',
    (reason) => {
      expect(recalled([row({ reason })], NOW)).toEqual({})
    },
  )
})

test('five hundred are left at most: those that wait longest', () => {
  const memory = recalled(
    Array.from({ length: 600 }, (_, at) => row({ key: `Model/m:${at}`, notBefore: NOW + at })),
    NOW,
  )
  const kept = keptRefusals(memory)
  expect(kept).toHaveLength(500)
  expect(kept.map(({ notBefore }) => notBefore)).toEqual(
    Array.from({ length: 500 }, (_, at) => NOW + 599 - at),
  )
})
