import { KINDS } from '../kinds/index.ts'
import type { Desired, Rollout } from '../model/desired.ts'
import type { Live } from '../model/live.ts'
import { valueAt } from '../model/pointer.ts'
import { keyOf } from '../model/ref.ts'
import { advance } from '../rollout/advance.ts'
import { inForce, type Progress, stay } from '../rollout/progress.ts'
import {
  isSameSlot,
  ROLLOUT_TAG,
  type RolloutRecord,
  recordOf,
  type Slot,
} from '../rollout/record.ts'
import type { Situation } from '../rollout/situation.ts'
import { type Lost, SPLIT } from '../rollout/stable.ts'
import { isSame, type Weights } from '../rollout/weights.ts'
import { isHeld, type Sight } from './context.ts'
import { factsOf, type Held, slotsHeld } from './facts.ts'
import { type Judgings, judgingOf, nextLook } from './judging.ts'
import { ownershipOf } from './ownership.ts'
import { flowsOf, isEndpoint } from './road.ts'
import { wantedOf } from './slots.ts'
import type { Stage } from './stage.ts'

/**
 * Every endpoint with a Rollout, by its key, where it stands now and what its next move is. No more rollouts at once than
 * the Application allows: those that have begun go first, then in the order of their names (INVARIANTS S24).
 */
export function stagesOf(sight: Sight): ReadonlyMap<string, Stage> {
  const endpoints = sight.desired
    .filter(({ rollout }) => rollout !== undefined)
    .sort((a, b) => (keyOf(a.ref) < keyOf(b.ref) ? -1 : 1))
  const begun = endpoints.filter((desired) => {
    const { record } = recordIn(desired, sight.liveAt.get(keyOf(desired.ref)))
    return record?.phase === 'progressing' || record?.phase === 'baking'
  })
  const stages = new Map<string, Stage>()
  let room = sight.sync.maxRollouts - begun.length
  for (const desired of endpoints) {
    if (desired.rollout === undefined) continue
    const stage = stageOf(sight, desired, desired.rollout, room > 0)
    if (begins(stage.progress)) room -= 1
    stages.set(keyOf(desired.ref), stage)
  }
  return stages
}

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
  readonly facts: Situation['deployments']
}

function stageOf(sight: Sight, desired: Desired, newest: Rollout, mayBegin: boolean): Stage {
  const { ref } = desired
  if (!isEndpoint(ref)) throw new Error(`${ref.kind} is no endpoint`)
  const live = sight.liveAt.get(keyOf(ref))
  const flows = flowsOf(ref.kind, live?.body ?? {})
  const { record, isBroken, text } = recordIn(desired, live)
  const { rollout, wanted } = aimOf(sight, desired, newest, record)
  const facts = factsOf(sight, desired, rollout, wanted)
  const scene: Scene = { sight, desired, rollout, live, flows, record, facts }
  const judging = judgingOf({ ...scene, wanted: wanted ?? NOWHERE })
  const situation = situationOf(scene, wanted ?? NOWHERE, judging)
  const lost = isBroken ? UNREADABLE : lostIn(situation, wanted)
  const progress = lost === undefined ? moved(situation, sight, mayBegin) : halted(situation, lost)
  const { slots, kept, needed } =
    lost === undefined
      ? slotsHeld(sight, desired, rollout, { record, wanted, progress, facts })
      : everythingHeld(facts)
  return {
    rollout,
    wanted: wanted ?? NOWHERE,
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

/** Why it cannot be told which deployment is the stable one, or which is to be. */
function lostIn({ record, live }: Situation, wanted: Slot | undefined): Lost | undefined {
  if (record === undefined && Object.keys(live).length > 1) return SPLIT
  return wanted === undefined ? NO_TARGET : undefined
}

/** Where the traffic is nobody knows, or where it goes: nothing is put anywhere, and nothing taken away. */
function everythingHeld(facts: Situation['deployments']): Held {
  const all = new Set(facts.keys())
  return { slots: [], kept: all, needed: all }
}

function moved(situation: Situation, { sync }: Sight, mayBegin: boolean): Progress {
  const progress = guarded(situation, advance(situation))
  return mayBegin || !begins(progress) ? progress : waits(situation, progress, sync.maxRollouts)
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

/**
 * Where Git wants the traffic to end, and by which road. With `queue`, a rollout on its way is finished first; a commit
 * that takes it back is no new revision and waits for nothing.
 */
function aimOf(
  sight: Sight,
  endpoint: Desired,
  newest: Rollout,
  record: RolloutRecord | undefined,
): { readonly rollout: Rollout; readonly wanted: Slot | undefined } {
  const newestWanted = wantedOf(sight, endpoint, newest, record)
  const isReverted = isSameSlot(newestWanted, record?.stable)
  const begun =
    newest.onNewCommit === 'queue' && !isReverted ? begunAs(sight, endpoint, record) : undefined
  if (begun !== undefined) return { rollout: begun, wanted: record?.candidate }
  return { rollout: newest, wanted: newestWanted ?? record?.candidate ?? record?.stable }
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

function situationOf(scene: Scene, wanted: Slot, { of }: Judgings): Situation {
  const { sight, desired, rollout, live, flows, record, facts } = scene
  const { answers, memory, now, intents } = sight
  const prefix = keyOf({ ...desired.ref, kind: DEPLOYMENTS[desired.ref.kind] ?? desired.ref.kind })
  const bySlot = <Value>(given: ReadonlyMap<string, Value>): ReadonlyMap<string, Value> =>
    new Map(
      [...given]
        .filter(([key]) => key.startsWith(`${prefix}/`))
        .map(([key, value]) => [key.slice(prefix.length + 1), value]),
    )
  const isArrived = live?.phase === 'Ready' && record !== undefined && isInForce(record, scene)
  const text = live && valueAt(live.body, `${KINDS[desired.ref.kind].tagsAt}/${ROLLOUT_TAG}`)
  const arrived = memory[keyOf(desired.ref)]?.arrived
  return {
    rollout,
    wanted,
    record,
    ...flows,
    deployments: facts,
    isWhole: sight.world.complete,
    isHeld: isHeld(sight, desired),
    isArrived,
    arrivedMs: arrived !== undefined && arrived.record === text ? arrived.at : now,
    judgementOf: of,
    probes: bySlot(answers.probes),
    trials: bySlot(answers.trials),
    intents: intents.filter(({ endpoint }) => isNamed(endpoint, desired)),
    now,
  }
}

function isInForce(record: RolloutRecord, { rollout, flows }: Scene): boolean {
  const { weights, mirror } = inForce(record, { rollout, mirror: flows.mirror })
  return isSame(weights, flows.live) && isSame(mirror, flows.mirror)
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
function halted({ live, mirror, record, intents }: Situation, { reason, message }: Lost): Progress {
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
  const answers = progress.answers.map((answer) =>
    answer.result === 'accepted' ? { ...answer, result: 'pending' as const, message } : answer,
  )
  return { ...halted(situation, { reason: 'TargetNotUp', message }), answers }
}

/** The rollout begins when another one is over; until then everything stays as its record says. */
function waits(situation: Situation, { answers }: Progress, most: number): Progress {
  const { record } = situation
  const message = `${most} rollouts are under way, which is the limit (sync.maxRollouts).`
  const said = { phase: 'provisioning', reason: 'RolloutsAtLimit', message } as const
  if (record === undefined) return halted(situation, said)
  const pending = answers.map((answer) => ({ ...answer, result: 'pending' as const }))
  return stay(situation, record, { ...said, answers: pending })
}
