import type { Desired, Rollout } from '../../model/desired.ts'
import type { Live } from '../../model/live.ts'
import type { Rejected } from '../../model/memory.ts'
import { keyOf, type Ref } from '../../model/ref.ts'
import { instantOf } from '../../model/values/instant.ts'
import { valueAt } from '../../model/values/pointer.ts'
import type { DeploymentState } from '../../rollout/decide/rollout-input.ts'
import type { RolloutRecord, Slot } from '../../rollout/record.ts'
import { positive, type Weights } from '../../rollout/weights.ts'
import { assess, isAsApplied, isFixed, rulesFor } from '../assess.ts'
import { instancesIn } from '../capacity/cores.ts'
import { isBeside } from '../compare/unfelt.ts'
import type { PlanContext } from '../context.ts'
import { whyFailed } from '../memory/next-memory.ts'
import { withProof } from '../memory/not-taken-over.ts'
import { appliedTo, givenRevision, ownRevision } from './slots.ts'

interface About {
  readonly wanted: Slot | undefined
  readonly record: RolloutRecord | undefined
  readonly traffic: Weights
}

/** What is known of each live deployment of an endpoint, by its name in lower case; what is being deleted is none any more. */
export function deploymentStates(
  context: PlanContext,
  endpoint: Desired,
  rollout: Rollout,
  { wanted, record, traffic }: About,
): ReadonlyMap<string, DeploymentState> {
  const served = servedOf(record, traffic)
  const sinceMs = recordedMs(record, context.liveAt.get(keyOf(endpoint.ref)))
  const lives = context.deploymentsAt.get(keyOf(endpoint.ref)) ?? []
  return new Map(
    lives
      .filter(({ phase }) => phase !== 'Deleting')
      .map((live) => {
        const name = live.ref.name.toLowerCase()
        const aim = wanted?.slot === name ? wanted : undefined
        const making = served.has(name) ? madeSince(context, live, sinceMs) : undefined
        const hasCome = (traffic[name] ?? 0) > 0 || making === undefined || making.cameUp
        const hasServed = served.has(name) && hasCome && !isUnrecoverable(context, live.ref)
        const again = making === undefined ? {} : { making }
        return [
          name,
          { ...factsOfOne(context, rollout, live, { wanted: aim, record }), hasServed, ...again },
        ]
      }),
  )
}

/** Names of the deployments that serve or have served, as far as the record and the traffic of the moment tell. */
function servedOf(record: RolloutRecord | undefined, live: Weights): ReadonlySet<string> {
  const { stable, previous, candidate, startMs = 0 } = record ?? {}
  const moved = startMs > 0 ? [candidate] : []
  const recorded = [stable, previous, ...moved].flatMap((one) => one?.slot ?? [])
  return new Set([...recorded, ...Object.keys(positive(live))])
}

/**
 * When the record had been written, at the latest: as it says, by our clock; and as its endpoint was changed last, by Azure's.
 * The two may be hours apart, and what was made is dated by the second.
 */
function recordedMs(record: RolloutRecord | undefined, endpoint: Live | undefined): number {
  if (record === undefined) return Number.POSITIVE_INFINITY
  const changed = endpoint && stampOf(endpoint, 'lastModifiedAt')
  const changedMs = changed === undefined ? undefined : instantOf(changed)
  return Math.min(record.sinceMs, changedMs ?? Number.POSITIVE_INFINITY)
}

/**
 * A deployment of the record's that was deleted and made again since the record was written: it is another one under the
 * same name, and has not served before it has come up. Undefined for one that was there before.
 */
function madeSince(
  { memory }: Pick<PlanContext, 'memory'>,
  live: Live,
  sinceMs: number,
): DeploymentState['making'] {
  const at = createdAt(live)
  const known = memory[keyOf(live.ref)]?.making
  const isKnown = at !== undefined && known?.at === at
  if (at === undefined || !(isKnown || (instantOf(at) ?? 0) > sinceMs)) return undefined
  return { at, cameUp: live.phase === 'Ready' || (isKnown && known.cameUp) }
}

function createdAt(live: Live): string | undefined {
  return stampOf(live, 'createdAt')
}

function stampOf({ body }: Live, name: 'createdAt' | 'lastModifiedAt'): string | undefined {
  const at = valueAt(body, `/systemData/${name}`)
  return typeof at === 'string' ? at : undefined
}

function agesOf(live: Live): Pick<DeploymentState, 'madeMs' | 'writtenMs'> {
  const [madeMs, writtenMs] = (['createdAt', 'lastModifiedAt'] as const).map((name) => {
    const at = stampOf(live, name)
    return at === undefined ? undefined : instantOf(at)
  })
  return {
    ...(madeMs === undefined ? {} : { madeMs }),
    ...(writtenMs === undefined ? {} : { writtenMs }),
  }
}

