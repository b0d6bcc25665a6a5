import type { Live } from '../../model/live.ts'
import { type Intent, KEEP_MS } from '../../model/rollout.ts'
import { misdirected } from '../../rollout/decide/about.ts'
import { messageOf } from '../../rollout/decide/cause.ts'
import {
  isTakenBack,
  isUnderWay,
  isWindowOpen,
  type RolloutRecord,
  type Slot,
  stableRecord,
  undone,
  withdrawn,
} from '../../rollout/record.ts'
import { positive } from '../../rollout/weights.ts'
import type { Assessment, CheckContext } from '../assess.ts'
import { lastInForce } from '../assess-all.ts'
import { heldBy, OWED_CHECKS, type PlanCheck, TAKE_BACK_CHECKS, writeChecks } from '../checks.ts'
import type { PlanContext } from '../context.ts'
import { homeOf, leavesUsers, recordOn, type Sent, sentTo } from '../rollouts/abort-plan.ts'
import { differenceOf, flowsOf, isEndpoint } from '../traffic/traffic-plan.ts'
import { handedSinceOf, isLeft, silentOf } from './handover.ts'
import type { Decision } from './recreate.ts'

/**
 * Users of an endpoint whose rollout Git does not declare any more, and whom no ordinary write serves: they leave its candidate,
 * as after a revert, or, where nobody is served, go back to whom it served last. Undefined: no such user.
 */
export function undeclaredRollout(
  assessment: Assessment,
  around: CheckContext,
): Decision | undefined {
  const { ref, live, rolloutPlan } = assessment
  const { input } = around
  if (!isEndpoint(ref) || live === undefined || rolloutPlan !== undefined) return undefined
  const record = recordOn(live, input.application)
  if (record !== undefined && isLeftToGit(assessment, around, record)) return undefined
  const way = wayOf(assessment, live, record, input)
  if (way === undefined) return undefined
  const { live: weights } = flowsOf(ref.kind, live.body)
  const differences = differenceOf(ref, { live: weights, target: way.weights })
  const change = { ref, verb: 'update', reason: 'Update', differences } as const
  const held = heldBy(way.checks, assessment, around)
  if (held !== undefined) return { change, held }
  return { change, action: { ...sentTo(live, input.application, way), differences } }
}

interface Way extends Sent {
  /** What may hold it. */
  readonly checks: readonly PlanCheck[]
}

function wayOf(
  assessment: Assessment,
  live: Live,
  record: RolloutRecord | undefined,
  context: PlanContext,
): Way | undefined {
  if (isBeingTakenOver(assessment, context)) return undefined
  const off = record && leavesUsers(live, record) ? offCandidate(live, record, context) : undefined
  if (off !== undefined) return off
  if (!isLeft(assessment, context)) return undefined
  const undone = record && undoneBy(live, record, context)
  if (undone !== undefined) return { ...undone, checks: TAKE_BACK_CHECKS }
  if (!isSilenced(assessment, context)) return undefined
  const served = record === undefined ? asApplied(live, context) : byRecord(live, record, context)
  return served && { ...served, checks: OWED_CHECKS }
}

/** Nobody judges the candidate any more. */
function offCandidate(
  live: Live,
  record: RolloutRecord,
  { world, now }: PlanContext,
): Way | undefined {
  if (homeOf(world, live, record.stable) === undefined) return undefined
  return {
    weights: { [record.stable.slot]: 100 },
    record: isUnderWay(record) ? withdrawn(record, now) : record,
    transition: endOf(record),
    checks: TAKE_BACK_CHECKS,
  }
}

function endOf({ stable, beganMs }: RolloutRecord): Sent['transition'] {
  const message = `Git declares no rollout of it any more: ${stable.slot} serves.`
  return { result: 'rolled_back', trigger: 'commit', message, beganAt: beganMs }
}

/** Within its window the revision of before is the way back, as in a rollout that Git declares. */
function undoneBy(live: Live, record: RolloutRecord, context: PlanContext): Sent | undefined {
  const said = saidOf(live, context).find(({ verb }) => verb === 'undo')
  const previous = warmOf(live, record, context)
  if (said === undefined || previous === undefined || record.phase !== 'stable') return undefined
  if (misdirected(said, { record, wanted: record.stable }) !== undefined) return undefined
  return {
    weights: { [previous.slot]: 100 },
    record: undone(record.stable, previous, { now: context.now, keepMs: KEEP_MS }),
    transition: { result: 'rolled_back', trigger: 'manual', message: messageOf(said) },
  }
}

