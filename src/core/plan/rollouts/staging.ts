import { KINDS } from '../../kinds/index.ts'
import { lastWriteOf } from '../../model/basis.ts'
import type { Desired, Rollout } from '../../model/desired.ts'
import { isAtRest, type Live } from '../../model/live.ts'
import { DEPLOYMENT_OF, keyOf, type Ref } from '../../model/ref.ts'
import { once } from '../../model/values/once.ts'
import { advance } from '../../rollout/decide/advance.ts'
import { inForce, type Progress } from '../../rollout/decide/progress.ts'
import { followed, type Situation } from '../../rollout/decide/situation.ts'
import { isUnanswered } from '../../rollout/judgements.ts'
import { isSameSlot, isUnderWay, type RolloutRecord, type Slot } from '../../rollout/record.ts'
import { isSame, positive, type Weights } from '../../rollout/weights.ts'
import { about } from '../bug.ts'
import { armContextOf, saidOfUnresolved, unresolvedIn } from '../compare/labels.ts'
import { isHeld, type Sight } from '../context.ts'
import { ownershipOf } from '../ownership/ownership.ts'
import { placeOf } from '../ownership/place.ts'
import { atRest } from '../resting.ts'
import { flowsOf, isEndpoint } from '../traffic/road.ts'
import { isWantedAtWork, spentOf, watchKeyOf, watchOf } from './coming.ts'
import { factsOf } from './facts.ts'
import { guarded, waits } from './held-moves.ts'
import { type Judgings, judgingOf, nextLook } from './judging.ts'
import { knownRecord } from './known-record.ts'
import { keyOfSlot, wantedOf } from './slots.ts'
import { formerSlot, type SlotsHeld, slotsHeld } from './slots-held.ts'
import type { Stage } from './stage.ts'

/**
 * Every endpoint with a Rollout, by its key, where it stands now and what its next move is. No more rollouts at once than
 * the Application allows: those that have begun go first, then in the order of their names (INVARIANTS S24).
 */
export const stagesOf = once(staging)

function staging(sight: Sight): ReadonlyMap<string, Stage> {
  const endpoints = rollingOut(sight.desired)
  const resting = atRest(sight)
  const over = (desired: Desired): Stage | undefined =>
    resting.get(placeOf(desired).key)?.assessment.stage
  const begun = endpoints.filter(
    (desired) =>
      over(desired) === undefined &&
      about(desired.ref, () => isUnderWay(knownRecord(sight, desired).record)),
  )
  const stages = new Map<string, Stage>()
  let room = sight.sync.maxRollouts - begun.length
  for (const desired of endpoints) {
    const { rollout, ref } = desired
    if (rollout === undefined) continue
    const ahead = room > 0 ? undefined : begun.map((one) => one.ref.name)
    const stage = over(desired) ?? about(ref, () => stageOf(sight, desired, rollout, ahead))
    if (begins(stage.progress)) room -= 1
    stages.set(keyOf(ref), stage)
  }
  return stages
}

const rollingOut = once((desired: readonly Desired[]) =>
  desired
    .filter(({ rollout }) => rollout !== undefined)
    .sort((a, b) => (placeOf(a).key < placeOf(b).key ? -1 : 1)),
)

function begins({ turn }: Progress): boolean {
  return turn?.result === 'started'
}

interface Scene {
  readonly sight: Sight
  readonly desired: Desired
  readonly rollout: Rollout
  readonly live: Live | undefined
  readonly flows: { readonly live: Weights; readonly mirror: Weights }
  readonly record: RolloutRecord | undefined
  /** The record as it was read. */
  readonly text: string | undefined
  readonly isUnreadable: boolean
  readonly isAwaited: boolean
  readonly facts: Situation['deployments']
}

