import type { Desired } from '../../model/desired.ts'
import { isAtWork, type Live } from '../../model/live.ts'
import { instantOf } from '../../model/values/instant.ts'
import { valueAt } from '../../model/values/pointer.ts'
import type { RolloutDecision } from '../../rollout/decide/decision.ts'
import { type RolloutInput, waitsForPerson } from '../../rollout/decide/rollout-input.ts'
import { stateOf } from '../../rollout/decide/state.ts'
import { isUnderWay, type RolloutRecord, type Slot } from '../../rollout/record.ts'
import type { PlanContext } from '../context.ts'
import type { RolloutPlan } from './rollout-plan.ts'
import { keyOfSlot } from './slots.ts'

/** How long a candidate has been waited for, before the first step of its rollout writes anything. */

/** How long a process must have watched by itself before Azure's date counts: in that time a clock that is wrong is set right. */
const OWN_MS = 15 * 60_000
/** A deployment that was written later than that after it was made is not known to be made for this revision. */
const SAME_WRITE_MS = 60_000

/** What the time that is watched belongs to: the record, and before its first step the revision that is to come. */
export function watchKeyOf(
  record: RolloutRecord | undefined,
  text: string | undefined,
  wanted: Slot,
): string | undefined {
  const isBefore = record?.phase === 'stable' && text !== undefined
  return isBefore ? `${text} ${wanted.slot}.${wanted.rev}` : text
}

/** Whether Azure is at work on the deployment that Git wants, whatever it makes of it, or on deleting what is in its place. */
export function isWantedAtWork({ liveAt }: PlanContext, endpoint: Desired, wanted: Slot): boolean {
  return wanted.slot !== '' && isAtWork(liveAt.get(keyOfSlot(endpoint, wanted)))
}

/** Which time counts: on the way all that waits for nobody; before the first step what Azure takes. */
export function watchOf(
  input: RolloutInput,
  { reason }: RolloutDecision,
  isUnmeasured: boolean,
): Pick<RolloutPlan, 'isWatched' | 'isWatchedAnew'> {
  const { record, rollout, spentMs } = input
  const isMoving = isUnderWay(record) && !waitsForPerson(input) && !isUnmeasured
  // What has run out stays so, whatever Azure says then.
  const isAnew = isComing(input) && isForWant(input) && spentMs < rollout.deadlineMs
  return { isWatched: isMoving || isCounted(input, reason), isWatchedAnew: isAnew }
}

/** A new revision is to come, and nothing of its rollout is written yet. */
function isComing(input: RolloutInput): boolean {
  return input.record?.phase === 'stable' && stateOf(input).wants === 'newer'
}

/** Steps ahead of the first write that go on by themselves, or never. */
const COUNTED: readonly string[] = ['Verifying', 'TrialRuns']

/**
 * Whether the time before the first step counts that passes now: Azure is at work, or golden requests and trial jobs are. What
 * waits for somebody, for a provider, for another rollout or for a failure to be tried again does not count.
 */
function isCounted(input: RolloutInput, reason: string): boolean {
  if (!isComing(input) || input.isHeld) return false
  return isAtWorkOnIt(input) || COUNTED.includes(reason)
}

/** Time that Azure takes for another revision, which is in its place still, is none of its own. */
function isAtWorkOnIt({ isAtWork, deployments, wanted }: RolloutInput): boolean {
  const there = deployments.get(wanted.slot)
  return isAtWork && (there === undefined || there.rev === wanted.rev)
}

/** Azure ended the attempt for want of what a person gives or Azure frees: the time of the next one is counted anew. */
function isForWant({ deployments, wanted }: RolloutInput): boolean {
  return deployments.get(wanted.slot)?.failure?.isWant === true
}

interface ComingInput {
  readonly context: PlanContext
  /** The endpoint. */
  readonly desired: Desired
  readonly record: RolloutRecord | undefined
  readonly wanted: Slot
}

/** How long the rollout, or before its first step its candidate, has been watched, when this process has seen that much of it. */
export function spentOf(
  { context, desired, record, wanted }: ComingInput,
  watchedMs: number,
): number {
  if (record?.phase !== 'stable' || wanted.slot === '') return watchedMs
  const live = context.liveAt.get(keyOfSlot(desired, wanted))
  return waitedMs(live, { watchedMs, sinceMs: record.sinceMs, now: context.now })
}

/**
 * How long the candidate has been waited for: as this process has watched it; behind a restart, as Azure dates a deployment
 * that was made since the record was written, and is being made still. Two clocks are compared then, and only after a while.
 */
function waitedMs(
  live: Live | undefined,
  { watchedMs, sinceMs, now }: { watchedMs: number; sinceMs: number; now: number },
): number {
  if (watchedMs < OWN_MS || live?.phase !== 'Provisioning') return watchedMs
  const [madeMs, writtenMs] = (['createdAt', 'lastModifiedAt'] as const).map((name) => {
    const at = valueAt(live.body, `/systemData/${name}`)
    return typeof at === 'string' ? instantOf(at) : undefined
  })
  const isOfNow = madeMs !== undefined && madeMs > sinceMs
  const isOnce = isOfNow && (writtenMs ?? madeMs) - madeMs <= SAME_WRITE_MS
  return isOnce ? Math.max(watchedMs, now - madeMs) : watchedMs
}
