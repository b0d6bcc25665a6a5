import { KINDS } from '../../kinds/index.ts'
import { lastWriteOf } from '../../model/basis.ts'
import type { Desired, Rollout } from '../../model/desired.ts'
import { isAtRest, type Live } from '../../model/live.ts'
import { DEPLOYMENT_OF, keyOf, type Ref } from '../../model/ref.ts'
import { once } from '../../model/values/once.ts'
import { advance } from '../../rollout/decide/advance.ts'
import { inForce, type RolloutDecision } from '../../rollout/decide/decision.ts'
import { followed, type RolloutInput } from '../../rollout/decide/rollout-input.ts'
import { isUnanswered } from '../../rollout/judgements.ts'
import { isSameSlot, isUnderWay, type RolloutRecord, type Slot } from '../../rollout/record.ts'
import { isSame, positive, type Weights } from '../../rollout/weights.ts'
import { about } from '../bug.ts'
import { armContextOf, saidOfUnresolved, unresolvedIn } from '../compare/labels.ts'
import { isHeld, type PlanContext } from '../context.ts'
import { ownershipOf } from '../ownership/ownership.ts'
import { placeOf } from '../ownership/place.ts'
import { unchangedScopes } from '../resting.ts'
import { flowsOf, isEndpoint } from '../traffic/traffic-plan.ts'
import { isWantedAtWork, spentOf, watchKeyOf, watchOf } from './coming.ts'
import { deploymentStates } from './deployment-states.ts'
import { guarded, waits } from './held-moves.ts'
import { type Judgings, judgingOf, nextJudgement } from './judging.ts'
import { knownRecord } from './known-record.ts'
import type { RolloutPlan } from './rollout-plan.ts'
import { keyOfSlot, wantedOf } from './slots.ts'
import { formerSlot, type SlotsHeld, slotsHeld } from './slots-held.ts'

/**
 * Every endpoint with a Rollout, by its key, where it stands now and what its next move is. No more rollouts at once than
 * the Application allows: those that have begun go first, then in the order of their names (INVARIANTS S24).
 */
export const planRollouts = once(staging)

function staging(context: PlanContext): ReadonlyMap<string, RolloutPlan> {
  const endpoints = rollingOut(context.desired)
  const resting = unchangedScopes(context)
  const over = (desired: Desired): RolloutPlan | undefined =>
    resting.get(placeOf(desired).key)?.assessment.rolloutPlan
  const begun = endpoints.filter(
    (desired) =>
      over(desired) === undefined &&
      about(desired.ref, () => isUnderWay(knownRecord(context, desired).record)),
  )
  const rolloutPlans = new Map<string, RolloutPlan>()
  let room = context.sync.maxRollouts - begun.length
  for (const desired of endpoints) {
    const { rollout, ref } = desired
    if (rollout === undefined) continue
    const ahead = room > 0 ? undefined : begun.map((one) => one.ref.name)
    const rolloutPlan =
      over(desired) ?? about(ref, () => planRollout(context, desired, rollout, ahead))
    if (begins(rolloutPlan.decision)) room -= 1
    rolloutPlans.set(keyOf(ref), rolloutPlan)
  }
  return rolloutPlans
}

const rollingOut = once((desired: readonly Desired[]) =>
  desired
    .filter(({ rollout }) => rollout !== undefined)
    .sort((a, b) => (placeOf(a).key < placeOf(b).key ? -1 : 1)),
)

function begins({ transition }: RolloutDecision): boolean {
  return transition?.result === 'started'
}

interface EndpointReading {
  readonly context: PlanContext
  readonly desired: Desired
  readonly rollout: Rollout
  readonly live: Live | undefined
  readonly flows: { readonly live: Weights; readonly mirror: Weights }
  readonly record: RolloutRecord | undefined
  /** The record as it was read. */
  readonly text: string | undefined
  readonly isUnreadable: boolean
  readonly isAwaited: boolean
  readonly states: RolloutInput['deployments']
}

