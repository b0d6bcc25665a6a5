import { describe, expect, test } from '@jest/globals'
import { RELATIONS, type Relation } from './metamorphic.ts'
import { BAKING, CANARY, MINUTE, record } from './records.ts'
import { baking, canary, serving } from './rollouts.ts'
import type { Trace } from './traces.ts'

interface Pair {
  readonly id: string
  readonly differs: string
  readonly left: Trace
  readonly right: Trace
  readonly same: string
  readonly like: Trace
  readonly renamed?: readonly [string, string]
}

const twoEndpoints = () => {
  const trace = serving({ endpoints: ['fraud', 'loans'] })
  return trace
    .setEndpoint('loans', { traffic: { blue: 100 }, record: record() })
    .setDeployment('loans/blue')
    .state()
}

const later = (trace: Trace, ms: number) =>
  trace
    .wait(ms)
    .look('loans')
    .change('onlineEndpoints/loans', { properties: { description: 'x' } })

const slow = (ms: number) =>
  serving()
    .look()
    .wait(ms)
    .shift({ blue: 90, green: 10 }, { ...CANARY, sinceMs: 7 })

const PAIRS: readonly Pair[] = [
  ...['M1', 'M4', 'M6', 'M8'].map((id) => ({
    id,
    differs: 'a write of other weights',
    left: canary(),
    right: serving().look().shift({ blue: 80, green: 20 }, CANARY),
    same: 'the same write at another time',
    like: slow(5 * MINUTE),
  })),
  {
    id: 'M2',
    differs: 'an end on another model',
    left: baking(),
    right: serving(),
    same: 'the same end by another way',
    like: serving().look().shift({ green: 100 }, BAKING),
  },
  {
    id: 'M3',
    differs: 'one delete more',
    left: baking(),
    right: baking().look().delete('onlineEndpoints/fraud/deployments/blue'),
    same: 'the same, with a write that was refused',
    like: refused(),
  },
  {
    id: 'M5',
    differs: 'a write made twice',
    left: canary(),
    right: canary().other((trace) => trace.look().shift({ blue: 90, green: 10 }, CANARY)),
    same: 'the same write by the other one',
    like: serving().other((trace) => trace.look().shift({ blue: 90, green: 10 }, CANARY)),
  },
  {
    id: 'M7',
    differs: 'a write to another endpoint',
    left: twoEndpoints().look().shift({ blue: 90, green: 10 }, CANARY),
    right: later(twoEndpoints().look().shift({ blue: 90, green: 10 }, CANARY), 0),
    same: 'other writes to the renamed one',
    like: twoEndpoints(),
    renamed: ['fraud', 'fraud'],
  },
  {
    id: 'L5',
    differs: 'another endpoint that is done ten minutes later',
    left: later(twoEndpoints(), 0),
    right: later(twoEndpoints(), 20 * MINUTE),
    same: 'another endpoint that is done half a minute later',
    like: later(twoEndpoints(), MINUTE / 2),
    renamed: ['fraud', 'fraud'],
  },
  {
    id: 'L6',
    differs: 'two moves of traffic more',
    left: canary(),
    right: canary()
      .look()
      .shift({ blue: 100 }, record())
      .look()
      .shift({ blue: 90, green: 10 }, CANARY),
    same: 'the same write once more after a crash',
    like: canary().crash().restart().look().shift({ blue: 90, green: 10 }, CANARY),
  },
]

function refused(): Trace {
  const trace = canary()
    .wait(2 * MINUTE)
    .look()
    .shift({ blue: 50, green: 50 }, CANARY, { status: 503 })
  trace
    .look()
    .shift({ blue: 50, green: 50 }, CANARY)
    .wait(3 * MINUTE)
  return trace.look().shift({ green: 100 }, BAKING)
}

function relation(id: string): Relation {
  const found = RELATIONS.find((one) => one.id === id)
  if (found === undefined) throw new Error(`no relation ${id}`)
  return found
}

describe('pairs of runs', () => {
  for (const { id, differs, left, right, same, like, renamed } of PAIRS) {
    test(`${id} reports ${differs}`, () => {
      expect(relation(id).compare(left.events, right.events, renamed)).not.toEqual([])
    })
    test(`${id} has nothing against ${same}`, () => {
      expect(relation(id).compare(left.events, like.events, renamed)).toEqual([])
    })
  }

  test('cover all relations', () => {
    expect(PAIRS.map(({ id }) => id).sort()).toEqual(RELATIONS.map(({ id }) => id).sort())
  })
})