/** Azure has said that its first provisioning failed: it never served, and can only be made again. */
export function isUnrecoverable({ memory }: Pick<PlanContext, 'memory'>, ref: Ref): boolean {
  const { rejected } = memory[keyOf(ref)] ?? {}
  return rejected !== undefined && saysUnrecoverable(rejected)
}

/** A refusal by which something may be deleted, to be made again. */
export function saysUnrecoverable({ reason }: Pick<Rejected, 'reason'>): boolean {
  return reason === 'Unrecoverable' || reason === 'EndpointFailed'
}

function factsOfOne(
  context: PlanContext,
  rollout: Rollout,
  live: Live,
  { wanted, record }: Pick<About, 'wanted' | 'record'>,
): Omit<DeploymentState, 'hasServed' | 'making'> {
  const declared = declarationOf(context, rollout, live.ref, wanted)
  const isUp = live.phase === 'Ready'
  const rev = revisionIn(context, rollout, live, { declared, record })
  const isAsWanted = wanted === undefined || (rev === wanted.rev && isAsDeclared(context, declared))
  return {
    isUp,
    isReady: isUp && isAsWanted,
    ...(rev === undefined ? {} : { rev }),
    ...failureOf(live, rev, wanted),
    // A record says all that the ages could.
    ...(record === undefined ? agesOf(live) : {}),
    instances: instancesIn(live),
    full: fullOf(declared, live),
    ...(isScaledByOthers(context, live.ref) ? { isScaledByOthers: true as const } : {}),
  }
}

/** Of the template form, the revision that was given; of the explicit form, that of the manifest that is what is live. */
function revisionIn(
  context: PlanContext,
  { slots }: Rollout,
  live: Live,
  about: { readonly declared: Desired | undefined; readonly record: RolloutRecord | undefined },
): string | undefined {
  const { declared, record } = about
  if (slots !== undefined || declared === undefined) return givenRevision(live)
  if (isAsDeclared(context, declared)) return ownRevision(context, declared, record)
  // Git has changed it in the meantime.
  const applied = appliedTo(context, live)
  return applied !== undefined && isAsDeclared(context, applied)
    ? ownRevision(context, applied, record)
    : undefined
}

/** Live is what is declared, but for what no request can feel, which has rules of its own. */
function isAsDeclared(context: PlanContext, declared: Desired | undefined): boolean {
  if (declared === undefined) return false
  const { differences, reason, unresolved, kind } = withProof(assess(context, declared), context)
  const other = differences.filter((one) => !isBeside(kind, one))
  const isApplied = isAsApplied(reason) && !isFixed(kind, other)
  return unresolved.length === 0 && (other.length === 0 || isApplied)
}

function declarationOf(
  context: PlanContext,
  { slots }: Rollout,
  ref: Ref,
  wanted: Slot | undefined,
): Desired | undefined {
  const key = keyOf(ref)
  if (slots === undefined) return context.desiredAt.get(key)
  if (wanted === undefined) return undefined
  const named = slots.find((one) => keyOf(one.ref) === key)
  const found = named ?? outsideOf(context, slots, context.liveAt.get(key), wanted)
  return found && { ...found, revision: wanted.rev }
}

/** A revision in a slot that the Rollout does not name any more, as it was when it came there, with the instances of now. */
export function outsideOf(
  context: PlanContext,
  [template]: readonly Desired[],
  live: Live | undefined,
  wanted: Slot | undefined,
): Desired | undefined {
  if (live === undefined || givenRevision(live) !== wanted?.rev) return undefined
  const applied = appliedTo(context, live)
  const count = template?.spec.instance_count
  if (applied === undefined || count === undefined) return applied
  return { ...applied, spec: { ...applied.spec, instance_count: count } }
}

/** A failure counts against the revision it happened with; what failed before another content came is history. */
function failureOf(
  live: Live,
  rev: string | undefined,
  wanted: Slot | undefined,
): Pick<DeploymentState, 'failure'> {
  if (live.phase !== 'Failed' || (wanted !== undefined && rev !== undefined && rev !== wanted.rev))
    return {}
  return { failure: whyFailed(live) }
}

/** Git declares how many instances it needs, and gives it none: an autoscaler does, or a person. */
function isScaledByOthers(context: PlanContext, ref: Ref): boolean {
  return rulesFor(context, ref).some(({ path }) => CAPACITY.includes(path))
}

const CAPACITY: readonly string[] = ['/sku', '/sku/capacity']

/** With how many instances it carries all traffic: as Git says; where Git leaves it to others, as many as it has. */
function fullOf(declared: Desired | undefined, live: Live): number {
  const count = declared?.spec.instance_count
  return typeof count === 'number' ? count : instancesIn(live)
}
