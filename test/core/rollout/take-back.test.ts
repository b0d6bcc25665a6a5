import { describe, expect, test } from '@jest/globals'
import { keyOf } from '../../../src/core/model/ref.ts'
import type { JsonObject } from '../../../src/core/model/values/json.ts'
import { laidOver, valueAt, withValue } from '../../../src/core/model/values/pointer.ts'
import type { Turns } from '../../support/world.ts'
import {
  FRAUD,
  HOUR_MS,
  MINUTE_MS,
  measure,
  opened,
  pass,
  recordIn,
  say,
  template,
  traffic,
  untilPhase,
} from './play.ts'

/** A candidate has 10 % of the traffic. */
function onItsWay(): Turns {
  const turns = opened(template(1))
  measure(turns, 0)
  turns.commit(template(2), 'c2')
  untilPhase(turns, 'progressing')
  return turns
}

/** The write was accepted and its operation failed: the tags are new, the weights are those of before. */
function operationFailed(turns: Turns, weights: JsonObject): void {
  turns.meddle(FRAUD, (body) => withValue(body, '/properties/traffic', weights))
  const resources = turns.world.resources.map((one) =>
    keyOf(one.ref) === keyOf(FRAUD)
      ? { ...one, phase: 'Failed' as const, failure: { code: 'BadArgument', message: 'x' } }
      : one,
  )
  turns.world = { ...turns.world, resources }
}

type Change = (turns: Turns) => void

/** What holds other writes. */
const HOLDS: readonly (readonly [string, Change])[] = [
  ['nothing else', () => {}],
  [
    'drift that is only reported',
    (turns) => {
      turns.input = { ...turns.input, sync: { ...turns.input.sync, drift: 'report' } }
    },
  ],
  [
    'drift that is ignored',
    (turns) => {
      turns.input = { ...turns.input, sync: { ...turns.input.sync, drift: 'ignore' } }
    },
  ],
  [
    'a suspended Application',
    (turns) => {
      turns.input = { ...turns.input, sync: { ...turns.input.sync, suspend: true } }
    },
  ],
  [
    'a rewritten history',
    (turns) => {
      const freeze = { what: 'writes', reason: 'HistoryRewritten', message: 'x' } as const
      turns.input = { ...turns.input, freezes: [freeze] }
    },
  ],
  [
    'a process that has just begun',
    (turns) => {
      turns.memory = {}
    },
  ],
  [
    'a refusal and a backoff that are remembered',
    (turns) => {
      const retry = {
        generation: 'x',
        ...{ failures: 9, refusals: 9 },
        notBefore: turns.now + HOUR_MS,
        owedAt: turns.now + HOUR_MS,
        reason: 'x',
        message: 'x',
      }
      const known = { rejected: { ...retry, count: 9, isCreate: false }, retry }
      turns.memory = {
        ...turns.memory,
        [keyOf(FRAUD)]: { ...turns.memory[keyOf(FRAUD)], ...known },
      }
    },
  ],
]

/** Ways in which traffic is taken back. */
const WAYS: readonly (readonly [string, Change])[] = [
  ['an abort', (turns) => void say(turns, 'abort')],
  [
    'a revert',
    (turns) => {
      turns.commit(template(1), 'c3')
      turns.step()
    },
  ],
]

describe('an operation that failed after its write was accepted', () => {
  const rows = WAYS.flatMap(([way, takeBack]) =>
    HOLDS.map(([hold, change]) => [way, hold, takeBack, change] as const),
  )

  test.each(rows)('of %s is repeated, beside %s', (_, _hold, takeBack, change) => {
    const turns = onItsWay()
    takeBack(turns)
    expect(traffic(turns)).toEqual({ blue: 100 })
    operationFailed(turns, { blue: 90, green: 10 })
    turns.now += MINUTE_MS
    change(turns)
    pass(turns, 2)
    expect(traffic(turns)).toEqual({ blue: 100 })
  })
})

test('traffic that somebody moves by hand after a revert was seen is his, where drift is only reported', () => {
  const turns = onItsWay()
  turns.commit(template(1), 'c3')
  pass(turns, 3)
  turns.input = { ...turns.input, sync: { ...turns.input.sync, drift: 'report' } }
  turns.meddle(FRAUD, (body) => withValue(body, '/properties/traffic', { blue: 50, green: 50 }))
  pass(turns, 5)
  expect(traffic(turns)).toEqual({ blue: 50, green: 50 })
})

describe('the write of a take-back', () => {
  test('names no deployment but those with traffic, and changes nothing but traffic and our tags', () => {
    const turns = onItsWay()
    const [action] = say(turns, 'abort').actions
    const paths = action?.onto?.fields.map(({ path }) => path) ?? []
    expect(
      paths.every((path) =>
        /^\/(properties\/(traffic|mirrorTraffic)|tags\/verdigris\..*)$/.test(path),
      ),
    ).toBe(true)
    const traffic = action?.onto?.fields.find(({ path }) => path === '/properties/traffic')
    expect(traffic?.value).toEqual({ blue: 100, green: 0 })
  })

  test('is laid over whatever a fresh read gives', () => {
    const turns = onItsWay()
    const before = turns.body(FRAUD) ?? {}
    const [action] = say(turns, 'abort').actions
    if (action?.onto === undefined) throw new Error('nothing is taken back')
    const fresh = withValue(before, '/properties/futureField', { deep: 1 })
    const body = laidOver(fresh, action.onto)
    expect(valueAt(body, '/properties/futureField')).toEqual({ deep: 1 })
    expect(valueAt(body, '/properties/traffic')).toEqual({ blue: 100, green: 0 })
    expect(action.onto.witness.value).toBe(valueAt(before, '/tags/verdigris.rollout'))
  })

  test('leaves the record in which what was taken back is not tried again', () => {
    const turns = onItsWay()
    say(turns, 'abort')
    expect(recordIn(turns)?.phase).toBe('aborted')
  })
})
