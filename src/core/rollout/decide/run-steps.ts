import type { Rollout } from '../../model/desired.ts'
import { shortOf } from '../capacity.ts'
import { checksOf, comparedWith, isUnanswered, missingData } from '../judgements.ts'
import { type RolloutRecord, stableRecord, stepsHash } from '../record.ts'
import { LOOK_AGAIN_MS } from '../steps/analysis.ts'
import { isEnteredWith, isTimed, phaseOf, stepResult } from '../steps/index.ts'
import { bakeShareText } from '../weights.ts'
import { type RolloutDecision, spent, stay, transitionTo, window } from './decision.ts'
import type { DeploymentState, RolloutInput, StepInput, StepResult } from './rollout-input.ts'
import { healthOf } from './state.ts'

/** A step said no: what follows is the rollout's policy. */
export interface Failed {
  readonly failed: { readonly reason: string; readonly message: string }
}

export function isFailed(result: RolloutDecision | Failed): result is Failed {
  return 'failed' in result
}

/** Before the first step: nothing is written yet. */
export const BEFORE_FIRST_STEP = -1

interface StepCursor {
  readonly input: RolloutInput
  /** The record as it is, or would be before the first step. */
  readonly record: RolloutRecord
  /** The step in force; `BEFORE` when none is. */
  readonly from: number
  readonly state: DeploymentState
}

/**
 * From the step in force as far as the road goes without a write: steps that are satisfied are passed, the first that
 * waits holds, the first that moves traffic (or takes time of its own) is entered by one write. Behind the last step is
 * full traffic. No step is skipped, and none is entered before all the ones ahead of it have said yes (INVARIANTS S6).
 */
export function runSteps(cursor: StepCursor): RolloutDecision | Failed {
  const { input, from } = cursor
  for (const [index, step] of input.rollout.steps.entries()) {
    if (index < from) continue
    const said = resultOf(cursor, index, step)
    if (said.go === 'move') return enter(cursor, index)
    if (said.go === 'fail') return { failed: said }
    if (said.go === 'wait') return stop(cursor, index, said)
  }
  const unseen = dataHold(cursor)
  return unseen ? stop(cursor, input.rollout.steps.length, unseen) : full(cursor)
}

/** A step that takes time of its own is entered before it is asked; none is entered while a check has no data. */
function resultOf(cursor: StepCursor, index: number, step: Rollout['steps'][number]): StepResult {
  const isEntered = index === cursor.from
  const begins = !isEntered && isTimed(step) && step.type !== 'setMirror'
  const said = begins ? ENTER : stepResult(step, seen(cursor, isEntered))
  return said.go === 'move' ? (dataHold(cursor) ?? said) : said
}

/**
 * No clock ends a step while a check has no data (INVARIANTS S29): before users are on the candidate, while a provider
 * does not answer; afterwards, while any check that is always watched has nothing to say. Somebody may say promote.
 */
function dataHold({
  input,
  record,
}: StepCursor): Extract<StepResult, { readonly go: 'wait' }> | undefined {
  const { rollout, judgementOf, intents, now } = input
  if (intents.some(({ verb }) => verb === 'promote')) return undefined
  const hasUsers = record.startMs > 0
  const checks = hasUsers ? rollout.analysis : checksOf(rollout)
  const judgements = checks.map(judgementOf)
  const open = hasUsers ? missingData(judgements) : judgements.find(isUnanswered)
  if (open === undefined) return undefined
  const message = `${open.name}: ${open.message} Without data no step is taken; \`verdigris rollout promote\` goes on without.`
  return { go: 'wait', reason: 'NoData', message, until: now + LOOK_AGAIN_MS }
}

const ENTER: StepResult = { go: 'move' }

function seen({ input, record, state }: StepCursor, isEntered: boolean): StepInput {
  const { inForceMs } = input
  return {
    ...input,
    candidate: record.candidate ?? input.wanted,
    state,
    isEntered,
    isPromoted: isEntered && input.intents.some(({ verb }) => verb === 'promote'),
    elapsedMs: isEntered ? inForceMs : 0,
  }
}

/** One write enters a step; a move that is followed by a step with a clock enters both, for they begin together. */
function enter({ input, record, from }: StepCursor, index: number): RolloutDecision {
  const { rollout, now } = input
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
    beganMs: from === BEFORE_FIRST_STEP ? now : record.beganMs,
    ...(from === BEFORE_FIRST_STEP ? {} : spent(input)),
    startMs: record.startMs === 0 && isMove ? now : record.startMs,
  }
  const told = {
    result: from === BEFORE_FIRST_STEP ? 'started' : 'step',
    trigger: 'none',
    message: `Step ${target + 1} of ${rollout.steps.length}: ${textOf(step)}.`,
    beganAt: moved.beganMs,
  } as const
  const phase = step === undefined ? 'shifting' : phaseOf(step)
  return transitionTo(input, moved, told, { phase, reason: 'StepEntered', step: target })
}