/** Whom its record names, those first who are proven; a candidate is not, for being all that is left. */
function byRecord(live: Live, record: RolloutRecord, context: PlanContext): Sent | undefined {
  const { world, now } = context
  const { stable, candidate } = record
  if (homeOf(world, live, stable) !== undefined) {
    const weights = { [stable.slot]: 100 }
    return isUnderWay(record)
      ? { weights, record: withdrawn(record, now), transition: endOf(record) }
      : { weights, record }
  }
  const previous = warmOf(live, record, context)
  if (previous !== undefined) {
    const message = `${stable.slot} does not serve any more; ${previous.slot} does.`
    const transition = { result: 'rolled_back', trigger: 'health', message } as const
    return { weights: { [previous.slot]: 100 }, record: stableRecord(previous, now), transition }
  }
  const last = isUnderWay(record) ? candidate : withdrawnOf(record)
  const isUp = last !== undefined && homeOf(world, live, last) !== undefined
  return isUp ? { weights: { [last.slot]: 100 }, record } : undefined
}

/** Nothing is held against it, but that its rollout ended; not so what was aborted, or what Git took back. */
function withdrawnOf(record: RolloutRecord): Slot | undefined {
  return record.phase === 'stable' && !isTakenBack(record) ? record.withdrawn : undefined
}

/** As the commit says that was applied last; where one of them is gone, the largest of the others. */
function asApplied(live: Live, context: PlanContext): Sent | undefined {
  const weights = positive(lastInForce(context, live) ?? {})
  const names = Object.keys(weights)
  const up = names.filter((slot) => homeOf(context.world, live, { slot }) !== undefined)
  const [largest] = up.sort((one, other) => (weights[other] ?? 0) - (weights[one] ?? 0))
  if (largest === undefined) return undefined
  const isWhole = up.length === names.length
  return { weights: isWhole ? weights : { [largest]: 100 }, record: undefined }
}

/** The revision of before, within its window. */
function warmOf(live: Live, record: RolloutRecord, context: PlanContext): Slot | undefined {
  const isOpen = isWindowOpen(record, { now: context.now, intents: saidOf(live, context) })
  const isWarm = isOpen && homeOf(context.world, live, record.previous) !== undefined
  return isWarm ? record.previous : undefined
}

function saidOf({ ref }: Live, { intents }: PlanContext): readonly Intent[] {
  return intents.filter(({ endpoint }) => endpoint.toLowerCase() === ref.name.toLowerCase())
}

/** How long the Application that declares an endpoint now has to take its rollout over. */
const TAKE_OVER_MS = 2 * 60_000

/** It may only look, be suspended, have no rights or not run: users do not wait for that. */
function isBeingTakenOver(assessment: Assessment, context: PlanContext): boolean {
  const since = handedSinceOf(assessment, context)
  return since !== undefined && context.now - since < TAKE_OVER_MS
}

/** Its users were taken away while it was left; before, a removal did it, or a person whom Git agrees with. */
function isSilenced(assessment: Assessment, context: PlanContext): boolean {
  const silent = silentOf(assessment, context)
  if (silent === undefined || !silent.wasLeft) return false
  const isHanded = handedSinceOf(assessment, context) !== undefined
  return isHanded || context.now - silent.at >= TAKE_OVER_MS
}

/**
 * Whether the weights that Git declares say where these users are: they are wanted there, or the ordinary write takes them off
 * now. It does not where it is held up, by a person too, or waits for a deployment that is to serve.
 */
function isLeftToGit(
  assessment: Assessment,
  around: CheckContext,
  { phase, candidate }: RolloutRecord,
): boolean {
  const { trafficPlan } = assessment
  if (trafficPlan?.isDeclared !== true) return false
  // At rest, whoever is served beside the stable deployment is drift as any other.
  if (phase === 'stable' || candidate === undefined) return true
  const has = trafficPlan.live[candidate.slot] ?? 0
  if (has <= (trafficPlan.target[candidate.slot] ?? 0)) return true
  const isTakenOff = (trafficPlan.weights[candidate.slot] ?? 0) < has
  return isTakenOff && heldBy(writeChecks(assessment), assessment, around) === undefined
}
