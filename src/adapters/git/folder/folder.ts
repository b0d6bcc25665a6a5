import { createHash } from 'node:crypto'
import { readlink, realpath, stat } from 'node:fs/promises'
import { basename, join, relative, resolve, sep } from 'node:path'
import type { Snapshot, SnapshotFile } from '../../../core/model/snapshot.ts'
import { giveTurn, mapInTurns } from '../../../lib/turns.ts'
import { type Meter, type Source, SourceError } from '../../../reconcile/ports.ts'
import { blobId, blobIdInTurns } from '../blob-id.ts'
import { FOLDER_LIMITS, type FolderLimits } from '../limits.ts'
import { measured } from '../measured.ts'
import { decodeText, isOversizedManifest, isText } from '../texts.ts'
import { judgeNames, type TreeEntry } from '../tree.ts'
import { createFileReader, type FileReader } from './file-reader.ts'
import { isIgnoredFolder, type Listed, listFolder } from './listing.ts'

export interface FolderOptions {
  /** Absolute, or relative to `root`. */
  readonly path: string
  /** Where paths start, and outside of which nothing is read; `path` unless told. */
  readonly root?: string
  /** Our own files: no part of the source, wherever they lie. */
  readonly dataDir?: string
  readonly limits?: Partial<FolderLimits>
  readonly meter?: Pick<Meter, 'sourceFetch'>
}

export interface FolderSource extends Source {
  /** Calls back when anything in the folder has changed and settled; gives what ends it. */
  watch(onChange: () => void): () => void
  close(): void
}

const SETTLED_MS = 100

/** A local folder as a Source: the same files and ids as a repository that holds them, but no history. */
export function openFolder(options: FolderOptions): FolderSource {
  const limits = { ...FOLDER_LIMITS, ...options.limits }
  const root = resolve(options.root ?? options.path)
  const folder = resolve(root, options.path)
  const reader = createFileReader(limits)
  const path = relative(root, folder).split(sep).join('/')
  const roots = path === '' ? {} : { roots: [path] }
  const dataDir = options.dataDir === undefined ? undefined : resolve(options.dataDir)
  const isLeftOut = (place: string): boolean =>
    isIgnoredFolder(basename(place)) || (place === dataDir && place !== folder)
  const watches = new Set<() => void>()
  /** Where each blob of the latest snapshot lies. */
  let places: ReadonlyMap<string, string> = new Map()

  async function read(signal: AbortSignal): Promise<Snapshot> {
    await checkInside(root, folder)
    const listed = await listFolder(root, folder, limits, isLeftOut)
    if (listed.length === 0) throw new SourceError('PathNotFound', `${folder} holds no files`)
    const files: SnapshotFile[] = []
    let total = 0
    for (const file of await judged(root, listed)) {
      if (signal.aborted) throw new SourceError('TimedOut', 'the source was stopped')
      const whole = await complete(file, root, reader, limits)
      total += whole.text?.length ?? 0
      if (total > limits.textsBytes) throw tooMuchText(limits.textsBytes)
      files.push(whole)
      // What is remembered of an untouched file is no wait.
      await giveTurn()
    }
    places = new Map(await mapInTurns(files, ({ blob, path }) => [blob, join(root, path)] as const))
    return { revision: await revisionOf(files), files, ...roots }
  }

  /** undefined: it is gone. */
  function contentAt(place: string): Promise<Buffer | undefined> {
    return reader.read(place).catch((error: NodeJS.ErrnoException) => {
      return error.code === 'ENOENT' ? undefined : raise(error, root)
    })
  }

  return {
    read(signal) {
      return measured(options.meter, () => read(signal).catch((error) => raise(error, root)))
    },
    async at() {
      return undefined
    },
    async isAncestor() {
      return undefined
    },
    async blob(id) {
      const place = places.get(id)
      const content = place === undefined ? undefined : await contentAt(place)
      if (content !== undefined && (await blobIdInTurns(content)) === id) return content
      throw new SourceError('PathNotFound', 'the file is not what it was when the folder was read')
    },
    watch(onChange) {
      const stop = watchFolder({ folder, limits, isLeftOut, onChange })
      watches.add(stop)
      return () => {
        watches.delete(stop)
        stop()
      }
    },
    close() {
      for (const stop of watches) stop()
      watches.clear()
    },
  }
}

type JudgedFile = SnapshotFile & Pick<Listed, 'stats'>

