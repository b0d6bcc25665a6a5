import { keyOf } from '../../src/core/model/ref.ts'
import type { JsonObject } from '../../src/core/model/values/json.ts'
import { valueAt } from '../../src/core/model/values/pointer.ts'
import { ROLLOUT_TAG, type RolloutRecord, recordOf } from '../../src/core/rollout/record.ts'
import type { Weights } from '../../src/core/rollout/weights.ts'
import { FRAUD } from '../core/rollout/play.ts'
import { type Azure, deploymentAt, indexOf, mirrorOf, trafficOf } from './azure.ts'
import type { Pending, View } from './controller.ts'
import type { Mind, Past } from './states.ts'

export function recordAt(body: JsonObject): RolloutRecord | undefined {
  const text = valueAt(body, `/tags/${ROLLOUT_TAG}`)
  if (typeof text !== 'string') return undefined
  if (!records.has(text)) records.set(text, recordOf(text, keyOf(FRAUD)))
  return records.get(text)
}

const records = new Map<string, RolloutRecord | undefined>()

/** Whether the traffic is what the record stands for, on a road of half of it and then all. */
export function isInForce({ body }: { readonly body: JsonObject }): boolean {
  const { phase, stable, candidate } = recordAt(body) ?? {}
  const traffic = trafficOf({ body })
  const half = phase === 'progressing' ? 50 : 0
  const all = (phase === 'baking' ? candidate : stable)?.slot ?? ''
  return traffic[all] === 100 - half && (traffic[candidate?.slot ?? ''] ?? half) >= half
}

/** A write that a controller decides on, and what it was decided from. */
export interface Decision {
  readonly view: View
  readonly pending: Pending
  readonly past: Past
}

/** A write that Azure accepts, and what it meets there. */
export interface Acceptance {
  readonly before: Azure
  readonly after: Azure
  readonly pending: Pending
  readonly mind: Mind
  readonly past: Past
}

type Law<Case> = (about: Case) => string | undefined

/** S6, S21: up, or to its end, a rollout goes only after its step's time, seen in force, and a verdict that passes. */
const onlyAfterItsStep: Law<Decision> = ({ view, pending, past }) => {
  const { result } = pending.action.turn ?? {}
  const phase = recordAt(view.azure.endpoint.body)?.phase
  const isMoving = phase === 'progressing' || phase === 'baking'
  if (!isMoving || (result !== 'step' && result !== 'promoted') || view.verb === 'promote')
    return undefined
  if (view.says !== 'good') return `S6: ${result} although the check says ${view.says}`
  return past.isSettled ? undefined : `S6: ${result} before its step's time is over`
}

/** S26: nothing is said of a rollout for its health's sake while every deployment that it names is up. */
const goneOnlyIfGone: Law<Decision> = ({ view, pending }) => {
  const { trigger, result } = pending.action.turn ?? {}
  const isGiven = result === 'superseded' || result === 'promoted'
  const isOfHealth = trigger === 'health' || (result === 'adopted' && trigger === 'none')
  const record = recordAt(view.azure.endpoint.body)
  const named = [record?.stable, record?.candidate].flatMap((one) => one?.slot ?? [])
  const isUp = (slot: string) => deploymentAt(view.azure, slot)?.phase === 'Succeeded'
  const isMoved = !named.some((slot) => (trafficOf(view.azure.endpoint)[slot] ?? 0) > 0)
  if (isGiven || !isOfHealth || record === undefined || isMoved || !named.every(isUp))
    return undefined
  return `S26: ${pending.action.turn?.message}: but it is there`
}

/** S1: whole numbers that sum to 0 or 100; one mirror, at most 50, of nothing that serves. */
const wholeWeights: Law<Acceptance> = ({ pending: { action } }) => {
  if (action.ref.kind !== 'OnlineEndpoint' || action.body === undefined) return undefined
  const traffic = trafficOf({ body: action.body })
  const mirror = Object.entries(mirrorOf({ body: action.body }))
  const weights = Object.values(traffic)
  const sum = weights.reduce((total, weight) => total + weight, 0)
  const isWhole = weights.every(Number.isInteger) && (sum === 0 || sum === 100)
  const isMirror = mirror.every(([name, percent]) => percent <= 50 && traffic[name] === undefined)
  return isWhole && isMirror && mirror.length <= 1 ? undefined : `S1: ${JSON.stringify(traffic)}`
}

/** Slots that a write sends more to than they get. */
function risen({ before, after }: Acceptance): readonly string[] {
  const { asked } = after.endpoint
  if (asked === undefined) return []
  const more = (now: Weights, then: Weights) =>
    Object.keys(then).filter((name) => (then[name] ?? 0) > (now[name] ?? 0))
  const then = { body: { properties: asked } }
  return [
    ...more(trafficOf(before.endpoint), trafficOf(then)),
    ...more(mirrorOf(before.endpoint), mirrorOf(then)),
  ]
}

