import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Snapshot } from '../../src/core/model/snapshot.ts'
import { type Source, SourceError } from '../../src/reconcile/ports.ts'
import { blobId, snapshotOf } from './snapshot.ts'

export type Files = Readonly<Record<string, string>>

/** A repository in memory: a line of commits, each the whole tree as texts. */
export interface Commits extends Source {
  /** Adds a commit and gives its id. */
  commit(files: Files): string
  /** Goes back to a commit and leaves the later ones unreachable: a forced push. */
  resetTo(revision: string): void
  /** From now on reading fails like this; undefined = works again. */
  fail(error: SourceError | undefined): void
}

export function createCommits(): Commits {
  let line: Snapshot[] = []
  const blobs = new Map<string, string>()
  let failure: SourceError | undefined
  const find = (revision: string): Snapshot | undefined =>
    line.find((snapshot) => snapshot.revision === revision)
  return {
    commit(files) {
      for (const text of Object.values(files)) blobs.set(blobId(text), text)
      const revision = blobId(`${line.length} ${JSON.stringify(files)}`)
      const parent = line.at(-1)?.revision
      const snapshot = snapshotOf(files, { revision })
      line.push({ ...snapshot, committedAt: line.length, ...(parent ? { parent } : {}) })
      return revision
    },
    resetTo(revision) {
      line = line.slice(0, line.findIndex((snapshot) => snapshot.revision === revision) + 1)
    },
    fail(error) {
      failure = error
    },
    async read() {
      if (failure !== undefined) throw failure
      const newest = line.at(-1)
      if (newest === undefined) throw new SourceError('EmptyRepository', 'no commit')
      return newest
    },
    at: async (revision) => find(revision),
    async isAncestor(ancestor, revision) {
      const position = (id: string): number => line.findIndex((one) => one.revision === id)
      return position(ancestor) !== -1 && position(ancestor) <= position(revision)
    },
    async blob(id) {
      const text = blobs.get(id)
      if (text === undefined) throw new SourceError('RevisionNotFound', `no blob ${id}`)
      return Buffer.from(text)
    },
  }
}

/** The text files of a folder, by their path in it. */
export function filesIn(folder: string): Files {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return Object.fromEntries(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [relative(folder, path), readFileSync(path, 'utf8')]),
  )
}
