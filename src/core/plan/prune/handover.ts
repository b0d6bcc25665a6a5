import { KINDS } from '../../kinds/index.ts'
import type { Live } from '../../model/live.ts'
import type { KeyMemory } from '../../model/memory.ts'
import type { Held } from '../../model/plan.ts'
import { scopeOf } from '../../model/ref.ts'
import { servesAll } from '../../rollout/weights.ts'
import type { Assessment } from '../assess.ts'
import type { PlanContext } from '../context.ts'
import { blocked, waiting } from '../held.ts'
import { TAGS, tagsOf } from '../ownership/ownership.ts'
import { flowsOf, isEndpoint } from '../traffic/traffic-plan.ts'
import { checkRetained } from './gate.ts'

/** So long the Application that declares a thing now may take to take it over, before somebody is to look at it. */
const HANDED_MS = 15 * 60_000

/** What another Application of this process declares now: it is left for that one to take over, and not removed here. */
export function handedOver(assessment: Assessment, context: PlanContext): Held | undefined {
  const { ref } = assessment
  const receiver = receiverOf(assessment, context)
  if (receiver === undefined) return undefined
  const { now } = context
  const isTakenOver = applicationOf(context.liveAt.get(scopeOf(ref))) === receiver
  if (isTakenOver || now - (handedSinceOf(assessment, context) ?? now) < HANDED_MS)
    return waiting(
      ref,
      'HandedOver',
      `The Application ${receiver} declares it now: it is left for that one to take over, and not removed here.`,
    )
  const minutes = HANDED_MS / 60_000
  return blocked(
    ref,
    'HandoverStalled',
    `The Application ${receiver} declares it and has not taken it over in ${minutes} minutes: see what that one says of it; nothing is removed here.`,
  )
}

/** The slots of a rollout that goes on there keep these tags for as long as it needs them as they are. */
function applicationOf(live: Live | undefined): string | undefined {
  return live && tagsOf(KINDS[live.ref.kind], live.body)[TAGS.application]
}

function receiverOf({ key }: Assessment, { neighbours }: PlanContext): string | undefined {
  return [...(neighbours ?? [])].find(([, { declared }]) => declared.has(key))?.[0]
}

/** Since when another Application of this process declares what is not declared here any more. */
export function handedSinceOf(assessment: Assessment, context: PlanContext): number | undefined {
  if (assessment.desired !== undefined || receiverOf(assessment, context) === undefined)
    return undefined
  return context.memory[assessment.key]?.handedSince ?? context.now
}

/**
 * Whether what is ours and not declared here any more is left for another Application: for one that declares it, or that may, as
 * a commit of the same repository that cannot be read, or history that was rewritten, does not tell.
 */
export function isLeft(assessment: Assessment, context: PlanContext): boolean {
  const { desired, owner } = assessment
  if (desired !== undefined || owner.ownership !== 'ours') return false
  if (receiverOf(assessment, context) !== undefined) return true
  return (
    isUntold(context) &&
    context.sync.prune.enabled &&
    checkRetained(assessment, context) === undefined
  )
}

/** Of an endpoint that Git does not declare any more: since when some or all of its users are served by nobody, and whether it was left for another by then. */
export function silentOf(assessment: Assessment, context: PlanContext): KeyMemory['silent'] {
  const { ref, live, desired, key } = assessment
  if (!isEndpoint(ref) || live === undefined || desired !== undefined) return undefined
  if (servesAll(flowsOf(ref.kind, live.body).live)) return undefined
  return context.memory[key]?.silent ?? { at: context.now, wasLeft: isLeft(assessment, context) }
}

function isUntold({ neighbours, freezes }: PlanContext): boolean {
  const isUnread = [...(neighbours?.values() ?? [])].some((one) => one.isBeside && !one.isFresh)
  return isUnread || freezes.some(({ what }) => what === 'writes')
}
