import { KINDS } from '../../core/kinds/index.ts'
import type { Imported } from '../../core/manifests/import/import.ts'
import { readManifests } from '../../core/manifests/read.ts'
import type { Desired } from '../../core/model/desired.ts'
import type { World } from '../../core/model/live.ts'
import { hasErrors, type Problem } from '../../core/model/problem.ts'
import { keyOf } from '../../core/model/ref.ts'
import { differencesOf } from '../../core/plan/compare/diff.ts'

/** What stands between the files and a plan without changes; nothing, when the import is faithful. */
export interface Checked {
  readonly problems: readonly Problem[]
  readonly changes: readonly { readonly key: string; readonly paths: readonly string[] }[]
}

/** Reads the files as a plan would, and compares what they say with the workspace they were made from. */
export function checkImported({ files, variables }: Imported, world: World): Checked {
  const snapshot = {
    revision: 'import',
    files: files.map(({ path, text }) => ({ path, text, blob: path, size: text.length })),
  }
  const { desired, problems } = readManifests({ snapshot, variables })
  return {
    problems: hasErrors(problems) ? problems.filter(({ severity }) => severity === 'error') : [],
    changes: desired.flatMap((one) => changesOf(one, world)),
  }
}

function changesOf(desired: Desired, world: World): Checked['changes'] {
  const key = keyOf(desired.ref)
  const kind = KINDS[desired.ref.kind]
  const live = world.resources.find(({ ref }) => keyOf(ref) === key)
  if (live === undefined) return [{ key, paths: ['/'] }]
  const context = { workspace: world.workspace, version: () => undefined }
  const owned = { declared: kind.toArm(desired, context), released: [] }
  const paths = differencesOf(kind, live.body, owned).map(({ path }) => path)
  return paths.length === 0 ? [] : [{ key, paths }]
}
