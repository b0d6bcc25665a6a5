import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Desired } from '../../../src/core/model/desired.ts'
import type { World } from '../../../src/core/model/live.ts'
import type { Action } from '../../../src/core/model/plan.ts'
import { keyOf, scopeOf } from '../../../src/core/model/ref.ts'
import { valueAt, withValue } from '../../../src/core/model/values/pointer.ts'
import { weightsAt } from '../../../src/core/plan/compare/body.ts'
import { deployment, endpoint } from '../../support/desired.ts'
import { essence, live, Turns, world } from '../../support/world.ts'

const FRAUD = { kind: 'OnlineEndpoint', name: 'fraud' } as const
const NAMES = ['blue', 'green', 'grey'] as const
const ALIEN = live(
  { kind: 'OnlineDeployment', parent: 'fraud', name: 'alien' },
  { properties: { endpointComputeType: 'Managed' } },
)

/** What a commit may declare: some deployments with a model each, and how traffic is shared among them. */
const commit = fc
  .record({
    names: fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1 }),
    model: fc.integer({ min: 1, max: 3 }),
    share: fc.integer({ min: 0, max: 100 }),
    mirrors: fc.boolean(),
    description: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }),
  })
  .map(({ names, model, share, mirrors, description }): Desired[] => {
    const [first = 'blue', second] = names
    const rest = 100 - share
    const traffic = second === undefined ? { [first]: 100 } : { [first]: share, [second]: rest }
    const spare = names[2]
    const mirror = mirrors && spare !== undefined ? { mirror_traffic: { [spare]: 20 } } : {}
    const said = description === undefined ? {} : { description }
    return [
      endpoint('fraud', { traffic, ...mirror, ...said }),
      ...names.map((name) => deployment('fraud', name, { model: `azureml:fraud:${model}` })),
    ]
  })

const meddling = fc.constantFrom<(turns: Turns) => void>(
  (turns) => turns.meddle(FRAUD, (body) => withValue(body, '/properties/traffic', {})),
  (turns) => turns.meddle(FRAUD, (body) => withValue(body, '/properties/description', 'x')),
  (turns) => turns.meddle(FRAUD, (body) => withValue(body, '/tags/team', 'risk')),
  () => {},
)

/** Checks every write against the world it meets (INVARIANTS S1, S2, S3, S11, S16). */
function obeys(action: Action, { resources }: World, actions: readonly Action[]): void {
  expect(actions.filter((other) => scopeOf(other.ref) === scopeOf(action.ref))).toHaveLength(1)
  expect(keyOf(action.ref)).not.toBe(keyOf(ALIEN.ref))
  const there = new Set(
    resources.filter(({ phase }) => phase === 'Ready').map(({ ref }) => ref.name),
  )
  const liveEndpoint = resources.find(({ ref }) => keyOf(ref) === keyOf(FRAUD))
  if (action.verb === 'delete') {
    const weight = weightsAt(liveEndpoint?.body ?? {}, '/properties/traffic')[action.ref.name]
    expect(weight ?? 0).toBe(0)
  }
  if (action.ref.kind !== 'OnlineEndpoint' || action.body === undefined) return
  const traffic = weightsAt(action.body, '/properties/traffic')
  const mirror = weightsAt(action.body, '/properties/mirrorTraffic')
  const sum = Object.values(traffic).reduce((total, weight) => total + weight, 0)
  expect([0, 100]).toContain(sum)
  for (const name of Object.keys(traffic)) expect(there).toContain(name)
  for (const name of Object.keys(mirror)) expect(traffic[name] ?? 0).toBe(0)
  expect(Object.keys(mirror).length).toBeLessThanOrEqual(1)
}

function settle(turns: Turns): void {
  for (let turn = 0; turn < 60; turn += 1) {
    const before = turns.world
    const { actions, wakeAt } = turns.step()
    for (const action of actions) obeys(action, before, actions)
    if (actions.length === 0 && wakeAt === undefined) return
    turns.now += 200_000
  }
  throw new Error('not settled')
}

