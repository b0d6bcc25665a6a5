import { createHash } from 'node:crypto'
import { type Source, SourceError } from '../../src/reconcile/ports.ts'
import type { Files } from './commits.ts'
import { blobId, snapshotOf } from './snapshot.ts'

/** A folder in memory: what lies in it, and no history. */
export interface MemoryFolder extends Source {
  write(files: Files): void
}

export function createFolder(): MemoryFolder {
  let files: Files = {}
  return {
    write(next) {
      files = next
    },
    async read() {
      const revision = createHash('sha256').update(JSON.stringify(files)).digest('hex')
      return snapshotOf(files, { revision })
    },
    at: async () => undefined,
    isAncestor: async () => undefined,
    async blob(id) {
      const text = Object.values(files).find((one) => blobId(one) === id)
      if (text === undefined) throw new SourceError('PathNotFound', `no blob ${id}`)
      return Buffer.from(text)
    },
  }
}
