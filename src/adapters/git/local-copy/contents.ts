import type { SnapshotFile } from '../../../core/model/snapshot.ts'
import { createBoundedCache } from '../../../core/model/values/bounded-cache.ts'
import { batchesOf } from '../../../lib/batches.ts'
import { filterInTurns, mapInTurns } from '../../../lib/turns.ts'
import { CacheError } from '../errors.ts'
import { isLfsPointer, mayBeLfsPointer } from '../lfs-pointer.ts'
import type { RepositoryLimits } from '../limits.ts'
import type { Remote } from '../remote.ts'
import { decodeText } from '../texts.ts'
import type { Objects } from './objects.ts'

type Text = Pick<SnapshotFile, 'text' | 'refused'>

/** Sizes and texts by blob id, remembered: between two commits only what changed is fetched and read. */
export interface Contents {
  /** Bytes of every one of these blobs; those not yet here are fetched in one request. */
  sizes(ids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, number>>
  /** Every one of these blobs (id → bytes), which must be here. */
  texts(wanted: ReadonlyMap<string, number>): Promise<ReadonlyMap<string, Text>>
  /** Which of these blobs (id → bytes), which must be here, are pointers of Git LFS. */
  pointers(blobs: ReadonlyMap<string, number>): Promise<ReadonlySet<string>>
}

const CHUNK_BYTES = 8 * 1024 * 1024

export function createContents(
  objects: Objects,
  remote: Pick<Remote, 'fetchBlobs'>,
  limits: RepositoryLimits,
): Contents {
  const knownSizes = createBoundedCache<number>(4 * limits.entries, () => 1)
  const knownPointers = createBoundedCache<boolean>(4 * limits.entries, () => 1)
  const knownTexts = createBoundedCache<Text>(
    limits.textsBytes,
    ({ text }) => 64 + (text?.length ?? 0),
  )

  return {
    async sizes(ids, signal) {
      const sizes = await recall(ids, knownSizes.get)
      const missing = () => filterInTurns(ids, (id) => !sizes.has(id))
      const measure = async () => {
        const measured = await objects.sizes(await missing())
        await mapInTurns(measured, ([id, size]) => {
          sizes.set(id, size)
          knownSizes.set(id, size)
        })
      }
      await measure()
      const unknown = await missing()
      if (unknown.length === 0) return sizes
      await remote.fetchBlobs(unknown, signal)
      await measure()
      if ((await missing()).length > 0) throw new CacheError('the server kept contents back')
      return sizes
    },
    async texts(wanted) {
      const texts = await recall(wanted.keys(), knownTexts.get)
      const unread = new Map(await filterInTurns(wanted, ([id]) => !texts.has(id)))
      for (const ids of chunksOf(unread)) {
        for (const [id, content] of await objects.contents(ids)) {
          const text = decodeText(content)
          texts.set(id, text)
          knownTexts.set(id, text)
        }
      }
      if (texts.size < wanted.size) throw new CacheError('contents are missing')
      return texts
    },
    async pointers(blobs) {
      const small = await filterInTurns(blobs, ([, bytes]) => mayBeLfsPointer(bytes))
      const unread = new Map(
        await filterInTurns(small, ([id]) => knownPointers.get(id) === undefined),
      )
      for (const ids of chunksOf(unread)) {
        for (const [id, content] of await objects.contents(ids))
          knownPointers.set(id, isLfsPointer(content))
      }
      const pointers = await filterInTurns(small, ([id]) => knownPointers.get(id) === true)
      return new Set(pointers.map(([id]) => id))
    },
  }
}

async function recall<V>(
  ids: Iterable<string>,
  get: (id: string) => V | undefined,
): Promise<Map<string, V>> {
  const values = new Map<string, V>()
  await mapInTurns(ids, (id) => {
    const value = get(id)
    if (value !== undefined) values.set(id, value)
  })
  return values
}

function chunksOf(sizes: ReadonlyMap<string, number>): Generator<string[]> {
  return batchesOf(sizes.keys(), (id) => sizes.get(id) ?? 0, { weight: CHUNK_BYTES })
}
