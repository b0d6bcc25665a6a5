import { KINDS } from '../../kinds/index.ts'
import type { Desired, Rollout } from '../../model/desired.ts'
import type { Live } from '../../model/live.ts'
import { isDeployment, keyOf, type Ref, scopeOf } from '../../model/ref.ts'
import { isObject } from '../../model/values/json.ts'
import { valueAt } from '../../model/values/pointer.ts'
import { REVISION_TAG, type RolloutRecord, type Slot } from '../../rollout/record.ts'
import { positive } from '../../rollout/weights.ts'
import { assess, declaredAt, rulesFor, withoutIgnored } from '../assess.ts'
import { armContextOf, unresolvedIn } from '../compare/labels.ts'
import type { PlanContext } from '../context.ts'
import { ownershipOf } from '../ownership/ownership.ts'
import { isAlike, namesOf, ownNamesOf } from '../ownership/revision.ts'
import { deploymentOf, flowsOf, isEndpoint, servingDeployments } from '../traffic/traffic-plan.ts'

/** Where Git wants the traffic of an endpoint with a Rollout to end; undefined while a label does not resolve. */
export function wantedOf(
  planContext: PlanContext,
  endpoint: Desired,
  rollout: Rollout,
  record: RolloutRecord | undefined,
): Slot | undefined {
  return rollout.slots === undefined
    ? explicitTarget(planContext, endpoint, record)
    : templateTarget(planContext, endpoint, rollout.slots, record)
}

/** The one deployment to which Git gives all traffic; its manifest is its content. */
function explicitTarget(
  planContext: PlanContext,
  endpoint: Desired,
  record: RolloutRecord | undefined,
): Slot | undefined {
  const name = targetName(endpoint)
  if (name === undefined) return undefined
  const desired = planContext.desiredAt.get(keyOfSlot(endpoint, { slot: name }))
  if (desired === undefined) return undefined
  const rev = ownRevision(planContext, desired, record)
  return rev === undefined ? undefined : { slot: name, rev }
}

/**
 * The revision of a deployment that Git declares under its own name, by the name that the record has for it, if it has one:
 * what is live became this by nothing that a request can feel, or an earlier release gave the name.
 */
export function ownRevision(
  planContext: PlanContext,
  desired: Desired,
  record: RolloutRecord | undefined,
): string | undefined {
  const names = ownNames(planContext, desired)
  const { ref } = desired
  const given = knownSlots(record).find((slot) => isIn(slot)(desired))?.rev
  if (given === undefined || names.includes(given)) return given ?? names[0]
  const live = planContext.liveAt.get(keyOf(ref))
  const applied = live && appliedTo(planContext, live)
  const isIt =
    applied !== undefined &&
    isAlike(applied, desired, planContext.world.workspace) &&
    ownNames(planContext, applied).includes(given)
  return isIt ? given : names[0]
}

/** What a rule ignores is no part of it, live or not. None while a label does not resolve. */
export function ownNames(planContext: PlanContext, desired: Desired): readonly string[] {
  const { owned, unresolved } = assess(planContext, desired)
  if (unresolved.length > 0) return []
  return ownNamesOf(desired, withoutIgnored(owned.declared, rulesFor(planContext, desired.ref)))
}

/** The slots that a record names, the one that serves first. */
function knownSlots(record: RolloutRecord | undefined): readonly (Slot | undefined)[] {
  return [record?.stable, record?.candidate, record?.previous]
}

/** The key of an endpoint's deployment of this name. */
export function keyOfSlot({ ref }: Desired, { slot }: Pick<Slot, 'slot'>): string {
  if (!isEndpoint(ref)) throw new Error(`${ref.kind} is no endpoint`)
  return keyOf(deploymentOf(ref, slot))
}

/** Whether a deployment belongs to an endpoint: names are the same in any case. */
export function isOf(ref: Ref, endpoint: Desired): boolean {
  return isDeployment(ref.kind) && scopeOf(ref) === keyOf(endpoint.ref)
}

function targetName({ ref, spec }: Desired): string | undefined {
  if (ref.kind === 'BatchEndpoint') {
    const name = isObject(spec.defaults) ? spec.defaults.deployment_name : undefined
    return typeof name === 'string' ? name.toLowerCase() : undefined
  }
  const traffic = isObject(spec.traffic) ? spec.traffic : {}
  return Object.keys(traffic)
    .find((name) => traffic[name] === 100)
    ?.toLowerCase()
}

