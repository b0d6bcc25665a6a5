import { describe, expect, test } from '@jest/globals'
import type { Desired } from '../../../src/core/model/desired.ts'
import { keyOf } from '../../../src/core/model/ref.ts'
import type { JsonObject } from '../../../src/core/model/values/json.ts'
import { withValue } from '../../../src/core/model/values/pointer.ts'
import { TAGS } from '../../../src/core/plan/ownership/ownership.ts'
import type { Turns } from '../../support/world.ts'
import {
  ERRORS,
  explicit,
  FRAUD,
  HOUR_MS,
  intent,
  measure,
  mirror,
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
} from './play.ts'

/** Half way to what Git wants, with good numbers. */
function onItsWay(second: Desired[] = template(2)): Turns {
  const turns = opened(template(1))
  measure(turns, 0)
  turns.commit(second, 'c2')
  untilPhase(turns, 'progressing')
  return turns
}

/** Somebody deletes the endpoint, and its deployments with it. */
function withoutEndpoint(turns: Turns): void {
  const resources = turns.world.resources.filter(
    ({ ref }) => ref.kind !== 'OnlineEndpoint' && ref.kind !== 'OnlineDeployment',
  )
  turns.world = { ...turns.world, resources }
}

function without(turns: Turns, slot: string): void {
  const key = keyOf(slotRef(slot))
  const resources = turns.world.resources.filter(({ ref }) => keyOf(ref) !== key)
  turns.world = { ...turns.world, resources }
}

function withoutRecord(body: JsonObject): JsonObject {
  const { 'verdigris.rollout': _, ...tags } = body.tags as Record<string, string>
  return { ...body, tags }
}

