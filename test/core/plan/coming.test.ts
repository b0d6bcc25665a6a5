import { describe, expect, test } from '@jest/globals'
import { keyOf } from '../../../src/core/model/ref.ts'
import type { RolloutStatus, Step } from '../../../src/core/model/rollout.ts'
import type { JsonObject } from '../../../src/core/model/values/json.ts'
import { valueAt, withValue } from '../../../src/core/model/values/pointer.ts'
import type { Turns } from '../../support/world.ts'
import {
  explicit,
  FRAUD,
  fail,
  HOUR_MS,
  MINUTE_MS,
  modelOf,
  opened,
  pass,
  reasons,
  recordIn,
  say,
  slotRef,
  template,
  traffic,
  until,
  untilPhase,
} from '../rollout/play.ts'

const POLICY = { deadlineMs: 2 * HOUR_MS }
const GREEN = keyOf(slotRef('green'))

type Phase = 'Ready' | 'Provisioning' | 'Deleting'

function become(turns: Turns, phase: Phase): void {
  const resources = turns.world.resources.map((one) =>
    keyOf(one.ref) === GREEN ? { ref: one.ref, body: one.body, phase } : one,
  )
  turns.world = { ...turns.world, resources }
}

/** A new revision whose deployment Azure has begun to make. */
function coming(policy: JsonObject = {}): Turns {
  const turns = opened(template(1))
  turns.commit(template(2, { policy: { ...POLICY, ...policy } }), 'c2')
  until(turns, ({ actions }) => actions.some(({ ref }) => keyOf(ref) === GREEN))
  become(turns, 'Provisioning')
  return turns
}

function statusOf(turns: Turns): RolloutStatus | undefined {
  return turns.plan().findings.find(({ rollout }) => rollout !== undefined)?.rollout
}

function why(turns: Turns): unknown {
  return valueAt(turns.body(FRAUD) ?? {}, '/tags/verdigris.aborted')
}

/** Another process. */
function restart(turns: Turns): void {
  turns.memory = {}
}

function dated(turns: Turns, systemData: JsonObject): void {
  turns.meddle(slotRef('green'), (body) => withValue(body, '/systemData', systemData))
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}

describe.each([
  ['that Azure does not date', (): void => {}],
  [
    'by Azure’s dates',
    (turns: Turns) => dated(turns, { createdAt: iso(turns.now), lastModifiedAt: iso(turns.now) }),
  ],
])('a fix that is merged while Azure hangs on what it mends, %s', (_, date) => {
  /** Three hours of a deadline of two. */
  function hung(): Turns {
    const turns = coming()
    date(turns)
    pass(turns, 60)
    turns.commit(template(3, { policy: POLICY }), 'c3')
    pass(turns, 3 * 60)
    return turns
  }

  test('is not late for that: it is put there as soon as Azure lets it', () => {
    const turns = hung()
    expect(statusOf(turns)?.reason).not.toBe('DeadlineExceeded')
    become(turns, 'Ready')
    until(turns, () => traffic(turns).green === 100)
    expect(modelOf(turns, 'green')).toBe('fraud:3')
  })

  test('is late for what Azure takes for itself', () => {
    const turns = hung()
    become(turns, 'Ready')
    until(turns, () => modelOf(turns, 'green') === 'fraud:3')
    become(turns, 'Provisioning')
    date(turns)
    pass(turns, 2 * 60 + 5)
    expect(statusOf(turns)?.reason).toBe('DeadlineExceeded')
  })
})