/** The slot that holds the template's content already, else the first one that is free. */
function templateTarget(
  planContext: PlanContext,
  endpoint: Desired,
  slots: readonly Desired[],
  record: RolloutRecord | undefined,
): Slot | undefined {
  const known = knownSlots(record)
  const names = freshNames(planContext, slots)
  const recorded = known.find((slot) => slot !== undefined && names.includes(slot.rev))
  const rev = heldRevision(planContext, slots, known) ?? recorded?.rev ?? names[0]
  if (rev === undefined) return undefined
  // A slot that is gone, and that the Rollout does not name, is not filled by it.
  const isFilled = (slot: Slot): boolean =>
    slots.some((desired) => isIn(slot)(desired)) ||
    !planContext.world.absent.has(keyOfSlot(endpoint, slot))
  const holder = known.find((slot) => slot?.rev === rev && isFilled(slot))
  if (holder !== undefined) return holder
  const serving = record === undefined ? servingSlot(planContext, endpoint, slots, rev) : undefined
  if (serving !== undefined) return serving
  const open = openSlots(planContext, endpoint, slots, record)
  // Without a record what serves is known by one reading only, which may be an old one: what holds another revision is
  // left alone as long as there is a choice.
  const isFree = ({ ref }: Desired): boolean =>
    record !== undefined || !holdsOther(planContext.liveAt.get(keyOf(ref)), rev)
  const free = open.find(isFree) ?? open[0]
  return free === undefined ? undefined : { slot: free.ref.name.toLowerCase(), rev }
}

/** Without a record: what serves and holds the revision stays where it is. */
function servingSlot(
  { liveAt }: PlanContext,
  { ref }: Desired,
  slots: readonly Desired[],
  rev: string,
): Slot | undefined {
  const live = liveAt.get(keyOf(ref))
  if (live === undefined || !isEndpoint(ref)) return undefined
  const holds = (slot: string): boolean => {
    const desired = slots.find(isIn({ slot, rev }))
    const deployment = desired && liveAt.get(keyOf(desired.ref))
    return deployment !== undefined && givenRevision(deployment) === rev
  }
  const slot = Object.keys(positive(flowsOf(ref.kind, live.body).live)).find(holds)
  return slot === undefined ? undefined : { slot, rev }
}

/** Slots that users do not need. Mirroring ends before its deployment is changed: nobody waits for those answers. */
function openSlots(
  planContext: PlanContext,
  { ref }: Desired,
  slots: readonly Desired[],
  record: RolloutRecord | undefined,
): readonly Desired[] {
  const free = (taken: ReadonlySet<string>): readonly Desired[] =>
    slots.filter((slot) => !taken.has(slot.ref.name.toLowerCase()))
  if (record !== undefined) return free(new Set([record.stable.slot]))
  const live = planContext.liveAt.get(keyOf(ref))
  if (live === undefined || !isEndpoint(ref)) return slots
  const idle = free(servingDeployments(ref.kind, live.body))
  return idle.length > 0 ? idle : free(new Set(Object.keys(flowsOf(ref.kind, live.body).live)))
}

function holdsOther(live: Live | undefined, rev: string): boolean {
  return live !== undefined && givenRevision(live) !== rev
}

/**
 * What the template's revision may be called; none while a label does not resolve. Of the first slot whatever slot it will
 * be, so that the slot's own name is no part of it.
 */
export function freshNames(planContext: PlanContext, slots: readonly Desired[]): readonly string[] {
  const [first] = slots
  if (first === undefined) return []
  // Whatever is live under this name: a label means what it means now.
  const context = armContextOf(planContext.world)
  if (unresolvedIn(first.labels, context).length > 0) return []
  return namesOf(first, KINDS[first.ref.kind].toArm(first, context))
}

/**
 * A template keeps the revision that a slot was given, as long as it asks for nothing but what can be written there in place
 * and no request can feel. A label moves with the manifest, not by itself.
 */
function heldRevision(
  planContext: PlanContext,
  slots: readonly Desired[],
  known: readonly (Slot | undefined)[],
): string | undefined {
  const inOrder = [...known.map((slot) => slots.find(isIn(slot))), ...slots]
  for (const desired of inOrder) {
    const live = desired && planContext.liveAt.get(keyOf(desired.ref))
    if (desired === undefined || live === undefined) continue
    const applied = appliedTo(planContext, live)
    // What the slot holds now says its own tag: the record may still speak of what it held before.
    const revision = givenRevision(live)
    if (applied === undefined || revision === undefined) continue
    if (isAlike(applied, desired, planContext.world.workspace)) return revision
  }
  return undefined
}

function isIn(slot: Slot | undefined): (desired: Desired) => boolean {
  return ({ ref }) => ref.name.toLowerCase() === slot?.slot
}

/** What the Rollout said of this very slot at the commit that is recorded on it; undefined when that cannot be known. */
export function appliedTo(planContext: PlanContext, live: Live): Desired | undefined {
  const owner = ownershipOf(KINDS[live.ref.kind], live, planContext.application)
  return declaredAt(planContext, owner, live.ref)
}

/** The revision that a rollout gave a live deployment. */
export function givenRevision({ ref, body }: Live): string | undefined {
  const given = valueAt(body, `${KINDS[ref.kind].tagsAt}/${REVISION_TAG}`)
  return typeof given === 'string' ? given : undefined
}