describe('other hands', () => {
  test('traffic moved on the way is put back to the step, and no step is passed meanwhile', () => {
    const turns = onItsWay()
    turns.meddle(FRAUD, (body) => withValue(body, '/properties/traffic', { blue: 0, green: 100 }))
    pass(turns, 3)
    expect([traffic(turns), recordIn(turns)?.step]).toEqual([{ blue: 90, green: 10 }, 1])
  })

  test.each([
    ['blue', 1],
    ['green', 2],
  ])(
    'the tags of an endpoint that %s serves, dropped before a new process looks: only they are written',
    (slot, model) => {
      const turns = opened(template(1))
      measure(turns, 0)
      if (model === 2) turns.commit(template(2), 'c2')
      until(
        turns,
        () => recordIn(turns)?.stable.slot === slot && recordIn(turns)?.phase === 'stable',
      )
      if (model === 2) without(turns, 'blue')
      turns.memory = {}
      turns.meddle(FRAUD, ({ tags: _, ...body }) => body)
      const { changes } = turns.plan()
      expect(changes.map(({ verb, ref }) => `${verb} ${keyOf(ref)}`)).toEqual([
        `update ${keyOf(FRAUD)}`,
      ])
      pass(turns, 3)
      expect([traffic(turns), modelOf(turns, slot)]).toEqual([{ [slot]: 100 }, `fraud:${model}`])
    },
  )

  test('traffic moved to a candidate before its first step, and stable deleted: it bakes, is judged, and is not stable', () => {
    const turns = opened(template(1))
    turns.commit(template(2, { policy: { bakeMs: HOUR_MS, analysis: [ERRORS] } }), 'c2')
    until(turns, () => modelOf(turns, 'green') === 'fraud:2')
    turns.meddle(FRAUD, (body) => withValue(body, '/properties/traffic', { green: 100 }))
    without(turns, 'blue')
    measure(turns, 0)
    pass(turns, 3)
    expect([recordIn(turns)?.phase, recordIn(turns)?.stable.slot]).toEqual(['baking', 'blue'])
    measure(turns, 1)
    until(turns, ({ held }) => held.some(({ reason }) => reason === 'Threshold'))
    expect(recordIn(turns)?.stable.slot).toBe('blue')
  })

  test('the rollout tag removed on the way is put back, and the rollout goes on', () => {
    const turns = onItsWay()
    turns.meddle(FRAUD, withoutRecord)
    pass(turns, 3)
    expect([traffic(turns), recordIn(turns)?.step]).toEqual([{ blue: 90, green: 10 }, 1])
    until(turns, () => recordIn(turns)?.stable.slot === 'green')
  })

  test('a record that was written and never read is put back, too', () => {
    const turns = onItsWay()
    until(turns, () => traffic(turns).green === 50)
    // Its write was accepted in the turn before.
    turns.meddle(FRAUD, withoutRecord)
    pass(turns, 2)
    expect([traffic(turns), recordIn(turns)?.step]).toEqual([{ blue: 50, green: 50 }, 3])
  })

  test('nor is it forgotten for a late reading of the one before', () => {
    const turns = onItsWay()
    let before = turns.world
    while (traffic(turns).green !== 50) {
      before = turns.world
      pass(turns, 1)
    }
    const after = turns.world
    turns.world = before
    turns.step()
    turns.world = after
    turns.meddle(FRAUD, withoutRecord)
    pass(turns, 2)
    expect([traffic(turns), recordIn(turns)?.step]).toEqual([{ blue: 50, green: 50 }, 3])
  })

  test('a record that is lost stands also where somebody moved the traffic: that is drift', () => {
    const turns = onItsWay()
    turns.meddle(FRAUD, (body) =>
      withValue(withoutRecord(body), '/properties/traffic', { blue: 30, green: 70 }),
    )
    pass(turns, 3)
    expect(traffic(turns)).toEqual({ blue: 90, green: 10 })
    until(turns, () => recordIn(turns)?.stable.slot === 'green')
  })

  test('nobody who has not seen it moves anything until somebody sends all traffic to one', () => {
    const turns = onItsWay()
    turns.meddle(FRAUD, withoutRecord)
    turns.memory = {}
    pass(turns, 20)
    expect(traffic(turns)).toEqual({ blue: 90, green: 10 })
    expect(reasons(turns.plan())).toContain('fraud RolloutStateUnknown')
    expect([modelOf(turns, 'blue'), modelOf(turns, 'green')]).toEqual(['fraud:1', 'fraud:2'])
    turns.meddle(FRAUD, (body) => withValue(body, '/properties/traffic', { blue: 100 }))
    until(turns, () => recordIn(turns)?.stable.slot === 'green')
  })

  test('an abort that is said while the endpoint is made again waits for its write', () => {
    const turns = onItsWay()
    pass(turns, 2)
    withoutEndpoint(turns)
    const { actions, answers } = say(turns, 'abort')
    expect(actions).toMatchObject([{ verb: 'create' }])
    expect(actions[0]?.turn).toBeUndefined()
    expect(answers).toMatchObject([{ result: 'pending' }])
  })

  test('an abort that was written stands when the endpoint is gone before it is seen (S7)', () => {
    const turns = onItsWay()
    pass(turns, 1)
    say(turns, 'abort')
    withoutEndpoint(turns)
    until(turns, () => recordIn(turns) !== undefined)
    expect(recordIn(turns)?.phase).toBe('aborted')
  })

  test('a record whose write failed explains nothing: what was seen in force stands', () => {
    const turns = onItsWay()
    let before = turns.world
    while (traffic(turns).green !== 50) {
      before = turns.world
      pass(turns, 1)
    }
    turns.world = before
    turns.meddle(FRAUD, withoutRecord)
    turns.now += HOUR_MS
    turns.step()
    expect([traffic(turns), recordIn(turns)?.step]).toEqual([{ blue: 90, green: 10 }, 1])
  })

  test('a record copied from another endpoint is none', () => {
    const turns = onItsWay()
    const other = 'v1;stable;s=green.77aa1122;n=0;t=mywqchpc;f=0;b=0;h=abcdef'
    turns.meddle(FRAUD, (body) => withValue(body, '/tags/verdigris.rollout', other))
    turns.memory = {}
    const before = turns.actions.length
    pass(turns, 20)
    expect(turns.actions.slice(before)).toEqual([])
    expect(reasons(turns.plan())).toContain('fraud RolloutRecordUnreadable')
  })

  test('a candidate deleted on the way is left in one write', () => {
    const turns = onItsWay()
    without(turns, 'green')
    expect(turns.step().actions).toMatchObject([
      { isUrgent: true, turn: { result: 'aborted', trigger: 'health' } },
    ])
    expect(traffic(turns)).toEqual({ blue: 100 })
  })

  test('a candidate that a list left out is not taken for gone', () => {
    const turns = onItsWay()
    const { world } = turns
    without(turns, 'green')
    turns.world = { ...turns.world, complete: false }
    expect(turns.step().actions.filter(({ turn }) => turn !== undefined)).toEqual([])
    turns.world = world
    until(turns, () => recordIn(turns)?.stable.slot === 'green')
  })

  test('a stable deployment deleted during the bake: the rollout ends where it is', () => {
    const turns = onItsWay()
    untilPhase(turns, 'baking')
    without(turns, 'blue')
    until(turns, () => recordIn(turns)?.phase === 'stable')
    expect(traffic(turns)).toEqual({ green: 100 })
  })

  test('no weight rises on a stable deployment that Azure is at work on, and the lever is not lost; one whose change failed serves', () => {
    const turns = onItsWay()
    const key = keyOf(slotRef('blue'))
    const fraudWith = (phase: 'Provisioning' | 'Failed') => ({
      ...turns.world,
      resources: turns.world.resources.map((one) =>
        keyOf(one.ref) === key ? { ...one, phase } : one,
      ),
    })
    turns.world = fraudWith('Provisioning')
    const { answers, actions } = say(turns, 'abort')
    expect([answers[0]?.result, actions]).toEqual(['pending', []])
    turns.world = fraudWith('Failed')
    expect(say(turns, 'abort').answers).toMatchObject([{ result: 'accepted' }])
  })

  test('a lever that waits says what for: of another Application’s endpoint, how it is taken over', () => {
    const turns = onItsWay()
    turns.meddle(FRAUD, (body) => withValue(body, `/tags/${TAGS.application}`, 'renamed'))
    expect(say(turns, 'abort').answers).toMatchObject([
      { result: 'pending', message: expect.stringContaining('verdigris adopt') },
    ])
  })

  test('mirroring by somebody else to a slot of the rollout’s own ends: the next revision goes there', () => {
    const turns = opened(template(1))
    turns.meddle(FRAUD, (body) => withValue(body, '/properties/mirrorTraffic', { green: 10 }))
    pass(turns, 3)
    expect(mirror(turns)).toEqual({})
  })

  test('mirroring by somebody else ends where a rollout is to begin', () => {
    const one = { blue: 1, grey: 1 }
    const turns = opened(explicit('blue', one))
    turns.meddle(FRAUD, (body) => withValue(body, '/properties/mirrorTraffic', { grey: 10 }))
    turns.commit(explicit('grey', { blue: 1, grey: 2 }), 'c2')
    pass(turns, 3)
    expect(mirror(turns)).toEqual({})
  })

  test('mirroring by somebody else stays while a rollout does not need it, and never goes to what serves', () => {
    const turns = opened(explicit('blue', { blue: 1, grey: 1 }))
    turns.meddle(FRAUD, (body) => withValue(body, '/properties/mirrorTraffic', { grey: 10 }))
    pass(turns, 3)
    expect(mirror(turns)).toEqual({ grey: 10 })
    turns.commit(explicit('grey', { blue: 1, grey: 1 }, { policy: { steps: [], bakeMs: 0 } }), 'c2')
    until(turns, () => traffic(turns).grey === 100)
    expect(mirror(turns)).toEqual({})
  })
})

