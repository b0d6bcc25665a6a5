import { isObserving } from '../../model/observe.ts'
import type { ProbeTraffic } from '../../model/probes/probe-traffic.ts'
import { probeIn } from '../../rollout/probed.ts'
import type { Assessment } from '../assess.ts'
import { checkStopped } from '../checks.ts'
import type { PlanInput } from '../context.ts'
import { checkOwnership } from '../ownership/ownership-held.ts'
import type { RolloutPlan } from '../rollouts/rollout-plan.ts'
import { isEndpoint } from '../traffic/traffic-plan.ts'

type Around = { readonly input: Pick<PlanInput, 'freezes' | 'sync' | 'now'> }

/**
 * What is to be sent from this plan to the next: the requests of every analysis step that has some, is in force and stays so.
 * None for what is paused, suspended or frozen, for what only is observed, and for what is not ours.
 */
export function probesOf(
  assessments: readonly Assessment[],
  around: Around,
): readonly ProbeTraffic[] {
  if (isObserving(around.input.sync)) return []
  return assessments.flatMap((assessment) => {
    const { rolloutPlan, ref, key, live } = assessment
    const probe = rolloutPlan && isEndpoint(ref) ? probeInForce(rolloutPlan) : undefined
    if (probe === undefined || live === undefined) return []
    const isHeld = checkOwnership(assessment) ?? checkStopped(assessment, around)
    if (isHeld !== undefined) return []
    return [{ ...probe, key, endpoint: ref.name, step: rolloutPlan?.recordText ?? '' }]
  })
}

/**
 * The probe of the step that the endpoint is seen at rest in, and that this plan leaves as it is: where the traffic goes on
 * or back, or stays until somebody decides, nothing is sent any more.
 */
function probeInForce({ rollout, decision, isArrived, isRecordKept }: RolloutPlan) {
  const { record, phase } = decision
  if (record?.phase !== 'progressing' || record.isPaused || phase === 'degraded') return undefined
  // It has passed: the next step waits for something else.
  if (decision.step !== record.step) return undefined
  return isArrived && isRecordKept ? probeIn(rollout.steps[record.step]) : undefined
}