function stageOf(
  sight: Sight,
  desired: Desired,
  newest: Rollout,
  ahead: readonly string[] | undefined,
): Stage {
  const { ref } = desired
  if (!isEndpoint(ref)) throw new Error(`${ref.kind} is no endpoint`)
  const live = sight.liveAt.get(keyOf(ref))
  const flows = flowsOf(ref.kind, live?.body ?? {})
  const { record, isBroken, text } = knownRecord(sight, desired)
  const { wanted, ...aim } = aimOf(sight, desired, newest, record)
  const rollout = followed(aim.rollout, record)
  const facts = factsOf(sight, desired, rollout, { wanted, record, traffic: flows.live })
  const scene: Scene = {
    ...{ sight, desired, rollout, live, flows, record, facts, text, isAwaited: aim.isAwaited },
    isUnreadable: isBroken,
  }
  const judging = judgingOf({ ...scene, wanted: wanted ?? NOWHERE })
  const situation = situationOf(scene, wanted ?? NOWHERE, judging)
  const progress = named(moved(situation, sight, ahead), sight, rollout)
  const isUnmeasured = judging.judgements.some(isUnanswered)
  const watchKey = watchKeyOf(record, text, situation.wanted)
  const { slots, kept, needed } = isLost(situation)
    ? everythingHeld(facts)
    : slotsHeld(sight, desired, rollout, {
        ...{ record, wanted, progress, facts, live: flows.live },
        intents: situation.intents,
      })
  return {
    rollout,
    wanted: wanted ?? NOWHERE,
    progress,
    deployments: slots,
    facts,
    kept,
    needed,
    judgements: judging.judgements,
    ...(judging.judged === undefined ? {} : { judged: judging.judged }),
    questions: judging.questions,
    tallies: judging.tallies,
    isArrived: situation.isArrived,
    ...watchOf(situation, progress, isUnmeasured),
    ...(watchKey === undefined ? {} : { watchKey }),
    spentMs: situation.spentMs,
    isBlind: isOnCandidate(situation) && isUnmeasured,
    ...nextLook(rollout, judging, progress, sight.now),
    ...(text === undefined ? {} : { recordText: text }),
    isRecordKept: record !== undefined && progress.record === record,
  }
}

/** Whether it cannot be told which deployment is the stable one, or which is to be. */
function isLost({ record, live, wanted, isUnreadable }: Situation): boolean {
  const isSplit = record === undefined && Object.keys(positive(live)).length > 1
  return isUnreadable || isSplit || wanted.slot === NOWHERE.slot
}

function isOnCandidate({ record, live }: Situation): boolean {
  return isUnderWay(record) && (live[record?.candidate?.slot ?? ''] ?? 0) > 0
}

/** Where the traffic is nobody knows, or where it goes: nothing is put anywhere, and nothing taken away. */
function everythingHeld(facts: Situation['deployments']): SlotsHeld {
  const all = new Set(facts.keys())
  return { slots: [], kept: all, needed: all }
}

/** `ahead`: those that must end before another one begins; undefined = there is room. */
function moved(
  situation: Situation,
  { sync }: Sight,
  ahead: readonly string[] | undefined,
): Progress {
  const progress = guarded(situation, advance(situation))
  if (ahead === undefined || !begins(progress)) return progress
  return waits(situation, progress, { most: sync.maxRollouts, ahead })
}

/** What nobody has registered yet is told by its name. */
function named(progress: Progress, sight: Sight, { slots: [first] = [] }: Rollout): Progress {
  const unresolved = unresolvedIn(first?.labels ?? [], armContextOf(sight.world))
  if (progress.reason !== 'RolloutHasNoTarget' || unresolved.length === 0) return progress
  const { isAwaited, ...said } = saidOfUnresolved(unresolved, sight.declared)
  if (!isAwaited) return { ...progress, ...said }
  return { ...progress, ...said, stalled: false, phase: 'provisioning' }
}

const NOWHERE: Slot = { slot: '', rev: '' }

/**
 * Where Git wants the traffic to end, and by which road. With `queue`, a rollout on its way is finished first; a commit
 * that takes it back is no new revision and waits for nothing.
 */
function aimOf(
  sight: Sight,
  endpoint: Desired,
  newest: Rollout,
  record: RolloutRecord | undefined,
): { readonly rollout: Rollout; readonly wanted: Slot | undefined; readonly isAwaited: boolean } {
  const newestWanted = wantedOf(sight, endpoint, newest, record)
  const isReverted = isSameSlot(newestWanted, record?.stable)
  const begun =
    newest.onNewCommit === 'queue' && !isReverted ? begunAs(sight, endpoint, record) : undefined
  if (begun !== undefined) {
    const isAwaited = !isSameSlot(newestWanted, record?.candidate)
    return { rollout: begun, wanted: record?.candidate, isAwaited }
  }
  const wanted = newestWanted ?? record?.candidate ?? record?.stable
  return { rollout: newest, wanted, isAwaited: false }
}

/**
 * A rollout on its way as it was declared when its candidate was put there: with `queue`, it is finished first. Of the
 * explicit form nothing is left to finish: its candidate is a manifest that the newest commit does not have.
 */
