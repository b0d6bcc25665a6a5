import { KINDS } from '../kinds/index.ts'
import type { Desired } from '../model/desired.ts'
import { hashOf } from '../model/hash.ts'
import { canonical, type JsonObject } from '../model/json.ts'
import { once } from '../model/once.ts'
import { without } from '../model/pointer.ts'
import { REVISION_TAG } from '../rollout/record.ts'

/**
 * The identity of what a deployment runs: 8 hex digits over its normalised declared body, without how many instances run
 * it and without our own tag. So scaling is no new revision, and neither are comments, order or the slot's name.
 */
export function revisionOf({ ref }: Desired, declared: JsonObject): string {
  const { tagsAt, normalise } = KINDS[ref.kind]
  const bare = without(without(declared, '/sku'), `${tagsAt}/${REVISION_TAG}`)
  return revisionIn(normalise(bare))
}

const revisionIn = once((normal: JsonObject) => hashOf(canonical(normal), 8))
