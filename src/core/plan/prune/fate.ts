import { type OnDelete, usuallyOnDelete } from '../../kinds/on-delete.ts'
import { isDeployment, scopeOf } from '../../model/ref.ts'
import type { Assessment, CheckContext } from '../assess.ts'
import type { PlanContext } from '../context.ts'
import { isOwnSlot } from '../ownership/own-slot.ts'
import { provenManifest } from '../ownership/proof.ts'
import { handedOver } from './handover.ts'

/** What is done with a thing of ours that Git no longer declares. With a detached endpoint go its deployments, as they are. */
export function fateOf(removal: Assessment, { input, all }: CheckContext): OnDelete {
  const { ref } = removal
  const endpoint = isDeployment(ref.kind) ? all.get(scopeOf(ref)) : undefined
  const leaves = endpoint !== undefined && isLeaving(endpoint, input)
  return leaves && ownFate(endpoint, input) === 'detach' ? 'detach' : ownFate(removal, input)
}

/**
 * An endpoint that Git no longer declares has said what becomes of it, and of what is in it: also where it is kept for now,
 * where its tags are lost, and when it is detached already.
 */
function isLeaving(endpoint: Assessment, input: PlanContext): boolean {
  const { key, desired, live, owner } = endpoint
  if (desired !== undefined || live === undefined) return false
  const wasOurs = owner.ownership === 'ours' || input.lately.has(key)
  return wasOurs && handedOver(endpoint, input) === undefined
}

/** A slot that a rollout is done with is the rollout's to free. */
function ownFate(removal: Assessment, input: PlanContext): OnDelete {
  const usual = usuallyOnDelete(removal.kind) ?? 'detach'
  return isOwnSlot(removal, input) ? usual : (saidOf(removal, input).onDelete ?? usual)
}

/** The policy that has a thing detached when its manifest goes, as messages name it; also where that has happened already. */
export function detachedBy(one: Assessment, input: PlanContext): string | undefined {
  const { onDelete, by } = saidOf(one, input)
  return onDelete === 'detach' ? by : undefined
}

/** What people said, and where. The manifest, or the last that there was, goes before the policy of the Application. */
function saidOf(
  one: Assessment,
  input: PlanContext,
): { readonly onDelete: OnDelete | undefined; readonly by: string } {
  const { kind } = one.kind
  const manifest = one.desired ?? input.lately.get(one.key) ?? provenManifest(one, input)
  const own = manifest?.policy.onDelete
  return own === undefined
    ? { onDelete: input.sync.prune.onDelete?.[kind], by: `sync.prune.onDelete.${kind}` }
    : { onDelete: own, by: 'its annotation verdigris.dev/on-delete' }
}
