import { expect } from '@jest/globals'
import type { Live, World } from '../../../src/core/model/live.ts'
import type { Action } from '../../../src/core/model/plan.ts'
import { keyOf } from '../../../src/core/model/ref.ts'
import type { Step } from '../../../src/core/model/rollout.ts'
import type { JsonObject } from '../../../src/core/model/values/json.ts'
import { valueAt } from '../../../src/core/model/values/pointer.ts'
import { weightsAt } from '../../../src/core/plan/compare/body.ts'
import { type RolloutRecord, recordOf } from '../../../src/core/rollout/record.ts'
import type { Weights } from '../../../src/core/rollout/weights.ts'
import { FRAUD, slotRef } from './play.ts'

/** What a law may look at: the world that a write meets, and what was said until then. */
export interface Moment {
  readonly before: World
  readonly action: Action
  readonly now: number
  /** The road that the commit in force declares. */
  readonly steps: readonly Step[]
  /** The number that the check gives in this turn; undefined = none. */
  readonly measured: number | undefined
  readonly isPromoted: boolean
  /** Models that were aborted and that nothing has cleared since. */
  readonly blocked: ReadonlySet<string>
  /** Models that have been the stable revision. */
  readonly proven: ReadonlySet<string>
}

function find({ resources }: World, key: string): Live | undefined {
  return resources.find(({ ref }) => keyOf(ref) === key)
}

export function recordAt(body: JsonObject | undefined): RolloutRecord | undefined {
  const text = body && valueAt(body, '/tags/verdigris.rollout')
  return typeof text === 'string' ? recordOf(text, keyOf(FRAUD)) : undefined
}

function trafficOf(body: JsonObject | undefined): Weights {
  return weightsAt(body ?? {}, '/properties/traffic')
}

function mirrorOf(body: JsonObject | undefined): Weights {
  return weightsAt(body ?? {}, '/properties/mirrorTraffic')
}

function modelIn(body: JsonObject | undefined): string {
  return String(valueAt(body ?? {}, '/properties/model'))
}

export function modelAt(world: World, slot: string): string {
  return modelIn(find(world, keyOf(slotRef(slot)))?.body)
}

function risen(after: Weights, before: Weights): readonly string[] {
  return Object.keys(after).filter((name) => (after[name] ?? 0) > (before[name] ?? 0))
}

/** S1: whole numbers that sum to 0 or 100; a mirror is one, at most 50, and of nothing that serves. */
function wholeWeights({ action }: Moment): void {
  if (action.ref.kind !== 'OnlineEndpoint') return
  const [traffic, mirror] = [trafficOf(action.body), mirrorOf(action.body)]
  const sum = Object.values(traffic).reduce((total, weight) => total + weight, 0)
  expect([0, 100]).toContain(sum)
  for (const weight of Object.values(traffic)) expect(Number.isInteger(weight)).toBe(true)
  expect(Object.keys(mirror).length).toBeLessThanOrEqual(1)
  for (const [name, percent] of Object.entries(mirror)) {
    expect(percent).toBeLessThanOrEqual(50)
    expect(traffic[name] ?? 0).toBe(0)
  }
}

/** S2: nothing rises on what does not serve at this moment: it is up, or only a change of what served before failed. */
function onlyOnWhatIsUp({ action, before }: Moment): void {
  if (action.ref.kind !== 'OnlineEndpoint') return
  const live = find(before, keyOf(FRAUD))?.body
  const up = [
    ...risen(trafficOf(action.body), trafficOf(live)),
    ...risen(mirrorOf(action.body), mirrorOf(live)),
  ]
  const { stable, previous } = recordAt(live) ?? {}
  const served = [stable?.slot, previous?.slot, ...Object.keys(trafficOf(live))]
  for (const name of up) {
    const phase = find(before, keyOf(slotRef(name)))?.phase
    if (phase !== 'Failed' || !served.includes(name)) expect(phase).toBe('Ready')
  }
}

/** S3, S8: what is deleted gets nothing, and has got nothing for as long as a request may last. */
function nothingServingIsDeleted({ action, before }: Moment): void {
  if (action.verb !== 'delete') return
  const live = find(before, keyOf(FRAUD))?.body
  const name = action.ref.name
  expect([trafficOf(live)[name] ?? 0, mirrorOf(live)[name] ?? 0]).toEqual([0, 0])
}

