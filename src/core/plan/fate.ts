import { type OnDelete, usuallyOnDelete } from '../kinds/on-delete.ts'
import type { Desired } from '../model/desired.ts'
import { isDeployment, scopeOf } from '../model/ref.ts'
import type { Assessment } from './assess.ts'
import type { Circumstances } from './checks.ts'
import type { Sight } from './context.ts'
import { handedOver } from './gate.ts'
import { isOwnSlot } from './own-slot.ts'
import { provenManifest } from './proof.ts'

/** What is done with a thing of ours that Git no longer declares. With a detached endpoint go its deployments, as they are. */
export function fateOf(removal: Assessment, { input, all }: Circumstances): OnDelete {
  const { ref } = removal
  const endpoint = isDeployment(ref.kind) ? all.get(scopeOf(ref)) : undefined
  const leaves = endpoint !== undefined && isLeaving(endpoint, input)
  return leaves && saidOf(endpoint, input) === 'detach' ? 'detach' : saidOf(removal, input)
}

/**
 * An endpoint that Git no longer declares has said what becomes of it, and of what is in it: also where it is kept for now,
 * where its tags are lost, and when it is detached already.
 */
function isLeaving(endpoint: Assessment, input: Sight): boolean {
  const { key, desired, live, owner } = endpoint
  if (desired !== undefined || live === undefined) return false
  const wasOurs = owner.ownership === 'ours' || input.lately.has(key)
  return wasOurs && handedOver(endpoint, input) === undefined
}

/** The last manifest goes before the policy of the Application. A slot that a rollout is done with is the rollout's to free. */
function saidOf(removal: Assessment, input: Sight): OnDelete {
  const { kind } = removal
  const usual = usuallyOnDelete(kind) ?? 'detach'
  if (isOwnSlot(removal, input)) return usual
  const last = lastManifest(removal, input)
  return last?.policy.onDelete ?? input.sync.prune.onDelete?.[kind.kind] ?? usual
}

function lastManifest(removal: Assessment, input: Sight): Desired | undefined {
  return input.lately.get(removal.key) ?? provenManifest(removal, input)
}

/** The policy that has a thing detached when its manifest goes, as messages name it; also where that has happened already. */
export function detachedBy(one: Assessment, input: Sight): string | undefined {
  const { kind } = one.kind
  const own = (one.desired ?? lastManifest(one, input))?.policy.onDelete
  if ((own ?? input.sync.prune.onDelete?.[kind]) !== 'detach') return undefined
  return own === undefined
    ? `sync.prune.onDelete.${kind}`
    : 'its annotation verdigris.dev/on-delete'
}
