import { KINDS } from '../kinds/index.ts'
import type { Desired, Rollout } from '../model/desired.ts'
import type { Live } from '../model/live.ts'
import { valueAt } from '../model/pointer.ts'
import { keyOf } from '../model/ref.ts'
import type { Check, Judgement } from '../model/rollout.ts'
import { advance } from '../rollout/advance.ts'
import {
  checksOf,
  comparisonOf,
  judgementOf,
  questionId,
  questionOf,
  talliesAfter,
} from '../rollout/judgements.ts'
import { inForce, type Progress } from '../rollout/progress.ts'
import { ROLLOUT_TAG, type RolloutRecord, recordOf, type Slot } from '../rollout/record.ts'
import type { Situation } from '../rollout/situation.ts'
import { isSame, type Weights } from '../rollout/weights.ts'
import type { Sight } from './context.ts'
import { factsOf, slotsHeld } from './facts.ts'
import { ownershipOf } from './ownership.ts'
import { flowsOf, isEndpoint } from './road.ts'
import { wantedOf } from './slots.ts'
import { isUnderWay, type Stage } from './stage.ts'

/** Every endpoint with a Rollout, by its key, where it stands now and what its next move is. */
export function stagesOf(sight: Sight): ReadonlyMap<string, Stage> {
  const stages = sight.desired.flatMap((desired): [string, Stage][] => {
    const { rollout } = desired
    return rollout === undefined ? [] : [[keyOf(desired.ref), stageOf(sight, desired, rollout)]]
  })
  return new Map(limited(stages, sight.sync.maxRollouts))
}

interface Scene {
  readonly sight: Sight
  readonly desired: Desired
  readonly rollout: Rollout
  readonly live: Live | undefined
  readonly flows: { readonly live: Weights; readonly mirror: Weights }
}

function stageOf(sight: Sight, desired: Desired, newest: Rollout): Stage {
  const { ref } = desired
  if (!isEndpoint(ref)) throw new Error(`${ref.kind} is no endpoint`)
  const live = sight.liveAt.get(keyOf(ref))
  const flows = flowsOf(ref.kind, live?.body ?? {})
  const { record, isBroken, text } = recordIn(desired, live)
  const begun = newest.onNewCommit === 'queue' ? begunAs(sight, desired, record) : undefined
  const rollout = begun ?? newest
  const scene: Scene = { sight, desired, rollout, live, flows }
  const wanted =
    (begun === undefined ? wantedOf(sight, desired, rollout, record) : undefined) ??
    record?.candidate ??
    record?.stable
  const facts = factsOf(sight, desired, rollout, wanted)
  const known = { sight, scene, record, wanted: wanted ?? NOWHERE, facts }
  const judging = judgingOf(known)
  const situation = situationOf(known, judging)
  const progress =
    isBroken || wanted === undefined
      ? halted(situation, isBroken ? UNREADABLE : NO_TARGET)
      : guarded(situation, advance(situation))
  const { slots, kept, needed } = slotsHeld(sight, desired, rollout, {
    record,
    wanted,
    progress,
    facts,
  })
  return {
    rollout,
    wanted: known.wanted,
    progress,
    deployments: slots,
    facts,
    kept,
    needed,
    judgements: judging.judgements,
    questions: judging.questions,
    tallies: judging.tallies,
    isArrived: situation.isArrived,
    ...nextLook(rollout, judging, progress, sight.now),
    ...(text === undefined ? {} : { recordText: text }),
  }
}

const NOWHERE: Slot = { slot: '', rev: '' }

/** The record on the endpoint; a text that is none of ours is not taken for a fresh start. */
function recordIn(
  desired: Desired,
  live: Live | undefined,
): {
  readonly record: RolloutRecord | undefined
  readonly isBroken: boolean
  readonly text?: string
} {
  const { tagsAt } = KINDS[desired.ref.kind]
  const text = live && valueAt(live.body, `${tagsAt}/${ROLLOUT_TAG}`)
  if (typeof text !== 'string') return { record: undefined, isBroken: text !== undefined }
  const record = recordOf(text, keyOf(desired.ref))
  return { record, isBroken: record === undefined, text }
}

/** A rollout on its way as it was declared when its candidate was put there: with `queue`, it is finished first. */
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
  return sight.declaredThen.get(revision ?? '')?.get(keyOf(endpoint.ref))?.rollout
}

interface Known {
  readonly sight: Sight
  readonly scene: Scene
  readonly record: RolloutRecord | undefined
  readonly wanted: Slot
  readonly facts: Situation['deployments']
}

interface Judgings {
  readonly of: (check: Check) => Judgement
  readonly judgements: readonly Judgement[]
  readonly questions: Stage['questions']
  readonly tallies: Stage['tallies']
}

/** The questions of this rollout, and the verdicts that the answers to them give. */
function judgingOf({ sight, scene, record, wanted }: Known): Judgings {
  const { rollout, desired } = scene
  const { answers, memory, now } = sight
  const { name: endpoint } = desired.ref
  const isComing = record?.phase === 'stable' && record.stable.rev !== wanted.rev
  const isMoving = record?.phase === 'progressing' || record?.phase === 'baking'
  const hasTraffic = isMoving && record.startMs > 0
  const about = comparisonOf({
    endpoint,
    stable: record?.stable.slot ?? '',
    candidate: record?.candidate?.slot ?? wanted.slot,
    startMs: hasTraffic ? record.startMs : 0,
    now,
  })
  const checks = checksOf(rollout)
  const answerTo = (check: Check) => answers.measurements.get(questionId(endpoint, check))
  const before = memory[keyOf(desired.ref)]?.tallies
  const tallies = hasTraffic
    ? talliesAfter(before, { rollout, about, answerTo })
    : { startMs: 0, checks: {} }
  const judging = { rollout, about, hasTraffic, tallies, answerTo }
  const verdicts = new Map<string, Judgement>()
  const of = (check: Check): Judgement => {
    const verdict = verdicts.get(check.id) ?? judgementOf(check, judging)
    verdicts.set(check.id, verdict)
    return verdict
  }
  return {
    of,
    judgements: hasTraffic ? checks.map(of) : [],
    // Before the first weight, stable's own past says how long it will take to be sure.
    questions:
      hasTraffic || isComing || isMoving
        ? checks.map((check) => questionOf(check, rollout, about))
        : [],
    tallies,
  }
}

