import type { Rollout } from '../../model/desired.ts'
import { shortOf } from '../capacity.ts'
import { checksOf, isUnanswered, missingData, referenceOf } from '../judgements.ts'
import { atRest, type RolloutRecord, roadMark } from '../record.ts'
import { LOOK_AGAIN_MS } from '../steps/analysis.ts'
import { goOf, isEnteredWith, isTimed, phaseOf } from '../steps/index.ts'
import { bakeShareText } from '../weights.ts'
import { type Progress, spent, stay, turnTo, window } from './progress.ts'
import type { Facts, Go, Situation, StepSituation } from './situation.ts'
import { healthOf } from './state.ts'

/** A step said no: what follows is the rollout's policy. */
export interface Failed {
  readonly failed: { readonly reason: string; readonly message: string }
}

export function isFailed(result: Progress | Failed): result is Failed {
  return 'failed' in result
}

/** Before the first step: nothing is written yet. */
export const BEFORE = -1

interface Road {
  readonly situation: Situation
  /** The record as it is, or would be before the first step. */
  readonly record: RolloutRecord
  /** The step in force; `BEFORE` when none is. */
  readonly from: number
  readonly facts: Facts
}

/**
 * From the step in force as far as the road goes without a write: steps that are satisfied are passed, the first that
 * waits holds, the first that moves traffic (or takes time of its own) is entered by one write. Behind the last step is
 * full traffic. No step is skipped, and none is entered before all the ones ahead of it have said yes (INVARIANTS S6).
 */
export function walk(road: Road): Progress | Failed {
  const { situation, from } = road
  for (const [index, step] of situation.rollout.steps.entries()) {
    if (index < from) continue
    const said = resultOf(road, index, step)
    if (said.go === 'move') return enter(road, index)
    if (said.go === 'fail') return { failed: said }
    if (said.go === 'wait') return stop(road, index, said)
  }
  const unseen = dataHold(road)
  return unseen ? stop(road, situation.rollout.steps.length, unseen) : full(road)
}

/** A step that takes time of its own is entered before it is asked; none is entered while a check has no data. */
function resultOf(road: Road, index: number, step: Rollout['steps'][number]): Go {
  const isEntered = index === road.from
  const begins = !isEntered && isTimed(step) && step.type !== 'setMirror'
  const said = begins ? ENTER : goOf(step, seen(road, isEntered))
  return said.go === 'move' ? (dataHold(road) ?? said) : said
}

/**
 * No clock ends a step while a check has no data (INVARIANTS S29): before users are on the candidate, while a provider
 * does not answer; afterwards, while any check that is always watched has nothing to say. Somebody may say promote.
 */
function dataHold({ situation, record }: Road): Extract<Go, { readonly go: 'wait' }> | undefined {
  const { rollout, judgementOf, intents, now } = situation
  if (intents.some(({ verb }) => verb === 'promote')) return undefined
  const hasUsers = record.startMs > 0
  const checks = hasUsers ? rollout.analysis : checksOf(rollout)
  const judgements = checks.map(judgementOf)
  const open = hasUsers ? missingData(judgements) : judgements.find(isUnanswered)
  if (open === undefined) return undefined
  const message = `${open.name}: ${open.message} Without data no step is taken; \`verdigris rollout promote\` goes on without.`
  return { go: 'wait', reason: 'NoData', message, until: now + LOOK_AGAIN_MS }
}

const ENTER: Go = { go: 'move' }

function seen({ situation, record, facts }: Road, isEntered: boolean): StepSituation {
  const { inForceMs } = situation
  return {
    ...situation,
    candidate: record.candidate ?? situation.wanted,
    facts,
    isEntered,
    isPromoted: isEntered && situation.intents.some(({ verb }) => verb === 'promote'),
    elapsedMs: isEntered ? inForceMs : 0,
  }
}

/** One write enters a step; a move that is followed by a step with a clock enters both, for they begin together. */
function enter({ situation, record, from }: Road, index: number): Progress {
  const { rollout, now } = situation
  const follower = rollout.steps[index + 1]
  const step = rollout.steps[index]
  const isMove = step?.type === 'setWeight'
  const both = isMove && follower !== undefined && isEnteredWith(follower)
  const target = both ? index + 1 : index
  const moved: RolloutRecord = {
    ...record,
    phase: 'progressing',
    step: target,
    sinceMs: now,
    beganMs: from === BEFORE ? now : record.beganMs,
    ...(from === BEFORE ? {} : spent(situation)),
    startMs: record.startMs === 0 && isMove ? now : record.startMs,
  }
  const told = {
    result: from === BEFORE ? 'started' : 'step',
    trigger: 'none',
    message: `Step ${target + 1} of ${rollout.steps.length}: ${textOf(step)}.`,
    beganAt: moved.beganMs,
  } as const
  const phase = step === undefined ? 'shifting' : phaseOf(step)
  return turnTo(situation, moved, told, { phase, reason: 'StepEntered', step: target })
}

