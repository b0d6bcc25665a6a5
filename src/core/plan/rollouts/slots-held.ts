import type { Desired, Rollout } from '../../model/desired.ts'
import type { Live } from '../../model/live.ts'
import { keyOf } from '../../model/ref.ts'
import type { Intent } from '../../model/rollout.ts'
import { instancesAt } from '../../rollout/capacity.ts'
import type { RolloutDecision } from '../../rollout/decide/decision.ts'
import { type DeploymentState, waitsForPerson } from '../../rollout/decide/rollout-input.ts'
import { UNKNOWN_REVISION } from '../../rollout/decide/stable.ts'
import {
  isSameSlot,
  isUnderWay,
  isWindowOpen,
  type RolloutRecord,
  type Slot,
} from '../../rollout/record.ts'
import { servesNobody, type Weights } from '../../rollout/weights.ts'
import { instancesIn } from '../capacity/cores.ts'
import type { PlanContext } from '../context.ts'
import { outsideOf } from './deployment-states.ts'
import { appliedTo, freshNames, givenRevision, isOf, keyOfSlot, ownNames } from './slots.ts'

interface RolloutState {
  readonly record: RolloutRecord | undefined
  readonly wanted: Slot | undefined
  readonly decision: RolloutDecision
  readonly states: ReadonlyMap<string, DeploymentState>
  readonly live: Weights
  readonly intents: readonly Intent[]
}

/** What a rollout holds of its deployments. */
export interface SlotsHeld {
  /** What the slots are to hold now. */
  readonly slots: readonly Desired[]
  readonly retained: ReadonlySet<string>
  readonly protectedSlots: ReadonlySet<string>
}

/**
 * What becomes of the deployments: the wanted revision in its slot with the instances of the moment; what serves, or may
 * have to serve again, as it was applied; everything else is left to Git.
 */
export function slotsHeld(
  context: PlanContext,
  endpoint: Desired,
  rollout: Rollout,
  rolloutState: RolloutState,
): SlotsHeld {
  const { record, wanted } = rolloutState
  const recorded = keptSlots(record, { now: context.now, intents: rolloutState.intents })
  const retained = new Set([...recorded, ...lastOnes(rolloutState)])
  const serving = [record, rolloutState.decision.record].flatMap((one) => one?.stable.slot ?? [])
  const protectedSlots = new Set(
    [...recorded, ...serving].filter((slot) => !isRefilled(slot, rolloutState)),
  )
  const candidate =
    wanted && candidateOf(context, endpoint, rollout, { ...rolloutState, wanted, retained })
  const lives = context.deploymentsAt.get(keyOf(endpoint.ref)) ?? []
  const scaled = scaleBeside(context, rollout, lives, rolloutState)
  const others =
    rollout.slots === undefined
      ? []
      : lives
          .filter(
            ({ ref }) =>
              retained.has(ref.name.toLowerCase()) && ref.name.toLowerCase() !== wanted?.slot,
          )
          .flatMap((live) => asApplied(context, live, { record, scaled }))
  const again = stableAgain(context, endpoint, rolloutState)
  const beside = [...(candidate ?? []), ...others].filter(
    ({ ref }) => again === undefined || keyOf(ref) !== keyOf(again.ref),
  )
  return {
    slots: [...beside, ...(again === undefined ? [] : [again])],
    retained,
    protectedSlots,
  }
}

/**
 * The stable revision's deployment as Git's history has it, where it is gone and what Git declares now is not, or not
 * alone, what it was: users need a way back from the candidate, or from what was aborted.
 */
function stableAgain(
  context: PlanContext,
  endpoint: Desired,
  rolloutState: RolloutState,
): Desired | undefined {
  const { record, wanted, states } = rolloutState
  if (record === undefined || isSameSlot(wanted, record.stable)) return undefined
  return formerSlot(context, endpoint, { ...record.stable, states })
}

/**
 * A slot that is gone, or made again and not up yet, as an earlier commit declared it: of what no rollout put there, the
 * newest one that did. Undefined when it is there, or no commit is known that did.
 */
export function formerSlot(
  context: PlanContext,
  endpoint: Desired,
  { slot, rev, states }: Slot & Pick<RolloutState, 'states'>,
): Desired | undefined {
  if (states.has(slot) && states.get(slot)?.making?.cameUp !== false) return undefined
  for (const slots of context.former ?? []) {
    const found = slots.find(({ ref }) => isOf(ref, endpoint) && ref.name.toLowerCase() === slot)
    if (found === undefined) continue
    const revisions = [...freshNames(context, slots), ...ownNames(context, found)]
    // What nobody recorded was put there by an earlier commit than the one in force, and by no template.
    const isUnknown = rev === UNKNOWN_REVISION && slots.length === 1
    const isEarlier = found.commit !== context.revision
    if (revisions.includes(rev) || (isUnknown && isEarlier)) return { ...found, revision: rev }
  }
  return undefined
}

/** Whether another revision is to come into the slot of one that was aborted. */
function isRefilled(slot: string, { record, wanted }: RolloutState): boolean {
  if (record?.phase !== 'aborted' || slot === record.stable.slot) return false
  return slot === wanted?.slot && wanted.rev !== record.candidate?.rev
}

/** While nobody is served, whatever is up may have to: none of it is removed. */
function lastOnes({ live, states }: RolloutState): readonly string[] {
  if (!servesNobody(live)) return []
  return [...states].flatMap(([slot, { isUp }]) => (isUp ? [slot] : []))
}

