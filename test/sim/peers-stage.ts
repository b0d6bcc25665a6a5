import type { Desired, Rollout } from '../../src/core/model/desired.ts'
import type { Live, Phase } from '../../src/core/model/live.ts'
import type { Action } from '../../src/core/model/plan.ts'
import { keyOf, type Ref } from '../../src/core/model/ref.ts'
import type { Check, IntentVerb, Step } from '../../src/core/model/rollout.ts'
import type { Json } from '../../src/core/model/values/json.ts'
import { valueAt, withValue } from '../../src/core/model/values/pointer.ts'
import { NO_ANSWERS } from '../../src/core/plan/context.ts'
import { afterOutcomes } from '../../src/core/plan/memory/next-memory.ts'
import { makePlan } from '../../src/core/plan/plan.ts'
import { openQueries } from '../../src/core/plan/queries.ts'
import { type RolloutRecord, recordOf } from '../../src/core/rollout/record.ts'
import { deployment, endpoint } from '../support/desired.ts'
import { Turns } from '../support/world.ts'

export const FRAUD = { kind: 'OnlineEndpoint', name: 'fraud' } as const
export const BLUE = { kind: 'OnlineDeployment', parent: 'fraud', name: 'blue' } as const
export const GREEN = { ...BLUE, name: 'green' } as const

export const MINUTE_MS = 60_000
/** A request of the longest kind: two and a half turns. */
export const REQUEST_MS = 150_000

/** A guard on one number, at most 1: `measured` answers it. */
export const GUARD: Check = {
  id: 'guard',
  name: 'guard',
  provider: 'prometheus',
  query: {},
  windowMs: MINUTE_MS,
  rule: { judge: 'threshold', max: 1, minRequests: 0, failureLimit: 0 },
}

export const STEPS: readonly Step[] = [
  { type: 'setWeight', percent: 10 },
  { type: 'pause', durationMs: 2 * MINUTE_MS },
  { type: 'setWeight', percent: 50 },
  { type: 'pause', durationMs: 2 * MINUTE_MS },
]

export interface Said extends Partial<Omit<Rollout, 'slots' | 'endpoint' | 'name' | 'at'>> {
  /** Version of the model that Git wants. */
  readonly model: number
  /** 'autoscale' = Git leaves the number to it. */
  readonly instances?: number | 'autoscale'
}

/** What a repository with a Rollout in the template form declares. */
export function declared({ model, instances = 4, ...said }: Said): readonly Desired[] {
  const own = {
    model: `azureml:fraud:${model}`,
    instance_count: instances === 'autoscale' ? 1 : instances,
    request_settings: { request_timeout_ms: REQUEST_MS },
  }
  const slots = ['blue', 'green'].map((name) => {
    const whole = deployment('fraud', name, own)
    const { instance_count: _, ...bare } = whole.spec
    return instances === 'autoscale' ? { ...whole, spec: bare } : whole
  })
  return [{ ...endpoint('fraud'), rollout: rolloutOf(said, slots) }]
}

/** The explicit form: deployments with manifests of their own, and a target. */
export function explicit(
  target: string,
  deployments: readonly Desired[],
  said: Omit<Said, 'model'> = {},
): readonly Desired[] {
  const serving = endpoint('fraud', { traffic: { [target]: 100 } })
  return [{ ...serving, rollout: rolloutOf(said) }, ...deployments]
}

function rolloutOf(said: Omit<Said, 'model' | 'instances'>, slots?: readonly Desired[]): Rollout {
  return {
    name: 'fraud',
    endpoint: FRAUD,
    strategy: 'canary',
    steps: STEPS,
    analysis: [],
    bakeMs: 3 * MINUTE_MS,
    bakeControl: 0,
    keep: { revisions: 1, forMs: 20 * MINUTE_MS },
    onFailure: 'rollback',
    onNewCommit: 'supersede',
    deadlineMs: 600 * MINUTE_MS,
    at: { file: 'rollout.yml', line: 1, column: 1 },
    ...said,
    ...(slots === undefined ? {} : { slots }),
  }
}