function textOf(step: Situation['rollout']['steps'][number] | undefined): string {
  if (step?.type === 'setWeight') return `${step.percent} % of the traffic`
  if (step?.type === 'setMirror') return `${step.percent} % mirrored`
  return step?.type ?? ''
}

/** The step holds the road. */
function stop(
  { situation, record }: Road,
  index: number,
  said: Extract<Go, { readonly go: 'wait' }>,
): Progress {
  const { rollout, wanted } = situation
  const step = rollout.steps[index]
  const phase = step === undefined ? 'shifting' : phaseOf(step)
  const { reason, message } = said
  const slot = (record.candidate ?? wanted).slot
  return stay(situation, record, {
    phase,
    reason,
    message,
    step: index,
    stalled: said.needsSomebody === true,
    ...(said.until === undefined ? {} : { wakeAt: said.until }),
    ...(said.instances === undefined ? {} : { instances: said.instances }),
    asks: {
      ...(step?.type === 'verify' ? { probe: slot } : {}),
      ...(step?.type === 'trial' ? { trial: slot } : {}),
    },
  })
}

/** Behind the last step: all traffic, if the candidate can carry it, and the bake begins. */
function full({ situation, record, facts, from }: Road): Progress {
  const { rollout } = situation
  const { steps } = rollout
  const short = shortOf(facts, 100)
  if (short?.go === 'wait')
    return stay(situation, record, {
      phase: 'promoting',
      reason: short.reason,
      message: short.message,
      step: steps.length,
      ...(short.instances === undefined ? {} : { instances: short.instances }),
    })
  const baking: RolloutRecord = {
    ...bakingSince(situation, record),
    ...(from === BEFORE ? {} : spent(situation)),
  }
  if (rollout.bakeMs === 0) return promoted(situation, baking, 'No bake is declared.')
  const told = {
    result: from === BEFORE ? 'started' : 'step',
    trigger: 'none',
    message: `${bakeShareText(rollout)} is on the candidate; the bake begins.`,
    beganAt: baking.beganMs,
  } as const
  return turnTo(situation, baking, told, { phase: 'promoting', reason: 'FullTraffic' })
}

/** The record of a bake that begins now, with what is known of stable by then. */
export function bakingSince(situation: Situation, record: RolloutRecord): RolloutRecord {
  const { rollout, now, judgementOf } = situation
  return {
    ...record,
    phase: 'baking',
    step: rollout.steps.length,
    sinceMs: now,
    startMs: record.startMs === 0 ? now : record.startMs,
    beganMs: record.beganMs === 0 ? now : record.beganMs,
    ...(record.reference === undefined ? referenceOf(rollout, judgementOf) : {}),
  }
}

/** The candidate becomes the stable revision; the one of before stays warm for the rollback window. */
export function promoted(
  situation: Situation,
  record: RolloutRecord,
  message: string,
  result: 'promoted' | 'fast_promoted' = 'promoted',
): Progress {
  const { rollout, now } = situation
  const { stable, candidate } = record
  if (candidate === undefined) throw new Error('nothing is on its way')
  const rest: RolloutRecord = {
    ...atRest(candidate, now),
    ...(rollout.keep.revisions === 0 ||
    rollout.keep.forMs === 0 ||
    stable.slot === candidate.slot ||
    healthOf(situation, stable) === 'gone'
      ? {}
      : { previous: stable, untilMs: now + rollout.keep.forMs }),
  }
  const told = {
    result,
    trigger: result === 'promoted' ? 'none' : 'manual',
    message,
    beganAt: record.beganMs,
  } as const
  return turnTo(situation, rest, told, { phase: 'idle', reason: 'Promoted' })
}

/** The record that a rollout begins with. */
export function beginning(situation: Situation, stable: RolloutRecord): RolloutRecord {
  const { wanted, now, rollout } = situation
  const kept = stable.previous?.slot === wanted.slot ? {} : window(stable)
  return {
    ...atRest(stable.stable, now),
    ...kept,
    phase: 'progressing',
    candidate: wanted,
    step: 0,
    road: roadMark(rollout.steps),
  }
}
