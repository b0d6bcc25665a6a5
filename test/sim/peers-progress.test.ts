import { describe, expect, test } from '@jest/globals'
import { keyOf } from '../../src/core/model/ref.ts'
import { INTENT_VERBS } from '../../src/core/model/rollout.ts'
import { NO_ANSWERS } from '../../src/core/plan/context.ts'
import { deployment } from '../support/desired.ts'
import {
  BLUE,
  Canary,
  declared,
  explicit,
  FRAUD,
  GREEN,
  GUARD,
  MINUTE_MS,
  STEPS,
  serving,
  underWay,
} from './peers-stage.ts'

const GUARDED = { analysis: [GUARD] } as const
const GOOD = 0
const BAD = 2

/** Model 2 has so much traffic, and the guard on it is content. */
function guarded(percent: number, said: Parameters<typeof underWay>[1] = {}): Canary {
  const canary = serving({ ...GUARDED, ...said })
  canary.measured(GOOD)
  canary.commit(declared({ ...GUARDED, ...said, model: 2 }), 'c2')
  canary.untilWeight('green', percent)
  return canary
}

function isOnModel(canary: Canary, slot: 'blue' | 'green', model: number): boolean {
  const ref = slot === 'blue' ? BLUE : GREEN
  const runs = String(canary.at(ref, '/properties/model')).endsWith(`/versions/${model}`)
  return runs && canary.record?.phase === 'stable' && canary.record.stable.slot === slot
}

/** INVARIANTS §1.1: how peers lost their way, each once here. */
describe('levers', () => {
  test('R8: without a rollout no lever moves anything, and each is told so', () => {
    const canary = serving()
    for (const verb of INTENT_VERBS) {
      canary.say(verb)
      const { actions, answers } = canary.step()
      expect({ verb, actions }).toEqual({ verb, actions: [] })
      expect(answers).toMatchObject([{ result: 'refused' }])
    }
    expect(canary.turns(5)).toEqual([])
    expect([canary.weightOf('blue'), canary.instancesOf(BLUE)]).toEqual([100, 4])
  })

  test.each(['somebody', 'a guard'] as const)(
    'R9: a revision that %s aborted is not tried again by itself, nor by a restart, nor when its window is over',
    (who) => {
      const canary = guarded(50)
      if (who === 'somebody') canary.say('abort')
      else canary.measured(BAD)
      canary.step()
      expect([canary.weightOf('blue'), canary.weightOf('green')]).toEqual([100, 0])
      canary.measured(GOOD)
      for (let turn = 0; turn < 60; turn += 1) {
        if (turn % 7 === 0) canary.restart()
        for (const { verb } of canary.step().actions) expect(verb).toBe('delete')
        expect([canary.weightOf('blue'), canary.weightOf('green')]).toEqual([100, 0])
      }
      canary.say('retry')
      canary.untilWeight('green', 10)
    },
  )

  test('R9: an abort after everything was promoted is an abort, in one write, also when promote is said beside it', () => {
    const canary = underWay(100)
    expect(canary.record?.phase).toBe('baking')
    canary.say('abort')
    const [abort] = canary.input.intents
    canary.say('promote')
    canary.input = {
      ...canary.input,
      intents: [...canary.input.intents, ...(abort ? [abort] : [])],
    }
    const { actions } = canary.step()
    expect(actions.map(({ turn }) => turn?.result)).toEqual(['aborted'])
    expect([canary.weightOf('blue'), canary.weightOf('green')]).toEqual([100, 0])
    canary.turns(10)
    expect(canary.weightOf('blue')).toBe(100)
  })
})

describe('a newer revision', () => {
  test('R10: after an abort it begins anew and arrives', () => {
    const canary = guarded(50)
    canary.measured(BAD)
    canary.step()
    canary.measured(GOOD)
    canary.commit(declared({ ...GUARDED, model: 3 }), 'c3')
    canary.until(() => isOnModel(canary, 'green', 3))
  })

  test('R10: in the midst of a rollout it takes the place of the unfinished one and arrives', () => {
    const canary = underWay(10)
    canary.commit(declared({ model: 3 }), 'c3')
    canary.step()
    expect(canary.weightOf('green')).toBe(0)
    canary.until(() => isOnModel(canary, 'green', 3))
  })

  test('R10: before the first one was even there, or after it failed to be made, it arrives too', () => {
    for (const phase of ['Provisioning', 'Failed'] as const) {
      const canary = serving()
      canary.commit(declared({ model: 2 }), 'c2')
      canary.step(phase)
      canary.commit(declared({ model: 3 }), 'c3')
      canary.turns(2)
      canary.becomes(GREEN, phase === 'Failed' ? phase : 'Ready')
      canary.until(() => isOnModel(canary, 'green', 3))
    }
  })

  test('R11: a stable revision that is broken keeps no good one from taking its place', () => {
    const canary = serving(GUARDED)
    canary.measured(GOOD)
    canary.becomes(BLUE, 'Failed', { code: 'ResourceNotReady', message: 'crashed' })
    canary.commit(declared({ ...GUARDED, model: 2 }), 'c2')
    canary.until(() => isOnModel(canary, 'green', 2))
    expect(canary.weightOf('green')).toBe(100)
  })

  test('R19: it inherits neither weight nor step nor time nor misses of the one before', () => {
    const lenient = { ...GUARD, rule: { ...GUARD.rule, failureLimit: 1 } } as typeof GUARD
    const said = { analysis: [lenient] }
    const canary = guarded(50, said)
    canary.measured(BAD)
    canary.step()
    canary.commit(declared({ ...said, model: 3 }), 'c3')
    canary.step()
    expect(canary.weightOf('green')).toBe(0)
    canary.measured(GOOD)
    const beganAt = canary.now
    canary.until(() => canary.weightOf('green') > 0)
    expect(canary.weightOf('green')).toBe(10)
    expect(canary.record?.startMs).toBeGreaterThanOrEqual(beganAt)
    canary.measured(BAD)
    canary.step()
    canary.measured(GOOD)
    canary.untilWeight('green', 50)
    canary.until(() => isOnModel(canary, 'green', 3))
  })
})

