import { basisOfLive, lastWriteOf } from '../model/basis.ts'
import type { Action, Change } from '../model/plan.ts'
import { isDeployment, keyOf, type Ref, scopeOf } from '../model/ref.ts'
import type { JsonObject } from '../model/values/json.ts'
import { valueAt, without, withValue } from '../model/values/pointer.ts'
import type { Assessment } from './assess.ts'
import { createBody, updateBody, withTraffic } from './compare/body.ts'
import { armContextOf } from './compare/labels.ts'
import type { PlanContext } from './context.ts'
import { DETACHED, tagsOf, withRecord } from './ownership/ownership.ts'
import { instancesServing } from './rollouts/rollout-plan.ts'
import { givenRevision } from './rollouts/slots.ts'
import { isEndpoint, SHIFTS, withoutTraffic } from './traffic/traffic-plan.ts'

/** The difference as a person reads it; undefined when there is none. */
export function changeOf({ ref, live, reason, differences }: Assessment): Change | undefined {
  if (reason === undefined) return undefined
  return { ref, verb: live === undefined ? 'create' : 'update', reason, differences }
}

/** The write that ends a difference. Adopting writes our record only; what differs then follows as an update. */
export function writeOf(assessment: Assessment, change: Change, input: PlanContext): Action {
  const { kind, live, desired, generation, content } = assessment
  const adopts = change.reason === 'Adopt'
  const record = {
    application: input.application,
    ref: assessment.ref,
    generation: adopts ? 'adopted' : generation,
    revision: (adopts ? assessment.owner.revision : sourceOf(assessment)) ?? input.revision,
  }
  return {
    ...change,
    operation: operationOf(assessment, change),
    generation: record.generation,
    content,
    body: withRecord(kind, bodyOf(assessment, adopts, input), record),
    ...(desired?.upload === undefined || live !== undefined ? {} : { upload: desired.upload }),
    basis: basisOfLive(live),
    ...(assessment.rolloutPlan === undefined ? {} : groundsOf(assessment, input)),
    ...transitionOf(assessment, adopts),
  }
}

/**
 * What is known of a deployment's users comes from its endpoint: that must not have moved either. Nor may what an endpoint
 * sends more traffic to: a deployment that was up when it was read (INVARIANTS S2).
 */
function groundsOf(
  { ref, trafficPlan }: Assessment,
  { liveAt, deploymentsAt }: PlanContext,
): Pick<Action, 'grounds'> {
  const endpoint = isDeployment(ref.kind) ? liveAt.get(scopeOf(ref)) : undefined
  const gets = (name: string): number =>
    (trafficPlan?.weights[name] ?? 0) + (trafficPlan?.mirror?.[name] ?? 0)
  const rising = (deploymentsAt.get(keyOf(ref)) ?? []).filter((live) => {
    const name = live.ref.name.toLowerCase()
    return gets(name) > (trafficPlan?.live[name] ?? 0)
  })
  const lives = endpoint === undefined ? rising : [endpoint]
  if (lives.length === 0) return {}
  return { grounds: lives.map((live) => ({ ref: live.ref, lastWrite: lastWriteOf(live) })) }
}

/**
 * The commit that a slot's content came from, as long as it holds that content: a later write for its sake, be it of drift
 * or instances, must not make the newest commit the proof of what it runs. One that writes something else on it is: what it
 * wrote is to be released when a later commit leaves it out.
 */
function sourceOf(assessment: Assessment): string | undefined {
  const { live, desired, owner } = assessment
  if (live === undefined || desired?.revision === undefined) return desired?.commit
  const isItsContent = givenRevision(live) === desired.revision
  return isItsContent && !isWrittenAnew(assessment) ? owner.revision : desired.commit
}

/** What the newest commit says of the slot that holds its content, and more than its instances. */
function isWrittenAnew({ ref, key, rolloutPlan, reason, differences }: Assessment): boolean {
  if (reason !== 'Update' || ref.name.toLowerCase() !== rolloutPlan?.wanted.slot) return false
  const isDeclared = rolloutPlan.rollout.slots?.some((one) => keyOf(one.ref) === key) === true
  return isDeclared && !differences.every(({ path }) => path.startsWith('/sku'))
}

/** What the write means for the endpoint's rollout; adopting moves nothing, and neither does making the endpoint. */
export function transitionOf(
  { ref, rolloutPlan, trafficPlan, live }: Assessment,
  adopts: boolean,
): Pick<Action, 'turn' | 'isUrgent'> {
  const transition = rolloutPlan?.decision.transition
  if (transition === undefined || !isEndpoint(ref) || adopts || live === undefined) return {}
  const { strategy } = rolloutPlan?.rollout ?? {}
  return {
    turn: { endpoint: ref, strategy: strategy ?? 'canary', ...transition },
    ...(trafficPlan?.isUrgent === true ? { isUrgent: true } : {}),
  }
}

