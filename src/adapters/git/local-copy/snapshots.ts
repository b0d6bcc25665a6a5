import type { Snapshot, SnapshotFile } from '../../../core/model/snapshot.ts'
import { createBoundedCache } from '../../../core/model/values/bounded-cache.ts'
import { filterInTurns, mapInTurns } from '../../../lib/turns.ts'
import { SourceError } from '../../../reconcile/ports.ts'
import { CacheError } from '../errors.ts'
import type { RepositoryLimits } from '../limits.ts'
import { isOversizedManifest, isText } from '../texts.ts'
import type { TreeEntry } from '../tree.ts'
import type { Contents } from './contents.ts'
import type { Commit, Objects } from './objects.ts'

export interface Snapshots {
  /** The whole snapshot of a commit that is here. */
  of(commit: Commit, signal: AbortSignal): Promise<Snapshot>
  blob(id: string, signal: AbortSignal): Promise<Uint8Array>
}

export interface SnapshotsOptions {
  readonly objects: Objects
  readonly contents: Contents
  readonly path: string
  readonly limits: RepositoryLimits
}

export function createSnapshots({ objects, contents, path, limits }: SnapshotsOptions): Snapshots {
  // The newest and the applied one are asked for again and again.
  const known = createBoundedCache<Snapshot>(2, () => 1)

  return {
    async of(commit, signal) {
      const before = known.get(commit.id)
      if (before !== undefined) return before
      const entries = await objects.tree(commit.id, path)
      if (entries.length === 0) throw nothingThere(path, commit.id)
      const plain = await filterInTurns(entries, ({ refused }) => refused === undefined)
      const blobs = new Set(await mapInTurns(plain, ({ blob }) => blob))
      const sizes = await contents.sizes([...blobs], signal)
      const texts = await contents.texts(await readableTexts(plain, sizes, limits))
      const pointers = await contents.pointers(await sizesOf(plain, sizes))
      const snapshot: Snapshot = {
        revision: commit.id,
        ...(path === '' ? {} : { roots: [path] }),
        committedAt: commit.committedAt,
        author: commit.author,
        subject: commit.subject,
        ...(commit.parent !== undefined && { parent: commit.parent }),
        files: await mapInTurns(entries, (entry): SnapshotFile => {
          const { text, refused } = texts.get(entry.blob) ?? {}
          const file = fileOf(entry, sizes.get(entry.blob) ?? 0, limits)
          if (pointers.has(entry.blob)) return { ...file, refused: 'LfsPointer' }
          if (file.refused !== undefined || !isText(entry.path)) return file
          return { ...file, ...(text !== undefined && { text }), ...(refused && { refused }) }
        }),
      }
      known.set(commit.id, snapshot)
      return snapshot
    },
    async blob(id, signal) {
      const size = (await contents.sizes([id], signal)).get(id) ?? 0
      if (size > limits.blobBytes) {
        throw new SourceError(
          'LimitExceeded',
          `a file has ${size} bytes, more than the limit of ${limits.blobBytes}`,
        )
      }
      const content = (await objects.contents([id])).get(id)
      if (content === undefined) throw new CacheError('contents are missing')
      return content
    },
  }
}

function nothingThere(path: string, commit: string): SourceError {
  const where = path === '' ? 'the repository' : `the folder "${path}"`
  return new SourceError(
    'PathNotFound',
    `${where} holds no files at commit ${commit.slice(0, 12)}: correct the path, or commit a file to it`,
  )
}

/** Bytes of what manifests are not made of, by blob. */
async function sizesOf(
  entries: readonly TreeEntry[],
  sizes: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, number>> {
  const others = await filterInTurns(entries, ({ path }) => !isText(path))
  return new Map(others.map(({ blob }) => [blob, sizes.get(blob) ?? 0]))
}

/** Blobs to read with their sizes; throws when they are too much together. */
async function readableTexts(
  entries: readonly TreeEntry[],
  sizes: ReadonlyMap<string, number>,
  limits: RepositoryLimits,
): Promise<Map<string, number>> {
  const wanted = new Map<string, number>()
  let total = 0
  await mapInTurns(entries, ({ path, blob }) => {
    const size = sizes.get(blob) ?? 0
    if (!isText(path) || size > limits.textBytes || wanted.has(blob)) return
    wanted.set(blob, size)
    total += size
  })
  if (total <= limits.textsBytes) return wanted
  throw new SourceError(
    'LimitExceeded',
    `the manifests have ${total} bytes together, more than the limit of ${limits.textsBytes}: split the folder`,
  )
}

function fileOf(
  { path, blob, refused }: TreeEntry,
  size: number,
  limits: RepositoryLimits,
): SnapshotFile {
  if (refused !== undefined) return { path, blob, size: 0, refused }
  const isTooLarge = size > limits.blobBytes || isOversizedManifest(path, size, limits.textBytes)
  return { path, blob, size, ...(isTooLarge && { refused: 'TooLarge' as const }) }
}
