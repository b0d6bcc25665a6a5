import { describe, expect, test } from '@jest/globals'
import { lastWriteOf } from '../../../src/core/model/basis.ts'
import type { KeyMemory } from '../../../src/core/model/memory.ts'
import { keyOf } from '../../../src/core/model/ref.ts'
import type { Step } from '../../../src/core/model/rollout.ts'
import { valueAt, withValue } from '../../../src/core/model/values/pointer.ts'
import { deployment, endpoint } from '../../support/desired.ts'
import { Turns } from '../../support/world.ts'
import {
  ERRORS,
  FRAUD,
  HOUR_MS,
  intent,
  MINUTE_MS,
  measure,
  opened,
  pass,
  recordIn,
  say,
  template,
  traffic,
  untilPhase,
} from '../rollout/play.ts'

const KEY = keyOf(FRAUD)
const STEPS: readonly Step[] = [
  { type: 'setWeight', percent: 10 },
  { type: 'pause', durationMs: 30 * MINUTE_MS },
]
const POLICY = { steps: STEPS, analysis: [ERRORS], deadlineMs: 2 * HOUR_MS }

/** A tenth of the traffic is on the candidate, with good numbers, at a step of half an hour. */
function onItsWay(steps = STEPS): Turns {
  const turns = opened(template(1))
  measure(turns, 0)
  turns.commit(template(2, { policy: { ...POLICY, steps } }), 'c2')
  untilPhase(turns, 'progressing')
  return turns
}

function known(turns: Turns): KeyMemory {
  return turns.memory[KEY] ?? {}
}

function remember(turns: Turns, changes: KeyMemory): void {
  turns.memory = { ...turns.memory, [KEY]: { ...known(turns), ...changes } }
}

/** What the endpoint's last write is called. */
function lastWrite({ world }: Turns): string {
  const live = world.resources.find(({ ref }) => keyOf(ref) === KEY)
  return live === undefined ? '' : lastWriteOf(live)
}

function phase(turns: Turns, name: 'Ready' | 'Provisioning' | 'Failed'): void {
  const resources = turns.world.resources.map((one) =>
    keyOf(one.ref) === KEY ? { ...one, phase: name } : one,
  )
  turns.world = { ...turns.world, resources }
}

describe('the time that a rollout is watched (S31)', () => {
  test('is added up turn by turn', () => {
    const turns = onItsWay()
    pass(turns, 1)
    const before = known(turns).watched?.ms ?? 0
    pass(turns, 3)
    expect((known(turns).watched?.ms ?? 0) - before).toBe(3 * MINUTE_MS)
  })

  test('has no part of the time in which a provider does not answer', () => {
    const turns = onItsWay()
    pass(turns, 1)
    const before = known(turns).watched?.ms ?? 0
    measure(turns, undefined)
    pass(turns, 10)
    expect((known(turns).watched?.ms ?? 0) - before).toBe(0)
  })

  test.each([
    ['a night', 10 * HOUR_MS],
    ['eight minutes', 8 * MINUTE_MS],
  ])('has two minutes at most of %s in which the controller was down', (_, ms) => {
    const turns = onItsWay()
    pass(turns, 2)
    const before = known(turns).watched?.ms ?? 0
    turns.now += ms
    turns.step()
    expect((known(turns).watched?.ms ?? 0) - before).toBe(2 * MINUTE_MS)
    expect(recordIn(turns)?.phase).not.toBe('aborted')
  })

  test('is not made less by a clock that goes back', () => {
    const turns = onItsWay()
    pass(turns, 5)
    const before = known(turns).watched?.ms ?? 0
    turns.now -= HOUR_MS
    turns.step()
    expect(known(turns).watched?.ms).toBe(before)
  })

  test('has no part of a wait for people', () => {
    const turns = onItsWay([{ type: 'setWeight', percent: 10 }, { type: 'pause' }])
    pass(turns, 1)
    const before = known(turns).watched?.ms ?? 0
    pass(turns, 300)
    expect(known(turns).watched?.ms ?? 0).toBe(before)
    expect(traffic(turns)).toEqual({ blue: 90, green: 10 })
  })

  test("has no part of a pause that Azure's work keeps out of the record, and its deadline is not over by it", () => {
    const turns = onItsWay()
    pass(turns, 1)
    const before = known(turns).watched?.ms ?? 0
    for (let minute = 0; minute < 180; minute += 1) {
      phase(turns, 'Provisioning')
      say(turns, 'pause')
    }
    expect(known(turns).watched?.ms ?? 0).toBe(before)
    phase(turns, 'Ready')
    say(turns, 'pause')
    expect(recordIn(turns)).toMatchObject({ phase: 'progressing', isPaused: true })
    expect(traffic(turns)).toEqual({ blue: 90, green: 10 })
  })

  test('is that of this record: of another one it ends nothing', () => {
    const turns = onItsWay()
    remember(turns, { watched: { record: 'another', ms: 3 * HOUR_MS, at: turns.now } })
    turns.step()
    expect(recordIn(turns)?.phase).toBe('progressing')
  })
})

