import { isFolderRevision } from '../../model/git/git-ref.ts'
import { canonical, type JsonObject } from '../../model/values/json.ts'
import { leavesOf, valueAt, without } from '../../model/values/pointer.ts'
import type { Assessment } from '../assess.ts'
import type { PlanContext } from '../context.ts'
import { isHandedOver, wholesOf } from './diff.ts'

/**
 * JSON Pointers of what a thing of ours has live beyond what a folder declares and what Azure fills in. A folder has no history
 * that tells what it declared before, so that what was taken out of its manifests stays; with Git it goes. [] with Git.
 */
export function undeclaredFields(assessment: Assessment, context: PlanContext): readonly string[] {
  const { kind, live, desired, owner, owned } = assessment
  if (live === undefined || desired === undefined || owner.ownership !== 'ours') return []
  if (!isFolderRevision(context.revision)) return []
  const is = kind.normalise(live.body)
  const declared = kind.normalise(owned.declared)
  const said = saidOf(assessment, live.body, context)
  return leavesOf(is, wholesOf(kind)).filter(
    (leaf) =>
      valueAt(owned.declared, leaf) === undefined &&
      canonical(valueAt(is, leaf)) !== canonical(valueAt(declared, leaf) ?? null) &&
      !isHandedOver(leaf) &&
      saidOf(assessment, without(live.body, leaf), context) !== said,
  )
}

/** What a manifest would say of it: what only Azure says is no part of that. */
function saidOf({ kind, ref }: Assessment, body: JsonObject, { world }: PlanContext): string {
  return canonical(kind.fromArm?.(body, ref, world.workspace) ?? null)
}
