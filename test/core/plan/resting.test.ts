import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Desired } from '../../../src/core/model/desired.ts'
import type { World } from '../../../src/core/model/live.ts'
import type { KeyMemory } from '../../../src/core/model/memory.ts'
import { keyOf, type Ref } from '../../../src/core/model/ref.ts'
import type { Intent } from '../../../src/core/model/rollout.ts'
import type { JsonObject } from '../../../src/core/model/values/json.ts'
import { withValue } from '../../../src/core/model/values/pointer.ts'
import type { PlanInput } from '../../../src/core/plan/context.ts'
import { makePlan } from '../../../src/core/plan/plan.ts'
import { deployment, desiredOf, endpoint } from '../../support/desired.ts'
import { planTwice } from '../../support/plan-twice.ts'
import { NOW, SYNC, Turns, world } from '../../support/world.ts'
import { template } from '../rollout/play.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const FRAUD: Ref = { kind: 'OnlineEndpoint', name: 'fraud' }
const BLUE: Ref = { kind: 'OnlineDeployment', parent: 'fraud', name: 'blue' }

/** Two endpoints, one of them with a label, one with a Rollout, and a model. */
function declared(model: number): readonly Desired[] {
  const labelled = { model: 'azureml:fraud@latest' }
  return [
    ...desiredOf('Model', { name: 'shared', version: '1', path: './model' }),
    endpoint('fraud', { traffic: { blue: 100 }, tags: { team: 'a' } }),
    deployment('fraud', 'blue', { model: `azureml:fraud:${model}` }),
    deployment('fraud', 'grey', { model: 'azureml:fraud:1' }),
    endpoint('spam', { traffic: { blue: 100 } }),
    deployment('spam', 'blue', labelled),
    ...(JSON.parse(JSON.stringify(template(model)).replaceAll('fraud', 'churn')) as Desired[]),
  ]
}

const LABELS = { 'Model/fraud@latest': '1' }

function started(): Turns {
  return new Turns(declared(1), { ...world(), labels: LABELS })
}

/** Turns until all is in place, and two more, in which it is seen to stay so. */
function atRest(): Turns {
  const turns = started()
  settle(turns)
  return turns
}

function settle(turns: Turns): void {
  for (let step = 0; step < 15; step += 1) {
    turns.step()
    turns.now += HOUR_MS
  }
}

function inputOf(turns: Turns): PlanInput {
  return { ...turns.input, world: turns.world, memory: turns.memory, now: turns.now }
}

/** One thing that becomes another, beside what anybody declares. */
const HANDS: { readonly [what: string]: (turns: Turns) => void } = {
  nothing: () => {},
  'the weights': (turns) =>
    turns.meddle(FRAUD, (body) => withValue(body, '/properties/traffic', {})),
  'a field': (turns) =>
    turns.meddle(FRAUD, (body) => withValue(body, '/properties/description', 'x')),
  'a declared tag': (turns) => turns.meddle(FRAUD, (body) => withValue(body, '/tags/team', 'b')),
  'all tags': (turns) => turns.meddle(BLUE, (body) => withValue(body, '/properties/tags', {})),
  'the owner’s tags': (turns) => turns.meddle(FRAUD, (body) => withValue(body, '/tags', {})),
  'a thing that is gone': (turns) => {
    const resources = turns.world.resources.filter(({ ref }) => keyOf(ref) !== keyOf(BLUE))
    turns.world = { ...turns.world, resources }
  },
  'a thing at work': (turns) => phase(turns, 'Provisioning'),
  'a thing that failed': (turns) => phase(turns, 'Failed'),
  'all things up': (turns) => phase(turns, 'Ready'),
  'a foreign deployment': (turns) => {
    const ref = { kind: 'OnlineDeployment', parent: 'fraud', name: 'alien' } as const
    const body = { properties: { endpointComputeType: 'Managed' } }
    const others = turns.world.resources.filter((one) => keyOf(one.ref) !== keyOf(ref))
    turns.world = { ...turns.world, resources: [...others, { ref, body, phase: 'Ready' }] }
  },
  'a version under a label': (turns) => {
    turns.world = { ...turns.world, labels: { 'Model/fraud@latest': '2' } }
  },
  'no version under a label': (turns) => {
    turns.world = { ...turns.world, labels: {} }
  },
  'a memory of a write': (turns) =>
    remember(turns, { written: { generation: 'x', at: turns.now } }),
  'a memory of a failure': (turns) => {
    const times = { notBefore: turns.now + HOUR_MS, owedAt: turns.now + MINUTE_MS }
    const why = { reason: 'X', message: '', generation: 'x', failures: 1, refusals: 0 }
    remember(turns, { retry: { ...why, ...times } })
  },
  'no memory at all': (turns) => {
    turns.memory = {}
  },
}