test('what was seen of another record does not say that users have left a withdrawn revision (S27)', () => {
  const turns = onItsWay()
  const before = turns.body(FRAUD)?.properties ?? {}
  turns.commit(template(1, { policy: { ...POLICY, steps: STEPS } }), 'c3')
  turns.step()
  expect(recordIn(turns)).toMatchObject({ phase: 'stable', withdrawn: { slot: 'green' } })
  turns.meddle(FRAUD, (body) => ({ ...body, properties: before }))
  turns.memory = { [KEY]: { seen: 'another' } }
  expect(turns.plan().actions).toMatchObject([{ isUrgent: true }])
})

test('a record of a clock that was ahead begins when it is first seen in force, once (S31)', () => {
  const turns = onItsWay()
  const since = () => turns.plan().findings.flatMap(({ rollout }) => rollout?.phaseSince ?? [])[0]
  turns.now -= 2 * HOUR_MS
  turns.memory = {}
  turns.step()
  const seen = turns.now
  turns.now += MINUTE_MS
  turns.step()
  turns.now += 9 * MINUTE_MS
  expect(since()).toBe(seen)
})

describe('since when the weights of a record are seen in force (S25)', () => {
  const long = { at: 0 }

  test('is not since another record was', () => {
    const turns = onItsWay()
    remember(turns, { arrived: { record: 'another', after: lastWrite(turns), ...long } })
    turns.step()
    expect(recordIn(turns)?.phase).toBe('progressing')
    turns.now += 29 * MINUTE_MS
    turns.step()
    expect(recordIn(turns)?.phase).toBe('progressing')
  })

  test('nor while the endpoint is at work on them', () => {
    const turns = onItsWay()
    pass(turns, 1)
    phase(turns, 'Provisioning')
    const [finding] = turns.plan().findings.flatMap(({ rollout }) => rollout ?? [])
    expect(finding?.reason).toBe('Shifting')
    pass(turns, 40)
    phase(turns, 'Ready')
    turns.step()
    expect(recordIn(turns)?.phase).toBe('progressing')
  })

  test('nor since before a write of somebody else, even where all looks as before', () => {
    const turns = onItsWay()
    pass(turns, 29)
    turns.meddle(FRAUD, (body) =>
      withValue(body, '/properties/properties/AzureAsyncOperationUri', 'https://azure/another'),
    )
    pass(turns, 2)
    expect(recordIn(turns)?.phase).toBe('progressing')
    pass(turns, 31)
    expect(recordIn(turns)?.phase).toBe('baking')
  })

  test('nor while somebody has moved them', () => {
    const turns = onItsWay()
    const text = String(valueAt(turns.body(FRAUD) ?? {}, '/tags/verdigris.rollout'))
    remember(turns, { arrived: { record: text, after: lastWrite(turns), ...long } })
    turns.meddle(FRAUD, (body) => withValue(body, '/properties/traffic', { blue: 50, green: 50 }))
    turns.step()
    expect(recordIn(turns)?.phase).toBe('progressing')
  })

  test('and an endpoint whose last write failed has them all the same (L3)', () => {
    const turns = onItsWay()
    const { world } = turns
    // The write is sent again and fails again: what is in force is that of before.
    for (let minute = 0; minute < 40; minute += 1) {
      turns.world = { ...world }
      phase(turns, 'Failed')
      turns.plan()
      turns.now += MINUTE_MS
      turns.memory = { ...turns.memory }
      turns.step()
      if (recordIn(turns)?.phase === 'baking') return
    }
    throw new Error('the step never ended')
  })
})

