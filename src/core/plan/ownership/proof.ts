import type { Desired } from '../../model/desired.ts'
import { isFolderRevision } from '../../model/git/git-ref.ts'
import { keyOf } from '../../model/ref.ts'
import { type Assessment, declaredAt } from '../assess.ts'
import type { PlanContext } from '../context.ts'

/**
 * The manifest that proves a thing with our tags to be declared by Git, without which it is never deleted: the one at the
 * commit recorded on it; of a slot, what its Rollout says now; of what a folder made, which has no history, the manifest of
 * now or the last one in Git's history. Undefined when nothing proves it.
 */
export function provenManifest(
  { ref, key, owner, rolloutPlan, desired, live }: Assessment,
  input: PlanContext,
): Desired | undefined {
  if (owner.ownership !== 'ours') return undefined
  if (live?.restored?.how === 'asked') return desired
  const slot = rolloutPlan?.rollout.slots?.find((one) => keyOf(one.ref) === key)
  const recorded = declaredAt(input, owner, ref) ?? slot
  if (recorded !== undefined || !isFolderRevision(owner.revision ?? '')) return recorded
  return desired ?? input.lately.get(key)
}
