import { deciding, type Step } from '../../model/rollout.ts'
import { shortOf } from '../capacity.ts'
import { missingData } from '../judgements.ts'
import type { RolloutRecord } from '../record.ts'
import { undecided } from '../steps/analysis.ts'
import { bakeShareText } from '../weights.ts'
import { messageOf } from './cause.ts'
import { failed, giveWay, inForce, type Progress, stay } from './progress.ts'
import { type Facts, NO_FACTS, type Situation } from './situation.ts'
import { healthOf } from './state.ts'
import { overdueText } from './step-deadline.ts'
import { isFailed, promoted, walk } from './walk.ts'

/** The step in force, and as far as the ones behind it go without a write. */
export function step(situation: Situation, record: RolloutRecord): Progress {
  const facts = factsOf(situation, record)
  if (record.isPaused)
    return stay(situation, record, {
      phase: 'paused',
      ...(record.isOverdue ? overdueText(situation.rollout, record) : PAUSED),
      stalled: true,
    })
  const settling = unsettled(situation, record, facts)
  if (settling !== undefined) return settling
  const walked = walk({ situation, record, from: record.step, facts })
  if (isFailed(walked)) return failed(situation, record, { ...walked.failed, trigger: 'analysis' })
  return walked
}

const PAUSED = {
  reason: 'Paused',
  message: 'Somebody paused it; `verdigris rollout resume` lets it go on.',
} as const

/** Full traffic on the candidate, still judged; over when its time is, and every check passes. */
export function bake(situation: Situation, record: RolloutRecord): Progress {
  const { rollout, inForceMs, now, intents } = situation
  if (isOvertaken(situation, record)) {
    const message = `${record.stable.slot} is up again; the rollout begins anew beside it.`
    return giveWay(situation, record, 'superseded', message, 'StableBack')
  }
  const facts = factsOf(situation, record)
  const settling = unsettled(situation, record, facts)
  if (settling !== undefined) return settling
  const promote = intents.find(({ verb }) => verb === 'promote')
  if (promote !== undefined)
    return promoted(situation, record, `${messageOf(promote)} The bake is over.`, 'fast_promoted')
  const slot = record.candidate?.slot
  const left = rollout.bakeMs - inForceMs
  if (left > 0) {
    const message = `${bakeShareText(rollout)} is on ${slot}; it bakes for ${Math.ceil(left / 1000)} s more.`
    return stay(situation, record, {
      phase: 'baking',
      reason: 'Baking',
      message,
      wakeAt: now + left,
    })
  }
  const judgements = rollout.analysis.map(situation.judgementOf)
  const open = undecided(judgements, situation)
  if (open?.go === 'wait')
    return stay(situation, record, {
      phase: 'baking',
      reason: open.reason,
      message:
        missingData(judgements) !== undefined
          ? `${open.message} \`verdigris rollout promote\` ends the bake without data.`
          : open.message,
      ...(open.until === undefined ? {} : { wakeAt: open.until }),
    })
  if (record.isAlone && situation.isRemade && isUnjudged(situation))
    return stay(situation, record, {
      phase: 'baking',
      reason: 'StableAwaited',
      message: `${slot} has finished its bake, and nobody has judged it: it goes back when ${record.stable.slot} is up again; \`verdigris rollout promote\` keeps it.`,
      stalled: true,
    })
  return promoted(situation, record, `${slot} has finished its bake.`)
}

/**
 * Stable was lost and is up again: before the candidate got its users, or while nobody can judge the candidate because it
 * has no checks, or nothing is known of stable from before, or a trial or a person was to. Users go to what is proven, and
 * the candidate goes its steps beside it.
 */
function isOvertaken(situation: Situation, { isAlone, stable }: RolloutRecord): boolean {
  if (isAlone !== true || healthOf(situation, stable) !== 'up') return false
  return !situation.isAsRecorded || isUnjudged(situation)
}

/** Of a candidate that is alone: it has no checks, or nothing to be compared with, or a trial or a person was to judge it. */
function isUnjudged(situation: Situation): boolean {
  const { analysis, steps } = situation.rollout
  const judgements = deciding(analysis.map(situation.judgementOf))
  const isJudged =
    judgements.length > 0 && judgements.every(({ reason }) => reason !== 'NoReference')
  return !isJudged || steps.some(isLeftOut)
}

/** Steps that a bake does not make up for: a trial, and the word of a person. */
function isLeftOut(one: Step): boolean {
  return one.type === 'trial' || (one.type === 'pause' && one.durationMs === undefined)
}

function factsOf({ deployments, wanted }: Situation, { candidate }: RolloutRecord): Facts {
  return deployments.get((candidate ?? wanted).slot) ?? NO_FACTS
}

/** Whether the step in force, or the bake, is not looked at yet. */
export function isSettling(situation: Situation, record: RolloutRecord): boolean {
  return unsettled(situation, record, factsOf(situation, record)) !== undefined
}

/** While the last write is not in force, or the candidate is being changed, no step is judged. */
function unsettled(
  situation: Situation,
  record: RolloutRecord,
  facts: Facts,
): Progress | undefined {
  if (!situation.isArrived)
    return stay(situation, record, {
      phase: record.phase === 'baking' ? 'promoting' : 'shifting',
      reason: 'Shifting',
      message: 'The endpoint is on its way to these weights.',
    })
  if (!facts.isReady) {
    const { failure } = facts
    return stay(situation, record, {
      phase: 'provisioning',
      reason: failure?.reason ?? 'CandidateNotReady',
      message:
        failure === undefined
          ? 'Azure is at work on the candidate, or it is not what Git declares.'
          : `A change of the candidate failed; it still serves, and the change is tried again. ${failure.message}`,
    })
  }
  // Somebody took instances away: what it has now must be carried before it gets more.
  const share = inForce(record, situation).weights[record.candidate?.slot ?? ''] ?? 0
  const short = shortOf(facts, share)
  if (short?.go !== 'wait') return undefined
  const { reason, message, instances } = short
  return stay(situation, record, {
    phase: 'provisioning',
    reason,
    message,
    ...(instances === undefined ? {} : { instances }),
  })
}
