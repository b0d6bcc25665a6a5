import { describe, expect, test } from '@jest/globals'
import { Turns } from '../../support/world.ts'
import {
  CANARY,
  explicit,
  HOUR_MS,
  mirror,
  modelOf,
  opened,
  pass,
  recordIn,
  say,
  template,
  traffic,
  until,
  untilPhase,
} from './play.ts'

/** Nobody answers these requests here: what waits for them waits for ever. */
const VERIFY = {
  type: 'verify',
  golden: [
    { name: 'one', request: {}, status: 200, expect: { is: 'anything' }, maxLatencyMs: 1000 },
  ],
} as const

const isPromoted = (plan: ReturnType<Turns['step']>): boolean =>
  plan.actions.some(({ turn }) => turn?.result === 'promoted')

function promoted(): Turns {
  const turns = opened(template(1))
  turns.commit(template(2), 'c2')
  until(turns, isPromoted)
  pass(turns, 2)
  return turns
}

describe('a Rollout that comes to deployments which are there already', () => {
  test.each([
    ['one', explicit('blue', { blue: 1 })],
    ['two', explicit('green', { blue: 1, green: 1 })],
  ])('begins where the traffic is: %s', (_, before) => {
    const turns = opened(before)
    turns.commit(
      before.map(({ rollout: _, ...one }) => one),
      'c2',
    )
    pass(turns, 5)
    const [serving = ''] = Object.keys(traffic(turns))
    turns.commit(template(2), 'c3')
    until(turns, (plan) => {
      const { [serving]: left = 0 } = traffic(turns)
      if (recordIn(turns)?.phase !== 'baking') expect(left).toBeGreaterThanOrEqual(50)
      return isPromoted(plan) || recordIn(turns)?.phase === 'baking'
    })
    until(turns, isPromoted)
    expect(traffic(turns)).toEqual({ [serving === 'blue' ? 'green' : 'blue']: 100 })
  })
})

describe('a first revision', () => {
  const failing = (model: number) => template(model, { policy: { steps: [VERIFY] } })

  test('that never answers rightly is replaced as often as Git says, in either slot', () => {
    const turns = new Turns(failing(1))
    for (const model of [1, 2, 3, 4]) {
      turns.commit(failing(model), `c${model}`)
      pass(turns, 6)
      expect([modelOf(turns, 'blue'), modelOf(turns, 'green')]).toContain(`fraud:${model}`)
    }
    turns.commit(template(5), 'c5')
    until(turns, () => Object.values(traffic(turns)).includes(100))
    const [serving = ''] = Object.keys(traffic(turns))
    expect(modelOf(turns, serving)).toBe('fraud:5')
  })
})

describe('a newer commit on the way', () => {
  test('takes the place of the unfinished one at once, and inherits nothing', () => {
    const turns = opened(template(1))
    turns.commit(template(2), 'c2')
    until(turns, () => traffic(turns).green === 50)
    turns.commit(template(3), 'c3')
    expect(turns.step().actions).toMatchObject([{ turn: { result: 'superseded' } }])
    expect(traffic(turns)).toEqual({ blue: 100 })
    untilPhase(turns, 'progressing')
    expect([modelOf(turns, 'green'), traffic(turns)]).toEqual(['fraud:3', { blue: 90, green: 10 }])
  })

  test('ends mirroring to the one it replaces', () => {
    const steps = [{ type: 'setMirror', percent: 20, durationMs: HOUR_MS } as const, ...CANARY]
    const turns = opened(template(1))
    turns.commit(template(2, { policy: { steps } }), 'c2')
    until(turns, () => mirror(turns).green === 20)
    turns.commit(template(3), 'c3')
    expect(turns.step().actions).toMatchObject([{ turn: { result: 'superseded' } }])
    expect(mirror(turns)).toEqual({})
    until(turns, isPromoted)
    expect(modelOf(turns, 'green')).toBe('fraud:3')
  })

  const queue = { policy: { onNewCommit: 'queue' } } as const

  test('waits with "queue", through every write of the one on its way', () => {
    const steps = [...CANARY, { type: 'setScale', instances: 2 } as const]
    const waiting = { policy: { ...queue.policy, steps } }
    const turns = opened(template(1, waiting))
    turns.commit(template(2, waiting), 'c2')
    untilPhase(turns, 'progressing')
    turns.commit(template(3, waiting), 'c3')
    until(turns, (plan) => {
      if (traffic(turns).green !== undefined) expect(modelOf(turns, 'green')).toBe('fraud:2')
      return isPromoted(plan)
    })
    until(turns, isPromoted)
    expect([modelOf(turns, 'blue'), traffic(turns)]).toEqual(['fraud:3', { blue: 100 }])
  })

  test('that takes it back does not wait with "queue"', () => {
    const turns = opened(template(1, queue))
    turns.commit(template(2, queue), 'c2')
    untilPhase(turns, 'progressing')
    turns.commit(template(1, queue), 'c3')
    expect(turns.step().actions).toMatchObject([{ turn: { result: 'rolled_back' } }])
    expect(traffic(turns)).toEqual({ blue: 100 })
  })

  test('with "queue" it takes its place where the history is lost, for its road is not known', () => {
    const turns = opened(template(1, queue))
    turns.commit(template(2, queue), 'c2')
    untilPhase(turns, 'progressing')
    turns.commit(template(3, queue), 'c3')
    turns.input = { ...turns.input, bases: new Map() }
    expect(turns.step().actions).toMatchObject([{ turn: { result: 'superseded' } }])
  })

  test('with other steps lets the same content begin anew', () => {
    const turns = opened(template(1))
    turns.commit(template(2), 'c2')
    until(turns, () => traffic(turns).green === 50)
    turns.commit(template(2, { policy: { steps: CANARY.slice(0, 2) } }), 'c3')
    turns.step()
    expect(traffic(turns)).toEqual({ blue: 100 })
    untilPhase(turns, 'progressing')
    expect(traffic(turns)).toEqual({ blue: 90, green: 10 })
  })

  test('that reverts inside the window goes back in one write', () => {
    const turns = promoted()
    turns.commit(template(1), 'c3')
    const { actions } = turns.step()
    expect(actions).toMatchObject([{ isUrgent: true, turn: { result: 'fast_rolled_back' } }])
    expect(traffic(turns)).toEqual({ blue: 100 })
  })

  test('that reverts after the window is a rollout like any other', () => {
    const turns = promoted()
    pass(turns, 90)
    turns.commit(template(1), 'c3')
    untilPhase(turns, 'progressing')
    expect(traffic(turns)).toEqual({ green: 90, blue: 10 })
  })

  test('after an abort it is tried, the same content is not', () => {
    const turns = opened(template(1))
    turns.commit(template(2), 'c2')
    untilPhase(turns, 'progressing')
    say(turns, 'abort')
    turns.commit(template(2, { fields: { instance_count: 2 } }), 'c3')
    pass(turns, 20)
    expect([recordIn(turns)?.phase, traffic(turns)]).toEqual(['aborted', { blue: 100 }])
    turns.commit(template(3), 'c4')
    until(turns, isPromoted)
    expect(modelOf(turns, 'green')).toBe('fraud:3')
  })
})
