import type { Place } from '../model/problem.ts'
import { keyOf } from '../model/ref.ts'
import type { Snapshot } from '../model/snapshot.ts'
import { isObject, textIn } from '../model/values/json.ts'
import { type ManifestDocument, readFiles } from './documents/documents.ts'
import { chosenFiles } from './left-out.ts'
import { LIMITS } from './limits.ts'
import { readManifests } from './read.ts'

/**
 * Where each thing is declared, by its key: also by a manifest that something else is wrong with, and by the slots of a Rollout.
 * Of two places one is given.
 */
export function declaredIn(snapshot: Snapshot): ReadonlyMap<string, Place> {
  // The same object both times: what was understood with it is not parsed again.
  const variables = {}
  const named = readFiles(chosenFiles(snapshot).files, variables, LIMITS)
    .flatMap(({ documents }) => documents)
    .flatMap(placeByName)
  const { desired } = readManifests({ snapshot, variables })
  return new Map([...named, ...desired.map(({ ref, at }) => [keyOf(ref), at] as const)])
}

function placeByName({
  document: told,
  values,
}: ManifestDocument): readonly (readonly [string, Place])[] {
  if (told.is !== 'manifest' || !isObject(values.value)) return []
  const { name, version, endpoint_name: parent } = values.value
  const ref = {
    kind: told.kind,
    name: textIn(name),
    ...(parent === undefined ? {} : { parent: textIn(parent) }),
    ...(version === undefined ? {} : { version: textIn(version) }),
  }
  return [[keyOf(ref), values.placeOf([])]]
}