/** What this turn would do, and what it does where its Application only observes. */
function onlyTells(turns: Turns): void {
  const applied = turns.plan()
  const { input } = turns
  turns.input = { ...input, sync: { ...input.sync, mode: 'observe' } }
  const { actions, changes, wakeAt, held, findings } = turns.plan()
  turns.input = input
  expect({ actions, changes, wakeAt }).toEqual({ actions: [], changes: applied.changes })
  expect(findings.map(({ sync, health }) => [sync, health])).toEqual(
    applied.findings.map(({ sync, health }) => [sync, health]),
  )
  const told = held.filter(({ reason }) => reason === 'Observed')
  for (const { ref, operation } of applied.actions)
    expect(told).toContainEqual({
      ref,
      state: 'blocked',
      reason: 'Observed',
      message: `The Application only observes: ${operation} is not sent. To have it sent, set \`mode: apply\` in its sync policy and restart the controller.`,
    })
}

describe('whatever is committed, and whoever meddles', () => {
  test('every write keeps the invariants, and in the end live is what Git says', () => {
    const story = fc.array(fc.tuple(commit, meddling), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(story, (chapters) => {
        const turns = new Turns([], world([ALIEN]))
        chapters.forEach(([desired, meddle], index) => {
          turns.commit(desired, `c${index}`)
          settle(turns)
          meddle(turns)
          settle(turns)
          expect(turns.plan().changes).toEqual([])
        })
        expect(turns.world.resources).toContainEqual(ALIEN)
      }),
      { numRuns: 150 },
    )
  })

  test('where the Application only observes the plan is the same, and each write is told and not sent', () => {
    const story = fc.array(fc.tuple(commit, meddling, fc.nat({ max: 4 })), {
      minLength: 1,
      maxLength: 4,
    })
    fc.assert(
      fc.property(story, (chapters) => {
        const turns = new Turns([], world([ALIEN]))
        chapters.forEach(([desired, meddle, steps], index) => {
          turns.commit(desired, `c${index}`)
          meddle(turns)
          for (let step = 0; step < steps; step += 1) {
            onlyTells(turns)
            turns.step()
            turns.now += 30_000
          }
          onlyTells(turns)
        })
      }),
      { numRuns: 100 },
    )
  })

  test('commits A then B then C end as A then C does', () => {
    fc.assert(
      fc.property(commit, commit, commit, (a, b, c) => {
        const [long, short] = [new Turns([]), new Turns([])]
        for (const [index, desired] of [a, b, c].entries()) {
          long.commit(desired, `c${index}`)
          settle(long)
        }
        for (const [index, desired] of [a, c].entries()) {
          short.commit(desired, `c${index * 2}`)
          settle(short)
        }
        const untagged = ({ world: now }: Turns): unknown =>
          essence(world(now.resources.map((one) => ({ ...one, body: { ...one.body, tags: {} } }))))
        expect(untagged(long)).toEqual(untagged(short))
      }),
      { numRuns: 100 },
    )
  })

  test('the order of manifests changes no write', () => {
    fc.assert(
      fc.property(commit, fc.integer({ min: 1, max: 3 }), (desired, turn) => {
        const turned = [...desired.slice(turn), ...desired.slice(0, turn)]
        const plans = [desired, turned].map((manifests) => {
          const turns = new Turns([])
          turns.commit(manifests, 'c1')
          settle(turns)
          return turns.actions
        })
        expect(plans[1]).toEqual(plans[0])
      }),
    )
  })

  test('a reading with anything in it neither breaks the planner nor reaches a prototype', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (strange) => {
        const odd = JSON.parse(`{"__proto__": {"polluted": 1}, "constructor": {"x": 1}}`)
        const body = { properties: { ...odd, strange, traffic: strange }, tags: strange } as never
        const turns = new Turns(
          [endpoint('fraud', { description: 'a' }, { adopt: true })],
          world([live(FRAUD, body)]),
        )
        for (const action of turns.settle())
          expect(valueAt(action.body ?? {}, '/properties/strange')).toEqual(strange)
        expect(({} as { polluted?: number }).polluted).toBeUndefined()
      }),
    )
  })
})