describe('a candidate that does not come up within the deadline', () => {
  test.each([
    ['of a template', coming],
    ['held on failure', () => coming({ onFailure: 'hold' })],
    [
      'with a manifest of its own',
      () => {
        const turns = opened(explicit('blue', { blue: 1 }))
        turns.commit(explicit('green', { blue: 1, green: 2 }, { policy: POLICY }), 'c2')
        until(turns, ({ actions }) => actions.some(({ ref }) => keyOf(ref) === GREEN))
        become(turns, 'Provisioning')
        return turns
      },
    ],
  ])('%s is aborted when Azure takes a write again, and stays so', (_, begun) => {
    const turns = begun()
    pass(turns, 119)
    expect(statusOf(turns)).toMatchObject({ phase: 'provisioning', reason: 'Provisioning' })
    pass(turns, 2)
    expect(statusOf(turns)).toMatchObject({ phase: 'aborting', reason: 'DeadlineExceeded' })
    expect(statusOf(turns)?.message).toContain(
      'green did not get to its first step within the deadline of 120 minutes. Azure is at work on it still',
    )
    const writes = turns.actions.length
    pass(turns, 10)
    expect(turns.actions.length).toBe(writes)
    become(turns, 'Ready')
    untilPhase(turns, 'aborted')
    expect(turns.actions.at(-1)?.turn).toMatchObject({ result: 'aborted', trigger: 'deadline' })
    expect([traffic(turns), why(turns)]).toEqual([
      { blue: 100 },
      'DeadlineExceeded: green did not get to its first step within the deadline of 120 minutes.',
    ])
    pass(turns, 30)
    expect([recordIn(turns)?.phase, traffic(turns)]).toEqual(['aborted', { blue: 100 }])
    say(turns, 'retry')
    untilPhase(turns, 'progressing')
  })

  test('and fails in the end is aborted, its slot kept for the window and removed then', () => {
    const turns = coming()
    pass(turns, 121)
    fail(turns, 'green', 'OutOfQuota')
    untilPhase(turns, 'aborted')
    until(turns, () => turns.body(slotRef('green')) === undefined)
    expect(traffic(turns)).toEqual({ blue: 100 })
  })

  test('whose slot is not emptied is aborted as well', () => {
    const turns = coming()
    become(turns, 'Deleting')
    pass(turns, 121)
    expect(statusOf(turns)?.reason).toBe('DeadlineExceeded')
  })

  test('makes room for a commit with other content, and for one that takes it back', () => {
    const other = coming()
    pass(other, 121)
    other.commit(template(3, { policy: POLICY }), 'c3')
    expect(statusOf(other)).toMatchObject({ phase: 'provisioning' })
    const back = coming()
    pass(back, 121)
    back.commit(template(1, { policy: POLICY }), 'c3')
    expect(statusOf(back)).toMatchObject({ phase: 'idle' })
  })

  test('is not aborted where stable is gone: it may be all there is', () => {
    const turns = coming()
    turns.world = {
      ...turns.world,
      resources: turns.world.resources.filter(({ ref }) => ref.name !== 'blue'),
    }
    pass(turns, 130)
    expect(statusOf(turns)?.reason).not.toBe('DeadlineExceeded')
  })
})