/** The listing with refusals by kind and name; the ids of what is never read stand for how it looks. */
async function judged(root: string, listed: readonly Listed[]): Promise<readonly JudgedFile[]> {
  const entries: TreeEntry[] = []
  for (const one of listed) {
    entries.push(one.kind === 'symlink' ? await linkOf(root, one) : lookOf(one))
    await giveTurn()
  }
  return mapInTurns(await judgeNames(entries), (entry, index) => {
    const stats = (listed[index] as Listed).stats
    return { ...entry, stats, size: entry.refused === undefined ? Number(stats.size) : 0 }
  })
}

async function linkOf(root: string, { path }: Listed): Promise<TreeEntry> {
  const target = await readlink(join(root, path), 'buffer')
  return { path, blob: blobId(target), refused: 'Symlink' }
}

function lookOf({ path, kind, stats }: Listed): TreeEntry {
  const look = Buffer.from(`${stats.size} ${stats.mtimeNs} ${stats.ino}`)
  const entry = { path, blob: blobId(look) }
  return kind === 'other' ? { ...entry, refused: 'BadPath' } : entry
}

async function complete(
  { stats, ...file }: JudgedFile,
  root: string,
  reader: FileReader,
  limits: FolderLimits,
): Promise<SnapshotFile> {
  if (file.refused !== undefined) return file
  if (file.size > limits.blobBytes || isOversizedManifest(file.path, file.size, limits.textBytes)) {
    return { ...file, refused: 'TooLarge' }
  }
  const place = join(root, file.path)
  if (!isText(file.path) || file.size > limits.textBytes) {
    const { blob, isPointer } = await reader.identify(place, stats)
    return { ...file, blob, ...(isPointer && { refused: 'LfsPointer' }) }
  }
  const content = await reader.read(place)
  return {
    ...file,
    blob: await blobIdInTurns(content),
    size: content.length,
    ...decodeText(content),
  }
}

/** The folder itself may be reached by a link only when that leads to somewhere below the root. */
async function checkInside(root: string, folder: string): Promise<void> {
  const realFolder = await realPathOf(folder)
  const realRoot = await realpath(root)
  if (realFolder === realRoot || realFolder.startsWith(`${realRoot}${sep}`)) return
  throw new SourceError('Refused', `the folder ${folder} lies outside of ${root}`)
}

async function realPathOf(folder: string): Promise<string> {
  const stats = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error
    throw new SourceError('PathNotFound', `there is no folder ${folder}: check the path`)
  })
  if (!stats.isDirectory())
    throw new SourceError('PathNotFound', `${folder} is a file: name the folder that it lies in`)
  return realpath(folder)
}

async function revisionOf(files: readonly SnapshotFile[]): Promise<string> {
  const hash = createHash('sha256')
  await mapInTurns(files, ({ path, blob, refused }) => {
    hash.update(`${path}\0${blob}\0${refused ?? ''}\0`)
  })
  return hash.digest('hex')
}

function tooMuchText(limit: number): SourceError {
  return new SourceError(
    'LimitExceeded',
    `the manifests have more than ${limit} bytes together: split the folder`,
  )
}

/** What watches is loaded when something is watched: most commands read a folder once. */
function watchFolder({ folder, limits, isLeftOut, onChange }: Watched): () => void {
  let isOver = false
  const most = { ...limits, entries: limits.watched }
  const counted = listFolder(folder, folder, most, isLeftOut).then(
    () => true,
    () => false,
  )
  const watching = counted.then(async (isSmall) => {
    if (!isSmall || isOver) return undefined
    const { watch } = await import('chokidar')
    return (
      watch(folder, {
        ignored: isLeftOut,
        ignoreInitial: true,
        followSymlinks: false,
        atomic: SETTLED_MS,
        awaitWriteFinish: { stabilityThreshold: SETTLED_MS, pollInterval: SETTLED_MS / 4 },
      })
        // A watch that fails loses nothing: the folder is read again at the interval.
        .on('all', () => onChange())
        .on('error', () => {})
    )
  })
  return () => {
    isOver = true
    void watching.then((watcher) => watcher?.close())
  }
}

interface Watched {
  readonly folder: string
  /** With more files than may be watched it is not watched. */
  readonly limits: FolderLimits
  readonly isLeftOut: (place: string) => boolean
  readonly onChange: () => void
}

/** The listing had it a moment ago, where it is not the folder itself. */
function raise(error: unknown, root: string): never {
  if (error instanceof SourceError) throw error
  const { code = 'unknown error', path = root } = error as NodeJS.ErrnoException
  const place = relative(root, path).split(sep).join('/')
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    if (place === '')
      throw new SourceError('PathNotFound', 'the folder is not there: check the path')
    throw new SourceError(
      'Unreachable',
      `${place} went while the folder was read: it is read again`,
    )
  }
  const what = place === '' ? 'the folder' : place
  throw new SourceError('Unreachable', `${what} cannot be read (${code}): check who owns it`)
}
