import type { Held } from '../model/plan.ts'
import { keyOf, scopeOf } from '../model/ref.ts'
import { recordIn } from '../rollout/record-tag.ts'
import { type Assessment, type CheckContext, isAsApplied, isSettled } from './assess.ts'
import { hasNoRoomForTags } from './capacity/room-for-tags.ts'
import { isShortOfCores } from './capacity/short-of-cores.ts'
import { driftPolicyOf } from './compare/drift-policy.ts'
import { checkReplacement } from './compare/in-place.ts'
import { saidOfUnresolved } from './compare/labels.ts'
import { areBeside, checkBesideRollout } from './compare/unfelt.ts'
import type { PlanContext, PlanInput } from './context.ts'
import { blocked, waiting } from './held.ts'
import { againAt } from './memory/backoff.ts'
import { checkBusy } from './memory/busy.ts'
import { FIGHT_LIMIT, isRetried, quietUntil, whyFailed } from './memory/next-memory.ts'
import { checkNotTakenOver, notTakenOverOf } from './memory/not-taken-over.ts'
import { checkOwnership } from './ownership/ownership-held.ts'
import { isUnrecoverable } from './rollouts/deployment-states.ts'
import { isComplete } from './rollouts/rollout-plan.ts'
import {
  checkRollbackTarget,
  hasTooManyUsers,
  isOffTrafficPlan,
  isOwed,
  isOwedToUsers,
  replacesLost,
} from './traffic/rollback-target.ts'
import { flowsOf, isEndpoint, isUnmirrored, servingDeployments } from './traffic/traffic-plan.ts'

export type PlanCheck = (assessment: Assessment, around: CheckContext) => Held | undefined

/** Why a thing that differs may not be written now: the first answer counts. Read it as the checklist before a write. */
const WRITE_CHECKS: readonly PlanCheck[] = [
  checkFreeze, // somebody must look first: no write at all
  checkSuspension, // a person asked for quiet
  checkLabels, // a label that points nowhere
  checkMirror, // who serves is not to be copied to
  checkOwnership, // not ours, and nobody asked to adopt it
  checkBusy, // Azure is at work on it
  checkFailed, // Azure gave up on this very content
  checkNotTakenOver, // Azure accepted this very content, and has other values
  checkReplacement, // Azure cannot change this in place
  checkDriftPolicy, // drift that policy only reports
  checkContested, // somebody keeps moving it back
  checkAwaitingReadback, // our own last write has not been read back yet
  checkRejected, // Azure said this content can never succeed: not yet again
  checkBackoff, // a failure that may pass: not yet
  hasUnreadyDependency, // what it needs is not there
  servesUsers, // a rollout changes nothing under users' feet
  replacesLost, // nor puts other content where stable was, before it is known what that was
  checkRollbackTarget, // nor takes away what users may need again
  checkBesideRollout, // nor writes what can wait while one is under way
  isShortOfCores, // there are not enough cores for it
  hasNoRoomForTags, // nor for our tags beside those of others
]

/**
 * What may hold traffic that a rollout takes back: a write in flight, and nothing that is remembered, frozen or declared
 * (INVARIANTS S27). The record on the endpoint is the proof that it is ours to move.
 */
export const TAKE_BACK_CHECKS: readonly PlanCheck[] = [
  checkAnotherOwner,
  checkSeenBusy,
  checkJustWritten,
]

/** What may hold a write that puts users back on the road of their rollout: no earlier failure of the same write, and no freeze (S27). */
const ROAD_CHECKS: readonly PlanCheck[] = [
  checkOwnership,
  checkBusy,
  checkContested,
  checkJustWritten,
]

/** Where nobody is served: a person who asked for quiet, and a freeze where only Git says who is to serve. */
export const OWED_CHECKS: readonly PlanCheck[] = [
  checkFreezeWithoutRecord,
  checkSuspension,
  ...ROAD_CHECKS,
]

export function writeChecks(assessment: Assessment): readonly PlanCheck[] {
  if (assessment.trafficPlan?.isUrgent === true) return TAKE_BACK_CHECKS
  if (!isOffTrafficPlan(assessment)) return WRITE_CHECKS
  return hasTooManyUsers(assessment) ? ROAD_CHECKS : OWED_CHECKS
}

export function heldBy(
  checks: readonly PlanCheck[],
  assessment: Assessment,
  around: CheckContext,
): Held | undefined {
  for (const check of checks) {
    const held = check(assessment, around)
    if (held !== undefined) return held
  }
  return undefined
}

/** What a write, and what a person may say of a rollout, waits for: nothing goes out until somebody has looked, or wants it. */
export function checkStopped(assessment: Assessment, around: Asked): Held | undefined {
  return checkFreeze(assessment, around) ?? checkSuspension(assessment, around)
}

