import { describe, expect, test } from '@jest/globals'
import type { GoldenRequest } from '../../../src/core/model/rollout.ts'
import { openQueries } from '../../../src/core/plan/queries.ts'
import { endpoint } from '../../support/desired.ts'
import { SYNC, type Turns } from '../../support/world.ts'
import {
  ERRORS,
  FRAUD,
  MINUTE_MS,
  measure,
  opened,
  slotRef,
  template,
  traffic,
  untilPhase,
} from './play.ts'

const GOLDEN: GoldenRequest = {
  name: 'golden/one.json',
  request: { amount: 1 },
  maxLatencyMs: 1000,
  status: 200,
  expect: { is: 'equal', value: { score: 0.5 }, tolerance: 0 },
}

/** A candidate has 10 % of the traffic, and is watched. */
function onItsWay(): Turns {
  const turns = opened(template(1, { policy: { analysis: [ERRORS] } }))
  measure(turns, 0)
  turns.commit(template(2, { policy: { analysis: [ERRORS] } }), 'c2')
  untilPhase(turns, 'progressing')
  return turns
}

function observing<Value>(turns: Turns, see: () => Value): Value {
  const { input } = turns
  turns.input = { ...input, sync: { ...SYNC, mode: 'observe' } }
  const seen = see()
  turns.input = input
  return seen
}

/** What would take traffic back, whoever wants it kept. */
const URGENT: readonly (readonly [string, (turns: Turns) => void])[] = [
  ['a check that fails', (turns) => measure(turns, 1)],
  [
    'a deadline that is over',
    (turns) =>
      turns.commit(template(2, { policy: { analysis: [ERRORS], deadlineMs: MINUTE_MS } }), 'c3'),
  ],
  ['a check that nobody answers for too long', (turns) => measure(turns, undefined)],
  [
    'a commit without the rollout',
    (turns) => {
      turns.commit([endpoint('fraud', {})], 'c3')
    },
  ],
]

/** Turns of a minute each until the next one takes traffic back. */
function untilDue(turns: Turns): void {
  for (let turn = 0; turn < 60; turn += 1) {
    if (turns.plan().actions.some(({ isUrgent }) => isUrgent)) return
    turns.step()
    turns.now += MINUTE_MS
  }
}

describe('where the Application only observes, traffic is not taken back either:', () => {
  test.each(URGENT)('%s', (_, happens) => {
    const turns = onItsWay()
    happens(turns)
    untilDue(turns)
    expect(turns.plan().actions).toMatchObject([{ ref: FRAUD, operation: 'set_traffic' }])
    const { actions, held, findings } = observing(turns, () => turns.step())
    expect(actions).toEqual([])
    expect(held).toContainEqual(
      expect.objectContaining({ ref: FRAUD, state: 'blocked', reason: 'Observed' }),
    )
    const { rollout } = findings.find(({ ref }) => ref.kind === 'OnlineEndpoint') ?? {}
    expect(rollout?.reason ?? 'Observed').toBe('Observed')
    expect(traffic(turns)).toEqual({ blue: 90, green: 10 })
    turns.step()
    expect(traffic(turns)).toEqual({ blue: 100 })
  })
})

describe('a suspended Application takes traffic back all the same, as its guide says:', () => {
  test.each(URGENT)('%s', (_, happens) => {
    const turns = onItsWay()
    happens(turns)
    turns.input = { ...turns.input, sync: { ...SYNC, suspend: true } }
    untilDue(turns)
    expect(turns.step().actions).toMatchObject([{ ref: FRAUD, operation: 'set_traffic' }])
    expect(traffic(turns)).toEqual({ blue: 100 })
  })
})

test('a rollout that only waits for what is not sent says that', () => {
  const turns = opened(template(1))
  turns.commit(template(2), 'c2')
  const { held, findings } = observing(turns, () => turns.plan())
  expect(held).toMatchObject(
    [
      { ref: slotRef('green'), reason: 'Observed', message: /create_online_deployment/ },
      {
        ref: FRAUD,
        state: 'blocked',
        reason: 'Observed',
        message: /green is not ready yet.*only observes/,
      },
    ].map((one) => ({ ...one, message: expect.stringMatching(one.message) })),
  )
  const { rollout } = findings.find(({ ref }) => ref.kind === 'OnlineEndpoint') ?? {}
  expect(rollout).toMatchObject({ reason: 'Observed', stalled: true })
})

test('golden requests are not sent', () => {
  const verify = { type: 'verify', golden: [GOLDEN] } as const
  const turns = opened(template(1))
  turns.commit(template(2, { policy: { steps: [verify] } }), 'c2')
  turns.step()
  const asked = () =>
    openQueries({ ...turns.input, world: turns.world, memory: turns.memory, now: turns.now }).probes
  expect(asked()).toHaveLength(1)
  expect(observing(turns, asked)).toEqual([])
})
