import { describe, expect, test } from '@jest/globals'
import type { Phase } from '../../../src/core/model/live.ts'
import { keyOf, type Ref } from '../../../src/core/model/ref.ts'
import { withValue } from '../../../src/core/model/values/pointer.ts'
import { type RolloutRecord, textOfRecord } from '../../../src/core/rollout/record.ts'
import type { Turns } from '../../support/world.ts'
import {
  explicit,
  FRAUD,
  HOUR_MS,
  modelOf,
  opened,
  pass,
  recordIn,
  say,
  slotRef,
  template,
  traffic,
  until,
  untilPhase,
} from './play.ts'

const FAILURE = { code: 'ResourceNotReady', message: 'x' }

/** Nobody is served, and blue is a deployment that was made at this time. */
function remade(turns: Turns, phase: Phase, madeAtMs: number): void {
  const createdAt = new Date(madeAtMs).toISOString()
  const resources = turns.world.resources.map((one) =>
    keyOf(one.ref) === keyOf(slotRef('blue'))
      ? {
          ...one,
          ...{ phase, ...(phase === 'Failed' ? { failure: FAILURE } : {}) },
          body: withValue(one.body, '/systemData', { createdAt }),
        }
      : one,
  )
  turns.world = { ...turns.world, resources }
  turns.meddle(FRAUD, (body) => withValue(body, '/properties/traffic', {}))
}

function since(turns: Turns): number {
  return recordIn(turns)?.sinceMs ?? 0
}

/** Somebody, or a rollout, writes the record anew. */
function rewrite(turns: Turns, change: Partial<RolloutRecord>): void {
  const record = recordIn(turns)
  if (record === undefined) throw new Error('there is no record')
  const text = textOfRecord({ ...record, ...change }, keyOf(FRAUD))
  turns.meddle(FRAUD, (body) => withValue(body, '/tags/verdigris.rollout', text))
}

describe('a stable deployment that is Failed and has no traffic', () => {
  test('gets it back when it was there before its record: a change of it failed (S30)', () => {
    const turns = opened(template(1))
    remade(turns, 'Failed', since(turns) - 60_000)
    turns.step()
    expect(traffic(turns)).toEqual({ blue: 100 })
  })

  test('gets none when it was made since: Azure would refuse that for ever', () => {
    const turns = opened(template(1))
    remade(turns, 'Failed', since(turns) + 60_000)
    turns.step()
    expect(traffic(turns)).toEqual({})
  })

  test('gets none where Azure’s clock is behind ours, and dates the making before the record', () => {
    const turns = opened(template(1))
    const lastModifiedAt = new Date(since(turns) - HOUR_MS).toISOString()
    remade(turns, 'Failed', since(turns) - HOUR_MS / 2)
    turns.meddle(FRAUD, (body) => withValue(body, '/systemData', { lastModifiedAt }))
    turns.step()
    expect(traffic(turns)).toEqual({})
  })

  test('and has been up since: gets it back', () => {
    const turns = opened(template(1))
    const at = since(turns) + 60_000
    remade(turns, 'Ready', at)
    pass(turns, 2)
    remade(turns, 'Failed', at)
    const { actions } = until(turns, (plan) => plan.actions.length > 0, 5)
    expect(actions.map(({ ref }) => ref.name)).toEqual(['fraud'])
  })

  test('is no other one because its record is written anew', () => {
    const turns = opened(template(1))
    const at = since(turns) + 60_000
    remade(turns, 'Failed', at)
    turns.step()
    rewrite(turns, { sinceMs: at + HOUR_MS })
    remade(turns, 'Failed', at)
    turns.step()
    expect(traffic(turns)).toEqual({})
  })

  test('is tried again by itself, whatever the failure: its content has served', () => {
    const turns = opened(template(1))
    remade(turns, 'Failed', since(turns) + 60_000)
    until(turns, ({ actions }) => actions.some(({ ref }) => ref.name === 'blue'), 5)
  })
})

