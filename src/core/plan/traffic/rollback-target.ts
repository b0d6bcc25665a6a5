import { isAtRest, type Live } from '../../model/live.ts'
import type { Held } from '../../model/plan.ts'
import { isDeployment, scopeOf } from '../../model/ref.ts'
import { isUnderWay } from '../../rollout/record.ts'
import { servesNobody } from '../../rollout/weights.ts'
import { type Assessment, isAsApplied } from '../assess.ts'
import { instancesIn } from '../capacity/cores.ts'
import { areBeside } from '../compare/unfelt.ts'
import type { PlanContext, PlanInput } from '../context.ts'
import { blocked, waiting } from '../held.ts'
import { isComplete, type RolloutPlan } from '../rollouts/rollout-plan.ts'
import { type EndpointRef, flowsOf, isEndpoint } from './traffic-plan.ts'

/**
 * What users have, or may need again, stays as it is while a rollout is on its way and within its window: every instance
 * of it, and, of all but the revision that Git wants, its content (INVARIANTS S4, S5).
 */
export function checkRollbackTarget({
  ref,
  kind,
  rolloutPlan,
  live,
  reason,
  differences,
}: Assessment): Held | undefined {
  const name = ref.name.toLowerCase()
  if (rolloutPlan === undefined || live === undefined || !rolloutPlan.protectedSlots.has(name))
    return undefined
  // Of stable itself, while it is up: users are served by it, or are to be.
  const isInPlace = live.phase === 'Ready' && isChangedInPlace(rolloutPlan)
  const isWanted = name === rolloutPlan.wanted.slot && !isInPlace
  const fewer = differences.find(({ path }) => path === '/sku/capacity' || path === '/sku')
  const count = typeof fewer?.desired === 'number' ? fewer.desired : instancesIn(live)
  const isOver = isWanted && isComplete(rolloutPlan)
  const shrinks = count < instancesIn(live) && !isOver
  const changes = !isWanted && !isAsApplied(reason) && !areBeside(kind, differences)
  return shrinks || changes
    ? waiting(ref, 'WayBack', 'It stays as it is until the rollout and its window are over.')
    : undefined
}

/** Git wants other content in the stable deployment itself. */
function isChangedInPlace({ wanted, decision: { record } }: RolloutPlan): boolean {
  return record?.stable.slot === wanted.slot && record.stable.rev !== wanted.rev
}

/** It served and is gone, and Git, which knows what it was, cannot be asked: anything else there would be in its way. */
export function replacesLost(
  { ref, live, rolloutPlan }: Assessment,
  { input }: { readonly input: Pick<PlanInput, 'freezes'> },
): Held | undefined {
  const freeze = input.freezes.find(({ what }) => what === 'remakes')
  if (freeze === undefined || rolloutPlan === undefined || live !== undefined) return undefined
  if (!isChangedInPlace(rolloutPlan) || ref.name.toLowerCase() !== rolloutPlan.wanted.slot)
    return undefined
  return blocked(ref, freeze.reason, freeze.message)
}

/** Put right whatever the policy for drift: who is served, and how a rollback is carried, is the rollout's. */
export function isOwedToUsers(assessment: Assessment): boolean {
  return isShrunkWayBack(assessment) || isOffTrafficPlan(assessment) || isMovedByRollout(assessment)
}

/**
 * What a rollout writes in this turn, or takes back, is its own, also where the tags that would say so are lost; and so is what
 * Azure has not carried out of its last write.
 */
function isMovedByRollout({ ref, live, trafficPlan, rolloutPlan }: Assessment): boolean {
  if (!isEndpoint(ref)) return false
  const isLeft = live?.phase === 'Failed' && rolloutPlan !== undefined && !isComplete(rolloutPlan)
  return isLeft || trafficPlan?.isUrgent === true || rolloutPlan?.decision.transition !== undefined
}

/**
 * Users wait for it, so it is tried until it comes up: what has served and has to be made again, and, after a rollout that
 * left nobody served, what is to serve; and an endpoint that has served and is gone.
 */
export function isOwed(
  { ref, key, live, rolloutPlan }: Assessment,
  { liveAt, memory }: PlanContext,
): boolean {
  if (isEndpoint(ref)) return isUnmade(ref, live) && memory[key]?.hasServed === true
  const slot = ref.name.toLowerCase()
  const record = rolloutPlan?.decision.record
  if (record !== undefined && slot === record.stable.slot)
    return rolloutPlan?.states.get(slot)?.hasServed !== true
  const endpoint = isDeployment(ref.kind) ? liveAt.get(scopeOf(ref)) : undefined
  if (endpoint === undefined || !isEndpoint(endpoint.ref)) return false
  if (!servesNobody(flowsOf(endpoint.ref.kind, endpoint.body).live)) return false
  return record === undefined ? memory[key]?.hasServed === true : slot === rolloutPlan?.wanted.slot
}

/** Gone, or made again in vain: nobody is served by it. */
function isUnmade({ kind }: EndpointRef, live: Live | undefined): boolean {
  if (live === undefined) return true
  return live.phase === 'Failed' && servesNobody(flowsOf(kind, live.body).live)
}

/** It has fewer instances than were there when the rollout began that it is, or was, the way back of; or than `undo` needs. */
function isShrunkWayBack({ ref, rolloutPlan, live, differences }: Assessment): boolean {
  const record = rolloutPlan?.decision.record
  if (rolloutPlan === undefined || live === undefined || record === undefined) return false
  const name = ref.name.toLowerCase()
  const isPast = record.phase === 'stable' && name !== record.previous?.slot
  const isNeeded = !isPast && rolloutPlan.protectedSlots.has(name)
  const count = differences.find(({ path }) => path === '/sku/capacity')?.desired
  const isOnly = differences.every(({ path }) => path.startsWith('/sku'))
  return isNeeded && isOnly && typeof count === 'number' && count > instancesIn(live)
}

/**
 * Nobody is served, and what is to serve is up (Azure takes the traffic away
 * with a deployment that is deleted); or in a rollout somebody gave the candidate more users than a step did, which only a
 * step may (INVARIANTS S6).
 */
export function isOffTrafficPlan(assessment: Assessment): boolean {
  const { ref, live, rolloutPlan, trafficPlan, reason } = assessment
  // One whose last write failed sends users nowhere, too.
  if (!isEndpoint(ref) || !isAtRest(live) || trafficPlan === undefined) return false
  const isGivenBack = servesNobody(trafficPlan.live) && !servesNobody(trafficPlan.weights)
  // By its record, also while a commit is to change something else.
  if (isGivenBack && (reason === 'Drift' || rolloutPlan?.isRecordKept === true)) return true
  return hasTooManyUsers(assessment)
}

/** In a rollout somebody gave the candidate more users than a step did. */
export function hasTooManyUsers({ rolloutPlan, trafficPlan }: Assessment): boolean {
  const record = rolloutPlan?.decision.record
  if (!isUnderWay(record) || trafficPlan === undefined) return false
  const { slot } = record.candidate ?? record.stable
  return (trafficPlan.live[slot] ?? 0) > (trafficPlan.weights[slot] ?? 0)
}