function phase(turns: Turns, of: 'Provisioning' | 'Failed' | 'Ready'): void {
  const resources = turns.world.resources.map((one) =>
    of === 'Ready' || keyOf(one.ref) === keyOf(BLUE) ? { ...one, phase: of } : one,
  )
  turns.world = { ...turns.world, resources }
}

function remember(turns: Turns, known: KeyMemory): void {
  const key = keyOf(BLUE)
  turns.memory = { ...turns.memory, [key]: { ...turns.memory[key], ...known } }
}

/** One thing that a plan depends on and that is no part of any one endpoint. */
const SETTINGS: { readonly [what: string]: (input: Turns['input']) => Partial<PlanInput> } = {
  nothing: () => ({}),
  'a frozen workspace': () => ({ freezes: [{ what: 'writes', reason: 'X', message: 'x' }] }),
  'drift that is told only': ({ sync }) => ({ sync: { ...sync, drift: 'report' } }),
  'drift that is left': ({ sync }) => ({ sync: { ...sync, drift: 'ignore' } }),
  'a rule that ends': ({ sync }) => ({
    sync: {
      ...sync,
      ignoreDifferences: [
        {
          kind: 'OnlineEndpoint',
          path: '/properties/traffic',
          reason: 'x',
          untilMs: NOW + 20 * MINUTE_MS,
        },
      ],
    },
  }),
  'an Application that observes': ({ sync }) => ({ sync: { ...sync, mode: 'observe' } }),
  'another Application': () => ({ application: 'other' }),
  'no history': () => ({ bases: new Map() }),
  'a folder': () => ({ revision: 'folder:1' }),
  'a neighbour': () => ({
    neighbours: new Map([
      ['next', { declared: new Set([keyOf(FRAUD)]), isFresh: true, isBeside: true }],
    ]),
  }),
  'a word for all of it': () => ({ intents: [said('adopt')] }),
  'a lever': () => ({ intents: [said('abort', 'churn')] }),
}

function said(verb: Intent['verb'], endpoint = 'fraud'): Intent {
  return { id: verb, verb, endpoint, who: 'a', why: 'b', at: NOW }
}

const UNREAD: { readonly [what: string]: Partial<World> } = {
  all: {},
  'not that endpoint': { unread: new Set([keyOf(FRAUD)]) },
  'not those endpoints': { unread: new Set(['OnlineEndpoint']), complete: false },
}

const turn = fc.record({
  hand: fc.constantFrom(...Object.keys(HANDS)),
  setting: fc.constantFrom('nothing', 'nothing', ...Object.keys(SETTINGS)),
  read: fc.constantFrom('all', 'all', ...Object.keys(UNREAD)),
  model: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }),
  rests: fc.integer({ min: 0, max: 3 }),
  ms: fc.constantFrom(MINUTE_MS, 10 * MINUTE_MS, 2 * HOUR_MS),
})

describe('what earlier plans have worked out', () => {
  test('is no part of what a plan is made from: whatever happens, it is as if it was the first', () => {
    fc.assert(
      fc.property(fc.array(turn, { minLength: 1, maxLength: 8 }), (story) => {
        const turns = atRest()
        for (const [place, { hand, setting, read, model, rests, ms }] of story.entries()) {
          HANDS[hand]?.(turns)
          if (model !== undefined) turns.commit(declared(model), `c${place + 2}`)
          const input = { ...inputOf(turns), ...SETTINGS[setting]?.(turns.input) }
          planTwice({ ...input, world: { ...input.world, ...UNREAD[read] } })
          for (let rest = 0; rest < rests; rest += 1) {
            turns.step()
            turns.now += ms
            planTwice({ ...input, world: turns.world, memory: turns.memory, now: turns.now })
            planTwice(inputOf(turns))
          }
        }
      }),
      { numRuns: 60 },
    )
  })
})

/** Bodies that count how often something in them is looked at. */
function counted(resources: World['resources']): {
  readonly resources: World['resources']
  looks(): number
} {
  let looks = 0
  const watched = <Value>(value: Value): Value =>
    typeof value !== 'object' || value === null
      ? value
      : new Proxy(value, {
          get(target, name) {
            looks += 1
            return watched(Reflect.get(target, name))
          },
        })
  const bodies = resources.map((live) => ({ ...live, body: watched(live.body) as JsonObject }))
  return { resources: bodies, looks: () => looks }
}

/** How often a look at rest looks into bodies, behind two looks at the same. */
function looksOf(turns: Turns, change: (input: PlanInput) => PlanInput = (input) => input): number {
  const { resources, looks } = counted(turns.world.resources)
  let memory = turns.memory
  const look = (change: (input: PlanInput) => PlanInput): void => {
    const input = { ...inputOf(turns), memory, world: { ...turns.world, resources } }
    memory = makePlan(change(input)).memory
    turns.now += MINUTE_MS
  }
  look((input) => input)
  look((input) => input)
  const before = looks()
  look(change)
  return looks() - before
}

