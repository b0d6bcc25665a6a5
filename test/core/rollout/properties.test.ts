import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Desired } from '../../../src/core/model/desired.ts'
import type { Plan } from '../../../src/core/model/plan.ts'
import { keyOf, scopeOf } from '../../../src/core/model/ref.ts'
import type { IntentVerb, Step } from '../../../src/core/model/rollout.ts'
import { withValue } from '../../../src/core/model/values/pointer.ts'
import type { Turns } from '../../support/world.ts'
import { LAWS, modelAt, recordAt } from './laws.ts'
import {
  ERRORS,
  explicit,
  FRAUD,
  fail,
  intent,
  MINUTE_MS,
  measure,
  opened,
  slotRef,
  template,
  traffic,
} from './play.ts'

const ROADS: readonly (readonly Step[])[] = [
  [
    { type: 'setWeight', percent: 10 },
    { type: 'analysis', checks: [ERRORS], forMs: 3 * MINUTE_MS },
    { type: 'setWeight', percent: 50 },
    { type: 'pause', durationMs: 2 * MINUTE_MS },
  ],
  [
    { type: 'setMirror', percent: 30, durationMs: 2 * MINUTE_MS },
    { type: 'setScale', percent: 50 },
    { type: 'setWeight', percent: 25 },
    { type: 'pause', durationMs: MINUTE_MS },
    { type: 'setScale', percent: 100 },
    { type: 'setWeight', percent: 100 },
  ],
  [],
]

type Event =
  | {
      readonly does: 'commit'
      readonly model: number
      readonly road: number
      readonly count: number
    }
  | { readonly does: 'measure'; readonly value: number | undefined }
  | { readonly does: 'say'; readonly verb: IntentVerb }
  | { readonly does: 'fail' | 'delete' | 'shift' | 'shrink'; readonly slot: string }
  | { readonly does: 'pass'; readonly minutes: number }

const slot = fc.constantFrom('blue', 'green')
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    does: fc.constant('commit' as const),
    model: fc.integer({ min: 1, max: 4 }),
    road: fc.integer({ min: 0, max: ROADS.length - 1 }),
    count: fc.constantFrom(1, 2, 4),
  }),
  fc.record({
    does: fc.constant('measure' as const),
    value: fc.constantFrom(0.01, 0.01, 0.5, undefined),
  }),
  fc.record({
    does: fc.constant('say' as const),
    verb: fc.constantFrom<IntentVerb>('abort', 'undo', 'retry', 'pause', 'resume', 'promote'),
  }),
  fc.record({ does: fc.constantFrom('fail', 'delete', 'shift', 'shrink'), slot }),
  fc.record({ does: fc.constant('pass' as const), minutes: fc.integer({ min: 1, max: 8 }) }),
  fc.record({ does: fc.constant('pass' as const), minutes: fc.integer({ min: 1, max: 90 }) }),
)

interface Form {
  readonly name: string
  commit(event: Extract<Event, { does: 'commit' }>, turns: Turns | undefined): Desired[]
}

function policyFor(road: number) {
  return { steps: ROADS[road] ?? [], analysis: [ERRORS], bakeMs: 3 * MINUTE_MS }
}

const TEMPLATE: Form = {
  name: 'template',
  commit: ({ model, road, count }) =>
    template(model, { policy: policyFor(road), fields: { instance_count: count } }),
}

/** The content goes into the deployment that does not serve, and the traffic to it. */
const EXPLICIT: Form = {
  name: 'explicit',
  commit({ model, road, count }, turns) {
    const stable = turns && recordAt(turns.body(FRAUD))?.stable.slot
    const [old, free] = stable === 'blue' ? ['blue', 'green'] : ['green', 'blue']
    const kept = turns === undefined ? 1 : Number(/\d+$/.exec(modelAt(turns.world, old))?.[0] ?? 1)
    const fields = { blue: { instance_count: count }, green: { instance_count: count } }
    return explicit(
      free,
      { [free]: model, ...(turns && { [old]: kept }) },
      {
        policy: policyFor(road),
        fields,
      },
    )
  },
}

/** A controller on the simplest Azure, every write of which is held to the laws. */
class Run {
  readonly turns: Turns
  readonly blocked = new Set<string>()
  readonly proven = new Set<string>()
  steps = ROADS[0] ?? []
  measured: number | undefined = 0.01
  commits = 1
  form: Form

  constructor(form: Form) {
    this.form = form
    this.turns = opened(form.commit({ does: 'commit', model: 1, road: 0, count: 2 }, undefined))
    measure(this.turns, this.measured)
  }

