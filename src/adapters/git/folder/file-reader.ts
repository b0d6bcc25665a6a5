import { type BigIntStats, constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { createBoundedCache } from '../../../core/model/values/bounded-cache.ts'
import { SourceError } from '../../../reconcile/ports.ts'
import { blobIdInTurns } from '../blob-id.ts'
import { isLfsPointer } from '../lfs-pointer.ts'
import type { FolderLimits } from '../limits.ts'

export interface Identity {
  readonly blob: string
  readonly isPointer: boolean
}

export interface FileReader {
  /** The bytes of a regular file; throws SourceError when it is none, or too large. */
  read(place: string): Promise<Buffer>
  /** The blob id of a file's content, and whether that is a pointer of Git LFS, remembered as long as the file looks untouched. */
  identify(place: string, stats: BigIntStats): Promise<Identity>
}

// A file written twice within the clock's grain looks untouched; one this old does not change so (Git's "racy" rule).
const SETTLED_MS = 2000n

export function createFileReader(limits: FolderLimits): FileReader {
  const known = createBoundedCache<Identity>(2 * limits.entries, () => 1)

  async function read(place: string): Promise<Buffer> {
    // Not through a link put in its place since, and not waiting for the other end of a pipe.
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
    const file = await open(place, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    try {
      const stats = await file.stat()
      if (!stats.isFile() || stats.size > limits.blobBytes) throw changed()
      const content = await file.readFile()
      if (content.length > limits.blobBytes) throw changed()
      return content
    } finally {
      await file.close()
    }
  }

  return {
    read,
    async identify(place, stats) {
      const { size, mtimeNs, ctimeNs, ino } = stats
      const key = `${place}\0${size} ${mtimeNs} ${ctimeNs} ${ino}`
      const before = known.get(key)
      if (before !== undefined) return before
      const content = await read(place)
      const found = { blob: await blobIdInTurns(content), isPointer: isLfsPointer(content) }
      const isSettled = BigInt(Date.now()) - stats.ctimeMs > SETTLED_MS
      if (isSettled) known.set(key, found)
      return found
    },
  }
}

function changed(): SourceError {
  return new SourceError(
    'Unreachable',
    'a file changed while the folder was read: it is read again',
  )
}
