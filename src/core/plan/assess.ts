import { KINDS } from '../kinds/index.ts'
import type { Kind } from '../kinds/kind.ts'
import { type Desired, type LabelRef, labelKey } from '../model/desired.ts'
import { canonical, type JsonObject } from '../model/json.ts'
import type { Live } from '../model/live.ts'
import type { ChangeReason, Difference } from '../model/plan.ts'
import { valueAt, withValue } from '../model/pointer.ts'
import { keyOf, type Ref } from '../model/ref.ts'
import { armContextOf, type PlanInput } from './context.ts'
import { differencesOf, type Owned, ownedOf, within } from './diff.ts'
import { generationOf, type Ownerships, ownershipOf } from './ownership.ts'
import { pinnedContext } from './pins.ts'
import { belongsTo, isEndpoint, onTheRoad, type Road, roadOf } from './road.ts'

/** One thing, with everything that can be known about it before deciding. */
export interface Assessment {
  readonly ref: Ref
  readonly key: string
  readonly kind: Kind
  readonly desired?: Desired
  readonly live?: Live
  readonly owner: Ownerships
  readonly owned: Owned
  /** Identity of the declared content, with the weights for this moment. */
  readonly generation: string
  readonly differences: readonly Difference[]
  /** Why it differs; absent when it does not. */
  readonly reason?: ChangeReason
  readonly unresolved: readonly LabelRef[]
  /** Endpoints for which Git declares who serves: where they are going. */
  readonly road?: Road
}

const NOTHING: Owned = { declared: {}, released: [] }

/**
 * Every declared thing and every live one: deployments before their endpoints, because traffic depends on them, and by key,
 * so that the order of manifests changes nothing.
 */
export function assessAll(input: PlanInput): readonly Assessment[] {
  const live = new Map(input.world.resources.map((resource) => [keyOf(resource.ref), resource]))
  const inOrder = [...input.desired].sort((a, b) => (keyOf(a.ref) < keyOf(b.ref) ? -1 : 1))
  const declared = new Set(inOrder.map((desired) => keyOf(desired.ref)))
  const others = inOrder
    .filter(({ ref }) => !isEndpoint(ref))
    .map((desired) => assess(input, desired, live.get(keyOf(desired.ref))))
  const endpoints = inOrder
    .filter(({ ref }) => isEndpoint(ref))
    .map((desired) => assessEndpoint(input, desired, live.get(keyOf(desired.ref)), others))
  const undeclared = input.world.resources
    .filter((resource) => !declared.has(keyOf(resource.ref)))
    .map((resource) => assessUndeclared(input, resource))
  return [...others, ...endpoints, ...undeclared]
}

function assess(input: PlanInput, desired: Desired, live: Live | undefined): Assessment {
  const kind = KINDS[desired.ref.kind]
  const owner = live && ownershipOf(kind, live, input.application)
  const applied = owner && declaredAt(input, owner, desired.ref)
  const context = pinnedContext(armContextOf(input.world), desired, applied, live)
  const unresolved = desired.labels.filter((label) => context.version(label) === undefined)
  const declared = unresolved.length > 0 ? {} : kind.toArm(desired, context)
  return assessDeclared(input, desired, live, { declared, unresolved })
}

function assessDeclared(
  input: PlanInput,
  desired: Desired,
  live: Live | undefined,
  known: { declared: JsonObject; unresolved: readonly LabelRef[]; road?: Road },
): Assessment {
  const kind = KINDS[desired.ref.kind]
  const owner: Ownerships =
    live === undefined ? { ownership: 'none' } : ownershipOf(kind, live, input.application)
  const owned = ownedOf(kind, known.declared, baseOf(input, kind, owner, desired.ref))
  const generation = generationOf(kind, known.declared)
  const rules = input.sync.ignoreDifferences.filter(
    (rule) =>
      rule.kind === desired.ref.kind && (rule.untilMs === undefined || rule.untilMs > input.now),
  )
  const differences =
    live === undefined || known.unresolved.length > 0
      ? []
      : differencesOf(kind, live.body, owned, rules)
  const reason = reasonOf(kind, live, owner, generation, differences)
  const policy = desired.policy.drift ?? input.sync.drift
  const ignored = reason === 'Drift' && policy === 'ignore'
  return {
    ref: desired.ref,
    key: keyOf(desired.ref),
    kind,
    desired,
    ...(live === undefined ? {} : { live }),
    owner,
    owned,
    generation,
    differences: ignored ? [] : differences,
    ...(reason === undefined || ignored ? {} : { reason }),
    unresolved: known.unresolved,
    ...(known.road === undefined ? {} : { road: known.road }),
  }
}

