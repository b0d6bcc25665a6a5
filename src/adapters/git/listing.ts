import type { BigIntStats } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
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
    for (const { name } of await readdir(next, { withFileTypes: true })) {
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
  return listed.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))
}

function kindOf(stats: BigIntStats): Listed['kind'] {
  if (stats.isFile()) return 'file'
  return stats.isSymbolicLink() ? 'symlink' : 'other'
}

function pathFrom(root: string, place: string): string {
  return relative(root, place).split(sep).join('/')
}
