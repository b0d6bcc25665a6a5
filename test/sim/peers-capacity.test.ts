import { describe, expect, test } from '@jest/globals'
import { keyOf } from '../../src/core/model/ref.ts'
import { deployment } from '../support/desired.ts'
import {
  BLUE,
  Canary,
  declared,
  explicit,
  FRAUD,
  GREEN,
  MINUTE_MS,
  STEPS,
  serving,
  underWay,
} from './peers-stage.ts'

/** INVARIANTS §1.1: how peers let a revision have more traffic than instances, each once here. */
const blue = (instances: number) => deployment('fraud', 'blue', { instance_count: instances })
const green = deployment('fraud', 'green', { model: 'azureml:fraud:2', instance_count: 4 })

/** The first write of the endpoint in the commit that follows is refused, and not tried again for ten minutes. */
function trafficIsThrottled(canary: Canary): void {
  const [action] = canary.plan().actions
  const notBefore = canary.now + 10 * MINUTE_MS
  const retry = { failures: 0, refusals: 1, notBefore, owedAt: notBefore, reason: 'Throttled' }
  const generation = action?.content ?? ''
  canary.memory = {
    ...canary.memory,
    [keyOf(FRAUD)]: { retry: { ...retry, generation, message: '' } },
  }
}

/** So many turns of twenty seconds in which no reading shows the write that takes the traffic back. */
function whileUnseen(canary: Canary, turns: number, holds: () => void): void {
  const before = canary.body(FRAUD) ?? {}
  for (let turn = 0; turn < turns; turn += 1) {
    canary.step()
    canary.meddle(FRAUD, () => before)
    canary.now -= MINUTE_MS - 20_000
    holds()
  }
}

