import { KINDS } from '../kinds/index.ts'
import type { Desired } from '../model/desired.ts'
import type { Live } from '../model/live.ts'
import { isDeployment, keyOf, type Ref, scopeOf } from '../model/ref.ts'
import type { JsonObject } from '../model/values/json.ts'
import { once } from '../model/values/once.ts'
import { mapped, type Parts } from '../model/values/parts.ts'
import { valueAt, withValue } from '../model/values/pointer.ts'
import { ABORTED_TAG, isUnderWay, ROLLOUT_TAG, textOfRecord } from '../rollout/record.ts'
import { recordIn, recordTagAt } from '../rollout/record-tag.ts'
import type { Weights } from '../rollout/weights.ts'
import {
  type Assessment,
  assess,
  assessDeclared,
  assessUndeclared,
  baseOf,
  isSettled,
  rulesFor,
  withoutIgnored,
} from './assess.ts'
import { about } from './bug.ts'
import { driftPolicyOf } from './compare/drift-policy.ts'
import { armContextOf } from './compare/labels.ts'
import type { PlanContext } from './context.ts'
import { isBeingReadBack, withProof } from './memory/not-taken-over.ts'
import { generationOf, ownershipOf } from './ownership/ownership.ts'
import { placeOf } from './ownership/place.ts'
import type { UnchangedScopes } from './resting.ts'
import { planRollouts } from './rollouts/plan-rollouts.ts'
import type { RolloutPlan } from './rollouts/rollout-plan.ts'
import { isOwedToUsers } from './traffic/rollback-target.ts'
import {
  applyTraffic,
  flowsOf,
  isEndpoint,
  planTraffic,
  rolloutTraffic,
  type TrafficPlan,
} from './traffic/traffic-plan.ts'

/**
 * Every declared thing and every live one: deployments before their endpoints, because traffic depends on them, and by key,
 * so that the order of manifests changes nothing. What a rollout puts into its slots is declared like anything else.
 */
export function* assessAll(
  context: PlanContext,
  resting: UnchangedScopes,
): Parts<readonly Assessment[]> {
  const rolloutPlans = planRollouts(context)
  const inOrder = declaredNow(context, rolloutPlans)
  const others = yield* mapped(
    inOrder.filter(({ ref }) => !isEndpoint(ref)),
    (desired) => found(resting, desired) ?? about(desired.ref, () => assess(context, desired)),
  )
  const moving = others.filter(({ key }) => !resting.has(key))
  const settled = new Map(moving.map((other) => [other.key, isSettled(withProof(other, context))]))
  const endpoints = yield* mapped(
    inOrder.filter(({ ref }) => isEndpoint(ref)),
    (desired) =>
      found(resting, desired) ??
      about(desired.ref, () => assessEndpoint(context, desired, { settled, stages: rolloutPlans })),
  )
  const declared = new Set(inOrder.map((desired) => placeOf(desired).key))
  const undeclared = context.world.resources
    .filter((live) => !declared.has(placeOf(live).key))
    .map((live) => about(live.ref, () => assessUndeclared(context, live)))
  return yield* mapped([...others, ...endpoints, ...undeclared], (one) =>
    resting.has(one.key)
      ? one
      : about(one.ref, () =>
          tolerated(withProof(withLostTags(onStage(one, rolloutPlans)), context), context),
        ),
  )
}

function found(resting: UnchangedScopes, desired: Desired): Assessment | undefined {
  return resting.get(placeOf(desired).key)?.assessment
}

/** The manifests, with deployments as the rollouts have them: in the place of what Git declares where both speak of one. */
function declaredNow(
  { desired }: PlanContext,
  rolloutPlans: ReadonlyMap<string, RolloutPlan>,
): readonly Desired[] {
  const placed = [...rolloutPlans.values()].flatMap(({ deployments }) => deployments)
  if (placed.length === 0) return sorted(desired)
  const keys = new Set(placed.map(({ ref }) => keyOf(ref)))
  return byKey([...desired.filter((one) => !keys.has(placeOf(one).key)), ...placed])
}

