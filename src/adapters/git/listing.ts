import type { BigIntStats } from 'node:fs'
import { lstat, opendir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { mapInTurns, sortInTurns } from '../../lib/turns.ts'
import { SourceError } from '../../reconcile/ports.ts'

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
  maxEntries: number,
  isLeftOut: (place: string) => boolean,
): Promise<readonly Listed[]> {
  const listed: Listed[] = []
  const open = [folder]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for await (const { name } of await opendir(next)) {
      const place = join(next, name)
      if (isLeftOut(place)) continue
      const stats = await lstat(place, { bigint: true })
      if (stats.isDirectory()) open.push(place)
      else listed.push({ path: pathFrom(root, place), kind: kindOf(stats), stats })
      if (listed.length + open.length > maxEntries) {
        throw new SourceError(
          'LimitExceeded',
          `there are more than ${maxEntries} files: name a folder with less in it as the path`,
        )
      }
    }
  }
  const keyed = await mapInTurns(listed, (one) => ({ one, key: Buffer.from(one.path) }))
  const sorted = await sortInTurns(keyed, (a, b) => Buffer.compare(a.key, b.key))
  return mapInTurns(sorted, ({ one }) => one)
}

function kindOf(stats: BigIntStats): Listed['kind'] {
  if (stats.isFile()) return 'file'
  return stats.isSymbolicLink() ? 'symlink' : 'other'
}

function pathFrom(root: string, place: string): string {
  return relative(root, place).split(sep).join('/')
}