describe('while an aborted rollout has lost its stable deployment', () => {
  /** Green is up, and it was aborted by hand. */
  function lost(): Turns {
    const turns = opened(template(1))
    turns.commit(template(2), 'c2')
    untilPhase(turns, 'progressing')
    say(turns, 'abort')
    pass(turns, 2)
    const resources = turns.world.resources.filter(({ ref }) => ref.name !== 'blue')
    turns.world = { ...turns.world, resources }
    turns.meddle(FRAUD, (body) => withValue(body, '/properties/traffic', {}))
    return turns
  }

  test('nothing that is up is removed: it may have to serve', () => {
    const turns = lost()
    turns.now += 2 * HOUR_MS
    pass(turns, 10)
    expect(modelOf(turns, 'green')).toBe('fraud:2')
  })

  test('a retry gives users what was aborted', () => {
    const turns = lost()
    expect(say(turns, 'retry').answers).toMatchObject([{ result: 'accepted' }])
    until(turns, () => traffic(turns).green === 100, 5)
  })
})

test('what is to serve is made before what is spare', () => {
  const turns = opened(explicit('teal', { blue: 1, green: 1, teal: 1 }))
  const made = turns.actions.filter(({ verb, ref }) => verb === 'create' && ref.parent === 'fraud')
  expect(made.map(({ ref }) => ref.name)).toEqual(['teal', 'blue', 'green'])
})

describe('a stable deployment that is lost in mid-canary and made again', () => {
  /** Green had a share when blue was lost; blue is up again, and the write that gave green the rest is not in force. */
  function overtaken(): Turns {
    const turns = opened(explicit('blue', { blue: 1 }))
    turns.commit(explicit('green', { blue: 1, green: 2 }), 'c2')
    until(turns, () => traffic(turns).green === 10)
    const isBlue = ({ ref }: { readonly ref: Ref }) => keyOf(ref) === keyOf(slotRef('blue'))
    const { world } = turns
    turns.world = { ...world, resources: world.resources.filter((one) => !isBlue(one)) }
    until(turns, () => turns.world.resources.some(isBlue))
    expect(recordIn(turns)).toMatchObject({ phase: 'baking', isAlone: true })
    turns.meddle(FRAUD, (body) => withValue(body, '/properties/traffic', { green: 10 }))
    return turns
  }

  test('serves all before the candidate has them, and the rollout begins anew (S6)', () => {
    const turns = overtaken()
    const seen: unknown[] = []
    until(turns, () => {
      seen.push(traffic(turns))
      return traffic(turns).blue === 100
    })
    expect(seen).not.toContainEqual({ green: 100 })
    until(turns, () => traffic(turns).green === 10)
    expect(recordIn(turns)).toMatchObject({ phase: 'progressing', stable: { slot: 'blue' } })
  })
})

describe('a stable deployment that is gone, whose name Git gives to other content', () => {
  const UNREAD = { what: 'remakes', reason: 'Unreachable', message: 'no answer' } as const

  /** Somebody deletes it, and the next commit has another model in it. */
  function gone(model: number): Turns {
    const turns = opened(explicit('blue', { blue: 1 }))
    const key = keyOf(slotRef('blue'))
    const resources = turns.world.resources.filter(({ ref }) => keyOf(ref) !== key)
    turns.world = { ...turns.world, resources, absent: new Set([key]) }
    turns.meddle(FRAUD, (body) => withValue(body, '/properties/traffic', {}))
    turns.commit(explicit('blue', { blue: model }), 'c2')
    turns.input = { ...turns.input, freezes: [UNREAD] }
    return turns
  }

  test('waits while Git cannot say what it was, and says so (U1)', () => {
    const turns = gone(2)
    pass(turns, 5)
    expect(modelOf(turns, 'blue')).toBeUndefined()
    expect(turns.plan().held).toMatchObject([{ ref: slotRef('blue'), reason: 'Unreachable' }, {}])
    turns.input = { ...turns.input, freezes: [] }
    until(turns, () => modelOf(turns, 'blue') !== undefined)
  })

  test('does not wait where Git declares it as it was', () => {
    const turns = gone(1)
    until(turns, () => modelOf(turns, 'blue') === 'fraud:1')
  })
})
