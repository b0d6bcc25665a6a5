import { describe, expect, test } from '@jest/globals'
import type { Action, Held } from '../../../src/core/model/plan.ts'
import type { Outcome } from '../../../src/core/model/report.ts'
import { conditionsOf } from '../../../src/core/report/conditions.ts'
import * as a from '../../support/report.ts'

const { conditions: _, ...SYNCED } = a.rolling(a.rollout())
const HISTORY = { before: [], now: a.START, revision: 'c0ffee' }

function held(state: Held['state']): Held {
  return { ref: SYNCED.ref, state, reason: 'Held', message: 'x' }
}

function outcome(result: 'Started' | 'Failed'): Outcome {
  const action = { ref: SYNCED.ref, reason: 'Update', operation: 'update_endpoint' } as Action
  if (result === 'Started') return { action, result }
  return { action, result, reason: 'Invalid', message: 'x', errorClass: 'user', retry: 'Never' }
}

describe('a thing is Ready only when it was read to be what Git says (S22)', () => {
  const synced = { ...SYNCED, sync: 'synced', health: 'healthy' } as const
  test.each<
    [string, Parameters<typeof conditionsOf>[0], readonly Held[], Outcome | undefined, string]
  >([
    ['synced and healthy', synced, [], undefined, 'True Synced'],
    ['out of sync', { ...synced, sync: 'out_of_sync' }, [], undefined, 'False OutOfSync'],
    ['unknown', { ...synced, sync: 'unknown' }, [], undefined, 'False OutOfSync'],
    ['degraded', { ...synced, health: 'degraded' }, [], undefined, 'False OutOfSync'],
    ['waiting', synced, [held('waiting')], undefined, 'False Held'],
    ['blocked', synced, [held('blocked')], undefined, 'False Held'],
    ['just written', synced, [], outcome('Started'), 'False Update'],
    ['refused', synced, [], outcome('Failed'), 'False Invalid'],
  ])('%s', (_, finding, holds, result, expected) => {
    const [ready] = conditionsOf(finding, holds, result, HISTORY)
    expect(`${ready?.status} ${ready?.reason}`).toBe(expected)
  })
})