describe('capacity', () => {
  test('R1: the stable revision keeps its instances while the new one is on its way, whatever Git says', () => {
    const canary = new Canary(explicit('blue', [blue(4)]))
    canary.untilWeight('blue', 100)
    canary.turns(2)
    canary.commit(explicit('green', [blue(1), green]), 'c2')
    canary.until(() => {
      expect(canary.instancesOf(BLUE)).toBe(4)
      return canary.record?.phase === 'stable' && canary.record.previous?.slot === 'blue'
    })
    canary.turns(19)
    expect(canary.instancesOf(BLUE)).toBe(4)
    canary.until(() => canary.instancesOf(BLUE) === 1)
    expect(canary.weightOf('green')).toBe(100)
  })

  test('R4: a revert in mid-canary finds the stable revision with all its instances, also when the write of the traffic has to wait', () => {
    const scaled = { steps: [{ type: 'setScale', instances: 1 }, ...STEPS] as const }
    const canary = underWay(10, scaled)
    canary.commit(declared({ ...scaled, model: 1 }), 'c3')
    trafficIsThrottled(canary)
    whileUnseen(canary, 30, () => expect(canary.instancesOf(BLUE)).toBe(4))
    for (let turn = 0; turn < 15; turn += 1) {
      canary.step()
      expect(canary.instancesOf(BLUE)).toBe(4)
    }
    expect(canary.weightOf('blue')).toBe(100)
  })

  test('R4: fewer instances in the commit that reverts wait until the traffic is back and seen to be', () => {
    const canary = underWay(10)
    canary.commit(declared({ model: 1, instances: 1 }), 'c3')
    trafficIsThrottled(canary)
    whileUnseen(canary, 30, () => expect(canary.instancesOf(BLUE)).toBe(4))
    canary.until(() => {
      if (canary.weightOf('blue') < 100) expect(canary.instancesOf(BLUE)).toBe(4)
      return canary.instancesOf(BLUE) === 1
    })
    expect(canary.weightOf('blue')).toBe(100)
  })

  test('R6: a revision that was sized for 5 % gets 70 % only with the instances for it', () => {
    const steps = [
      { type: 'setScale', instances: 1 },
      { type: 'setWeight', percent: 5 },
      { type: 'pause', durationMs: MINUTE_MS },
      { type: 'setWeight', percent: 70 },
      { type: 'pause', durationMs: MINUTE_MS },
    ] as const
    const canary = underWay(5, { steps })
    expect(canary.instancesOf(GREEN)).toBe(1)
    canary.until(() => {
      const { instances, weight } = {
        instances: canary.instancesOf(GREEN),
        weight: canary.weightOf('green'),
      }
      expect(instances * 100).toBeGreaterThanOrEqual(weight * 4)
      return canary.record?.phase === 'stable' && canary.record.stable.slot === 'green'
    })
  })

  test('R13: while Azure works on one deployment, no other is removed, and a restart changes nothing in that', () => {
    const bare = { steps: [], bakeMs: 0, keep: { revisions: 0, forMs: 0 } } as const
    const canary = underWay(100, bare)
    canary.becomes(GREEN, 'Provisioning')
    canary.restart()
    expect(canary.turns(10)).toEqual([])
    expect(canary.body(BLUE)).toBeDefined()
    canary.becomes(GREEN, 'Ready')
    const written = canary.turns(10)
    expect(written.map(({ operation }) => operation)).toEqual(['delete_online_deployment'])
  })

  test('R14: an autoscaler that moves the instances of an aborted revision meets no hand of ours', () => {
    const scaled = { instances: 'autoscale', steps: [{ type: 'setScale', percent: 50 }, ...STEPS] }
    const canary = underWay(10, scaled as Parameters<typeof underWay>[1])
    canary.say('abort')
    canary.step()
    for (let turn = 0; turn < 15; turn += 1) {
      canary.set(GREEN, '/sku', { name: 'Default', capacity: 1 + (turn % 5) })
      expect(canary.step().actions).toEqual([])
    }
    expect([canary.weightOf('blue'), canary.weightOf('green')]).toEqual([100, 0])
  })

  test('R14: where Git declares the instances, a fight over those of an aborted revision is given up and told', () => {
    const canary = underWay(10, { keep: { revisions: 1, forMs: 3000 * MINUTE_MS } })
    canary.say('abort')
    canary.step()
    const before = canary.actions.length
    const reasons = new Set<string>()
    for (let turn = 0; turn < 200; turn += 1) {
      canary.set(GREEN, '/sku', { name: 'Default', capacity: 1 + (turn % 3) })
      for (const { reason } of canary.step().held) reasons.add(reason)
      expect([canary.weightOf('blue'), canary.weightOf('green')]).toEqual([100, 0])
    }
    expect(canary.actions.length - before).toBeLessThanOrEqual(12)
    expect(reasons).toContain('DriftFight')
  })

  test('R18: a new revision that somebody shrank gets no more traffic before it has its instances back', () => {
    const canary = underWay(50)
    for (let turn = 0; turn < 20; turn += 1) {
      canary.set(GREEN, '/sku', { name: 'Default', capacity: 1 })
      canary.step()
      expect(canary.weightOf('green')).toBe(50)
    }
    canary.untilWeight('green', 100)
    expect(canary.instancesOf(GREEN)).toBe(4)
  })

  test('R18: a stable revision that somebody shrank while it had little traffic is as large as it was before traffic may come back', () => {
    const canary = underWay(50)
    canary.set(BLUE, '/sku', { name: 'Default', capacity: 1 })
    canary.turns(2)
    expect(canary.instancesOf(BLUE)).toBe(4)
  })

  test('a revert without trouble is one write of the traffic, and none of instances', () => {
    const canary = serving()
    canary.commit(declared({ model: 2 }), 'c2')
    canary.untilWeight('green', 10)
    canary.commit(declared({ model: 1 }), 'c3')
    const [first, ...others] = canary.turns(2)
    expect(first?.ref).toEqual(FRAUD)
    expect(others).toEqual([])
  })
})