function begunAs(
  sight: Sight,
  endpoint: Desired,
  record: RolloutRecord | undefined,
): Rollout | undefined {
  if (record?.phase !== 'progressing' && record?.phase !== 'baking') return undefined
  const lives = sight.deploymentsAt.get(keyOf(endpoint.ref)) ?? []
  const live = lives.find(({ ref }) => ref.name.toLowerCase() === record.candidate?.slot)
  const { revision } =
    live === undefined ? {} : ownershipOf(KINDS[live.ref.kind], live, sight.application)
  const begun = sight.declaredThen.get(revision ?? '')?.get(keyOf(endpoint.ref))?.rollout
  return begun?.slots === undefined ? undefined : begun
}

function situationOf(scene: Scene, wanted: Slot, { of, judgements }: Judgings): Situation {
  const { sight, desired, rollout, flows, record, isUnreadable, facts } = scene
  const { answers, now, intents } = sight
  const prefix = belowOf(desired.ref)
  const slotsOf = (keys: Iterable<string>): readonly string[] =>
    [...keys]
      .filter((key) => key.startsWith(`${prefix}/`))
      .map((key) => key.slice(prefix.length + 1))
  const bySlot = <Value>(given: ReadonlyMap<string, Value>): ReadonlyMap<string, Value> =>
    new Map(slotsOf(given.keys()).map((slot) => [slot, given.get(`${prefix}/${slot}`) as Value]))
  return {
    rollout,
    wanted,
    record,
    ...flows,
    deployments: facts,
    absent: new Set(slotsOf(sight.world.absent)),
    isUnreadable,
    isAwaited: scene.isAwaited,
    isHeld: isHeld(sight, desired),
    isRemade: record !== undefined && isRemade(scene, record.stable),
    ...arrivalOf(scene),
    isAtWork: isWantedAtWork(sight, desired, wanted),
    ...timesOf(scene, wanted),
    ...(judgements.some(isUnanswered) ? {} : { blindMs: 0 }),
    judgementOf: of,
    probes: bySlot(answers.probes),
    trials: bySlot(answers.trials),
    intents: intents.filter(({ endpoint }) => isNamed(endpoint, desired)),
    now,
  }
}

/** A write that failed leaves the endpoint Failed, and in force what was in force before. */
function arrivalOf(scene: Scene): Pick<Situation, 'isAsRecorded' | 'isArrived'> {
  const { live, record } = scene
  const isAsRecorded = record !== undefined && isInForce(record, scene)
  return { isAsRecorded, isArrived: isAtRest(live) && isAsRecorded }
}

type Times = Pick<Situation, 'inForceMs' | 'wasInForce' | 'spentMs' | 'blindMs'>

/** What this process remembers counts as long as the record is the one that it was seen with. */
function timesOf(scene: Scene, wanted: Slot): Times {
  const { live, record, sight, desired, text } = scene
  const { now } = sight
  const { arrived, watched, blindSince = now, seen } = sight.memory[keyOf(desired.ref)] ?? {}
  const isSince = arrived?.record === text && arrivalOf(scene).isArrived
  const at = isSince && arrived?.after === (live && lastWriteOf(live)) ? arrived?.at : undefined
  const isKnown = watched !== undefined && watched.record === watchKeyOf(record, text, wanted)
  const watchedMs = (record?.spentMs ?? 0) + (isKnown ? watched.ms : 0)
  return {
    inForceMs: now - (at ?? now),
    wasInForce: seen !== undefined && seen === text,
    spentMs: spentOf({ sight, desired, record, wanted }, watchedMs),
    blindMs: now - blindSince,
  }
}

function isRemade({ sight, desired, rollout, facts }: Scene, stable: Slot): boolean {
  if (formerSlot(sight, desired, { ...stable, facts }) !== undefined) return true
  return rollout.slots === undefined && sight.desiredAt.has(keyOfSlot(desired, stable))
}

function isInForce(record: RolloutRecord, { rollout, flows }: Scene): boolean {
  const { weights, mirror } = inForce(record, { rollout, mirror: flows.mirror })
  return isSame(weights, flows.live) && isSame(mirror, flows.mirror)
}

function isNamed(name: string, { ref }: Desired): boolean {
  return name.toLowerCase() === ref.name.toLowerCase()
}

/** What the keys of an endpoint's deployments begin with. */
function belowOf(ref: Ref): string {
  return keyOf(isEndpoint(ref) ? { ...ref, kind: DEPLOYMENT_OF[ref.kind] } : ref)
}
