import { KINDS } from '../kinds/index.ts'
import type { Kind } from '../kinds/kind.ts'
import type { IgnoreRule } from '../model/application.ts'
import { type Desired, type LabelRef, labelKey } from '../model/desired.ts'
import type { Live } from '../model/live.ts'
import type { ChangeReason, Difference } from '../model/plan.ts'
import { ENDPOINT_OF, isDeployment, keyOf, type Ref, scopeOf } from '../model/ref.ts'
import type { JsonObject } from '../model/values/json.ts'
import { valueAt, without, withValue } from '../model/values/pointer.ts'
import { REVISION_TAG } from '../rollout/record.ts'
import { differencesOf, type Owned, ownedOf, within } from './compare/diff.ts'
import { armContextOf, unresolvedIn } from './compare/labels.ts'
import { pinnedContext } from './compare/pins.ts'
import type { PlanContext } from './context.ts'
import { generationOf, type Ownerships, ownershipOf } from './ownership/ownership.ts'
import type { RolloutPlan } from './rollouts/rollout-plan.ts'
import { isEndpoint, servingDeployments, type TrafficPlan } from './traffic/traffic-plan.ts'

/** One thing, with everything that can be known about it before deciding. */
export interface Assessment {
  readonly ref: Ref
  readonly key: string
  readonly kind: Kind
  readonly desired?: Desired
  readonly live?: Live
  readonly owner: Ownerships
  readonly owned: Owned
  /** Identity of the declared content, with the weights for this moment; '' when nothing is declared. */
  readonly generation: string
  /** The same, whenever it is declared: a rollout's record holds times. What Azure refuses is remembered by it. */
  readonly content: string
  readonly differences: readonly Difference[]
  /** Differences that Azure left when it carried out our write; where others are there, too, `differences` has those. */
  readonly notTakenOver?: readonly Difference[]
  /** Drift that the policy ignores, and is none therefore. */
  readonly tolerated?: readonly Difference[]
  /** Why it differs; absent when it does not. */
  readonly reason?: ChangeReason
  readonly unresolved: readonly LabelRef[]
  /** What the labels that do resolve mean here, by `labelKey`. */
  readonly pins?: { readonly [label: string]: string }
  /** True when the list it would be on could not be read: whether it is there is not known. */
  readonly isUnread: boolean
  /** Endpoints for which Git declares who serves: where they are going. */
  readonly trafficPlan?: TrafficPlan
  /** The rollout of its endpoint; of a deployment as of the endpoint itself. */
  readonly rolloutPlan?: RolloutPlan
}

/** What a check may look at beside the thing itself. */
export interface CheckContext {
  readonly input: PlanContext
  readonly all: ReadonlyMap<string, Assessment>
}

const NOTHING: Owned = { declared: {}, released: [] }

/** One declared thing that is no endpoint. */
export function assess(planContext: PlanContext, desired: Desired): Assessment {
  const kind = KINDS[desired.ref.kind]
  const live = planContext.liveAt.get(keyOf(desired.ref))
  const owner = live && ownershipOf(kind, live, planContext.application)
  const isSameSlot = live !== undefined && isRevision(kind, live, desired)
  const applied = isSameSlot ? desired : owner && declaredAt(planContext, owner, desired.ref)
  const context = pinnedContext(armContextOf(planContext.world), desired, applied, live)
  const unresolved = unresolvedIn(desired.labels, context)
  const declared = unresolved.length > 0 ? {} : marked(kind, desired, kind.toArm(desired, context))
  const assessment = assessDeclared(planContext, desired, { declared, unresolved })
  const pins = desired.labels.flatMap((label) => {
    const version = context.version(label)
    return version === undefined ? [] : [[labelKey(label), version]]
  })
  return pins.length === 0 ? assessment : { ...assessment, pins: Object.fromEntries(pins) }
}

/** A slot with this very revision in it: what its labels meant then they mean now, whatever else is declared beside it. */
function isRevision({ tagsAt }: Kind, { body }: Live, { revision }: Desired): boolean {
  return revision !== undefined && valueAt(body, `${tagsAt}/${REVISION_TAG}`) === revision
}

/** What a rollout put there says so in a tag. */
function marked({ tagsAt }: Kind, { revision }: Desired, declared: JsonObject): JsonObject {
  return revision === undefined
    ? declared
    : withValue(declared, `${tagsAt}/${REVISION_TAG}`, revision)
}

/** Compares what is declared, with the weights of the moment in it, and what is live. */
export function assessDeclared(
  planContext: PlanContext,
  desired: Desired,
  known: {
    readonly declared: JsonObject
    readonly unresolved: readonly LabelRef[]
    /** Leaves of ours that must go although Git never declared them. */
    readonly released?: readonly string[]
    readonly trafficPlan?: TrafficPlan
    readonly rolloutPlan?: RolloutPlan
  },
): Assessment {
  const { ref } = desired
  const kind = KINDS[ref.kind]
  const live = planContext.liveAt.get(keyOf(ref))
  const owner: Ownerships =
    live === undefined ? { ownership: 'none' } : ownershipOf(kind, live, planContext.application)
  const ofGit = ownedOf(kind, known.declared, baseOf(planContext, kind, owner, ref), {
    ignored: live === undefined ? [] : rulesFor(planContext, ref),
    isMoved: known.rolloutPlan !== undefined,
  })
  const owned = { ...ofGit, released: [...ofGit.released, ...(known.released ?? [])] }
  const generation = generationOf(kind, owned.declared)
  const isUnread = live === undefined && isOnUnreadList(planContext, ref)
  const isComparable = live !== undefined && known.unresolved.length === 0
  const found = isComparable ? differencesOf(kind, live.body, owned) : []
  const about = { kind, desired, live, owner, generation, differences: found }
  const reason = isUnread ? undefined : reasonOf(about, planContext)
  return {
    ref,
    key: keyOf(ref),
    kind,
    desired,
    ...(live === undefined ? {} : { live }),
    owner,
    owned,
    generation,
    content: generation,
    differences: reason === undefined ? [] : found,
    ...(reason === undefined ? {} : { reason }),
    unresolved: known.unresolved,
    isUnread,
    ...(known.trafficPlan === undefined ? {} : { trafficPlan: known.trafficPlan }),
    ...(known.rolloutPlan === undefined ? {} : { rolloutPlan: known.rolloutPlan }),
  }
}