describe('Git beside the rollout', () => {
  test('a Rollout removed on the way gives the traffic back in the template form: nobody would judge the candidate', () => {
    const turns = onItsWay()
    turns.commit(
      template(2).map(({ rollout: _, ...one }) => one),
      'c3',
    )
    pass(turns, 30)
    expect([traffic(turns), recordIn(turns)]).toEqual([{ blue: 100 }, undefined])
    expect([modelOf(turns, 'blue'), modelOf(turns, 'green')]).toEqual(['fraud:1', undefined])
  })

  test('a newest commit that is broken holds nothing back that is on its way', () => {
    const turns = onItsWay()
    const freezes = [{ what: 'deletes', reason: 'ManifestProblems', message: 'x' }] as const
    turns.input = { ...turns.input, freezes }
    until(turns, () => recordIn(turns)?.stable.slot === 'green')
  })

  test('suspended, nothing goes forward, and a bad revision is taken back', () => {
    const turns = onItsWay(template(2, { policy: { analysis: [ERRORS] } }))
    turns.input = { ...turns.input, sync: { ...turns.input.sync, suspend: true } }
    pass(turns, 30)
    expect(traffic(turns)).toEqual({ blue: 90, green: 10 })
    measure(turns, 1)
    expect(turns.step().actions).toMatchObject([{ isUrgent: true }])
    expect(traffic(turns)).toEqual({ blue: 100 })
  })

  test.each(['/tags', '/properties/traffic', '/properties'])(
    'an ignored %s of endpoints and deployments does not part the traffic from its record',
    (path) => {
      const turns = opened(template(1))
      const ignoreDifferences = (['OnlineEndpoint', 'OnlineDeployment'] as const).map((kind) => ({
        kind,
        path: kind === 'OnlineEndpoint' ? path : '/tags',
        reason: 'x',
      }))
      turns.input = { ...turns.input, sync: { ...turns.input.sync, ignoreDifferences } }
      turns.commit(template(2), 'c2')
      untilPhase(turns, 'progressing')
      expect(traffic(turns)).toEqual({ blue: 90, green: 10 })
      until(turns, () => recordIn(turns)?.stable.slot === 'green')
      expect(traffic(turns)).toEqual({ green: 100 })
    },
  )

  test('drift that is only reported does not keep a rollout from going back', () => {
    const turns = onItsWay(template(2, { policy: { analysis: [ERRORS] } }))
    turns.input = { ...turns.input, sync: { ...turns.input.sync, drift: 'report' } }
    turns.meddle(FRAUD, (body) => withValue(body, '/properties/traffic', { green: 5, blue: 95 }))
    pass(turns, 3)
    expect(traffic(turns)).toEqual({ green: 5, blue: 95 })
    // More users of the candidate than a step gave it are no drift that could wait.
    turns.meddle(FRAUD, (body) => withValue(body, '/properties/traffic', { green: 100, blue: 0 }))
    pass(turns, 3)
    expect(traffic(turns)).toEqual({ green: 10, blue: 90 })
    measure(turns, 1)
    pass(turns, 2)
    expect(traffic(turns)).toEqual({ blue: 100 })
  })

  test.each([
    ['report', { blue: 100 }],
    ['ignore', { blue: 100 }],
    ['ignore', { blue: 95, green: 5 }],
  ] as const)(
    'with drift: %s users who are taken off the candidate hold the rollout up, and that is told',
    (drift, moved) => {
      const turns = onItsWay()
      turns.input = { ...turns.input, sync: { ...turns.input.sync, drift } }
      const step = recordIn(turns)?.step
      turns.meddle(FRAUD, (body) => withValue(body, '/properties/traffic', { ...moved }))
      pass(turns, 5)
      expect([traffic(turns), recordIn(turns)?.step]).toEqual([moved, step])
      const held = turns.plan().held.find(({ ref }) => ref.kind === 'OnlineEndpoint')
      expect(held).toMatchObject({
        reason: 'DriftReported',
        message: expect.stringContaining(`the policy is to ${drift}, not to correct. Put it back`),
      })
      turns.meddle(FRAUD, (body) => withValue(body, '/properties/traffic', { blue: 90, green: 10 }))
      untilPhase(turns, 'stable')
      expect(recordIn(turns)?.stable.slot).toBe('green')
    },
  )

  test.each([
    ['drift is only reported', 'report', 'Ready'],
    ['drift is ignored', 'ignore', 'Ready'],
    ['drift is only reported, and the last write to it failed', 'report', 'Failed'],
    ['drift is ignored, and the last write to it failed', 'ignore', 'Failed'],
  ] as const)('users who are served by nobody are served where %s', (_, drift, phase) => {
    const turns = opened(template(1))
    turns.input = { ...turns.input, sync: { ...turns.input.sync, drift } }
    turns.meddle(FRAUD, (body) => withValue(body, '/properties/traffic', {}))
    const resources = turns.world.resources.map((one) =>
      keyOf(one.ref) === keyOf(FRAUD) ? { ...one, phase } : one,
    )
    turns.world = { ...turns.world, resources }
    pass(turns, 3)
    expect(traffic(turns)).toEqual({ blue: 100 })
  })

  test('an endpoint of somebody else is not written to', () => {
    const turns = opened(template(1))
    turns.meddle(FRAUD, (body) => withValue(body, '/tags/verdigris.application', 'other'))
    turns.commit(template(2), 'c2')
    const before = turns.actions.length
    pass(turns, 30)
    expect(turns.actions.slice(before).filter(({ ref }) => ref.kind === 'OnlineEndpoint')).toEqual(
      [],
    )
  })
})

