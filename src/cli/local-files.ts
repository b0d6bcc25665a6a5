import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import type { Config } from '../config.ts'
import type { Application } from '../core/model/application.ts'
import type { Snapshot, SnapshotFile } from '../core/model/snapshot.ts'
import { CommandError } from './errors.ts'

/** A file or folder on this machine, and the repository around it. */
export interface LocalPath {
  /** Absolute: the nearest folder with `.git` in it, else the folder itself. Places in Problems start there. */
  readonly root: string
  /** From the root, with `/`; '' is the root. */
  readonly path: string
  readonly isFile: boolean
}

const MAX_FILE_BYTES = 1024 * 1024

/** Finds what a person named. Throws CommandError when there is no such file or folder. */
export async function locate(named: string): Promise<LocalPath> {
  // As the shell gives a variable that is not set: the folder that one happens to be in is not what was meant.
  if (named === '') throw new CommandError('The path is empty: name a file or folder.')
  const place = resolve(named)
  const stats = await stat(place).catch(() => undefined)
  if (stats === undefined)
    throw new CommandError(`There is no file or folder ${named}: check the path.`)
  const isFile = stats.isFile()
  if (!isFile && !stats.isDirectory())
    throw new CommandError(`${named} is neither a file nor a folder: name one of these.`)
  const folder = isFile ? dirname(place) : place
  const root = (await repositoryAround(folder)) ?? folder
  return { root, path: relative(root, place).split(sep).join('/'), isFile }
}

/** Reads a file or folder as it lies there, and nothing beside it. Throws SourceError. */
export async function readLocal(local: LocalPath, config: Config): Promise<Snapshot> {
  if (local.isFile) return snapshotOfFile(local)
  const { openSource } = await import('../compose/source.ts')
  const folder = openSource(folderAt(local), { ...config, allowLocal: true })
  return folder.read(new AbortController().signal).finally(() => folder.close())
}

async function repositoryAround(folder: string): Promise<string | undefined> {
  const found = await stat(join(folder, '.git')).catch(() => undefined)
  if (found !== undefined) return folder
  const parent = dirname(folder)
  return parent === folder ? undefined : repositoryAround(parent)
}

async function snapshotOfFile({ root, path }: LocalPath): Promise<Snapshot> {
  const place = join(root, path)
  const { size } = await stat(place)
  if (size > MAX_FILE_BYTES)
    return snapshotOf(path, { blob: String(size), size, refused: 'TooLarge' })
  const bytes = await readFile(place).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`Cannot read ${basename(path)} (${error.code}): check who owns it.`)
  })
  const blob = createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
  return snapshotOf(path, { blob, size: bytes.length, ...textOf(bytes) })
}

function snapshotOf(path: string, file: Omit<SnapshotFile, 'path'>): Snapshot {
  return { revision: file.blob, roots: [path], files: [{ path, ...file }] }
}

function textOf(bytes: Uint8Array): { text: string } | { refused: 'TooLarge' | 'NotUtf8' } {
  if (bytes.length > MAX_FILE_BYTES) return { refused: 'TooLarge' }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return { refused: 'NotUtf8' }
  }
}

function folderAt({ root, path }: LocalPath): Pick<Application, 'name' | 'source'> {
  return { name: 'local', source: { repository: root, revision: 'main', path } }
}