function textOf(step: RolloutInput['rollout']['steps'][number] | undefined): string {
  if (step?.type === 'setWeight') return `${step.percent} % of the traffic`
  if (step?.type === 'setMirror') return `${step.percent} % mirrored`
  return step?.type ?? ''
}

/** The step holds the road. */
function stop(
  { input, record }: StepCursor,
  index: number,
  said: Extract<StepResult, { readonly go: 'wait' }>,
): RolloutDecision {
  const { rollout, wanted } = input
  const step = rollout.steps[index]
  const phase = step === undefined ? 'shifting' : phaseOf(step)
  const { reason, message } = said
  const slot = (record.candidate ?? wanted).slot
  return stay(input, record, {
    phase,
    reason,
    message,
    step: index,
    stalled: said.needsSomebody === true,
    ...(said.until === undefined ? {} : { wakeAt: said.until }),
    ...(said.instances === undefined ? {} : { instances: said.instances }),
    needs: {
      ...(step?.type === 'verify' ? { probe: slot } : {}),
      ...(step?.type === 'trial' ? { trial: slot } : {}),
    },
  })
}

/** Behind the last step: all traffic, if the candidate can carry it, and the bake begins. */
function full({ input, record, state, from }: StepCursor): RolloutDecision {
  const { rollout } = input
  const { steps } = rollout
  const short = shortOf(state, 100)
  if (short?.go === 'wait')
    return stay(input, record, {
      phase: 'promoting',
      reason: short.reason,
      message: short.message,
      step: steps.length,
      ...(short.instances === undefined ? {} : { instances: short.instances }),
    })
  const baking: RolloutRecord = {
    ...bakingSince(input, record),
    ...(from === BEFORE_FIRST_STEP ? {} : spent(input)),
  }
  if (rollout.bakeMs === 0) return promoted(input, baking, 'No bake is declared.')
  const told = {
    result: from === BEFORE_FIRST_STEP ? 'started' : 'step',
    trigger: 'none',
    message: `${bakeShareText(rollout)} is on the candidate; the bake begins.`,
    beganAt: baking.beganMs,
  } as const
  return transitionTo(input, baking, told, { phase: 'promoting', reason: 'FullTraffic' })
}

/** The record of a bake that begins now, with what is known of stable by then. */
export function bakingSince(input: RolloutInput, record: RolloutRecord): RolloutRecord {
  const { rollout, now, judgementOf } = input
  return {
    ...record,
    phase: 'baking',
    step: rollout.steps.length,
    sinceMs: now,
    startMs: record.startMs === 0 ? now : record.startMs,
    beganMs: record.beganMs === 0 ? now : record.beganMs,
    ...(record.reference === undefined ? comparedWith(rollout, judgementOf) : {}),
  }
}

/** The candidate becomes the stable revision; the one of before stays warm for the rollback window. */
export function promoted(
  input: RolloutInput,
  record: RolloutRecord,
  message: string,
  result: 'promoted' | 'fast_promoted' = 'promoted',
): RolloutDecision {
  const { rollout, now } = input
  const { stable, candidate } = record
  if (candidate === undefined) throw new Error('nothing is on its way')
  const rest: RolloutRecord = {
    ...stableRecord(candidate, now),
    ...(rollout.keep.revisions === 0 ||
    rollout.keep.forMs === 0 ||
    stable.slot === candidate.slot ||
    healthOf(input, stable) === 'gone'
      ? {}
      : { previous: stable, untilMs: now + rollout.keep.forMs }),
  }
  const told = {
    result,
    trigger: result === 'promoted' ? 'none' : 'manual',
    message,
    beganAt: record.beganMs,
  } as const
  return transitionTo(input, rest, told, { phase: 'idle', reason: 'Promoted' })
}

/** The record that a rollout begins with. */
export function beginning(input: RolloutInput, stable: RolloutRecord): RolloutRecord {
  const { wanted, now, rollout } = input
  const kept = stable.previous?.slot === wanted.slot ? {} : window(stable)
  return {
    ...stableRecord(stable.stable, now),
    ...kept,
    phase: 'progressing',
    candidate: wanted,
    step: 0,
    stepsHash: stepsHash(rollout.steps),
  }
}
