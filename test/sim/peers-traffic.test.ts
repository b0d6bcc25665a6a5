import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { INTENT_VERBS, type Step } from '../../src/core/model/rollout.ts'
import { isObject, type Json } from '../../src/core/model/values/json.ts'
import { valueAt } from '../../src/core/model/values/pointer.ts'
import { story } from '../support/world.ts'
import {
  BLUE,
  Canary,
  declared,
  FRAUD,
  GREEN,
  MINUTE_MS,
  REQUEST_MS,
  serving,
  underWay,
} from './peers-stage.ts'

/** Straight to all traffic, and nothing is kept: the old deployment goes as soon as it may. */
const HASTY = { steps: [], bakeMs: 0, keep: { revisions: 0, forMs: 0 } } as const

const PERCENTS = fc
  .uniqueArray(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 6 })
  .map((percents) => percents.sort((a, b) => a - b))

type Event = (canary: Canary, steps: readonly Step[]) => void
const anyPercent = fc.integer({ min: 0, max: 100 })
const EVENT = fc.oneof(
  fc.constantFrom(...INTENT_VERBS).map(
    (verb): Event =>
      (canary) =>
        canary.say(verb),
  ),
  fc.integer({ min: 1, max: 4 }).map(
    (model): Event =>
      (canary, steps) => {
        canary.commit(declared({ steps, model }), `m${canary.input.bases.size}`)
      },
  ),
  fc.record({ blue: anyPercent, green: anyPercent }).map(
    (traffic): Event =>
      (canary) => {
        canary.set(FRAUD, '/properties/traffic', traffic)
      },
  ),
  fc.constant<Event>((canary) => canary.step()),
)

/** INVARIANTS §1.1: how peers lost requests between two revisions, each once here. */
describe('traffic', () => {
  test('R2: the old deployment goes after the endpoint is seen at rest with its new traffic, not while it is being updated', () => {
    const canary = serving(HASTY)
    canary.commit(declared({ ...HASTY, model: 2 }), 'c2')
    canary.until(() => canary.body(GREEN) !== undefined)
    canary.step('Provisioning')
    expect(canary.weightOf('green')).toBe(100)
    canary.restart()
    canary.turns(10)
    canary.becomes(FRAUD, 'Ready')
    const seenAt = canary.now
    canary.until(() => canary.body(BLUE) === undefined)
    expect(canary.now - MINUTE_MS - seenAt).toBeGreaterThanOrEqual(REQUEST_MS)
  })

  test('R3: the requests that began before the last shift end before their deployment does', () => {
    const canary = underWay(100, HASTY)
    const shiftedAt = canary.now - MINUTE_MS
    canary.until(() => canary.body(BLUE) === undefined)
    expect(canary.now - MINUTE_MS - shiftedAt).toBeGreaterThanOrEqual(REQUEST_MS)
  })

  test('R5: a write that is answered well and moves no traffic ends no step: its time begins when the weights are seen', () => {
    const canary = underWay(10)
    for (let turn = 0; turn < 15; turn += 1) {
      canary.set(FRAUD, '/properties/traffic', { blue: 100, green: 0 })
      const [write] = canary.step().actions
      if (write !== undefined) expect(trafficIn(write.body)).toEqual({ blue: 90, green: 10 })
    }
    expect(canary.record).toMatchObject({ phase: 'progressing', step: 1 })
    canary.untilWeight('green', 10)
    expect(canary.untilWeight('green', 50)).toBeGreaterThan(2)
  })

  test('R5: nor does it let the deployment go that users are on, however often the record says they are not', () => {
    const canary = underWay(100, HASTY)
    for (let turn = 0; turn < 30; turn += 1) {
      canary.set(FRAUD, '/properties/traffic', { blue: 100, green: 0 })
      canary.step()
      expect(canary.body(BLUE)).toBeDefined()
    }
  })

  test('R7: a fresh deployment gets no traffic before it is Succeeded, whoever says promote', () => {
    const canary = serving()
    canary.commit(declared({ model: 2 }), 'c2')
    canary.step('Provisioning')
    for (let turn = 0; turn < 10; turn += 1) {
      canary.say('promote')
      expect(canary.step().actions).toEqual([])
    }
    canary.becomes(GREEN, 'Failed', { code: 'ResourceNotReady', message: 'crashed' })
    for (let turn = 0; turn < 5; turn += 1) {
      canary.say('promote')
      expect(canary.step().actions).toEqual([])
    }
    canary.becomes(GREEN, 'Ready')
    canary.step()
    expect(canary.weightOf('green')).toBe(10)
  })

  test('R7: neither does the first one of an endpoint', () => {
    const canary = new Canary(declared({ model: 1 }))
    canary.until(() => canary.body(FRAUD) !== undefined)
    canary.step('Provisioning')
    expect(story(canary.turns(5))).toEqual([])
    canary.becomes(BLUE, 'Ready')
    canary.step()
    expect(canary.weightOf('blue')).toBe(100)
  })

  test('R15: whatever the steps, the levers, the commits and other hands: every write sends whole percents that sum to 100', () => {
    const seed = Date.now() % 1_000_000
    process.stdout.write(`seed ${seed}\n`)
    const holds = fc.property(PERCENTS, fc.array(EVENT, { maxLength: 25 }), (percents, events) => {
      const steps = percents.map((percent) => ({ type: 'setWeight', percent }) as const)
      const canary = serving({ steps })
      for (const happens of events) {
        happens(canary, steps)
        canary.step()
      }
      canary.turns(5)
      for (const { ref, body, verb } of canary.actions)
        if (ref.kind === 'OnlineEndpoint' && verb === 'update') expect(isWhole(body)).toBe(true)
    })
    fc.assert(holds, { seed, numRuns: 60 })
  })

  test('R17: what gets nothing is written as 0, so that no service keeps what it had', () => {
    const canary = underWay(50)
    canary.say('abort')
    const [write] = canary.step().actions
    expect(trafficIn(write?.body)).toEqual({ blue: 100, green: 0 })
  })

  test('R17: a service that drops zeros from its answers sees the same writes as one that keeps them', () => {
    const play = (dropsZeros: boolean): readonly string[] => {
      const canary = serving(HASTY)
      canary.commit(declared({ ...HASTY, model: 2 }), 'c2')
      for (let turn = 0; turn < 15; turn += 1) {
        canary.step()
        const kept = Object.entries(trafficIn(canary.body(FRAUD))).filter(
          ([, value]) => value !== 0,
        )
        if (dropsZeros) canary.set(FRAUD, '/properties/traffic', Object.fromEntries(kept))
      }
      return story(canary.actions)
    }
    expect(play(true)).toEqual(play(false))
    expect(play(false).at(-1)).toBe('delete_online_deployment blue')
  })
})

function trafficIn(body: { readonly [field: string]: Json } | undefined) {
  const traffic = valueAt(body ?? {}, '/properties/traffic')
  return isObject(traffic) ? traffic : {}
}

function isWhole(body: Parameters<typeof trafficIn>[0]): boolean {
  const weights = Object.values(trafficIn(body)).map(Number)
  let sum = 0
  for (const weight of weights) sum += weight
  return sum === 100 && weights.every((one) => Number.isInteger(one) && one >= 0 && one <= 100)
}