/**
 * Nothing of a new commit is missing on it. Drift on a deployment does not keep traffic away, nor does what Azure did not
 * take over, unless it can be had by another thing only.
 */
export function isSettled(assessment: Assessment): boolean {
  const { live, differences, reason, unresolved, kind } = assessment
  if (live?.phase !== 'Ready' || unresolved.length > 0) return false
  if (reason === 'NotTakenOver') return !isFixed(kind, differences)
  return differences.length === 0 || reason === 'Drift'
}

/** What Git declares was applied: nothing of a commit is on its way to it. */
export function isAsApplied(reason: ChangeReason | undefined): boolean {
  return reason === 'Drift' || reason === 'NotTakenOver'
}

/** What is live and nobody declares. */
export function assessUndeclared(planContext: PlanContext, live: Live): Assessment {
  const kind = KINDS[live.ref.kind]
  return {
    ref: live.ref,
    key: keyOf(live.ref),
    kind,
    live,
    owner: ownershipOf(kind, live, planContext.application),
    owned: NOTHING,
    generation: '',
    content: '',
    differences: [],
    unresolved: [],
    isUnread: false,
  }
}

/**
 * The declared body at the applied commit; undefined when it is not ours or the source has no history. Only its leaves and
 * weights are used, so a label that no longer resolves does no harm.
 */
export function baseOf(
  planContext: PlanContext,
  kind: Kind,
  owner: Ownerships,
  ref: Ref,
): JsonObject | undefined {
  const base = declaredAt(planContext, owner, ref)
  if (base === undefined) return undefined
  const context = armContextOf(planContext.world)
  return kind.toArm(base, { ...context, version: (label) => context.version(label) ?? '0' })
}

/** The manifest of this thing at the commit recorded on it. */
export function declaredAt(
  planContext: PlanContext,
  owner: Ownerships,
  ref: Ref,
): Desired | undefined {
  if (owner.ownership !== 'ours' || owner.revision === undefined) return undefined
  return planContext.declaredThen.get(owner.revision)?.get(keyOf(ref))
}

export function rulesFor({ sync, now }: PlanContext, { kind }: Ref): readonly IgnoreRule[] {
  return sync.ignoreDifferences.filter(
    (rule) => rule.kind === kind && (rule.untilMs === undefined || rule.untilMs > now),
  )
}

export function withoutIgnored(body: JsonObject, rules: readonly IgnoreRule[]): JsonObject {
  return rules.map(({ path }) => path).reduce(without, body)
}

/** A deployment of an endpoint whose list of deployments could not be read. */
function isOnUnreadList({ world: { unread } }: PlanContext, ref: Ref): boolean {
  if (!isDeployment(ref.kind)) return unread.has(ref.kind)
  return unread.has(scopeOf(ref)) || unread.has(ENDPOINT_OF[ref.kind])
}

function reasonOf(
  about: {
    readonly kind: Kind
    readonly desired: Desired
    readonly live: Live | undefined
    readonly owner: Ownerships
    readonly generation: string
    readonly differences: readonly Difference[]
  },
  planContext: PlanContext,
): ChangeReason | undefined {
  const { kind, desired, live, owner, generation, differences } = about
  if (live === undefined) return 'Create'
  const isOurs = owner.ownership === 'ours'
  const isAdopted = desired.policy.adopt === true && kind.operations.delete !== undefined
  if (!isOurs && (differences.length > 0 || isAdopted)) return 'Adopt'
  if (differences.length === 0) return undefined
  if (isFixed(kind, differences)) return 'Replace'
  const isApplied = owner.generation === generation || live.restored?.isCurrent === true
  return isApplied && !isHalfWritten(planContext, live) ? 'Drift' : 'Update'
}

/**
 * While Azure works, our own write is only half there: its tags are, its effect is not. It stays so where it has failed; of
 * what serves, that is what somebody else's write left.
 */
function isHalfWritten({ liveAt }: PlanContext, { ref, phase }: Live): boolean {
  if (phase !== 'Failed' || !isDeployment(ref.kind)) return phase === 'Provisioning'
  const endpoint = liveAt.get(scopeOf(ref))
  if (endpoint === undefined || !isEndpoint(endpoint.ref)) return false
  return !servingDeployments(endpoint.ref.kind, endpoint.body).has(ref.name.toLowerCase())
}

/** Whether there is a difference that Azure cannot take in place. */
export function isFixed(kind: Kind, differences: readonly Difference[]): boolean {
  return differences.some((one) => isFixedAt(kind, one))
}

/** A difference that Azure cannot take in place. */
export function isFixedAt(kind: Kind, { path, live }: Difference): boolean {
  return (
    kind.immutable.some((pointer) => within(path, pointer) || within(pointer, path)) ||
    (live !== undefined && kind.addOnly?.some((pointer) => within(path, pointer)) === true)
  )
}