function byKey(desired: readonly Desired[]): readonly Desired[] {
  return desired
    .map((one) => ({ one, key: placeOf(one).key }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ one }) => one)
}

const sorted = once(byKey)

function onStage(
  assessment: Assessment,
  rolloutPlans: ReadonlyMap<string, RolloutPlan>,
): Assessment {
  const isPart = isDeployment(assessment.ref.kind)
  const rolloutPlan = isPart ? rolloutPlans.get(scopeOf(assessment.ref)) : undefined
  return rolloutPlan === undefined ? assessment : { ...assessment, rolloutPlan }
}

/** What is restored on paper is a difference that a write ends; taking over comes first, and writes our record only. */
function withLostTags(assessment: Assessment): Assessment {
  const { live, desired, kind, reason, differences } = assessment
  const { restored } = live ?? {}
  if (live === undefined || desired === undefined || restored === undefined) return assessment
  const lost = restored.tags.map((tag) => {
    const path = `${kind.tagsAt}/${tag}`
    return { path, live: valueAt(restored.read, path), desired: valueAt(live.body, path) }
  })
  if (restored.how !== 'proven') return { ...assessment, reason: 'Adopt', differences: lost }
  return { ...assessment, reason: reason ?? 'Drift', differences: [...differences, ...lost] }
}

/** Drift that the policy ignores is no difference, but for what users need whatever it says. */
function tolerated(assessment: Assessment, context: PlanContext): Assessment {
  const { reason, desired } = assessment
  const isIgnored = driftPolicyOf(assessment.ref, desired, context.sync) === 'ignore'
  if (reason !== 'Drift' || !isIgnored || isOwedToUsers(assessment)) return assessment
  if (isBeingReadBack(assessment, context) || holdsUpRollout(assessment)) return assessment
  const { reason: _, notTakenOver, differences, ...same } = assessment
  return notTakenOver === undefined
    ? { ...same, differences: [], tolerated: differences }
    : { ...assessment, reason: 'NotTakenOver', differences: notTakenOver }
}

/** A rollout goes on when the weights of its step are back: where the policy leaves them to others, that is told. */
function holdsUpRollout({ ref, rolloutPlan }: Assessment): boolean {
  return (
    isEndpoint(ref) && rolloutPlan?.isArrived === false && isUnderWay(rolloutPlan.decision.record)
  )
}

interface Around {
  readonly settled: ReadonlyMap<string, boolean>
  readonly stages: ReadonlyMap<string, RolloutPlan>
}

/** Who serves is declared as where it ends; what is compared and written is the weights for this moment. */
function assessEndpoint(context: PlanContext, desired: Desired, around: Around): Assessment {
  const { ref } = desired
  if (!isEndpoint(ref)) throw new Error(`${ref.kind} is no endpoint`)
  const kind = KINDS[ref.kind]
  const live = context.liveAt.get(keyOf(ref))
  const destination = withoutIgnored(
    kind.toArm(desired, armContextOf(context.world)),
    live === undefined ? [] : rulesFor(context, ref),
  )
  const rolloutPlan = around.stages.get(keyOf(ref))
  if (rolloutPlan !== undefined && live !== undefined)
    return assessStaged(context, desired, rolloutPlan, { destination, live: live.body })
  const previous = live && lastInForce(context, live)
  const bodies = { destination, previous, live: live?.body ?? {} }
  const trafficPlan = planTraffic(ref.kind, bodies, readyDeployments(context, ref, around.settled))
  return assessDeclared(context, desired, {
    declared: applyTraffic(ref.kind, destination, trafficPlan),
    unresolved: [],
    // The record of a rollout that Git no longer declares would mislead the next one.
    released: live === undefined ? [] : rolloutTags(kind.tagsAt, live.body),
    ...(trafficPlan === undefined ? {} : { trafficPlan }),
    ...(rolloutPlan === undefined ? {} : { rolloutPlan }),
  })
}

