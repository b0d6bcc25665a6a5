import { KINDS } from '../../kinds/index.ts'
import { type Desired, labelKey } from '../../model/desired.ts'
import type { Workspace } from '../../model/live.ts'
import { hashOf } from '../../model/values/hash.ts'
import { canonical, isObject, type Json, type JsonObject } from '../../model/values/json.ts'
import { once } from '../../model/values/once.ts'
import { valueAt, without } from '../../model/values/pointer.ts'
import { REVISION_TAG } from '../../rollout/record.ts'

/**
 * The identity of what a deployment runs: 8 hex digits over its normalised declared body, without what no request can feel.
 * So a change of tags, texts or numbers of instances is no new revision, and neither are comments, order or the slot's name.
 */
function revisionOf({ ref }: Desired, declared: JsonObject): string {
  const { unfelt = [], normalise } = KINDS[ref.kind]
  return revisionIn(normalise(unfelt.reduce(without, declared)))
}

/** All that the revision of this content may be called: as it is now, and as releases before 2026-11-28 called it. */
export function namesOf(desired: Desired, declared: JsonObject): readonly string[] {
  const { tagsAt, normalise } = KINDS[desired.ref.kind]
  const bare = without(without(declared, '/sku'), `${tagsAt}/${REVISION_TAG}`)
  return [revisionOf(desired, declared), revisionIn(normalise(bare))]
}

/**
 * The same of a deployment with a manifest of its own: what Azure only lets be added is no part of the first name, for it is
 * written there in place or not at all.
 */
export function ownNamesOf(desired: Desired, declared: JsonObject): readonly string[] {
  const { addOnly = [] } = KINDS[desired.ref.kind]
  const content = revisionOf(desired, addOnly.reduce(without, declared))
  return [...new Set([content, ...namesOf(desired, declared)])]
}

const revisionIn = once((normal: JsonObject) => hashOf(canonical(normal), 8))

/**
 * Whether a deployment as it was applied becomes, by a write in place that no request can feel, the one that is declared: a
 * label means the same by its text alone, for it moves with the manifest and not by itself.
 */
export function isAlike(applied: Desired, declared: Desired, workspace: Workspace): boolean {
  const { toArm, normalise, addOnly = [] } = KINDS[declared.ref.kind]
  const context = { workspace, version: labelKey }
  const [before, after] = [toArm(applied, context), toArm(declared, context)]
  if (ownNamesOf(applied, before)[0] !== ownNamesOf(declared, after)[0]) return false
  const [was, is] = [normalise(before), normalise(after)]
  return addOnly.every((at) => isAdded(valueAt(was, at), valueAt(is, at)))
}

/** Every key of before is there still, with its value. */
function isAdded(before: Json | undefined, after: Json | undefined): boolean {
  if (!isObject(before)) return true
  const is = isObject(after) ? after : {}
  return Object.entries(before).every(
    ([key, value]) => canonical(value) === canonical(is[key] ?? null),
  )
}