/** The stable revision, the candidate, and within its window the revision of before, or one that was aborted. */
export function keptSlots(
  record: RolloutRecord | undefined,
  at: Parameters<typeof isWindowOpen>[1],
): ReadonlySet<string> {
  if (record === undefined) return new Set()
  const { stable, candidate, previous } = record
  const isOpen = isWindowOpen(record, at)
  return new Set([
    stable.slot,
    ...(candidate !== undefined && (isUnderWay(record) || isOpen) ? [candidate.slot] : []),
    ...(previous !== undefined && isOpen ? [previous.slot] : []),
  ])
}

/**
 * The template where what serves beside the wanted revision is to have as many instances as it asks for: a commit that
 * scales is for those who use the endpoint, whichever revision answers them. A revision that is not there yet comes first,
 * if it can come; and while users are moved to one that brought the number with it, nothing else is changed, for that would
 * keep Azure from taking them back. By the bake, when all of them are there, it is to carry them.
 */
function scaleBeside(
  context: PlanContext,
  rollout: Rollout,
  lives: readonly Live[],
  { record, wanted, states, decision }: RolloutState,
): Desired | undefined {
  const [template] = rollout.slots ?? []
  if (record?.phase === 'aborted') return template
  if (wanted === undefined) return undefined
  const { isReady = false, failure } = states.get(wanted.slot) ?? {}
  if (!isReady) return failure?.isPassing === false ? template : undefined
  const isStuck = waitsForPerson({ record, rollout }) || decision.reason === 'NoData'
  const isMoving = record?.phase === 'progressing' && !isStuck
  const live = lives.find(({ ref }) => ref.name.toLowerCase() === wanted.slot)
  const came = live && appliedTo(context, live)?.spec.instance_count
  return isMoving && came === template?.spec.instance_count ? undefined : template
}

/**
 * A slot as the Rollout had it at the commit recorded on it, so that drift on it is corrected and nothing else moved. An
 * aborted revision keeps the instances it has; one that traffic may come back to has no fewer than it had (INVARIANTS S4),
 * nor than a commit asks for that scales.
 */
function asApplied(
  context: PlanContext,
  live: Live,
  about: { readonly record: RolloutRecord | undefined; readonly scaled: Desired | undefined },
): readonly Desired[] {
  const { record, scaled } = about
  const applied = appliedTo(context, live)
  const revision = givenRevision(live)
  if (applied === undefined) return []
  const full = applied.spec.instance_count
  const name = live.ref.name.toLowerCase()
  const isWayBack = name === record?.stable.slot || name === record?.previous?.slot
  const isAlike = scaled?.spec.instance_type === applied.spec.instance_type
  const asked = [full, ...(isAlike ? [scaled?.spec.instance_count] : [])]
  const atLeast = isWayBack ? asked.filter((count) => typeof count === 'number') : []
  const scale = { instance_count: Math.max(instancesIn(live), ...atLeast) }
  const spec = full === undefined ? applied.spec : { ...applied.spec, ...scale }
  return [{ ...applied, spec, ...(revision === undefined ? {} : { revision }) }]
}

interface Candidate extends RolloutState {
  readonly wanted: Slot
  readonly retained: ReadonlySet<string>
}

/** The wanted revision in its slot; one that was aborted and removed is not made again. */
function candidateOf(
  context: PlanContext,
  endpoint: Desired,
  rollout: Rollout,
  { retained, ...rolloutState }: Candidate,
): readonly Desired[] {
  const { wanted, decision, states } = rolloutState
  const isThere = states.has(wanted.slot)
  const aborted = decision.record?.phase === 'aborted' ? decision.record.candidate : undefined
  const isOver = aborted?.rev === wanted.rev && !(isThere && retained.has(wanted.slot))
  if (rollout.slots !== undefined && isOver) return []
  const { slots } = rollout
  const key = keyOfSlot(endpoint, wanted)
  const named = slots?.find(({ ref }) => keyOf(ref) === key)
  const found =
    slots === undefined
      ? context.desiredAt.get(key)
      : (named ?? outsideOf(context, slots, context.liveAt.get(key), wanted))
  if (found === undefined) return []
  const placed = rollout.slots === undefined ? found : { ...found, revision: wanted.rev }
  const wantsScale = scaleOf(rollout, rolloutState, found)
  if (wantsScale === undefined) return [placed]
  return [{ ...placed, spec: { ...placed.spec, instance_count: wantsScale } }]
}

/** The instances of the moment: by the steps while the rollout is on its way, and never fewer than it has meanwhile. */
function scaleOf(
  { steps }: Rollout,
  { record, wanted, decision, states }: RolloutState & { readonly wanted: Slot },
  { spec }: Desired,
): number | undefined {
  const full = spec.instance_count
  if (typeof full !== 'number') return undefined
  const isHome = record === undefined || record.stable.slot === wanted.slot
  if (isHome || record.phase === 'baking') return full
  const reached = record.phase === 'progressing' ? decision.step : BEFORE
  const asked = decision.instances ?? instancesAt(steps, reached, full)
  const has = states.get(wanted.slot)
  const isMoving = record.phase === 'progressing' && record.candidate?.slot === wanted.slot
  return isMoving ? Math.max(asked, has?.instances ?? 0) : asked
}

const BEFORE = -1