/** The weights that Git had put in force: where a rollout led, on its stable revision; else as the applied commit declares. */
export function lastInForce(context: PlanContext, live: Live): Weights | undefined {
  const { ref, body } = live
  if (!isEndpoint(ref)) return undefined
  const record = recordIn(ref, body)
  if (record !== undefined) return { [record.stable.slot]: 100 }
  const kind = KINDS[ref.kind]
  const applied = baseOf(context, kind, ownershipOf(kind, live, context.application), ref)
  return applied && flowsOf(ref.kind, applied).live
}

/** With a Rollout, the weights and the record of the moment are declared together, so that one write moves both. */
function assessStaged(
  context: PlanContext,
  desired: Desired,
  rolloutPlan: RolloutPlan,
  bodies: { readonly destination: JsonObject; readonly live: JsonObject },
): Assessment {
  const { ref } = desired
  if (!isEndpoint(ref)) throw new Error(`${ref.kind} is no endpoint`)
  const { tagsAt } = KINDS[ref.kind]
  const { decision } = rolloutPlan
  const trafficPlan: TrafficPlan = rolloutTraffic(
    ref.kind,
    bodies.live,
    rolloutPlan.wanted,
    decision,
  )
  const body = applyTraffic(ref.kind, bodies.destination, trafficPlan)
  const { record } = decision
  if (record === undefined)
    return assessDeclared(context, desired, {
      declared: body,
      unresolved: [],
      trafficPlan,
      rolloutPlan,
    })
  const text = rolloutPlan.isRecordKept ? rolloutPlan.recordText : undefined
  const marked = withValue(body, recordTagAt(ref), text ?? textOfRecord(record, keyOf(ref)))
  const isAborted = record.phase === 'aborted'
  const why = isAborted ? whyAborted(rolloutPlan, bodies.live, tagsAt) : undefined
  const assessment = assessDeclared(context, desired, {
    declared: why === undefined ? marked : withValue(marked, `${tagsAt}/${ABORTED_TAG}`, why),
    unresolved: [],
    released: isAborted ? [] : rolloutTags(tagsAt, bodies.live).filter(isReason),
    trafficPlan,
    rolloutPlan,
  })
  const mark = textOfRecord({ ...record, ...NO_TIMES }, keyOf(ref))
  const timeless = withValue(body, recordTagAt(ref), mark)
  return { ...assessment, content: generationOf(KINDS[ref.kind], timeless) }
}

/** A write that is tried again a moment later is the same write. */
const NO_TIMES = { sinceMs: 0, startMs: 0, beganMs: 0, untilMs: 0, spentMs: 0 }

/** The reason goes into a tag once, with the abort, and stays as it was said. */
function whyAborted(
  { decision }: RolloutPlan,
  live: JsonObject,
  tagsAt: string,
): string | undefined {
  const said = valueAt(live, `${tagsAt}/${ABORTED_TAG}`)
  const isNew =
    decision.transition?.result === 'aborted' || decision.transition?.result === 'rolled_back'
  if (!isNew) return typeof said === 'string' ? said : undefined
  return `${decision.reason}: ${decision.message}`.slice(0, MAX_REASON)
}

const MAX_REASON = 250

function rolloutTags(tagsAt: string, live: JsonObject): readonly string[] {
  return [ROLLOUT_TAG, ABORTED_TAG]
    .map((tag) => `${tagsAt}/${tag}`)
    .filter((pointer) => valueAt(live, pointer) !== undefined)
}

function isReason(pointer: string): boolean {
  return pointer.endsWith(ABORTED_TAG)
}

/** Names of deployments that may be given traffic: Succeeded, and running what Git declares where Git declares it. */
function readyDeployments(
  context: PlanContext,
  endpoint: Ref,
  settled: ReadonlyMap<string, boolean>,
): ReadonlySet<string> {
  const names = (context.deploymentsAt.get(keyOf(endpoint)) ?? [])
    .filter(({ ref, phase }) => phase === 'Ready' && (settled.get(keyOf(ref)) ?? true))
    .map(({ ref }) => ref.name.toLowerCase())
  return new Set(names)
}