describe('what is at rest', () => {
  const plain = (): Turns => {
    const isPlain = ({ ref }: Desired): boolean => !/churn/.test(keyOf(ref))
    const turns = new Turns(declared(1).filter(isPlain), { ...world(), labels: LABELS })
    settle(turns)
    return turns
  }

  test('is looked at once', () => {
    expect(looksOf(plain())).toBe(0)
  })

  test.each<readonly [string, (input: PlanInput) => PlanInput]>([
    ['in another commit', (input) => ({ ...input, revision: 'c2' })],
    ['by other rules', (input) => ({ ...input, sync: { ...SYNC, drift: 'report' } })],
    [
      'with another version under a label',
      (input) => ({ ...input, world: { ...input.world, labels: { 'Model/fraud@latest': '2' } } }),
    ],
    ['with nothing remembered', (input) => ({ ...input, memory: {} })],
    [
      'in what was not read',
      (input) => ({ ...input, world: { ...input.world, unread: new Set([keyOf(FRAUD)]) } }),
    ],
  ])('is looked at again %s', (_, change) => {
    expect(looksOf(plain(), change)).toBeGreaterThan(0)
  })

  test('is not what may end with the time: what is suspended', () => {
    const turns = plain()
    const until = turns.now + HOUR_MS
    const suspended = turns.input.desired.map((one) =>
      keyOf(one.ref) === keyOf(BLUE) ? { ...one, policy: { suspendUntil: until } } : one,
    )
    turns.input = { ...turns.input, desired: suspended }
    expect(looksOf(turns)).toBeGreaterThan(0)
  })

  test('is not what waits for somebody: mirroring to what has live traffic', () => {
    const turns = new Turns([endpoint('fraud'), deployment('fraud', 'blue')])
    settle(turns)
    turns.meddle(FRAUD, (body) => withValue(body, '/properties/traffic', { blue: 100 }))
    turns.commit(
      [endpoint('fraud', { mirror_traffic: { blue: 10 } }), deployment('fraud', 'blue')],
      'c2',
    )
    settle(turns)
    const reasons = [1, 2, 3].map(() =>
      planTwice(inputOf(turns)).plan.held.map(({ reason }) => reason),
    )
    expect(reasons).toEqual([['MirrorHasTraffic'], ['MirrorHasTraffic'], ['MirrorHasTraffic']])
  })

  test('is looked at again for another Application, also without history', () => {
    const turns = plain()
    turns.input = { ...turns.input, bases: new Map() }
    expect(looksOf(turns)).toBe(0)
    makePlan(inputOf(turns))
    planTwice({ ...inputOf(turns), application: 'other' })
  })

  test('is looked at again when a rule has ended by which it was', () => {
    const turns = plain()
    const path = '/tags/team'
    const rule = { kind: 'OnlineEndpoint', path, reason: 'x', untilMs: turns.now + HOUR_MS }
    turns.input = { ...turns.input, sync: { ...SYNC, ignoreDifferences: [rule] } }
    turns.meddle(FRAUD, (body) => withValue(body, path, 'b'))
    for (let step = 0; step < 3; step += 1) expect(turns.step().changes).toEqual([])
    turns.now += HOUR_MS
    expect(turns.plan().changes.map(({ ref }) => keyOf(ref))).toEqual([keyOf(FRAUD)])
  })

  test('is a rollout that is over, when its revision of before is not kept any more', () => {
    const turns = atRest()
    expect(looksOf(turns)).toBe(0)
    turns.commit(declared(2), 'c2')
    for (let step = 0; step < 4; step += 1) {
      turns.step()
      turns.now += MINUTE_MS
    }
    const phases = turns.plan().findings.flatMap(({ rollout }) => rollout?.phase ?? [])
    expect(phases).toEqual(['paused'])
    expect(looksOf(turns)).toBeGreaterThan(0)
    settle(turns)
    expect(looksOf(turns)).toBe(0)
  })

  test('is no rollout whose revision of before is still kept: it is deleted when its time is over', () => {
    const turns = atRest()
    turns.commit(declared(2), 'c2')
    const names = (): readonly string[] =>
      turns.world.resources.flatMap(({ ref }) => (ref.parent === 'churn' ? [ref.name] : []))
    const seen = new Set<number>()
    for (let step = 0; step < 60; step += 1) {
      planTwice(inputOf(turns))
      turns.step()
      seen.add(names().length)
      turns.now += 10 * MINUTE_MS
    }
    expect(seen).toEqual(new Set([1, 2]))
    expect(names()).toHaveLength(1)
  })

  test('is found as the same object by every plan', () => {
    const turns = plain()
    const [one, other] = [turns.plan(), turns.plan()]
    expect(one.findings.length).toBeGreaterThan(4)
    for (const [place, finding] of one.findings.entries())
      expect(other.findings[place]).toBe(finding)
  })
})
