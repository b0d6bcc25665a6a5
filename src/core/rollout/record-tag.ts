import { KINDS } from '../kinds/index.ts'
import { keyOf, type Ref } from '../model/ref.ts'
import type { Json, JsonObject } from '../model/values/json.ts'
import { valueAt } from '../model/values/pointer.ts'
import { ROLLOUT_TAG, type RolloutRecord, recordOf } from './record.ts'

/** Where an endpoint's body has the record of its rollout. */
export function recordTagAt({ kind }: Ref): string {
  return `${KINDS[kind].tagsAt}/${ROLLOUT_TAG}`
}

/** The tag that is to hold it, whatever is in it. */
export function recordTagIn(ref: Ref, body: JsonObject): Json | undefined {
  return valueAt(body, recordTagAt(ref))
}

/** The record of an endpoint's rollout; undefined where there is none that was written for it. */
export function recordIn(ref: Ref, body: JsonObject): RolloutRecord | undefined {
  const text = recordTagIn(ref, body)
  return typeof text === 'string' ? recordOf(text, keyOf(ref)) : undefined
}