describe('a write that is refused', () => {
  // Its record names the time of every new try: that makes no other write of it.
  test.each([
    ['Later', 12],
    ['Never', 6],
  ] as const)('R12: is sent ever more seldom when it may succeed %s', (retry, most) => {
    const canary = serving()
    canary.commit(declared({ model: 2 }), 'c2')
    canary.until(() => canary.body(GREEN) !== undefined)
    let sent = 0
    for (let turn = 0; turn < 240; turn += 1) sent += canary.refused(retry).length
    expect(sent).toBeGreaterThan(0)
    expect(sent).toBeLessThanOrEqual(most)
    canary.now += 60 * MINUTE_MS
    canary.untilWeight('green', 10)
  })

  test('R12: keeps no other one waiting: an abort after a step that was refused goes out at once', () => {
    const canary = underWay(10)
    canary.until(() => canary.plan().actions.length > 0)
    for (let turn = 0; turn < 20; turn += 1) canary.refused('Later')
    canary.say('abort')
    expect(canary.step().actions.map(({ turn }) => turn?.result)).toEqual(['aborted'])
  })
})

describe('the way back', () => {
  test('R16: the revision that served before stays until its successor has finished its bake, and traffic goes back to it', () => {
    const green = deployment('fraud', 'green', { model: 'azureml:fraud:2', instance_count: 1 })
    const said = { ...GUARDED, bakeMs: 30 * MINUTE_MS }
    const canary = new Canary(explicit('blue', [deployment('fraud', 'blue')], said))
    canary.measured(GOOD)
    canary.untilWeight('blue', 100)
    canary.turns(2)
    canary.commit(explicit('green', [green], said), 'c2')
    canary.untilWeight('green', 100)
    canary.turns(25)
    canary.measured(BAD)
    canary.turns(2)
    expect([canary.weightOf('blue'), canary.weightOf('green')]).toEqual([100, 0])
    expect(canary.body(BLUE)).toBeDefined()
  })

  test('R16: it is the last one that finished its bake, not the other one', () => {
    const canary = guarded(100)
    canary.until(() => isOnModel(canary, 'green', 2))
    canary.turns(2)
    canary.commit(declared({ ...GUARDED, model: 3 }), 'c3')
    canary.untilWeight('blue', 50)
    canary.measured(BAD)
    canary.step()
    expect([canary.weightOf('blue'), canary.weightOf('green')]).toEqual([0, 100])
    expect(canary.record?.stable.slot).toBe('green')
  })

  test('R16: no traffic is moved to a stable revision that is broken, and nothing of the candidate is removed', () => {
    const canary = guarded(10)
    canary.becomes(BLUE, 'Provisioning')
    canary.measured(BAD)
    for (let turn = 0; turn < 30; turn += 1) {
      expect(canary.step().actions).toEqual([])
      expect(canary.weightOf('blue')).toBe(90)
    }
    expect(canary.body(GREEN)).toBeDefined()
    canary.becomes(BLUE, 'Ready')
    canary.untilWeight('blue', 100)
  })

  test('R16: a stable revision of which a change failed still serves, and is the way back', () => {
    const canary = guarded(10)
    canary.becomes(BLUE, 'Failed', { code: 'ResourceNotReady', message: 'crashed' })
    canary.measured(BAD)
    canary.untilWeight('blue', 100)
    expect(canary.body(GREEN)).toBeDefined()
  })

  test('R20: a check that cannot be asked holds the step; it begins nothing anew and sends no golden request again', () => {
    const golden = {
      name: 'one',
      request: {},
      status: 200,
      expect: { is: 'anything' },
      maxLatencyMs: 1000,
    } as const
    const steps = [{ type: 'verify', golden: [golden] }, ...STEPS] as const
    const canary = serving(GUARDED)
    canary.measured(GOOD)
    canary.commit(declared({ ...GUARDED, steps, model: 2 }), 'c2')
    canary.until(() => canary.probed().length > 0)
    const answer = { name: 'one' }
    const asked = canary.input.answers
    const probes = new Map([[keyOf(GREEN), [answer]]])
    canary.input = { ...canary.input, answers: { ...asked, probes } }
    canary.step()
    expect(canary.weightOf('green')).toBe(10)
    canary.turns(2)
    canary.input = { ...canary.input, answers: NO_ANSWERS }
    for (let turn = 0; turn < 60; turn += 1) {
      if (turn % 10 === 0) canary.restart()
      expect(canary.probed()).toEqual([])
      expect(canary.step().actions).toEqual([])
    }
    expect([canary.record?.phase, canary.weightOf('green')]).toEqual(['progressing', 10])
    canary.measured(GOOD)
    canary.until(() => isOnModel(canary, 'green', 2))
    expect(canary.actions.filter(({ turn }) => turn?.result === 'started')).toHaveLength(1)
    expect(canary.at(FRAUD, '/properties/traffic')).toEqual({ blue: 0, green: 100 })
  })
})