interface Asked {
  readonly input: Pick<PlanInput, 'freezes' | 'sync' | 'now'>
}

export function checkFreeze({ ref }: Assessment, { input }: Asked): Held | undefined {
  const freeze = input.freezes.find(({ what }) => what === 'writes')
  return freeze && blocked(ref, freeze.reason, freeze.message)
}

function checkFreezeWithoutRecord(assessment: Assessment, around: CheckContext): Held | undefined {
  return isRecorded(assessment) ? undefined : checkFreeze(assessment, around)
}

function isRecorded({ ref, live, desired, rolloutPlan }: Assessment): boolean {
  if (desired !== undefined || live === undefined) return rolloutPlan?.decision.record !== undefined
  return isEndpoint(ref) && recordIn(ref, live.body) !== undefined
}

export function checkSuspension({ ref, desired }: Assessment, { input }: Asked): Held | undefined {
  const until = desired?.policy.suspendUntil
  if (input.sync.suspend)
    return blocked(
      ref,
      'Suspended',
      'The Application is suspended: `suspend: false` in its sync policy lets it go on.',
    )
  if (until === undefined || until <= input.now) return undefined
  return blocked(
    ref,
    'Suspended',
    'Suspended until the time in its annotation verdigris.dev/suspend-until, or a commit without it.',
  )
}

function checkMirror({ ref, trafficPlan }: Assessment): Held | undefined {
  if (!isUnmirrored(trafficPlan)) return undefined
  const message = `${trafficPlan.unmirrored.join(', ')} has live traffic, which Git does not declare, and Azure sends a deployment live or mirrored traffic, not both: declare in a commit who serves, or mirror to another deployment.`
  return blocked(ref, 'MirrorHasTraffic', message)
}

function checkLabels({ ref, unresolved }: Assessment, { input }: CheckContext): Held | undefined {
  if (unresolved.length === 0) return undefined
  const { isAwaited, reason, message } = saidOfUnresolved(unresolved, input.declared)
  return isAwaited ? waiting(ref, reason, message) : blocked(ref, reason, message)
}

function checkAnotherOwner(assessment: Assessment): Held | undefined {
  return assessment.owner.ownership === 'theirs' ? checkOwnership(assessment) : undefined
}

/** Azure gave up on this very content. An endpoint's own content is small and its write is tried again in any case. */
function checkFailed(assessment: Assessment, { input }: CheckContext): Held | undefined {
  const { ref, live, owner, generation } = assessment
  if (live?.phase !== 'Failed' || owner.generation !== generation) return undefined
  if (isRetried(assessment) || isUnrecoverable(input, ref)) return undefined
  const { reason, message, isPassing } = whyFailed(live)
  // On the way the rollout's own message says what leads on.
  const { rolloutPlan } = assessment
  const how =
    rolloutPlan === undefined || isComplete(rolloutPlan) ? ' Another commit leads on.' : ''
  if (!isEndpoint(ref) && !isPassing && !isOwed(assessment, input))
    return blocked(ref, reason, `${message}${how}`)
  return quietUntil(assessment, input) > input.now ? waiting(ref, reason, message) : undefined
}

/** How many users a candidate has, and whether a rollback can be carried, is the rollout's, and not the policy's. */
function checkDriftPolicy(assessment: Assessment, { input }: CheckContext): Held | undefined {
  const { ref, reason, desired } = assessment
  const policy = driftPolicyOf(ref, desired, input.sync)
  if (reason !== 'Drift' || policy === 'correct') return undefined
  if (isOwedToUsers(assessment)) return undefined
  return blocked(
    ref,
    'DriftReported',
    `It drifted; the policy is to ${policy}, not to correct. Put it back, or declare it so in a commit.`,
  )
}

function checkContested(assessment: Assessment, { input }: CheckContext): Held | undefined {
  const { ref, key, live, reason } = assessment
  const count = input.memory[key]?.corrections?.count ?? 0
  if (reason !== 'Drift' || count === 0 || quietUntil(assessment, input) <= input.now)
    return undefined
  if (live?.phase === 'Failed')
    return waiting(ref, 'DriftBackoff', 'The last correction failed; waiting longer each time.')
  if (count >= FIGHT_LIMIT && isNotTaken(assessment, input))
    return blocked(
      ref,
      'DriftFight',
      `Azure accepted ${count} corrections and did not take them over; more are sent, each later, at least once an hour. Look at the quota and limits of what is written, or declare in a commit what Azure has.`,
    )
  if (count >= FIGHT_LIMIT)
    return blocked(
      ref,
      'DriftFight',
      `Another writer undid ${count} corrections; more are sent, each later, at least once an hour. Find it, or set the drift policy to report.`,
    )
  return waiting(
    ref,
    'DriftBackoff',
    'It drifted again right after a correction; waiting longer each time.',
  )
}

