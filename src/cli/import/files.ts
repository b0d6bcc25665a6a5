import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ImportedFile } from '../../core/manifests/import.ts'
import { CommandError } from '../errors.ts'

const SHOWN_MAX = 5

/** Writes all files or, when one is there with other content and `force` is not given, none. */
export async function writeFiles(
  folder: string,
  files: readonly ImportedFile[],
  force: boolean,
): Promise<void> {
  const present = await Promise.all(files.map(({ path }) => textOf(join(folder, path))))
  const changed = files.filter(
    ({ text }, index) => present[index] !== undefined && present[index] !== text,
  )
  if (changed.length > 0 && !force) throw refusal(changed)
  for (const [index, { path, text }] of files.entries()) {
    if (present[index] !== text) await write(join(folder, path), text)
  }
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw new CommandError(`Cannot read ${file} (${error.code}).`)
  })
}

async function write(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  } catch (error) {
    throw new CommandError(`Cannot write ${file} (${(error as NodeJS.ErrnoException).code}).`)
  }
}

function refusal(changed: readonly ImportedFile[]): CommandError {
  const names = changed.slice(0, SHOWN_MAX).map(({ path }) => path)
  const more = changed.length > SHOWN_MAX ? ` and ${changed.length - SHOWN_MAX} more` : ''
  return new CommandError(
    `Nothing was written: ${names.join(', ')}${more} would be changed. Write over them with --force.`,
  )
}
