import { describe, expect, test } from '@jest/globals'
import type { Held } from '../../../src/core/model/plan.ts'
import { keyOf } from '../../../src/core/model/ref.ts'
import type { Assessment } from '../../../src/core/plan/assess.ts'
import { withCauses } from '../../../src/core/plan/causes.ts'
import { afterOutcomes } from '../../../src/core/plan/memory/next-memory.ts'
import { makePlan } from '../../../src/core/plan/plan.ts'
import { deployment, endpoint } from '../../support/desired.ts'
import { Turns } from '../../support/world.ts'
import { fail, opened, pass, say, template, until, untilPhase } from '../rollout/play.ts'

/** What is said of a thing, and whether somebody has to act. */
function told(turns: Turns, name: string): readonly Pick<Held, 'state' | 'reason' | 'message'>[] {
  return turns
    .plan()
    .held.filter(({ ref }) => ref.name === name)
    .map(({ state, reason, message }) => ({ state, reason, message }))
}

describe('what waits for a thing that only somebody can move is held with it and says so (L11)', () => {
  const green = { ...endpoint('fraud', { traffic: { green: 100 } }) }

  test('traffic that waits for a deployment of which Azure has given up', () => {
    const turns = new Turns([
      endpoint('fraud', { traffic: { blue: 100 } }),
      deployment('fraud', 'blue'),
    ])
    turns.settle()
    turns.commit([green, deployment('fraud', 'blue'), deployment('fraud', 'green')], 'c2')
    turns.step()
    fail(turns, 'green', 'ImageBuildFailure')
    turns.now += 3_600_000
    expect(told(turns, 'fraud')).toMatchObject([
      {
        state: 'blocked',
        reason: 'TrafficWaits',
        message:
          'Traffic stays until green is ready. OnlineDeployment/fraud/green: x Another commit leads on.',
      },
    ])
  })

  test('a deployment that waits for an endpoint that is held', () => {
    const turns = new Turns([endpoint('fraud')])
    turns.input = { ...turns.input, sync: { ...turns.input.sync, suspend: true } }
    turns.commit([endpoint('fraud'), deployment('fraud', 'blue')], 'c2')
    const held = turns.plan().held
    expect(held.every(({ state }) => state === 'blocked')).toBe(true)
  })

  test('a rollout whose candidate somebody else has changed so that it is not put back', () => {
    const turns = opened(template(1))
    turns.commit(template(2), 'c2')
    untilPhase(turns, 'progressing')
    pass(turns, 1)
    turns.meddle({ kind: 'OnlineDeployment', parent: 'fraud', name: 'green' }, (body) => ({
      ...body,
      properties: { ...(body.properties as object), instanceType: 'Standard_DS4_v2' },
    }))
    const [said] = told(turns, 'fraud')
    expect(said).toMatchObject({ state: 'blocked', reason: 'CandidateNotReady' })
    expect(said?.message).toContain('OnlineDeployment/fraud/green: It serves')
    const status = turns.plan().findings.find(({ ref }) => ref.name === 'fraud')?.rollout
    expect(status).toMatchObject({ stalled: true, message: said?.message })
  })

  test('a rollout whose candidate failed, and of whose next try Azure said that it can never succeed', () => {
    const turns = opened(template(1))
    turns.commit(template(2), 'c2')
    until(turns, ({ actions }) => actions.some(({ ref }) => ref.name === 'green'))
    fail(turns, 'green', 'OutOfQuota')
    const refusal = { reason: 'Invalid', message: 'x', errorClass: 'user', retry: 'Never' } as const
    // The first look dates the failure; the second one, an hour later, tries again.
    for (const now of [turns.now, turns.now + 3_600_000]) {
      turns.now = now
      const { world, memory: before } = turns
      const { plan, memory } = makePlan({ ...turns.input, world, memory: before, now })
      const outcomes = plan.actions.map(
        (action) => ({ action, result: 'Failed', ...refusal }) as const,
      )
      turns.memory = afterOutcomes(memory, outcomes, now)
    }
    expect(told(turns, 'green')).toMatchObject([{ state: 'blocked', reason: 'Invalid' }])
    expect(told(turns, 'fraud')).toMatchObject([{ state: 'blocked', reason: 'OutOfQuota' }])
  })

  test('an endpoint whose own write failed as its deployment did waits for the next try, and for nobody', () => {
    const turns = opened(template(1))
    turns.commit(template(2), 'c2')
    until(turns, ({ actions }) => actions.some(({ ref }) => ref.name === 'green'))
    fail(turns, 'green')
    const failure = { code: 'ImageBuildFailure', message: 'x' }
    const resources = turns.world.resources.map((one) =>
      one.ref.kind === 'OnlineEndpoint' ? { ...one, phase: 'Failed' as const, failure } : one,
    )
    turns.world = { ...turns.world, resources }
    turns.step()
    expect(told(turns, 'fraud')).toMatchObject([
      { state: 'waiting', reason: 'ImageBuildFailure', message: 'x' },
      {
        state: 'blocked',
        reason: 'ImageBuildFailure',
        message: 'x Another commit, or `verdigris rollout retry`, tries again.',
      },
    ])
  })

  test('a rollout that waits for others, when all of those wait for somebody', () => {
    const other = template(1).map((one) => ({ ...one }))
    const two = (model: number) => [...template(model), ...renamed(template(model))]
    const turns = new Turns([...other, ...renamed(template(1))])
    until(turns, (plan) => plan.actions.length === 0 && plan.wakeAt === undefined)
    turns.input = { ...turns.input, sync: { ...turns.input.sync, maxRollouts: 1 } }
    turns.commit(two(2), 'c2')
    untilPhase(turns, 'progressing')
    pass(turns, 1)
    expect(told(turns, 'loans')).toMatchObject([
      {
        state: 'waiting',
        reason: 'RolloutsAtLimit',
        message: expect.stringContaining('1 rollouts are under way (fraud)'),
      },
    ])
    say(turns, 'pause')
    pass(turns, 1)
    const [said] = told(turns, 'loans')
    expect(said).toMatchObject({ state: 'blocked', reason: 'RolloutsAtLimit' })
    expect(said?.message).toContain(
      'OnlineEndpoint/fraud: Somebody paused it; `verdigris rollout resume`',
    )
  })

  test('each link of a chain: an endpoint waits for a deployment, which waits for a model', () => {
    const model = { kind: 'Model', name: 'fraud', version: '2' } as const
    const slot = { kind: 'OnlineDeployment', parent: 'fraud', name: 'green' } as const
    const owner = { kind: 'OnlineEndpoint', name: 'fraud' } as const
    const seen = [
      { ref: owner, trafficPlan: { waitingFor: ['green'] } },
      { ref: slot, desired: { dependsOn: [model] } },
      { ref: model },
    ].map(
      (one) =>
        [
          keyOf(one.ref),
          { unresolved: [], ...one, key: keyOf(one.ref) } as unknown as Assessment,
        ] as const,
    )
    const held: readonly Held[] = [
      { ref: owner, state: 'waiting', reason: 'TrafficWaits', message: 'It waits.' },
      { ref: slot, state: 'waiting', reason: 'DependencyNotReady', message: 'It needs it.' },
      { ref: model, state: 'blocked', reason: 'Refused', message: 'Register another.' },
    ]
    const said = withCauses(held, new Map(seen))
    expect(said.map(({ state }) => state)).toEqual(['blocked', 'blocked', 'blocked'])
    expect(said[0]?.message).toBe(
      'It waits. OnlineDeployment/fraud/green: It needs it. Model/fraud:2: Register another.',
    )
  })

  test('a wait that ends by itself is none of those', () => {
    const turns = opened(template(1))
    turns.commit(template(2), 'c2')
    untilPhase(turns, 'progressing')
    pass(turns, 1)
    const plan = turns.plan()
    expect(plan.held.map(({ state }) => state)).not.toContain('blocked')
    expect(plan.wakeAt).toBeGreaterThan(turns.now)
    expect(keyOf(plan.held[0]?.ref ?? { kind: 'Model', name: '' })).toContain('fraud')
  })
})

function renamed(desired: ReturnType<typeof template>): ReturnType<typeof template> {
  const text = JSON.stringify(desired).replaceAll('"name":"fraud"', '"name":"loans"')
  return JSON.parse(text.replaceAll('"parent":"fraud"', '"parent":"loans"')) as typeof desired
}
