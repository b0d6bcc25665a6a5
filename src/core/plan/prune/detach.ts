import type { Held } from '../../model/plan.ts'
import type { Assessment, CheckContext } from '../assess.ts'
import { heldBy, type PlanCheck } from '../checks.ts'
import { waiting } from '../held.ts'
import { detachOf } from '../steps.ts'
import { isKeptForGood } from './gate.ts'
import type { Decision } from './recreate.ts'
import { deploymentsOf, LEAVING_CHECKS } from './removal.ts'
import { undeclaredRollout } from './undeclared.ts'

/** Why our tags may not be taken off now. It goes on serving, so that no traffic has to leave. */
const DETACH_CHECKS: readonly PlanCheck[] = [...LEAVING_CHECKS, givesUsersBack, hasPartsOfOurs]

/** Takes our tags off what Git no longer declares, and nothing else. */
export function detachStep(removal: Assessment, around: CheckContext): Decision {
  const held = heldBy(DETACH_CHECKS, removal, around)
  return held === undefined ? { action: detachOf(removal, around.input) } : { held }
}

/** Nobody would judge the candidate any more, or take its users off it. */
function givesUsersBack(removal: Assessment, around: CheckContext): Held | undefined {
  if (undeclaredRollout(removal, around) === undefined) return undefined
  const message = 'Users on the candidate of its rollout go back to the stable revision first.'
  return waiting(removal.ref, 'TrafficWaits', message)
}

/** Its deployments would lose what tells that they go with it; those too that a date keeps for now. */
function hasPartsOfOurs({ ref }: Assessment, around: CheckContext): Held | undefined {
  const ours = deploymentsOf(ref, around).filter(
    (part) =>
      part.owner.ownership === 'ours' &&
      part.desired === undefined &&
      !isKeptForGood(part, around.input),
  )
  if (ours.length === 0) return undefined
  return waiting(ref, 'HasDeployments', 'Its deployments are detached first.')
}
