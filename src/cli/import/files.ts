import { constants } from 'node:fs'
import { lstat, mkdir, open, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ImportedFile } from '../../core/manifests/import/import.ts'
import { someOf } from '../../core/model/values/some-of.ts'
import { CommandError } from '../errors.ts'

const SHOWN_MAX = 5

/**
 * Writes all files or none: when one is there with other content and `force` is not given, or when a link would lead out of
 * the folder.
 */
export async function writeFiles(
  folder: string,
  files: readonly ImportedFile[],
  force: boolean,
): Promise<void> {
  const places = new Set(files.flatMap(({ path }) => [path, ...parentsOf(path)]))
  for (const place of places) await refuseLink(folder, place)
  const present = await Promise.all(files.map(({ path }) => textOf(join(folder, path))))
  const changed = files.filter(
    ({ text }, index) => present[index] !== undefined && present[index] !== text,
  )
  if (changed.length > 0 && !force) throw refusal(changed)
  for (const [index, { path, text }] of files.entries()) {
    if (present[index] !== text) await write(join(folder, path), text)
  }
}

/** The folders that a path leads through, without the one it starts in. */
function parentsOf(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, depth) => parts.slice(0, depth + 1).join('/'))
}

async function refuseLink(folder: string, place: string): Promise<void> {
  const found = await lstat(join(folder, place)).catch(() => undefined)
  if (found?.isSymbolicLink())
    throw new CommandError(
      `Nothing was written: ${join(folder, place)} is a symbolic link, and import writes through none. Remove it, or name another folder.`,
    )
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    if (error.code === 'ENOTDIR')
      throw new CommandError(
        `Nothing was written: a part of the path ${file} is a file. Remove it, or name another folder.`,
      )
    throw new CommandError(`Cannot read ${file} (${error.code}).`)
  })
}

async function write(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true })
    const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants
    const handle = await open(file, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o666)
    await handle.writeFile(text).finally(() => handle.close())
  } catch (error) {
    throw new CommandError(`Cannot write ${file} (${(error as NodeJS.ErrnoException).code}).`)
  }
}

function refusal(changed: readonly ImportedFile[]): CommandError {
  const paths = changed.map(({ path }) => path)
  return new CommandError(
    `Nothing was written: ${someOf(paths, SHOWN_MAX)} would be changed. Write over them with --force.`,
  )
}