test('since when nobody can judge is dated once (S28)', () => {
  const turns = onItsWay()
  measure(turns, undefined)
  pass(turns, 1)
  const since = known(turns).blindSince
  pass(turns, 20)
  expect([since, known(turns).blindSince]).toEqual([expect.any(Number), since])
  measure(turns, 0)
  turns.step()
  expect(known(turns).blindSince).toBeUndefined()
})

test('an answer ends it in the very turn that it comes in, however long there was none (S29)', () => {
  const turns = onItsWay()
  pass(turns, 2)
  measure(turns, undefined)
  pass(turns, 20)
  turns.now += 20 * MINUTE_MS
  measure(turns, 0)
  turns.step()
  expect(recordIn(turns)?.phase).toBe('baking')
})

test('what is said of another endpoint moves nothing here', () => {
  const turns = onItsWay()
  turns.input = { ...turns.input, intents: [intent('abort', 'other')] }
  turns.step()
  expect(recordIn(turns)?.phase).toBe('progressing')
})

test('an own write is waited for from the end of its operation, however long that takes (S9)', () => {
  const blue = deployment('fraud', 'blue')
  const turns = new Turns([endpoint('fraud'), blue])
  turns.settle()
  const before = turns.world
  turns.commit([endpoint('fraud', { description: 'b' }), blue], 'c2')
  turns.step('Provisioning')
  for (let minute = 0; minute < 10; minute += 1) {
    turns.step('Provisioning')
    turns.now += MINUTE_MS
  }
  // A reading that lags behind: at rest, and as before.
  turns.world = before
  expect(turns.plan()).toMatchObject({ actions: [], held: [{ reason: 'OwnWriteNotSeen' }] })
})

describe('a verdict against the candidate', () => {
  const held = { ...POLICY, onFailure: 'hold' } as const

  /** Half of the candidate's requests fail, and this was seen. */
  function failed(): Turns {
    const turns = opened(template(1))
    measure(turns, 0)
    turns.commit(template(2, { policy: held }), 'c2')
    untilPhase(turns, 'progressing')
    measure(turns, 0.5)
    pass(turns, 3)
    return turns
  }

  function phaseOf(turns: Turns): string | undefined {
    return turns.plan().findings.find(({ ref }) => keyOf(ref) === KEY)?.rollout?.phase
  }

  test.each<[string, number | undefined]>([
    ['is silent', undefined],
    ['finds nothing wrong', 0],
  ])('stands though its provider %s afterwards', (_, value) => {
    const turns = failed()
    expect(phaseOf(turns)).toBe('degraded')
    measure(turns, value)
    pass(turns, 40)
    expect(phaseOf(turns)).toBe('degraded')
    expect(traffic(turns)).toEqual({ blue: 90, green: 10 })
  })

  test('is nothing to the next attempt', () => {
    const turns = failed()
    say(turns, 'abort')
    measure(turns, 0)
    pass(turns, 3)
    say(turns, 'retry')
    untilPhase(turns, 'baking')
  })
})