describe('the time before the first step', () => {
  const spent = (turns: Turns): number => turns.memory[keyOf(FRAUD)]?.watched?.ms ?? 0

  test('is told while it counts, and is another one than that of the steps', () => {
    const turns = coming()
    pass(turns, 61)
    const { readyBy = 0, deadlineAt } = statusOf(turns) ?? {}
    expect([readyBy - turns.now, deadlineAt]).toEqual([HOUR_MS, undefined])
    become(turns, 'Ready')
    untilPhase(turns, 'progressing')
    const moving = statusOf(turns)
    expect([(moving?.deadlineAt ?? 0) - turns.now, moving?.readyBy]).toEqual([
      2 * HOUR_MS,
      undefined,
    ])
  })

  test('has no part of the time in which somebody has suspended it', () => {
    const turns = coming()
    pass(turns, 30)
    const before = spent(turns)
    turns.input = { ...turns.input, sync: { ...turns.input.sync, suspend: true } }
    pass(turns, 300)
    expect(spent(turns)).toBe(before)
    expect(statusOf(turns)?.readyBy).toBeUndefined()
  })

  test.each(['InternalServerError', 'ImageBuildFailure'])(
    'has no part of what comes behind a failure: %s',
    (code) => {
      const turns = coming()
      pass(turns, 30)
      const before = spent(turns)
      fail(turns, 'green', code)
      pass(turns, 1)
      expect([before, spent(turns)]).toEqual([29 * MINUTE_MS, 29 * MINUTE_MS])
    },
  )

  test('is counted anew when Azure ended an attempt for want of capacity', () => {
    const turns = coming()
    pass(turns, 100)
    fail(turns, 'green', 'OutOfCapacity')
    turns.step()
    become(turns, 'Provisioning')
    pass(turns, 100)
    expect(statusOf(turns)?.reason).toBe('Provisioning')
    pass(turns, 30)
    expect(statusOf(turns)?.reason).toBe('DeadlineExceeded')
  })

  test('that has run out stays so where the endpoint is busy when Azure ends the attempt for want of capacity', () => {
    const turns = coming()
    pass(turns, 121)
    fail(turns, 'green', 'OutOfCapacity')
    const phase = (is: Phase): void => {
      const resources = turns.world.resources.map((one) =>
        keyOf(one.ref) === keyOf(FRAUD) ? { ...one, phase: is } : one,
      )
      turns.world = { ...turns.world, resources }
    }
    phase('Provisioning')
    pass(turns, 2)
    phase('Ready')
    pass(turns, 5)
    expect(recordIn(turns)?.phase).toBe('aborted')
  })

  test('has no part of a night in which the controller was down', () => {
    const turns = coming()
    pass(turns, 30)
    turns.now += 10 * HOUR_MS
    pass(turns, 30)
    expect(statusOf(turns)?.reason).toBe('Provisioning')
  })

  test('is that of this revision: another one begins anew', () => {
    const turns = coming()
    pass(turns, 100)
    turns.commit(template(3, { policy: POLICY }), 'c3')
    pass(turns, 100)
    expect(statusOf(turns)?.reason).toBe('Provisioning')
  })

  /** It is up, and its golden requests get this answer. */
  const verifying = (problem?: { reason: string; message: string }): Turns => {
    const turns = opened(template(1))
    const golden = { name: 'one', request: {}, status: 200, maxLatencyMs: 1000 } as const
    const verify: Step = { type: 'verify', golden: [{ ...golden, expect: { is: 'anything' } }] }
    const steps: readonly Step[] = [verify, { type: 'setWeight', percent: 10 }]
    turns.commit(template(2, { policy: { ...POLICY, steps } }), 'c2')
    const answers = problem === undefined ? [] : [{ name: 'one', problem }]
    const probes = new Map(problem === undefined ? [] : [[GREEN, answers]])
    turns.input = { ...turns.input, answers: { ...turns.input.answers, probes } }
    return turns
  }

  test('counts golden requests that are not through', () => {
    const turns = verifying()
    pass(turns, 125)
    expect(why(turns)).toMatch(/^DeadlineExceeded: green did not get to its first step/)
  })

  test('does not count a right to send them that somebody must give', () => {
    const turns = verifying({ reason: 'Forbidden', message: 'x' })
    pass(turns, 300)
    expect([why(turns), statusOf(turns)?.reason]).toEqual([undefined, 'CannotVerify'])
  })
})

describe('behind a restart', () => {
  /** Made since the record was written, and watched by this process for so many minutes of three hours. */
  const restarted = (minutes: number, systemData: (now: number) => JsonObject): unknown => {
    const turns = coming()
    const madeMs = turns.now
    turns.now += 3 * HOUR_MS
    restart(turns)
    dated(turns, systemData(madeMs))
    pass(turns, minutes)
    return statusOf(turns)?.reason
  }
  const once = (madeMs: number) => ({ createdAt: iso(madeMs), lastModifiedAt: iso(madeMs + 900) })

  test('Azure says since when it makes the deployment', () => {
    expect(restarted(16, once)).toBe('DeadlineExceeded')
  })

  test.each([
    ['within the time in which a wrong clock is set right', 15, once],
    ['where it was made before the record', 30, () => ({ createdAt: iso(0) })],
    [
      'where it was written since it was made',
      30,
      (ms: number) => ({ createdAt: iso(ms), lastModifiedAt: iso(ms + HOUR_MS) }),
    ],
    ['where nothing is said', 30, () => ({})],
  ] as const)('that does not count %s', (_, minutes, systemData) => {
    expect(restarted(minutes, systemData)).toBe('Provisioning')
  })

  test('nor when it is up: then it begins', () => {
    const turns = coming()
    const madeMs = turns.now
    turns.now += 3 * HOUR_MS
    restart(turns)
    dated(turns, once(madeMs))
    become(turns, 'Ready')
    untilPhase(turns, 'progressing')
    expect(reasons(turns.plan())).not.toContain('fraud DeadlineExceeded')
  })
})