/** S5: the stable revision is not deleted, changed or made smaller before its successor has finished its bake. */
function stableStays({ action, before }: Moment): void {
  if (action.ref.kind !== 'OnlineDeployment') return
  const record = recordAt(find(before, keyOf(FRAUD))?.body)
  if (record?.stable.slot !== action.ref.name) return
  const live = find(before, keyOf(action.ref))
  // Gone by other hands, or broken by them: what Git declares may come again.
  if (live === undefined || live.phase === 'Failed') return
  expect(action.verb).not.toBe('delete')
  const drifted = action.reason === 'Drift'
  if (!drifted) expect(modelIn(action.body)).toBe(modelIn(live.body))
  if (record.phase === 'stable') return
  const [has, gets] = [live.body, action.body ?? {}].map((body) => valueAt(body, '/sku/capacity'))
  expect(Number(gets)).toBeGreaterThanOrEqual(Number(has))
}

/** S5: a way back in one write leads to what has been the stable revision, and still is what it was. */
function backToTheProven({ action, before, proven }: Moment): void {
  const { result } = action.turn ?? {}
  if (result !== 'rolled_back' && result !== 'fast_rolled_back' && result !== 'aborted') return
  const live = find(before, keyOf(FRAUD))?.body
  for (const name of risen(trafficOf(action.body), trafficOf(live)))
    expect(proven).toContain(modelAt(before, name))
}

/** S6: the weight of a candidate rises to the next declared step only, and every check on the way there has passed. */
function nextStepOnly({ action, before, steps, measured, isPromoted }: Moment): void {
  const was = recordAt(find(before, keyOf(FRAUD))?.body)
  const is = recordAt(action.body)
  const isMoving = is?.phase === 'progressing' || is?.phase === 'baking'
  if (action.ref.kind !== 'OnlineEndpoint' || !isMoving || was?.phase === 'baking') return
  expect(was?.phase).not.toBe('aborted')
  const isSame = was?.phase === 'progressing' && was.candidate?.rev === is.candidate?.rev
  const from = isSame ? was.step : -1
  const passed = steps.slice(Math.max(0, from), is.step)
  if (passed.some(({ type }) => type === 'analysis') && !isPromoted)
    expect(measured).toBeLessThanOrEqual(0.05)
  // Entering a move and the step with a clock behind it is one write; behind the last step is all traffic.
  const moves = steps.slice(from + 1, is.step + 1).filter(({ type }) => type === 'setWeight')
  expect(moves.length).toBeLessThanOrEqual(is.phase === 'progressing' ? 1 : 0)
  const last = steps.slice(0, is.step + 1).findLast(({ type }) => type === 'setWeight')
  const declared = last?.type === 'setWeight' ? last.percent : 0
  const weight = trafficOf(action.body)[is.candidate?.slot ?? ''] ?? 0
  expect(weight).toBe(is.phase === 'progressing' ? declared : 100)
}

/** S7: what was aborted never gets anything again without other content or a retry. */
function abortedStaysAway({ action, before, blocked }: Moment): void {
  if (action.ref.kind !== 'OnlineEndpoint') return
  const live = find(before, keyOf(FRAUD))?.body
  const stable = recordAt(live)?.stable.slot
  for (const name of risen(trafficOf(action.body), trafficOf(live)))
    if (name !== stable) expect(blocked).not.toContain(modelAt(before, name))
}

/** S9, S19: a write changes something, and says what. L4: an abort is one write that leaves the candidate nothing. */
function everyWriteMoves({ action, before }: Moment): void {
  const live = find(before, keyOf(action.ref))?.body
  if (action.verb === 'delete') return
  expect(JSON.stringify(action.body)).not.toBe(JSON.stringify(live))
  if (action.verb === 'update' && action.reason !== 'Adopt')
    expect(action.differences.length).toBeGreaterThan(0)
  if (action.turn?.result !== 'aborted') return
  const after = recordAt(action.body)
  expect(trafficOf(action.body)).toEqual({ [after?.stable.slot ?? '']: 100 })
}

/** S21: nothing ends well on numbers that are missing or bad, unless somebody says so. */
function noPassWithoutNumbers({ action, measured, isPromoted }: Moment): void {
  const { result, beganAt } = action.turn ?? {}
  if (result !== 'promoted' || beganAt === undefined || isPromoted) return
  expect(measured).toBeLessThanOrEqual(0.05)
}

export const LAWS = [
  wholeWeights,
  onlyOnWhatIsUp,
  nothingServingIsDeleted,
  stableStays,
  backToTheProven,
  nextStepOnly,
  abortedStaysAway,
  everyWriteMoves,
  noPassWithoutNumbers,
] as const