/** The planner over the simplest Azure, a minute a turn, with an eye on who gets what. */
export class Canary extends Turns {
  /** One intent for the next turn only. */
  say(verb: IntentVerb): void {
    const intent = { id: verb, verb, endpoint: 'fraud', who: 'anna', why: '', at: this.now }
    this.input = { ...this.input, intents: [intent] }
  }

  /** From now on the guard's number is this; undefined = nothing is measured. */
  measured(value: number | undefined): void {
    const id = `fraud#${GUARD.id}`
    const answer = { id, is: 'value' as const, value: value ?? 0, at: this.now }
    const measurements = new Map(value === undefined ? [] : [[id, answer]])
    this.input = { ...this.input, answers: { ...NO_ANSWERS, measurements } }
  }

  override step(phase?: Phase): ReturnType<Turns['step']> {
    const plan = super.step(phase)
    this.input = { ...this.input, intents: [] }
    this.now += MINUTE_MS
    return plan
  }

  /** A turn, five seconds long, in which Azure refuses every write. Gives the writes. */
  refused(retry: 'Later' | 'Never'): readonly Action[] {
    const { world, memory, now } = this
    const planned = makePlan({ ...this.input, world, memory, now })
    const refusal = { reason: 'Refused', message: '', errorClass: 'conflict', retry } as const
    const { actions } = planned.plan
    const outcomes = actions.map((action) => ({ action, result: 'Failed' as const, ...refusal }))
    this.memory = afterOutcomes(planned.memory, outcomes, now)
    this.now += 5000
    return actions
  }

  /** Turns until it holds, checked before each one. Gives the number of turns. */
  until(holds: () => boolean, limit = 60): number {
    for (let turn = 0; turn < limit; turn += 1) {
      if (holds()) return turn
      this.step()
    }
    throw new Error(`never: ${JSON.stringify(this.plan().held)}`)
  }

  untilWeight(slot: string, percent: number): number {
    return this.until(() => this.weightOf(slot) === percent)
  }

  /** Turns, whatever happens; gives what was written in them. */
  turns(count: number): Turns['actions'] {
    const from = this.actions.length
    for (let turn = 0; turn < count; turn += 1) this.step()
    return this.actions.slice(from)
  }

  weightOf(slot: string): number {
    return Number(this.at(FRAUD, `/properties/traffic/${slot}`) ?? 0)
  }

  instancesOf(ref: Ref): number {
    return Number(this.at(ref, '/sku/capacity') ?? 0)
  }

  get record(): RolloutRecord | undefined {
    return recordOf(String(this.at(FRAUD, '/tags/verdigris.rollout')), keyOf(FRAUD))
  }

  at(ref: Ref, pointer: string): Json | undefined {
    return valueAt(this.body(ref) ?? {}, pointer)
  }

  /** Somebody's hand, or Azure's own. */
  set(ref: Ref, pointer: string, value: Json): void {
    this.meddle(ref, (body) => withValue(body, pointer, value))
  }

  becomes(ref: Ref, phase: Phase, failure?: Live['failure']): void {
    const resources = this.world.resources.map((one) =>
      keyOf(one.ref) === keyOf(ref) ? { ...one, phase, ...(failure && { failure }) } : one,
    )
    this.world = { ...this.world, resources }
  }

  /** A new process: what is not in Azure or Git is forgotten. */
  restart(): void {
    this.memory = {}
  }

  /** Deployments that golden requests would be sent to now. */
  probed(): readonly string[] {
    const { world, memory, now } = this
    return openQueries({ ...this.input, world, memory, now }).probes.map(
      ({ probe }) => probe.deployment,
    )
  }
}

/** Model 1 serves, at rest. */
export function serving(said: Omit<Said, 'model'> = {}): Canary {
  const canary = new Canary(declared({ ...said, model: 1 }))
  canary.untilWeight('blue', 100)
  canary.turns(2)
  return canary
}

/** Model 2 is wanted, too, and has so much traffic. */
export function underWay(percent: number, said: Omit<Said, 'model'> = {}): Canary {
  const canary = serving(said)
  canary.commit(declared({ ...said, model: 2 }), 'c2')
  canary.untilWeight('green', percent)
  return canary
}
