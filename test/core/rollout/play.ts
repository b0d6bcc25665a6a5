import type { Desired, Rollout } from '../../../src/core/model/desired.ts'
import type { Plan } from '../../../src/core/model/plan.ts'
import { keyOf, type Ref } from '../../../src/core/model/ref.ts'
import type { Check, Intent, IntentVerb, Step } from '../../../src/core/model/rollout.ts'
import type { JsonObject } from '../../../src/core/model/values/json.ts'
import { valueAt } from '../../../src/core/model/values/pointer.ts'
import { weightsAt } from '../../../src/core/plan/compare/body.ts'
import { queryId } from '../../../src/core/rollout/judgements.ts'
import { type RolloutRecord, recordOf } from '../../../src/core/rollout/record.ts'
import type { Weights } from '../../../src/core/rollout/weights.ts'
import { deployment, endpoint } from '../../support/desired.ts'
import { NOW, Turns } from '../../support/world.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS

export const FRAUD = { kind: 'OnlineEndpoint', name: 'fraud' } as const

export function slotRef(name: string): Ref {
  return { kind: 'OnlineDeployment', parent: 'fraud', name }
}

/** A threshold on one number, which the tests set: more than 0.05 is a failure. */
export const ERRORS: Check = {
  id: 'errors/errors.000001',
  name: 'errors',
  provider: 'web',
  query: {},
  windowMs: 10_000,
  rule: { judge: 'threshold', max: 0.05, minRequests: 0, failureLimit: 0 },
}

export const CANARY: readonly Step[] = [
  { type: 'setWeight', percent: 10 },
  { type: 'pause', durationMs: 5 * MINUTE_MS },
  { type: 'setWeight', percent: 50 },
  { type: 'pause', durationMs: 5 * MINUTE_MS },
]

type Policy = Partial<Omit<Rollout, 'slots'>>

function policyOf(policy: Policy): Rollout {
  return {
    name: 'fraud',
    endpoint: FRAUD,
    strategy: 'canary',
    steps: CANARY,
    analysis: [],
    bakeMs: 5 * MINUTE_MS,
    bakeControl: 0,
    keep: { revisions: 1, forMs: HOUR_MS },
    onFailure: 'rollback',
    onNewCommit: 'supersede',
    deadlineMs: 6 * HOUR_MS,
    at: { file: 'rollout.yml', line: 1, column: 1 },
    ...policy,
  }
}

/** The template form: a commit that wants this model in one of two slots. */
export function template(
  model: number | string,
  options: { policy?: Policy; fields?: JsonObject; slots?: readonly string[] } = {},
): Desired[] {
  const { policy = {}, fields = {}, slots = ['blue', 'green'] } = options
  const id = `azureml:fraud${typeof model === 'number' ? `:${model}` : model}`
  const placed = slots.map((name) => deployment('fraud', name, { model: id, ...fields }))
  return [{ ...endpoint('fraud'), rollout: { ...policyOf(policy), slots: placed } }]
}

/** The explicit form: a commit with these deployments, of which one is to get everything. */
export function explicit(
  target: string,
  models: { readonly [name: string]: number },
  options: { policy?: Policy; fields?: { readonly [name: string]: JsonObject } } = {},
): Desired[] {
  const { policy = {}, fields = {} } = options
  const deployments = Object.entries(models).map(([name, model]) =>
    deployment('fraud', name, { model: `azureml:fraud:${model}`, ...fields[name] }),
  )
  const traffic = { traffic: { [target]: 100 } }
  return [{ ...endpoint('fraud', traffic), rollout: policyOf(policy) }, ...deployments]
}

let intents = 0

/** After all that is recorded. */
const LATELY = NOW + 365 * 24 * HOUR_MS

export function intent(verb: IntentVerb, name = 'fraud'): Intent {
  intents += 1
  return { id: `i${intents}`, verb, endpoint: name, who: 'kim', why: '', at: LATELY }
}

export function say(turns: Turns, ...verbs: readonly IntentVerb[]): Plan {
  turns.input = { ...turns.input, intents: verbs.map((verb) => intent(verb)) }
  const plan = turns.step()
  turns.input = { ...turns.input, intents: [] }
  turns.now += MINUTE_MS
  return plan
}

/** From now on the check says this number; undefined = it says nothing. */
export function measure(turns: Turns, value: number | undefined, check = ERRORS): void {
  const id = queryId('fraud', check)
  const answer = { id, is: 'value', value: value ?? 0, at: turns.now } as const
  const measurements = new Map(value === undefined ? [] : [[id, answer]])
  turns.input = { ...turns.input, answers: { ...turns.input.answers, measurements } }
}

export function recordIn(turns: Turns): RolloutRecord | undefined {
  const text = valueAt(turns.body(FRAUD) ?? {}, '/tags/verdigris.rollout')
  return typeof text === 'string' ? recordOf(text, keyOf(FRAUD)) : undefined
}

export function traffic(turns: Turns): Weights {
  return weightsAt(turns.body(FRAUD) ?? {}, '/properties/traffic')
}

export function mirror(turns: Turns): Weights {
  return weightsAt(turns.body(FRAUD) ?? {}, '/properties/mirrorTraffic')
}

/** `fraud:2`, by what is live. */
export function modelOf(turns: Turns, slot: string): string | undefined {
  const model = valueAt(turns.body(slotRef(slot)) ?? {}, '/properties/model')
  const [, name, version] = /models\/(\w+)\/versions\/(\w+)$/.exec(String(model)) ?? []
  return name === undefined ? undefined : `${name}:${version}`
}

export function instancesOf(turns: Turns, slot: string): unknown {
  return valueAt(turns.body(slotRef(slot)) ?? {}, '/sku/capacity')
}

/** Turns of a minute each until it holds. */
export function until(turns: Turns, holds: (plan: Plan) => boolean, limit = 400): Plan {
  for (let turn = 0; turn < limit; turn += 1) {
    const plan = turns.step()
    turns.now += MINUTE_MS
    if (holds(plan)) return plan
  }
  throw new Error(`no end: ${JSON.stringify(turns.plan().held)}`)
}

export function untilPhase(turns: Turns, phase: RolloutRecord['phase']): Plan {
  return until(turns, () => recordIn(turns)?.phase === phase)
}

/** Turns of a minute each. */
export function pass(turns: Turns, minutes: number): void {
  for (let turn = 0; turn < minutes; turn += 1) {
    turns.step()
    turns.now += MINUTE_MS
  }
}

/** A world in which the first commit is in force and serves. */
export function opened(first: readonly Desired[]): Turns {
  const turns = new Turns(first)
  until(turns, (plan) => recordIn(turns)?.phase === 'stable' && plan.actions.length === 0)
  return turns
}

export function reasons(plan: Plan): readonly string[] {
  return plan.held.map(({ ref, reason }) => `${ref.name} ${reason}`)
}

/** A thing that Azure gave up on. */
export function fail(turns: Turns, slot: string, code = 'ImageBuildFailure'): void {
  const key = keyOf(slotRef(slot))
  const resources = turns.world.resources.map((one) =>
    keyOf(one.ref) === key
      ? { ...one, phase: 'Failed' as const, failure: { code, message: 'x' } }
      : one,
  )
  turns.world = { ...turns.world, resources }
}