function planRollout(
  context: PlanContext,
  desired: Desired,
  newest: Rollout,
  ahead: readonly string[] | undefined,
): RolloutPlan {
  const { ref } = desired
  if (!isEndpoint(ref)) throw new Error(`${ref.kind} is no endpoint`)
  const live = context.liveAt.get(keyOf(ref))
  const flows = flowsOf(ref.kind, live?.body ?? {})
  const { record, isBroken, text } = knownRecord(context, desired)
  const { wanted, ...aim } = aimOf(context, desired, newest, record)
  const rollout = followed(aim.rollout, record)
  const about = { wanted, record, traffic: flows.live }
  const states = deploymentStates(context, desired, rollout, about)
  const reading: EndpointReading = {
    ...{ context, desired, rollout, live, flows, record, states, text },
    ...{ isAwaited: aim.isAwaited, isUnreadable: isBroken },
  }
  const judging = judgingOf({ ...reading, wanted: wanted ?? NOWHERE })
  const input = rolloutInput(reading, wanted ?? NOWHERE, judging)
  const decision = named(moved(input, context, ahead), context, rollout)
  const isUnmeasured = judging.judgements.some(isUnanswered)
  const watchKey = watchKeyOf(record, text, input.wanted)
  const { slots, retained, protectedSlots } = isLost(input)
    ? everythingHeld(states)
    : slotsHeld(context, desired, rollout, {
        ...{ record, wanted, decision, states, live: flows.live },
        intents: input.intents,
      })
  return {
    rollout,
    wanted: wanted ?? NOWHERE,
    decision,
    deployments: slots,
    states,
    retained,
    protectedSlots,
    judgements: judging.judgements,
    ...(judging.judged === undefined ? {} : { judged: judging.judged }),
    queries: judging.queries,
    failureCounts: judging.failureCounts,
    isArrived: input.isArrived,
    ...watchOf(input, decision, isUnmeasured),
    ...(watchKey === undefined ? {} : { watchKey }),
    spentMs: input.spentMs,
    isBlind: isOnCandidate(input) && isUnmeasured,
    ...nextJudgement(rollout, judging, decision, context.now),
    ...(text === undefined ? {} : { recordText: text }),
    isRecordKept: record !== undefined && decision.record === record,
  }
}

/** Whether it cannot be told which deployment is the stable one, or which is to be. */
function isLost({ record, live, wanted, isUnreadable }: RolloutInput): boolean {
  const isSplit = record === undefined && Object.keys(positive(live)).length > 1
  return isUnreadable || isSplit || wanted.slot === NOWHERE.slot
}

function isOnCandidate({ record, live }: RolloutInput): boolean {
  return isUnderWay(record) && (live[record?.candidate?.slot ?? ''] ?? 0) > 0
}

/** Where the traffic is nobody knows, or where it goes: nothing is put anywhere, and nothing taken away. */
function everythingHeld(states: RolloutInput['deployments']): SlotsHeld {
  const all = new Set(states.keys())
  return { slots: [], retained: all, protectedSlots: all }
}

/** `ahead`: those that must end before another one begins; undefined = there is room. */
function moved(
  input: RolloutInput,
  { sync }: PlanContext,
  ahead: readonly string[] | undefined,
): RolloutDecision {
  const decision = guarded(input, advance(input))
  if (ahead === undefined || !begins(decision)) return decision
  return waits(input, decision, { most: sync.maxRollouts, ahead })
}

/** What nobody has registered yet is told by its name. */
function named(
  decision: RolloutDecision,
  context: PlanContext,
  { slots: [first] = [] }: Rollout,
): RolloutDecision {
  const unresolved = unresolvedIn(first?.labels ?? [], armContextOf(context.world))
  if (decision.reason !== 'RolloutHasNoTarget' || unresolved.length === 0) return decision
  const { isAwaited, ...said } = saidOfUnresolved(unresolved, context.declared)
  if (!isAwaited) return { ...decision, ...said }
  return { ...decision, ...said, stalled: false, phase: 'provisioning' }
}

const NOWHERE: Slot = { slot: '', rev: '' }

/**
 * Where Git wants the traffic to end, and by which road. With `queue`, a rollout on its way is finished first; a commit
 * that takes it back is no new revision and waits for nothing.
 */
function aimOf(
  context: PlanContext,
  endpoint: Desired,
  newest: Rollout,
  record: RolloutRecord | undefined,
): { readonly rollout: Rollout; readonly wanted: Slot | undefined; readonly isAwaited: boolean } {
  const newestWanted = wantedOf(context, endpoint, newest, record)
  const isReverted = isSameSlot(newestWanted, record?.stable)
  const begun =
    newest.onNewCommit === 'queue' && !isReverted ? begunAs(context, endpoint, record) : undefined
  if (begun !== undefined) {
    const isAwaited = !isSameSlot(newestWanted, record?.candidate)
    return { rollout: begun, wanted: record?.candidate, isAwaited }
  }
  const wanted = newestWanted ?? record?.candidate ?? record?.stable
  return { rollout: newest, wanted, isAwaited: false }
}

/**
 * A rollout on its way as it was declared when its candidate was put there: with `queue`, it is finished first. Of the
 * explicit form nothing is left to finish: its candidate is a manifest that the newest commit does not have.
 */
