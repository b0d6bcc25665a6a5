import { type OnDelete, usuallyOnDelete } from '../kinds/on-delete.ts'
import { isDeployment, scopeOf } from '../model/ref.ts'
import type { Assessment } from './assess.ts'
import type { Circumstances } from './checks.ts'
import type { Sight } from './context.ts'
import { handedOver, isKept } from './gate.ts'
import { provenManifest } from './proof.ts'

/** What is done with a thing of ours that Git no longer declares. With a detached endpoint go its deployments, as they are. */
export function fateOf(removal: Assessment, { input, all }: Circumstances): OnDelete {
  const { ref } = removal
  const endpoint = isDeployment(ref.kind) ? all.get(scopeOf(ref)) : undefined
  const leaves = endpoint !== undefined && isLeaving(endpoint, input)
  return leaves && saidOf(endpoint, input) === 'detach' ? 'detach' : saidOf(removal, input)
}

function isLeaving(endpoint: Assessment, input: Sight): boolean {
  const { desired, live, owner } = endpoint
  if (desired !== undefined || live === undefined || owner.ownership !== 'ours') return false
  return handedOver(endpoint, input) === undefined && isKept(endpoint, input) === undefined
}

/** The last manifest goes before the policy of the Application. A slot that a rollout is done with is the rollout's to free. */
function saidOf(removal: Assessment, input: Sight): OnDelete {
  const { kind, key, stage } = removal
  const usual = usuallyOnDelete(kind) ?? 'detach'
  if (stage?.rollout.slots !== undefined) return usual
  const last = input.lately.get(key) ?? provenManifest(removal, input)
  return last?.policy.onDelete ?? input.sync.prune.onDelete?.[kind.kind] ?? usual
}