function situationOf({ sight, scene, record, wanted, facts }: Known, { of }: Judgings): Situation {
  const { desired, rollout, live, flows } = scene
  const { answers, memory, now, intents } = sight
  const prefix = keyOf({ ...desired.ref, kind: DEPLOYMENTS[desired.ref.kind] ?? desired.ref.kind })
  const bySlot = <Value>(given: ReadonlyMap<string, Value>): ReadonlyMap<string, Value> =>
    new Map(
      [...given]
        .filter(([key]) => key.startsWith(`${prefix}/`))
        .map(([key, value]) => [key.slice(prefix.length + 1), value]),
    )
  const isArrived =
    live?.phase === 'Ready' &&
    record !== undefined &&
    isSame(inForce(record, { rollout, mirror: flows.mirror }).weights, flows.live)
  const text = live && valueAt(live.body, `${KINDS[desired.ref.kind].tagsAt}/${ROLLOUT_TAG}`)
  const arrived = memory[keyOf(desired.ref)]?.arrived
  return {
    rollout,
    wanted,
    record,
    ...flows,
    deployments: facts,
    isArrived,
    arrivedMs: arrived !== undefined && arrived.record === text ? arrived.at : now,
    judgementOf: of,
    probes: bySlot(answers.probes),
    trials: bySlot(answers.trials),
    intents: intents.filter(({ endpoint }) => isNamed(endpoint, desired)),
    now,
  }
}

function isNamed(name: string, { ref }: Desired): boolean {
  return name.toLowerCase() === ref.name.toLowerCase()
}

const DEPLOYMENTS: { readonly [kind: string]: 'OnlineDeployment' | 'BatchDeployment' } = {
  OnlineEndpoint: 'OnlineDeployment',
  BatchEndpoint: 'BatchDeployment',
}

const UNREADABLE = {
  reason: 'RolloutRecordUnreadable',
  message:
    'The tag verdigris.rollout is not a record that Verdigris wrote for this endpoint. Send all traffic to one deployment and remove the tag; the rollout goes on from there.',
}
const NO_TARGET = {
  reason: 'RolloutHasNoTarget',
  message: 'What Git wants to serve cannot be told: a label does not resolve, or no slot is free.',
}

/** Nothing is moved: what is live stays, and somebody is called. */
function halted(
  { live, mirror, record, intents }: Situation,
  { reason, message }: { readonly reason: string; readonly message: string },
): Progress {
  return {
    weights: live,
    mirror,
    record,
    phase: 'degraded',
    reason,
    message,
    stalled: true,
    step: 0,
    isUrgent: false,
    asks: {},
    answers: intents.map((intent) => ({ intent, result: 'refused', message })),
  }
}

/** No weight rises on what is not up at this moment, whoever says so (INVARIANTS S2). */
function guarded(situation: Situation, progress: Progress): Progress {
  const { live, mirror, deployments } = situation
  const rises = (after: Weights, before: Weights): readonly string[] =>
    Object.keys(after).filter((name) => (after[name] ?? 0) > (before[name] ?? 0))
  const down = [...rises(progress.weights, live), ...rises(progress.mirror, mirror)].find(
    (name) => deployments.get(name)?.isUp !== true,
  )
  if (down === undefined) return progress
  const message = `${down} does not serve now, so no traffic is moved to it. ${progress.message}`
  return halted(situation, { reason: 'TargetNotUp', message })
}

/** While users are on the candidate, the next look is no later than the next window of a check. */
function nextLook(
  rollout: Rollout,
  { judgements }: Judgings,
  { wakeAt }: Progress,
  now: number,
): { readonly wakeAt?: number } {
  const windows = judgements.length === 0 ? [] : checksOf(rollout).map(({ windowMs }) => windowMs)
  const looks = [...windows.map((ms) => now + ms), ...(wakeAt === undefined ? [] : [wakeAt])]
  return looks.length === 0 ? {} : { wakeAt: Math.min(...looks) }
}

/** No more rollouts at once than the Application allows; those that have begun go first, then in order of their names. */
function limited(stages: readonly [string, Stage][], most: number): readonly [string, Stage][] {
  let room = most - stages.filter(([, stage]) => wasUnderWay(stage)).length
  return stages.map(([key, stage]) => {
    if (stage.progress.turn?.result !== 'started' || !isUnderWay(stage)) return [key, stage]
    room -= 1
    return room >= 0 ? [key, stage] : [key, { ...stage, progress: waits(stage, most) }]
  })
}

function wasUnderWay(stage: Stage): boolean {
  return isUnderWay(stage) && stage.progress.turn?.result !== 'started'
}

function waits({ progress }: Stage, most: number): Progress {
  const { record, turn: _, ...rest } = progress
  if (record === undefined) return progress
  return {
    ...rest,
    record: undefined,
    weights: { [record.stable.slot]: 100 },
    mirror: {},
    phase: 'provisioning',
    reason: 'RolloutsAtLimit',
    message: `${most} rollouts are under way, which is the limit (sync.maxRollouts).`,
    answers: progress.answers.map((answer) => ({ ...answer, result: 'pending' as const })),
  }
}