function begunAs(
  context: PlanContext,
  endpoint: Desired,
  record: RolloutRecord | undefined,
): Rollout | undefined {
  if (record?.phase !== 'progressing' && record?.phase !== 'baking') return undefined
  const lives = context.deploymentsAt.get(keyOf(endpoint.ref)) ?? []
  const live = lives.find(({ ref }) => ref.name.toLowerCase() === record.candidate?.slot)
  const { revision } =
    live === undefined ? {} : ownershipOf(KINDS[live.ref.kind], live, context.application)
  const begun = context.declaredThen.get(revision ?? '')?.get(keyOf(endpoint.ref))?.rollout
  return begun?.slots === undefined ? undefined : begun
}

function rolloutInput(
  reading: EndpointReading,
  wanted: Slot,
  { of, judgements }: Judgings,
): RolloutInput {
  const { context, desired, rollout, flows, record, isUnreadable, states } = reading
  const { answers, now, intents } = context
  const prefix = belowOf(desired.ref)
  const slotsOf = (keys: Iterable<string>): readonly string[] =>
    [...keys]
      .filter((key) => key.startsWith(`${prefix}/`))
      .map((key) => key.slice(prefix.length + 1))
  const bySlot = <Value>(given: ReadonlyMap<string, Value>): ReadonlyMap<string, Value> =>
    new Map(slotsOf(given.keys()).map((slot) => [slot, given.get(`${prefix}/${slot}`) as Value]))
  return {
    rollout,
    wanted,
    record,
    ...flows,
    deployments: states,
    absent: new Set(slotsOf(context.world.absent)),
    isUnreadable,
    isAwaited: reading.isAwaited,
    isHeld: isHeld(context, desired),
    isRemade: record !== undefined && isRemade(reading, record.stable),
    ...arrivalOf(reading),
    isAtWork: isWantedAtWork(context, desired, wanted),
    ...timesOf(reading, wanted),
    ...(judgements.some(isUnanswered) ? {} : { blindMs: 0 }),
    judgementOf: of,
    probes: bySlot(answers.probes),
    trials: bySlot(answers.trials),
    intents: intents.filter(({ endpoint }) => isNamed(endpoint, desired)),
    now,
  }
}

/** A write that failed leaves the endpoint Failed, and in force what was in force before. */
function arrivalOf(reading: EndpointReading): Pick<RolloutInput, 'isAsRecorded' | 'isArrived'> {
  const { live, record } = reading
  const isAsRecorded = record !== undefined && isInForce(record, reading)
  return { isAsRecorded, isArrived: isAtRest(live) && isAsRecorded }
}

type Times = Pick<RolloutInput, 'inForceMs' | 'wasInForce' | 'spentMs' | 'blindMs'>

/** What this process remembers counts as long as the record is the one that it was seen with. */
function timesOf(reading: EndpointReading, wanted: Slot): Times {
  const { live, record, context, desired, text } = reading
  const { now } = context
  const { arrived, watched, blindSince = now, seen } = context.memory[keyOf(desired.ref)] ?? {}
  const isSince = arrived?.record === text && arrivalOf(reading).isArrived
  const at = isSince && arrived?.after === (live && lastWriteOf(live)) ? arrived?.at : undefined
  const isKnown = watched !== undefined && watched.record === watchKeyOf(record, text, wanted)
  const watchedMs = (record?.spentMs ?? 0) + (isKnown ? watched.ms : 0)
  return {
    inForceMs: now - (at ?? now),
    wasInForce: seen !== undefined && seen === text,
    spentMs: spentOf({ context, desired, record, wanted }, watchedMs),
    blindMs: now - blindSince,
  }
}

function isRemade({ context, desired, rollout, states }: EndpointReading, stable: Slot): boolean {
  if (formerSlot(context, desired, { ...stable, states }) !== undefined) return true
  return rollout.slots === undefined && context.desiredAt.has(keyOfSlot(desired, stable))
}

function isInForce(record: RolloutRecord, { rollout, flows }: EndpointReading): boolean {
  const { weights, mirror } = inForce(record, { rollout, mirror: flows.mirror })
  return isSame(weights, flows.live) && isSame(mirror, flows.mirror)
}

function isNamed(name: string, { ref }: Desired): boolean {
  return name.toLowerCase() === ref.name.toLowerCase()
}

/** What the keys of an endpoint's deployments begin with. */
function belowOf(ref: Ref): string {
  return keyOf(isEndpoint(ref) ? { ...ref, kind: DEPLOYMENT_OF[ref.kind] } : ref)
}