/** S2, S8: more only to what is Succeeded at this instant, or has served and was broken by a change of it. */
const onlyToWhatIsUp: Law<Acceptance> = (about) => {
  const { stable, previous } = recordAt(about.before.endpoint.body) ?? {}
  const served = [stable?.slot, previous?.slot, ...Object.keys(trafficOf(about.before.endpoint))]
  const down = risen(about).find((slot) => {
    const target = deploymentAt(about.before, slot)
    const isBroken = target?.phase === 'Failed' && target.runs !== undefined
    return target?.phase !== 'Succeeded' && !(isBroken && served.includes(slot))
  })
  return down && `S2: traffic to ${down}, which is ${deploymentAt(about.before, down)?.phase}`
}

/** S3, S8: what is deleted gets nothing, and has got nothing for as long as a request may last. */
const nothingHotIsDeleted: Law<Acceptance> = ({ before, pending: { action }, past }) => {
  if (action.verb !== 'delete') return undefined
  const { name } = action.ref
  const gets = (trafficOf(before.endpoint)[name] ?? 0) + (mirrorOf(before.endpoint)[name] ?? 0)
  const isHot = past.hot[indexOf(name)]
  const isUsed = deploymentAt(before, name)?.runs !== undefined
  return isUsed && (gets > 0 || isHot) ? `S3: ${name} is deleted under its requests` : undefined
}

/** S5: the way back stays until its successor has finished its bake; and nothing that serves loses its content. */
const wayBackStays: Law<Acceptance> = ({ before, pending: { action } }) => {
  const record = recordAt(before.endpoint.body)
  const { name, kind } = action.ref
  const target = deploymentAt(before, name)
  const isStable = record?.stable.slot === name && target?.phase === 'Succeeded'
  if (kind === 'OnlineEndpoint' || !isStable) return undefined
  if (action.verb === 'delete') return `S5: ${name} is the way back, and is deleted`
  const model = valueAt(action.body ?? {}, '/properties/model')
  return model === valueAt(target.body, '/properties/model')
    ? undefined
    : `S5: ${name} is the way back, and is given other content`
}

const BACK = ['aborted', 'rolled_back', 'fast_rolled_back']

/** S5: a way back in one write leads to what has been the stable revision, and still is what it was. */
const backToTheProven: Law<Acceptance> = (about) => {
  if (!BACK.includes(about.pending.action.turn?.result ?? '')) return undefined
  const other = risen(about).find(
    (slot) => !about.past.proven.includes(deploymentAt(about.before, slot)?.runs ?? '?'),
  )
  return other && `S5: back to ${other}, which was never proven`
}

/** S6: from nothing a rollout goes to its first weight, and no further. */
const firstStepFirst: Law<Acceptance> = (about) => {
  const was = recordAt(about.before.endpoint.body)
  const is = recordAt(about.after.endpoint.body)
  const began = was?.phase === 'stable' && is?.phase === 'progressing'
  const { asked } = about.after.endpoint
  if (!began || asked === undefined) return undefined
  const weight = trafficOf({ body: { properties: asked } })[is.candidate?.slot ?? ''] ?? 0
  return is.step <= 1 && weight <= 50 ? undefined : `S6: begins with ${weight} %`
}

/** S7: what was aborted gets nothing more without a commit or a retry. */
const abortedStaysAway: Law<Acceptance> = (about) => {
  const stable = recordAt(about.before.endpoint.body)?.stable.slot
  const back = risen(about).find(
    (slot) =>
      slot !== stable && about.past.blocked.includes(deploymentAt(about.before, slot)?.runs ?? '?'),
  )
  return back && `S7: ${back} was aborted, and gets traffic`
}

/**
 * S11, S13: of two writes decided on the same ground, one is accepted. A take-back rests on the record alone; and a name
 * that is free again is free: of what came and went under it nothing is left that Azure could be asked about.
 */
const oneOfTwo: Law<Acceptance> = ({ mind, pending: { action, ground }, before }) => {
  if (!mind.isOvertaken || action.verb === 'create') return undefined
  const record = ground && recordAt(ground)
  const isAsSeen =
    JSON.stringify(record ?? null) === JSON.stringify(recordAt(before.endpoint.body) ?? null)
  return action.onto !== undefined && isAsSeen
    ? undefined
    : `S13: ${action.verb} of ${action.ref.name} is accepted, decided before another write`
}

/** S30: a failed update is not a failed create. */
const onlyTheNeverBornAreMadeAgain: Law<Acceptance> = ({ before, pending: { action } }) => {
  const isAgain = action.verb === 'delete' && action.reason === 'Replace'
  return isAgain && deploymentAt(before, action.ref.name)?.runs !== undefined
    ? `S30: ${action.ref.name} has served, and is deleted to be made again`
    : undefined
}

export const OF_DECISIONS: readonly Law<Decision>[] = [onlyAfterItsStep, goneOnlyIfGone]

export const OF_WRITES: readonly Law<Acceptance>[] = [
  wholeWeights,
  onlyToWhatIsUp,
  nothingHotIsDeleted,
  wayBackStays,
  backToTheProven,
  firstStepFirst,
  abortedStaysAway,
  oneOfTwo,
  onlyTheNeverBornAreMadeAgain,
]