describe('several endpoints', () => {
  /** The same commit for three endpoints. */
  function three(model: number, steps?: never[]): Desired[] {
    return ['alpha', 'beta', 'gamma'].flatMap((name) =>
      template(model, steps === undefined ? {} : { policy: { steps } }).map((desired) => {
        const ref = { ...desired.ref, name }
        const slots = desired.rollout?.slots?.map((slot) => ({
          ...slot,
          ref: { ...slot.ref, parent: name },
          spec: { ...slot.spec, endpoint_name: name },
          dependsOn: [ref],
        }))
        const rollout = desired.rollout && { ...desired.rollout, endpoint: ref, slots: slots ?? [] }
        return { ...desired, ref, spec: { ...desired.spec, name }, ...(rollout && { rollout }) }
      }),
    )
  }

  const movingAt = (turns: Turns): number =>
    turns.world.resources.filter(({ ref, body }) => {
      const tags = body.tags as Record<string, string> | undefined
      return (
        ref.kind === 'OnlineEndpoint' &&
        /;(progressing|baking);/.test(tags?.['verdigris.rollout'] ?? '')
      )
    }).length

  test.each([
    ['a canary', undefined],
    ['all traffic at once', []],
  ])('no more roll out at once than allowed, and all of them in the end: %s', (_, steps) => {
    const turns = opened(besideFraud(three(1, steps as never[])))
    turns.input = { ...turns.input, sync: { ...turns.input.sync, maxRollouts: 1 } }
    turns.commit(three(2, steps as never[]), 'c2')
    const seen = new Set<number>()
    until(turns, () => {
      seen.add(movingAt(turns))
      const done = turns.actions.filter(({ turn }) => turn?.result === 'promoted')
      return done.length === 7
    })
    expect(Math.max(...seen)).toBe(1)
  })

  test('one that waits for its turn keeps its record and its window', () => {
    const turns = opened(besideFraud(three(1)))
    turns.commit(three(2), 'c2')
    until(turns, () => turns.actions.filter(({ turn }) => turn?.result === 'promoted').length === 7)
    turns.input = { ...turns.input, sync: { ...turns.input.sync, maxRollouts: 0 } }
    turns.commit(three(3), 'c3')
    pass(turns, 5)
    const plan = turns.plan()
    const status = plan.findings.find(({ ref }) => ref.name === 'alpha')?.rollout
    expect(status).toMatchObject({
      reason: 'RolloutsAtLimit',
      stable: { deployment: 'green' },
    })
    turns.input = { ...turns.input, intents: [intent('promote', 'alpha')] }
    expect(turns.plan().answers).not.toMatchObject([{ result: 'accepted' }])
  })
})

/** `opened` looks at an endpoint called fraud: one beside the others that does not move. */
function besideFraud(others: Desired[]): Desired[] {
  return [...others, ...template(1)]
}
