import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Snapshot } from '../../src/core/model/snapshot.ts'
import { type Source, SourceError } from '../../src/reconcile/ports.ts'
import { blobId, snapshotOf } from './snapshot.ts'

export type Files = Readonly<Record<string, string>>

/** A repository in memory: a branch of commits, each the whole tree as texts. */
export interface Commits extends Source {
  /** Adds a commit to the branch and gives its id. */
  commit(files: Files): string
  /** Adds a commit beside the branch, on top of an earlier one, and gives its id. The branch stays where it is. */
  beside(earlier: string, files: Files): string
  /** The branch becomes a merge whose first parent is the side, and whose second is what the branch was. */
  mergeInto(side: string, files: Files): string
  /** Goes back to a commit and leaves the later ones unreachable: a forced push. */
  resetTo(revision: string): void
  /** From now on reading fails like this; undefined = works again. */
  fail(error: SourceError | undefined): void
  /** From now on the newest commit can be read and no other one; undefined = works again. */
  failPast(error: SourceError | undefined): void
  /** The copy on disk is gone, until the next reading. */
  loseCopy(): void
}

interface Node {
  readonly snapshot: Snapshot
  /** The first one is `snapshot.parent`. */
  readonly parents: readonly string[]
}

const SNAPSHOTS_MAX = 500
/** Of all repositories: many begin with the same commits, which are one value. */
const snapshots = new Map<string, Snapshot>()

function snapshotAt(commit: {
  readonly revision: string
  readonly files: Files
  readonly committedAt: number
  readonly parent: string | undefined
}): Snapshot {
  const { revision, files, committedAt, parent } = commit
  const key = `${revision} ${committedAt} ${parent}`
  const known = snapshots.get(key)
  if (known !== undefined) return known
  if (snapshots.size >= SNAPSHOTS_MAX) snapshots.clear()
  const snapshot = {
    ...snapshotOf(files, { revision }),
    committedAt,
    ...(parent === undefined ? {} : { parent }),
  }
  snapshots.set(key, snapshot)
  return snapshot
}

export function createCommits(): Commits {
  const nodes = new Map<string, Node>()
  const blobs = new Map<string, string>()
  let tip: string | undefined
  let failure: SourceError | undefined
  let failureOfPast: SourceError | undefined
  let copy: Snapshot | undefined

  function add(files: Files, parents: readonly string[]): string {
    for (const text of Object.values(files)) blobs.set(blobId(text), text)
    const revision = blobId(`${nodes.size} ${JSON.stringify(files)}`)
    const [parent] = parents
    const snapshot = snapshotAt({ revision, files, committedAt: nodes.size + 1, parent })
    nodes.set(revision, { snapshot, parents })
    return revision
  }

  function reachableFrom(revision: string | undefined): ReadonlySet<string> {
    const reached = new Set<string>()
    const ahead = revision === undefined ? [] : [revision]
    for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
      if (reached.has(next)) continue
      const node = nodes.get(next)
      if (node === undefined) continue
      reached.add(next)
      ahead.push(...node.parents)
    }
    return reached
  }

  return {
    commit(files) {
      tip = add(files, tip === undefined ? [] : [tip])
      return tip
    },
    beside: (earlier, files) => add(files, [earlier]),
    mergeInto(side, files) {
      tip = add(files, tip === undefined ? [side] : [side, tip])
      return tip
    },
    resetTo(revision) {
      tip = revision
      const kept = reachableFrom(tip)
      for (const id of [...nodes.keys()]) if (!kept.has(id)) nodes.delete(id)
    },
    fail(error) {
      failure = error
    },
    failPast(error) {
      failureOfPast = error
    },
    loseCopy() {
      copy = undefined
    },
    async read() {
      if (failure !== undefined) throw failure
      const newest = tip === undefined ? undefined : nodes.get(tip)
      if (newest === undefined) throw new SourceError('EmptyRepository', 'no commit')
      copy = newest.snapshot
      return newest.snapshot
    },
    copy: { read: async () => copy, fetchedAt: () => undefined },
    async at(revision) {
      if (failureOfPast !== undefined) throw failureOfPast
      return nodes.get(revision)?.snapshot
    },
    async isAncestor(ancestor, revision) {
      if (failureOfPast !== undefined) throw failureOfPast
      return reachableFrom(revision).has(ancestor)
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
