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
import type { Sight } from './context.ts'
import { isBeingReadBack, withProof } from './memory/not-taken-over.ts'
import { generationOf, ownershipOf } from './ownership/ownership.ts'
import { placeOf } from './ownership/place.ts'
import type { AtRest } from './resting.ts'
import type { Stage } from './rollouts/stage.ts'
import { stagesOf } from './rollouts/staging.ts'
import { flowsOf, isEndpoint, onTheRoad, type Road, roadOf, stagedRoad } from './traffic/road.ts'
import { isOwedToUsers } from './traffic/way-back.ts'

/**
 * Every declared thing and every live one: deployments before their endpoints, because traffic depends on them, and by key,
 * so that the order of manifests changes nothing. What a rollout puts into its slots is declared like anything else.
 */
export function* assessAll(sight: Sight, resting: AtRest): Parts<readonly Assessment[]> {
  const stages = stagesOf(sight)
  const inOrder = declaredNow(sight, stages)
  const others = yield* mapped(
    inOrder.filter(({ ref }) => !isEndpoint(ref)),
    (desired) => found(resting, desired) ?? about(desired.ref, () => assess(sight, desired)),
  )
  const moving = others.filter(({ key }) => !resting.has(key))
  const settled = new Map(moving.map((other) => [other.key, isSettled(withProof(other, sight))]))
  const endpoints = yield* mapped(
    inOrder.filter(({ ref }) => isEndpoint(ref)),
    (desired) =>
      found(resting, desired) ??
      about(desired.ref, () => assessEndpoint(sight, desired, { settled, stages })),
  )
  const declared = new Set(inOrder.map((desired) => placeOf(desired).key))
  const undeclared = sight.world.resources
    .filter((live) => !declared.has(placeOf(live).key))
    .map((live) => about(live.ref, () => assessUndeclared(sight, live)))
  return yield* mapped([...others, ...endpoints, ...undeclared], (one) =>
    resting.has(one.key)
      ? one
      : about(one.ref, () =>
          tolerated(withProof(withLostTags(onStage(one, stages)), sight), sight),
        ),
  )
}

function found(resting: AtRest, desired: Desired): Assessment | undefined {
  return resting.get(placeOf(desired).key)?.assessment
}