/** Who serves is declared as where it ends; what is compared and written is the weights for this moment. */
function assessEndpoint(
  input: PlanInput,
  desired: Desired,
  live: Live | undefined,
  others: readonly Assessment[],
): Assessment {
  const { ref } = desired
  if (!isEndpoint(ref)) throw new Error(`${ref.kind} is no endpoint`)
  const kind = KINDS[ref.kind]
  const destination = kind.toArm(desired, armContextOf(input.world))
  const owner = live && ownershipOf(kind, live, input.application)
  const previous = owner && baseOf(input, kind, owner, ref)
  const bodies = { destination, previous, live: live?.body ?? {} }
  const road = roadOf(ref.kind, bodies, readyDeployments(input, ref, others))
  return assessDeclared(input, desired, live, {
    declared: onTheRoad(ref.kind, destination, road),
    unresolved: [],
    ...(road === undefined ? {} : { road }),
  })
}

/** Names of deployments that may be given traffic: Succeeded, and running what Git declares where Git declares it. */
function readyDeployments(
  input: PlanInput,
  endpoint: Ref,
  others: readonly Assessment[],
): ReadonlySet<string> {
  const settled = new Map(others.map((other) => [other.key, isSettled(other)]))
  const names = input.world.resources
    .filter((resource) => belongsTo(resource.ref, endpoint))
    .filter((resource) => resource.phase === 'Ready' && (settled.get(keyOf(resource.ref)) ?? true))
    .map((resource) => resource.ref.name.toLowerCase())
  return new Set(names)
}

/** Nothing of a new commit is missing on it. Drift on a deployment does not keep traffic away. */
export function isSettled(assessment: Assessment): boolean {
  const { live, differences, reason, unresolved } = assessment
  if (live?.phase !== 'Ready' || unresolved.length > 0) return false
  return differences.length === 0 || reason === 'Drift'
}

function assessUndeclared(input: PlanInput, live: Live): Assessment {
  const kind = KINDS[live.ref.kind]
  return {
    ref: live.ref,
    key: keyOf(live.ref),
    kind,
    live,
    owner: ownershipOf(kind, live, input.application),
    owned: NOTHING,
    generation: '',
    differences: [],
    unresolved: [],
  }
}

/** The declared body at the applied commit; undefined when it is not ours or the source has no history. */
function baseOf(input: PlanInput, kind: Kind, owner: Ownerships, ref: Ref): JsonObject | undefined {
  const base = declaredAt(input, owner, ref)
  const live = input.world.resources.find((resource) => keyOf(resource.ref) === keyOf(ref))
  if (base === undefined) return undefined
  const context = pinnedContext(armContextOf(input.world), base, base, live)
  if (base.labels.some((label) => context.version(label) === undefined)) return undefined
  return kind.toArm(base, context)
}

/** The manifest of this thing at the commit recorded on it. */
export function declaredAt(input: PlanInput, owner: Ownerships, ref: Ref): Desired | undefined {
  if (owner.ownership !== 'ours' || owner.revision === undefined) return undefined
  const key = keyOf(ref)
  return input.bases.get(owner.revision)?.find((desired) => keyOf(desired.ref) === key)
}

function reasonOf(
  kind: Kind,
  live: Live | undefined,
  owner: Ownerships,
  generation: string,
  differences: readonly Difference[],
): ChangeReason | undefined {
  if (live === undefined) return 'Create'
  if (differences.length === 0) return undefined
  if (owner.ownership !== 'ours') return 'Adopt'
  const fixed = differences.some(({ path }) =>
    kind.immutable.some((pointer) => within(path, pointer) || within(pointer, path)),
  )
  if (fixed) return 'Replace'
  // While Azure works, our own write is only half there: its tags are, its effect is not.
  const isAtRest = live.phase !== 'Provisioning'
  return isAtRest && owner.generation === generation ? 'Drift' : 'Update'
}

/** What a label reference is called in messages. */
export function labelText(label: LabelRef): string {
  return labelKey(label).replace('/', ' ')
}
