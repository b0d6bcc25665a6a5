import type { BigIntStats } from 'node:fs'
import { lstat, opendir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { mapInTurns, sortInTurns } from '../../../lib/turns.ts'
import { tooLongPaths, tooManyEntries } from '../errors.ts'
import type { ListLimits } from '../limits.ts'

/** What lies in a folder: a file, a symbolic link, or something that is neither (a pipe, a socket, a device). */
export interface Listed {
  /** From the root, with `/`. */
  readonly path: string
  readonly kind: 'file' | 'symlink' | 'other'
  readonly stats: BigIntStats
}

/** Folders that are never part of the desired state. */
export function isIgnoredFolder(name: string): boolean {
  return name === '.git' || name === 'node_modules'
}

/** Everything below `folder`, in Git's order; links are listed and never followed. */
export async function listFolder(
  root: string,
  folder: string,
  limits: ListLimits,
  isLeftOut: (place: string) => boolean,
): Promise<readonly Listed[]> {
  const listed: Listed[] = []
  let bytes = 0
  const open = [folder]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for await (const { name } of await opendir(next)) {
      const place = join(next, name)
      if (isLeftOut(place)) continue
      const path = pathFrom(root, place)
      const { kind, stats } = await lookAt(place, next)
      if (kind === 'folder') open.push(place)
      else listed.push({ path, kind, stats })
      bytes += Buffer.byteLength(path)
      checkList(listed.length + open.length, bytes, limits)
    }
  }
  const keyed = await mapInTurns(listed, (one) => ({ one, key: Buffer.from(one.path) }))
  const sorted = await sortInTurns(keyed, (a, b) => Buffer.compare(a.key, b.key))
  return mapInTurns(sorted, ({ one }) => one)
}

interface Look {
  readonly kind: Listed['kind'] | 'folder'
  readonly stats: BigIntStats
}

/** Nothing is found by what is left of a name that is not UTF-8; such a path is refused, here as in Git. */
async function lookAt(place: string, folder: string): Promise<Look> {
  try {
    const stats = await lstat(place, { bigint: true })
    return { kind: kindOf(stats), stats }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || !place.includes('\ufffd')) throw error
    return { kind: 'other', stats: await lstat(folder, { bigint: true }) }
  }
}

function checkList(count: number, bytes: number, { entries, listBytes }: ListLimits): void {
  if (count > entries) throw tooManyEntries(entries)
  if (bytes > listBytes) throw tooLongPaths(listBytes)
}

function kindOf(stats: BigIntStats): Look['kind'] {
  if (stats.isDirectory()) return 'folder'
  if (stats.isFile()) return 'file'
  return stats.isSymbolicLink() ? 'symlink' : 'other'
}

function pathFrom(root: string, place: string): string {
  return relative(root, place).split(sep).join('/')
}