/** The manifests, with deployments as the rollouts have them: in the place of what Git declares where both speak of one. */
function declaredNow({ desired }: Sight, stages: ReadonlyMap<string, Stage>): readonly Desired[] {
  const placed = [...stages.values()].flatMap(({ deployments }) => deployments)
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

function onStage(assessment: Assessment, stages: ReadonlyMap<string, Stage>): Assessment {
  const isPart = isDeployment(assessment.ref.kind)
  const stage = isPart ? stages.get(scopeOf(assessment.ref)) : undefined
  return stage === undefined ? assessment : { ...assessment, stage }
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
function tolerated(assessment: Assessment, sight: Sight): Assessment {
  const { reason, desired } = assessment
  const isIgnored = driftPolicyOf(assessment.ref, desired, sight.sync) === 'ignore'
  if (reason !== 'Drift' || !isIgnored || isOwedToUsers(assessment)) return assessment
  if (isBeingReadBack(assessment, sight) || holdsUpRollout(assessment)) return assessment
  const { reason: _, notTakenOver, differences, ...same } = assessment
  return notTakenOver === undefined
    ? { ...same, differences: [], tolerated: differences }
    : { ...assessment, reason: 'NotTakenOver', differences: notTakenOver }
}

/** A rollout goes on when the weights of its step are back: where the policy leaves them to others, that is told. */
function holdsUpRollout({ ref, stage }: Assessment): boolean {
  return isEndpoint(ref) && stage?.isArrived === false && isUnderWay(stage.progress.record)
}

interface Around {
  readonly settled: ReadonlyMap<string, boolean>
  readonly stages: ReadonlyMap<string, Stage>
}

/** Who serves is declared as where it ends; what is compared and written is the weights for this moment. */
function assessEndpoint(sight: Sight, desired: Desired, around: Around): Assessment {
  const { ref } = desired
  if (!isEndpoint(ref)) throw new Error(`${ref.kind} is no endpoint`)
  const kind = KINDS[ref.kind]
  const live = sight.liveAt.get(keyOf(ref))
  const destination = withoutIgnored(
    kind.toArm(desired, armContextOf(sight.world)),
    live === undefined ? [] : rulesFor(sight, ref),
  )
  const stage = around.stages.get(keyOf(ref))
  if (stage !== undefined && live !== undefined)
    return assessStaged(sight, desired, stage, { destination, live: live.body })
  const previous = live && lastInForce(sight, live)
  const bodies = { destination, previous, live: live?.body ?? {} }
  const road = roadOf(ref.kind, bodies, readyDeployments(sight, ref, around.settled))
  return assessDeclared(sight, desired, {
    declared: onTheRoad(ref.kind, destination, road),
    unresolved: [],
    // The record of a rollout that Git no longer declares would mislead the next one.
    released: live === undefined ? [] : rolloutTags(kind.tagsAt, live.body),
    ...(road === undefined ? {} : { road }),
    ...(stage === undefined ? {} : { stage }),
  })
}

/** The weights that Git had put in force: where a rollout led, on its stable revision; else as the applied commit declares. */
export function lastInForce(sight: Sight, live: Live): Weights | undefined {
  const { ref, body } = live
  if (!isEndpoint(ref)) return undefined
  const record = recordIn(ref, body)
  if (record !== undefined) return { [record.stable.slot]: 100 }
  const kind = KINDS[ref.kind]
  const applied = baseOf(sight, kind, ownershipOf(kind, live, sight.application), ref)
  return applied && flowsOf(ref.kind, applied).live
}

/** With a Rollout, the weights and the record of the moment are declared together, so that one write moves both. */
function assessStaged(
  sight: Sight,
  desired: Desired,
  stage: Stage,
  bodies: { readonly destination: JsonObject; readonly live: JsonObject },
): Assessment {
  const { ref } = desired
  if (!isEndpoint(ref)) throw new Error(`${ref.kind} is no endpoint`)
  const { tagsAt } = KINDS[ref.kind]
  const { progress } = stage
  const road: Road = stagedRoad(ref.kind, bodies.live, stage.wanted, progress)
  const body = onTheRoad(ref.kind, bodies.destination, road)
  const { record } = progress
  if (record === undefined)
    return assessDeclared(sight, desired, { declared: body, unresolved: [], road, stage })
  const text = stage.isRecordKept ? stage.recordText : undefined
  const marked = withValue(body, recordTagAt(ref), text ?? textOfRecord(record, keyOf(ref)))
  const isAborted = record.phase === 'aborted'
  const why = isAborted ? whyAborted(stage, bodies.live, tagsAt) : undefined
  const assessment = assessDeclared(sight, desired, {
    declared: why === undefined ? marked : withValue(marked, `${tagsAt}/${ABORTED_TAG}`, why),
    unresolved: [],
    released: isAborted ? [] : rolloutTags(tagsAt, bodies.live).filter(isReason),
    road,
    stage,
  })
  const mark = textOfRecord({ ...record, ...NO_TIMES }, keyOf(ref))
  const timeless = withValue(body, recordTagAt(ref), mark)
  return { ...assessment, content: generationOf(KINDS[ref.kind], timeless) }
}

/** A write that is tried again a moment later is the same write. */
const NO_TIMES = { sinceMs: 0, startMs: 0, beganMs: 0, untilMs: 0, spentMs: 0 }

/** The reason goes into a tag once, with the abort, and stays as it was said. */
function whyAborted({ progress }: Stage, live: JsonObject, tagsAt: string): string | undefined {
  const said = valueAt(live, `${tagsAt}/${ABORTED_TAG}`)
  const isNew = progress.turn?.result === 'aborted' || progress.turn?.result === 'rolled_back'
  if (!isNew) return typeof said === 'string' ? said : undefined
  return `${progress.reason}: ${progress.message}`.slice(0, MAX_REASON)
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
  sight: Sight,
  endpoint: Ref,
  settled: ReadonlyMap<string, boolean>,
): ReadonlySet<string> {
  const names = (sight.deploymentsAt.get(keyOf(endpoint)) ?? [])
    .filter(({ ref, phase }) => phase === 'Ready' && (settled.get(keyOf(ref)) ?? true))
    .map(({ ref }) => ref.name.toLowerCase())
  return new Set(names)
}
