import { keyOf, scopeOf } from '../../model/ref.ts'
import type { Assessment } from '../assess.ts'
import type { PlanContext } from '../context.ts'
import { provenManifest } from './proof.ts'

/**
 * Whether a deployment is one of the slots of its endpoint's Rollout, which puts revisions there and frees them: it is
 * declared as one, now or at the commit recorded on it. What stood beside the slots with a manifest of its own is none,
 * also while the record names it. What nothing proves is kept, whatever it is (`checkRetained`).
 */
export function isOwnSlot(assessment: Assessment, input: PlanContext): boolean {
  const { ref, key, rolloutPlan, owner } = assessment
  if (rolloutPlan?.rollout.slots === undefined) return false
  const newest = input.desiredAt.get(scopeOf(ref))?.rollout?.slots ?? []
  if ([...rolloutPlan.rollout.slots, ...newest].some((slot) => keyOf(slot.ref) === key)) return true
  if (input.lately.has(key)) return false
  const proven = provenManifest(assessment, input)
  const then = input.declaredThen.get(owner.revision ?? '')?.get(scopeOf(ref))
  return then?.rollout?.slots?.some((slot) => slot === proven) === true
}
