import { describe, expect, test } from '@jest/globals'
import type { Rollout } from '../../../src/core/model/desired.ts'
import type { GoldenRequest, Step } from '../../../src/core/model/rollout.ts'
import { valueAt } from '../../../src/core/model/values/pointer.ts'
import type { PlanInput } from '../../../src/core/plan/context.ts'
import { makePlan } from '../../../src/core/plan/plan.ts'
import {
  ERRORS,
  FRAUD,
  intent,
  MINUTE_MS,
  measure,
  opened,
  recordIn,
  template,
  until,
} from '../rollout/play.ts'

const REQUEST: GoldenRequest = {
  ...{ name: 'golden/one.json', request: 1, status: 200, maxLatencyMs: 5000 },
  expect: { is: 'anything' },
}
const PROBE = { requests: [REQUEST], perMinute: 60 }
const STEPS: readonly Step[] = [
  { type: 'setWeight', percent: 10 },
  { type: 'analysis', checks: [ERRORS], forMs: 10 * MINUTE_MS, probe: PROBE },
  { type: 'setWeight', percent: 50 },
  { type: 'analysis', checks: [ERRORS], forMs: 10 * MINUTE_MS },
]

type Turns = ReturnType<typeof opened>

/** A rollout whose first analysis has been entered, and is seen in force. */
function analysing(policy: Partial<Omit<Rollout, 'slots'>> = {}): Turns {
  const turns = opened(template(1, { policy: { steps: STEPS, ...policy } }))
  turns.commit(template(2, { policy: { steps: STEPS, ...policy } }), 'c2')
  measure(turns, 0)
  until(turns, (plan) => recordIn(turns)?.step === 1 && plan.actions.length === 0)
  return turns
}

function probesOf(turns: Turns, change: Partial<PlanInput> = {}) {
  const { world, memory, now, input } = turns
  return makePlan({ ...input, world, memory, now, ...change }).probes ?? []
}

describe('a probe is to be sent', () => {
  test('while its step is in force, to its endpoint', () => {
    const turns = analysing()
    expect(probesOf(turns)).toEqual([
      {
        ...PROBE,
        ...{ key: 'OnlineEndpoint/fraud', endpoint: 'fraud' },
        step: valueAt(turns.body(FRAUD) ?? {}, '/tags/verdigris.rollout'),
      },
    ])
  })

  test('with its counts in the status, which say what this process has sent', () => {
    const turns = analysing()
    const counts = { sent: 3, failed: 1, unanswered: 0 }
    const { world, memory, now, input } = turns
    const probing = new Map([['OnlineEndpoint/fraud', counts]])
    const { plan } = makePlan({ ...input, world, memory, now, probing })
    const status = plan.findings.flatMap(({ rollout }) => rollout ?? [])
    expect(status.map(({ probe }) => probe)).toEqual([{ perMinute: 60, different: 1, ...counts }])
  })

  test('without counts in the status of a process that sends none itself', () => {
    const { world, memory, now, input } = analysing()
    const { plan } = makePlan({ ...input, world, memory, now })
    const status = plan.findings.flatMap(({ rollout }) => rollout ?? [])
    expect(status.map(({ probe }) => probe)).toEqual([{ perMinute: 60, different: 1 }])
  })

  test('to no endpoint before the step is seen in force, and to none after it', () => {
    const turns = opened(template(1, { policy: { steps: STEPS } }))
    expect(probesOf(turns)).toEqual([])
    turns.commit(template(2, { policy: { steps: STEPS } }), 'c2')
    measure(turns, 0)
    const seen: boolean[] = []
    until(turns, () => {
      const record = recordIn(turns)
      const isIn = record?.phase === 'progressing' && record.step === 1
      if (probesOf(turns).length > 0) seen.push(isIn)
      return record?.phase === 'baking'
    })
    expect(seen.length).toBeGreaterThan(5)
    expect(seen.every(Boolean)).toBe(true)
    expect(probesOf(turns)).toEqual([])
  })
})

describe('no probe is to be sent', () => {
  test.each<[string, (turns: Turns) => Partial<PlanInput>]>([
    [
      'where the Application only observes',
      ({ input: { sync } }) => ({ sync: { ...sync, mode: 'observe' } }),
    ],
    ['where it is suspended', ({ input: { sync } }) => ({ sync: { ...sync, suspend: true } })],
    [
      'where its endpoint is suspended',
      ({ input: { desired }, now }) => ({
        desired: desired.map((one) => ({ ...one, policy: { suspendUntil: now + 1 } })),
      }),
    ],
    [
      'where nothing may be written',
      () => ({ freezes: [{ what: 'writes', reason: 'CommitRewritten', message: 'x' }] }),
    ],
    ['in the plan that pauses it', () => ({ intents: [intent('pause')] })],
    ['in the plan that aborts it', () => ({ intents: [intent('abort')] })],
    ['in the plan that goes on', () => ({ intents: [intent('promote')] })],
  ])('%s', (_, change) => {
    const turns = analysing()
    expect(probesOf(turns, change(turns))).toEqual([])
    expect(probesOf(turns)).toHaveLength(1)
  })

  test('while it is paused', () => {
    const turns = analysing()
    turns.input = { ...turns.input, intents: [intent('pause')] }
    turns.step()
    turns.input = { ...turns.input, intents: [] }
    turns.now += MINUTE_MS
    expect(recordIn(turns)?.isPaused).toBe(true)
    expect(probesOf(turns)).toEqual([])
  })

  test('once a check has failed, whether its traffic goes back or it waits for somebody', () => {
    for (const onFailure of ['rollback', 'hold'] as const) {
      const turns = analysing({ onFailure })
      measure(turns, 1)
      expect(probesOf(turns)).toEqual([])
      turns.step()
      turns.now += MINUTE_MS
      expect(probesOf(turns)).toEqual([])
    }
  })

  test('where the traffic is not what the record says', () => {
    const turns = analysing()
    const resources = turns.world.resources.map((one) =>
      one.ref.kind === 'OnlineEndpoint' ? { ...one, phase: 'Provisioning' as const } : one,
    )
    expect(probesOf(turns, { world: { ...turns.world, resources } })).toEqual([])
  })

  test('where the endpoint is somebody else’s', () => {
    const turns = analysing()
    expect(probesOf(turns, { application: 'other' })).toEqual([])
  })
})
