import { stat } from 'node:fs/promises'
import { declaredIn } from '../../core/manifests/declared-in.ts'
import type { ImportedFile } from '../../core/manifests/import/import.ts'
import { keyOf } from '../../core/model/ref.ts'
import type { Snapshot } from '../../core/model/snapshot.ts'
import { someOf } from '../../core/model/values/some-of.ts'
import { SourceError } from '../../reconcile/ports.ts'
import type { CommandContext } from '../context.ts'
import { CommandError } from '../errors.ts'
import { locate, readLocal } from '../local-files.ts'

const SHOWN_MAX = 5

/**
 * Throws CommandError when another manifest of the folder declares already what would be written: every plan of the folder
 * would be refused from then on (`DuplicateIdentity`). What stands at the very path is another matter: see `writeFiles`.
 */
export async function refuseTwice(
  folder: string,
  files: readonly ImportedFile[],
  context: CommandContext,
): Promise<void> {
  const isThere = await stat(folder).then(
    (stats) => stats.isDirectory(),
    () => false,
  )
  if (!isThere) return
  const local = await locate(folder)
  const snapshot = await readLocal(local, context.config).catch(unreadable)
  if (snapshot === undefined) return
  const inFolder = local.path === '' ? '' : `${local.path}/`
  const own = new Set(files.map(({ path }) => `${inFolder}${path}`))
  const declared = declaredIn(without(own, snapshot))
  const twice = files.flatMap(({ ref }) => {
    const at = declared.get(keyOf(ref))
    return at === undefined ? [] : [`${keyOf(ref)} (${at.file}:${at.line})`]
  })
  if (twice.length > 0) throw refusal(twice)
}

function without(own: ReadonlySet<string>, snapshot: Snapshot): Snapshot {
  return { ...snapshot, files: snapshot.files.filter(({ path }) => !own.has(path)) }
}

function refusal(twice: readonly string[]): CommandError {
  return new CommandError(
    `Nothing was written: manifests of this folder declare already ${someOf(twice, SHOWN_MAX)}. Name a folder of its own, take those manifests out first, or import something else with --endpoint and --kind.`,
  )
}

/** A folder that cannot be read as a source has no plan that could be refused. */
function unreadable(error: unknown): undefined {
  if (error instanceof SourceError) return undefined
  throw error
}
