import { deciding, type Step } from '../../model/rollout.ts'
import { shortOf } from '../capacity.ts'
import { missingData } from '../judgements.ts'
import type { RolloutRecord } from '../record.ts'
import { undecided } from '../steps/analysis.ts'
import { bakeShareText } from '../weights.ts'
import { messageOf } from './cause.ts'
import { failed, inForce, type RolloutDecision, stay, supersede } from './decision.ts'
import { type DeploymentState, NO_DEPLOYMENT, type RolloutInput } from './rollout-input.ts'
import { isFailed, promoted, runSteps } from './run-steps.ts'
import { healthOf } from './state.ts'
import { overdueText } from './step-deadline.ts'

/** The step in force, and as far as the ones behind it go without a write. */
export function step(input: RolloutInput, record: RolloutRecord): RolloutDecision {
  const state = factsOf(input, record)
  if (record.isPaused)
    return stay(input, record, {
      phase: 'paused',
      ...(record.isOverdue ? overdueText(input.rollout, record) : PAUSED),
      stalled: true,
    })
  const settling = unsettled(input, record, state)
  if (settling !== undefined) return settling
  const walked = runSteps({ input, record, from: record.step, state })
  if (isFailed(walked)) return failed(input, record, { ...walked.failed, trigger: 'analysis' })
  return walked
}

const PAUSED = {
  reason: 'Paused',
  message: 'Somebody paused it; `verdigris rollout resume` lets it go on.',
} as const

/** Full traffic on the candidate, still judged; over when its time is, and every check passes. */
export function bake(input: RolloutInput, record: RolloutRecord): RolloutDecision {
  const { rollout, inForceMs, now, intents } = input
  if (isOvertaken(input, record)) {
    const message = `${record.stable.slot} is up again; the rollout begins anew beside it.`
    return supersede(input, record, 'superseded', message, 'StableBack')
  }
  const state = factsOf(input, record)
  const settling = unsettled(input, record, state)
  if (settling !== undefined) return settling
  const promote = intents.find(({ verb }) => verb === 'promote')
  if (promote !== undefined)
    return promoted(input, record, `${messageOf(promote)} The bake is over.`, 'fast_promoted')
  const slot = record.candidate?.slot
  const left = rollout.bakeMs - inForceMs
  if (left > 0) {
    const message = `${bakeShareText(rollout)} is on ${slot}; it bakes for ${Math.ceil(left / 1000)} s more.`
    return stay(input, record, {
      phase: 'baking',
      reason: 'Baking',
      message,
      wakeAt: now + left,
    })
  }
  const judgements = rollout.analysis.map(input.judgementOf)
  const open = undecided(judgements, input)
  if (open?.go === 'wait')
    return stay(input, record, {
      phase: 'baking',
      reason: open.reason,
      message:
        missingData(judgements) !== undefined
          ? `${open.message} \`verdigris rollout promote\` ends the bake without data.`
          : open.message,
      ...(open.until === undefined ? {} : { wakeAt: open.until }),
    })
  if (record.isAlone && input.isRemade && isUnjudged(input))
    return stay(input, record, {
      phase: 'baking',
      reason: 'StableAwaited',
      message: `${slot} has finished its bake, and nobody has judged it: it goes back when ${record.stable.slot} is up again; \`verdigris rollout promote\` keeps it.`,
      stalled: true,
    })
  return promoted(input, record, `${slot} has finished its bake.`)
}

/**
 * Stable was lost and is up again: before the candidate got its users, or while nobody can judge the candidate because it
 * has no checks, or nothing is known of stable from before, or a trial or a person was to. Users go to what is proven, and
 * the candidate goes its steps beside it.
 */
function isOvertaken(input: RolloutInput, { isAlone, stable }: RolloutRecord): boolean {
  if (isAlone !== true || healthOf(input, stable) !== 'up') return false
  return !input.isAsRecorded || isUnjudged(input)
}

/** Of a candidate that is alone: it has no checks, or nothing to be compared with, or a trial or a person was to judge it. */
function isUnjudged(input: RolloutInput): boolean {
  const { analysis, steps } = input.rollout
  const judgements = deciding(analysis.map(input.judgementOf))
  const isJudged =
    judgements.length > 0 && judgements.every(({ reason }) => reason !== 'NoReference')
  return !isJudged || steps.some(isLeftOut)
}

/** Steps that a bake does not make up for: a trial, and the word of a person. */
function isLeftOut(one: Step): boolean {
  return one.type === 'trial' || (one.type === 'pause' && one.durationMs === undefined)
}

function factsOf(
  { deployments, wanted }: RolloutInput,
  { candidate }: RolloutRecord,
): DeploymentState {
  return deployments.get((candidate ?? wanted).slot) ?? NO_DEPLOYMENT
}

/** Whether the step in force, or the bake, is not looked at yet. */
export function isSettling(input: RolloutInput, record: RolloutRecord): boolean {
  return unsettled(input, record, factsOf(input, record)) !== undefined
}

/** While the last write is not in force, or the candidate is being changed, no step is judged. */
function unsettled(
  input: RolloutInput,
  record: RolloutRecord,
  state: DeploymentState,
): RolloutDecision | undefined {
  if (!input.isArrived)
    return stay(input, record, {
      phase: record.phase === 'baking' ? 'promoting' : 'shifting',
      reason: 'Shifting',
      message: 'The endpoint is on its way to these weights.',
    })
  if (!state.isReady) {
    const { failure } = state
    return stay(input, record, {
      phase: 'provisioning',
      reason: failure?.reason ?? 'CandidateNotReady',
      message:
        failure === undefined
          ? 'Azure is at work on the candidate, or it is not what Git declares.'
          : `A change of the candidate failed; it still serves, and the change is tried again. ${failure.message}`,
    })
  }
  // Somebody took instances away: what it has now must be carried before it gets more.
  const share = inForce(record, input).weights[record.candidate?.slot ?? ''] ?? 0
  const short = shortOf(state, share)
  if (short?.go !== 'wait') return undefined
  const { reason, message, instances } = short
  return stay(input, record, {
    phase: 'provisioning',
    reason,
    message,
    ...(instances === undefined ? {} : { instances }),
  })
}