  step(verb?: IntentVerb): Plan {
    const { turns } = this
    const before = turns.world
    const is = recordAt(turns.body(FRAUD))
    if (is?.phase === 'stable') this.proven.add(modelAt(before, is.stable.slot))
    turns.input = { ...turns.input, intents: verb === undefined ? [] : [intent(verb)] }
    const plan = turns.step()
    const { steps, measured, blocked, proven } = this
    const isPromoted = verb === 'promote'
    expect(new Set(plan.actions.map(({ ref }) => scopeOf(ref))).size).toBe(plan.actions.length)
    for (const action of plan.actions)
      for (const law of LAWS)
        law({ before, action, now: turns.now, steps, measured, isPromoted, blocked, proven })
    this.remember(plan)
    turns.now += MINUTE_MS
    return plan
  }

  private remember({ actions }: Plan): void {
    for (const { turn } of actions) {
      const candidate = recordAt(this.turns.body(FRAUD))?.candidate?.slot ?? ''
      const { result } = turn ?? {}
      if (result === 'aborted' || (result === 'rolled_back' && turn?.trigger === 'manual'))
        this.blocked.add(modelAt(this.turns.world, candidate))
      if (result === 'retried') this.blocked.clear()
    }
  }

  does(event: Event): void {
    if (event.does === 'commit') this.commit(event)
    else if (event.does === 'measure') {
      this.measured = event.value
      measure(this.turns, event.value)
    } else if (event.does === 'say') this.step(event.verb)
    else if (event.does === 'pass')
      for (let minute = 0; minute < event.minutes; minute += 1) this.step()
    else this.meddle(event.does, event.slot)
  }

  private commit(event: Extract<Event, { does: 'commit' }>): void {
    this.commits += 1
    this.turns.commit(this.form.commit(event, this.turns), `c${this.commits}`)
    this.steps = ROADS[event.road] ?? []
    // What was aborted may come again only after something else has been wanted.
    const ending = `/versions/${event.model}`
    if (![...this.blocked].some((model) => model.endsWith(ending))) this.blocked.clear()
  }

  private meddle(does: 'fail' | 'delete' | 'shift' | 'shrink', name: string): void {
    const { turns } = this
    const ref = slotRef(name)
    if (does === 'fail') fail(turns, name, 'ResourceNotReady')
    // Azure deletes nothing that gets traffic.
    if (does === 'delete' && (traffic(turns)[name] ?? 0) === 0) {
      const resources = turns.world.resources.filter((one) => keyOf(one.ref) !== keyOf(ref))
      turns.world = { ...turns.world, resources }
    }
    if (does === 'shrink') turns.meddle(ref, (body) => withValue(body, '/sku/capacity', 1))
    const isThere = turns.body(ref) !== undefined
    if (does === 'shift' && isThere)
      turns.meddle(FRAUD, (body) => withValue(body, '/properties/traffic', { [name]: 100 }))
  }

  /** Whatever was broken by hand is whole again. */
  heal(): void {
    const { turns } = this
    const resources = turns.world.resources.map(({ failure: _, ...one }) => ({
      ...one,
      phase: 'Ready' as const,
    }))
    turns.world = { ...turns.world, resources }
    this.does({ does: 'measure', value: 0.01 })
  }
}

const PARAMETERS = { seed: 20_261_125, numRuns: 40 } as const

describe.each([TEMPLATE, EXPLICIT])('any history of a rollout in the $name form', (form) => {
  test(`keeps the laws at every write (S1-S9, S20, S21; seed ${PARAMETERS.seed})`, () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 5, maxLength: 25 }), (events) => {
        const run = new Run(form)
        for (const one of events) run.does(one)
      }),
      PARAMETERS,
    )
  })

  test(`comes to rest, and writes nothing more (L1, S19, S20; seed ${PARAMETERS.seed})`, () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 15 }), (events) => {
        const run = new Run(form)
        for (const one of events) run.does(one)
        run.heal()
        run.does({ does: 'pass', minutes: 150 })
        const from = run.turns.actions.length
        run.does({ does: 'pass', minutes: 60 })
        expect(run.turns.actions.slice(from).map(({ operation }) => operation)).toEqual([])
      }),
      { ...PARAMETERS, numRuns: 10 },
    )
  })
})

test(`a newer good commit always arrives, whatever came before it (L8, R11; seed ${PARAMETERS.seed})`, () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 15 }), (events) => {
      const run = new Run(TEMPLATE)
      for (const one of events) run.does(one)
      run.heal()
      run.does({ does: 'commit', model: 9, road: 0, count: 2 })
      run.does({ does: 'pass', minutes: 120 })
      const [[serving = '', weight] = []] = Object.entries(traffic(run.turns))
      expect([modelAt(run.turns.world, serving), weight]).toEqual([
        expect.stringMatching(/versions\/9$/),
        100,
      ])
    }),
    { ...PARAMETERS, numRuns: 15 },
  )
})
