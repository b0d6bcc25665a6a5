import { isObserving } from '../../model/observe.ts'
import { keyOf } from '../../model/ref.ts'
import { canonical, type Json } from '../../model/values/json.ts'
import { isSameSlot } from '../../rollout/record.ts'
import type { TrialAsk } from '../../rollout/trial.ts'
import { isHeld, type PlanContext } from '../context.ts'
import { planRollouts } from './plan-rollouts.ts'
import type { RolloutPlan } from './rollout-plan.ts'

/**
 * Trials whose jobs run for nothing: what they are to tell is not asked any more. As for a take-back, a revision that was
 * aborted loses its jobs whatever is held; for a commit's sake nothing is cancelled while commits are held. What is only
 * decided, and not yet in the record, cancels nothing: the write may be refused.
 */
export function needlessTrials(
  context: PlanContext,
  running: readonly TrialAsk[],
): readonly TrialAsk[] {
  if (isObserving(context.sync) || running.length === 0) return []
  const rolloutPlans = planRollouts(context)
  return running.filter((ask) => {
    const key = keyOf({ kind: 'BatchEndpoint', name: ask.endpoint })
    const rolloutPlan = rolloutPlans.get(key)
    if (rolloutPlan !== undefined && !isKnown(rolloutPlan)) return false
    if (rolloutPlan !== undefined && isAborted(rolloutPlan, ask)) return true
    if (isHeld(context, context.desiredAt.get(key))) return false
    // That something is not declared is believed when a deletion would believe it.
    return rolloutPlan === undefined ? context.freezes.length === 0 : !isAsked(rolloutPlan, ask)
  })
}

/** Whether its record was read, and stays as it is, and what Git wants is known. */
function isKnown({ isRecordKept, wanted }: RolloutPlan): boolean {
  return isRecordKept && wanted.slot !== ''
}

function isAborted({ decision: { record } }: RolloutPlan, { candidate }: TrialAsk): boolean {
  return record?.phase === 'aborted' && isSameSlot(record.candidate, candidate)
}

/** Whether the next move still waits for this very trial: the same two revisions, by the same rules. */
function isAsked({ rollout, wanted, decision: { record } }: RolloutPlan, ask: TrialAsk): boolean {
  const isBefore = record?.phase === 'stable' || record?.phase === 'aborted'
  const isBetween = isSameSlot(wanted, ask.candidate) && isSameSlot(record?.stable, ask.stable)
  const step = rollout.steps.find(({ type }) => type === 'trial')
  return isBefore && isBetween && step?.type === 'trial' && isSameTrial(step.trial, ask.trial)
}

function isSameTrial(a: TrialAsk['trial'], b: TrialAsk['trial']): boolean {
  return canonical(a as unknown as Json) === canonical(b as unknown as Json)
}