/** A delete: of what Git no longer declares, or of a failed create that Azure cannot repair (ERRORS 2). */
export function deleteOf(
  assessment: Assessment,
  reason: 'Prune' | 'Replace',
  input: PlanContext,
): Action {
  const { kind, live, ref, content } = assessment
  const operation = kind.operations.delete
  if (operation === undefined) throw new Error(`${ref.kind} is never deleted`)
  const basis = basisOfLive(live)
  return {
    ref,
    verb: 'delete',
    reason,
    differences: [],
    operation,
    generation: '',
    content,
    basis,
    ...groundsOf(assessment, input),
  }
}

/** The last write to an endpoint before it goes: nothing is sent to anything. */
export function drainTraffic(
  { ref, owner, kind, content, live }: Assessment,
  body: JsonObject,
  application: string,
): Action {
  if (!isEndpoint(ref)) throw new Error(`${ref.kind} sends nothing anywhere`)
  const silent = withoutTraffic(ref.kind, (kind.notEchoed ?? []).reduce(without, body))
  // The record's own generation lets a reading show that this write has arrived.
  const record = { application, ref, generation: 'silenced', revision: owner.revision ?? '' }
  return {
    ref,
    verb: 'update',
    reason: 'Prune',
    differences: [],
    operation: SHIFTS[ref.kind],
    generation: record.generation,
    content,
    body: withRecord(kind, silent, record),
    basis: basisOfLive(live),
  }
}

/** Takes off what says that it is ours, and nothing else: what the tags of others say, and what it serves, stays. */
export function detachOf(assessment: Assessment, input: PlanContext): Action {
  const { ref, kind, content, live } = assessment
  const names = Object.keys(tagsOf(kind, live?.body ?? {})).filter(isOurTag)
  const paths = names.map((name) => `${kind.tagsAt}/${name}`)
  return {
    ref,
    verb: 'detach',
    reason: 'Prune',
    differences: [],
    operation: kind.operations.update,
    generation: DETACHED,
    content,
    body: paths.reduce(without, bodyOf(assessment, true, input)),
    basis: basisOfLive(live),
  }
}

function isOurTag(name: string): boolean {
  return name.startsWith('verdigris.')
}

/** Hides an asset that Git no longer declares; it can be brought back, and what uses it goes on working. */
export function archiveOf(
  { ref, owner, kind, content, live }: Assessment,
  body: JsonObject,
): Action {
  const operation = kind.operations.archive
  if (operation === undefined) throw new Error(`${ref.kind} is never archived`)
  return {
    ref,
    verb: 'archive',
    reason: 'Prune',
    differences: [],
    operation,
    generation: owner.generation ?? '',
    content,
    body: withValue(body, '/properties/isArchived', true),
    basis: basisOfLive(live),
  }
}

function bodyOf(assessment: Assessment, adopts: boolean, input: PlanContext): JsonObject {
  const { kind, live, owned, ref, trafficPlan } = assessment
  if (live === undefined) {
    const body = createBody(kind, owned.declared, armContextOf(input.world))
    return ref.kind === 'OnlineEndpoint' ? withTraffic(body, {}, {}, []) : asMany(assessment, body)
  }
  const nothing = { declared: {}, released: [] }
  const body = updateBody(kind, live.body, adopts ? nothing : owned, armContextOf(input.world))
  if (ref.kind !== 'OnlineEndpoint') return body
  if (adopts || trafficPlan === undefined) return withTraffic(body, undefined, undefined, [])
  const weights = trafficPlan.isDeclared ? trafficPlan.weights : undefined
  return withTraffic(body, weights, trafficPlan.mirror, deploymentNames(ref, input))
}

/** A new revision beside one whose instances an autoscaler sets begins with as many: one would not carry what they do. */
function asMany({ ref, owned, rolloutPlan }: Assessment, body: JsonObject): JsonObject {
  const instances = rolloutPlan && instancesServing(rolloutPlan)
  const isOpen = valueAt(owned.declared, CAPACITY) === undefined
  return ref.kind === 'OnlineDeployment' && isOpen && instances !== undefined
    ? withValue(body, CAPACITY, instances)
    : body
}

const CAPACITY = '/sku/capacity'

function deploymentNames(endpoint: Ref, { deploymentsAt }: PlanContext): readonly string[] {
  return (deploymentsAt.get(keyOf(endpoint)) ?? [])
    .filter(({ phase }) => phase !== 'Deleting')
    .map(({ ref }) => ref.name.toLowerCase())
}

const SERVING =
  /^\/properties\/(mirrorTraffic|traffic|defaults)\b|^\/tags\/verdigris\.(rollout|aborted)$/

/** Whether a write changes nothing but who serves, and the record that explains it. */
export function movesOnlyTraffic(differences: Change['differences']): boolean {
  return differences.every(({ path }) => SERVING.test(path))
}

function operationOf({ kind, differences, ref }: Assessment, change: Change): Action['operation'] {
  if (change.verb === 'create') return kind.operations.create
  const shifts = isEndpoint(ref) && change.reason !== 'Adopt' && movesOnlyTraffic(differences)
  return shifts ? SHIFTS[ref.kind] : kind.operations.update
}