/** Whether Azure itself keeps it as it is: it took none of it over when only we had written. */
function isNotTaken(assessment: Assessment, context: PlanContext): boolean {
  const proven = notTakenOverOf(assessment, context)?.fields ?? {}
  return assessment.differences.every(({ path }) => proven[path] !== undefined)
}

export function checkAwaitingReadback(
  assessment: Assessment,
  { input }: CheckContext,
): Held | undefined {
  const { ref, key } = assessment
  if (input.memory[key]?.written === undefined) return undefined
  return waiting(ref, 'OwnWriteNotSeen', 'The last write was accepted; reads do not show it yet.')
}

/** That its deployments could not be read says nothing of itself: the write looks at it again. */
function checkSeenBusy(assessment: Assessment, around: CheckContext): Held | undefined {
  return around.input.world.unread.has(assessment.key) ? undefined : checkBusy(assessment, around)
}

/** The same as `checkAwaitingReadback`, for as long as a reading may lag behind a write that was just done. */
function checkJustWritten({ ref, key }: Assessment, { input }: CheckContext): Held | undefined {
  const written = input.memory[key]?.written
  if (written === undefined || input.now - written.at >= LAG_MS) return undefined
  return waiting(ref, 'OwnWriteNotSeen', 'The last write was accepted; reads do not show it yet.')
}

/** After that long a take-back that no reading shows is sent again. */
const LAG_MS = 30_000

export function checkRejected(assessment: Assessment, { input }: CheckContext): Held | undefined {
  const { ref, key, content, live } = assessment
  const rejected = input.memory[key]?.rejected
  if (rejected?.generation !== content) return undefined
  if (againAt(rejected, isOwed(assessment, input)) <= input.now) return undefined
  // What never came up is made again: that is no second try of the same write.
  if (live?.phase === 'Failed' && isUnrecoverable(input, ref)) return undefined
  const how = 'It is tried again, each time later, at least once an hour; another commit leads on.'
  return blocked(ref, rejected.reason, `${rejected.message} ${how}`)
}

export function checkBackoff(assessment: Assessment, { input }: CheckContext): Held | undefined {
  const { ref, key } = assessment
  const retry = input.memory[key]?.retry
  if (retry === undefined) return undefined
  if (againAt(retry, isOwed(assessment, input)) <= input.now) return undefined
  return waiting(ref, retry.reason, retry.message)
}

function hasUnreadyDependency(
  { ref, desired }: Assessment,
  around: CheckContext,
): Held | undefined {
  for (const needed of desired?.dependsOn ?? []) {
    const found = around.all.get(keyOf(needed))
    const anothers = found && isEndpoint(needed) ? checkOwnership(found) : undefined
    // Into somebody else's endpoint nothing is put: what is ours there would prove that the endpoint is.
    if (anothers !== undefined)
      return blocked(ref, anothers.reason, `It needs ${keyOf(needed)}. ${anothers.message}`)
    if (found === undefined || !isAvailable(found, around))
      return waiting(ref, 'DependencyNotReady', `It needs ${keyOf(needed)}.`)
  }
  return undefined
}

/** An endpoint serves its deployments as soon as it is there, also when a later write to it failed; an asset must be what Git says. */
function isAvailable(needed: Assessment, { input }: CheckContext): boolean {
  const { ref, live } = needed
  if (!isEndpoint(ref)) return isSettled(needed)
  const isThere = (input.deploymentsAt.get(needed.key) ?? []).length > 0
  return live?.phase === 'Ready' || (live?.phase === 'Failed' && isThere)
}

/** With a Rollout, a deployment that gets traffic is not given other content: that would reach users at once. */
function servesUsers(
  { ref, kind, rolloutPlan, reason, differences }: Assessment,
  { all }: CheckContext,
): Held | undefined {
  if (rolloutPlan === undefined || reason === 'Create' || isAsApplied(reason)) return undefined
  if (areBeside(kind, differences)) return undefined
  const endpoint = all.get(scopeOf(ref))
  if (endpoint?.live === undefined || !isEndpoint(endpoint.ref)) return undefined
  const name = ref.name.toLowerCase()
  if (!servingDeployments(endpoint.ref.kind, endpoint.live.body).has(name)) return undefined
  const { live, mirror } = flowsOf(endpoint.ref.kind, endpoint.live.body)
  const { weights = live, mirror: copies = mirror } = endpoint.trafficPlan ?? {}
  const leaves = (weights[name] ?? 0) + (copies[name] ?? 0) === 0
  // It may leave when another one is up.
  return leaves || rolloutPlan.decision.awaits !== undefined
    ? waiting(ref, 'TakesTraffic', 'It is changed when its traffic has gone.')
    : blocked(
        ref,
        'ServesTraffic',
        'It serves, or is mirrored to, and a rollout changes nothing in place. Put the new content into a deployment of another name and move the traffic there.',
      )
}
