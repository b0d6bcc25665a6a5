import type { Live, Phase } from '../../../core/model/live.ts'
import type { Ref } from '../../../core/model/ref.ts'
import { isObject, type JsonObject, textIn } from '../../../core/model/values/json.ts'

/** A thing as Azure gave it, whole. */
export function liveOf(ref: Ref, body: JsonObject): Live {
  return { ref, body, phase: phaseOf(body) }
}

/** No state at all means done (assets, older builds); a word we do not know means that something is under way. */
export function phaseOf(body: JsonObject): Phase {
  const state = isObject(body.properties) ? body.properties.provisioningState : undefined
  if (state === undefined || state === null) return 'Ready'
  switch (textIn(state).toLowerCase()) {
    case 'succeeded':
      return 'Ready'
    case 'failed':
    case 'canceled':
      return 'Failed'
    case 'deleting':
      return 'Deleting'
    default:
      return 'Provisioning'
  }
}

/** The address of the operation that last wrote this thing, which knows why it failed (FACTS 0.10, 1.3). */
export function linkIn(body: JsonObject): string | undefined {
  const properties = isObject(body.properties) ? body.properties.properties : undefined
  const link = isObject(properties) ? properties.AzureAsyncOperationUri : undefined
  return typeof link === 'string' ? link : undefined
}
