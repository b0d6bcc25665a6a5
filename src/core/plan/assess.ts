import { KINDS } from '../kinds/index.ts'
import type { Kind } from '../kinds/kind.ts'
import { type Desired, type LabelRef, labelKey } from '../model/desired.ts'
import { canonical, type JsonObject } from '../model/json.ts'
import type { Live } from '../model/live.ts'
import type { ChangeReason, Difference } from '../model/plan.ts'
import { valueAt, withValue } from '../model/pointer.ts'
import { keyOf, type Ref } from '../model/ref.ts'
import { advance, positive, type Weights } from '../rollout/advance.ts'
import { weightsAt } from './body.ts'
import { armContextOf, type PlanInput } from './context.ts'
import { differencesOf, type Owned, ownedOf, within } from './diff.ts'
import { generationOf, type Ownerships, ownershipOf } from './ownership.ts'

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
  /** Endpoints with declared traffic: where they are going. */
  readonly road?: Road
}

export interface Road {
  /** Where Git wants the traffic in the end. */
  readonly target: Weights
  readonly weights: Weights
  readonly mirror: Weights | undefined
  readonly live: Weights
  readonly waitingFor: readonly string[]
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
  const isEndpoint = (desired: Desired): boolean => desired.ref.kind === 'OnlineEndpoint'
  const others = inOrder
    .filter((desired) => !isEndpoint(desired))
    .map((desired) => assess(input, desired, live.get(keyOf(desired.ref))))
  const endpoints = inOrder
    .filter(isEndpoint)
    .map((desired) => assessEndpoint(input, desired, live.get(keyOf(desired.ref)), others))
  const undeclared = input.world.resources
    .filter((resource) => !declared.has(keyOf(resource.ref)))
    .map((resource) => assessUndeclared(input, resource))
  return [...others, ...endpoints, ...undeclared]
}

function assess(input: PlanInput, desired: Desired, live: Live | undefined): Assessment {
  const kind = KINDS[desired.ref.kind]
  const context = armContextOf(input.world)
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

/** The endpoint's declared traffic is where it ends; what is compared and written is the weights for this moment. */
function assessEndpoint(
  input: PlanInput,
  desired: Desired,
  live: Live | undefined,
  others: readonly Assessment[],
): Assessment {
  const kind = KINDS.OnlineEndpoint
  const destination = kind.toArm(desired, armContextOf(input.world))
  const road = roadOf(input, desired.ref, live, destination, others)
  const declared = onTheRoad(destination, road)
  return assessDeclared(input, desired, live, {
    declared,
    unresolved: [],
    ...(road === undefined ? {} : { road }),
  })
}

function onTheRoad(destination: JsonObject, road: Road | undefined): JsonObject {
  let body = destination
  if (valueAt(body, '/properties/traffic') !== undefined)
    body = withValue(body, '/properties/traffic', road?.weights ?? {})
  if (valueAt(body, '/properties/mirrorTraffic') !== undefined)
    body = withValue(body, '/properties/mirrorTraffic', road?.mirror ?? {})
  return body
}

function roadOf(
  input: PlanInput,
  ref: Ref,
  live: Live | undefined,
  destination: JsonObject,
  others: readonly Assessment[],
): Road | undefined {
  if (valueAt(destination, '/properties/traffic') === undefined) return undefined
  const ready = readyDeployments(input, ref.name.toLowerCase(), others)
  const owner = live && ownershipOf(KINDS.OnlineEndpoint, live, input.application)
  const base = owner && baseOf(input, KINDS.OnlineEndpoint, owner, ref)
  const target = weightsAt(destination, '/properties/traffic')
  const body = live?.body ?? {}
  const now = weightsAt(body, '/properties/traffic')
  const { weights, waitingFor } = advance({
    target,
    previous: base === undefined ? undefined : weightsAt(base, '/properties/traffic'),
    live: now,
    ready,
  })
  const isThere = canonical(positive(target)) === canonical(now)
  return {
    target,
    weights,
    mirror: mirrorOf(destination, body, weights, ready),
    live: now,
    waitingFor: isThere ? [] : (waitingFor ?? []),
  }
}

/** A deployment has live or mirrored traffic, not both; undefined = nobody declares mirroring, and it may stay as it is. */
function mirrorOf(
  destination: JsonObject,
  live: JsonObject,
  weights: Weights,
  ready: ReadonlySet<string>,
): Weights | undefined {
  const now = weightsAt(live, '/properties/mirrorTraffic')
  const isDeclared = valueAt(destination, '/properties/mirrorTraffic') !== undefined
  const target = isDeclared ? weightsAt(destination, '/properties/mirrorTraffic') : now
  const usable = Object.keys(target).every((name) => ready.has(name))
  const wanted = Object.entries(usable ? target : now)
  const kept = wanted.filter(([name]) => (weights[name] ?? 0) === 0)
  if (!isDeclared && kept.length === wanted.length) return undefined
  return positive(Object.fromEntries(kept))
}

/** Names of deployments that may be given traffic: Succeeded, and running what Git declares where Git declares it. */
function readyDeployments(
  input: PlanInput,
  endpoint: string,
  others: readonly Assessment[],
): ReadonlySet<string> {
  const settled = new Map(others.map((other) => [other.key, isSettled(other)]))
  const names = input.world.resources
    .filter((resource) => resource.ref.kind === 'OnlineDeployment')
    .filter((resource) => resource.ref.parent?.toLowerCase() === endpoint)
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
  if (base === undefined) return undefined
  const context = armContextOf(input.world)
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
