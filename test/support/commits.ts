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
  /** The blobs that are others than in the first parent, by path; undefined = no longer there. */
  readonly changes: ReadonlyMap<string, string | undefined>
  /** All of its blobs, where the way back to the first commit would be long. */
  readonly tree?: ReadonlyMap<string, string>
  readonly parents: readonly string[]
  readonly committedAt: number
}

/** Snapshots by commit; those of many repositories begin alike, and are one value. */
export type Snapshots = Map<string, Snapshot>

const SNAPSHOTS_MAX = 500
/** Commits. */
const WHOLE_EVERY = 32
const shared: Snapshots = new Map()

/** Of a commit only what changed is held, as in Git: what is worked out of snapshots goes with them. */
export function createCommits(snapshots = shared, snapshotsMax = SNAPSHOTS_MAX): Commits {
  const nodes = new Map<string, Node>()
  const blobs = new Map<string, string>()
  let tip: string | undefined
  /** What the branch holds, once somebody asked. */
  let past: Set<string> | undefined
  let failure: SourceError | undefined
  let failureOfPast: SourceError | undefined
  let copy: Snapshot | undefined

  function add(files: Files, parents: readonly string[]): string {
    const tree = new Map(Object.entries(files).map(([path, text]) => [path, blobId(text)]))
    for (const text of Object.values(files)) blobs.set(blobId(text), text)
    const revision = blobId(`${nodes.size} ${JSON.stringify(files)}`)
    const before = parents[0] === undefined ? new Map<string, string>() : treeAt(parents[0])
    const paths = [...new Set([...tree.keys(), ...before.keys()])]
    const changed = paths.filter((path) => tree.get(path) !== before.get(path))
    const changes = new Map(changed.map((path) => [path, tree.get(path)]))
    const whole = nodes.size % WHOLE_EVERY === 0 ? { tree } : {}
    nodes.set(revision, { changes, ...whole, parents, committedAt: nodes.size + 1 })
    return revision
  }

  function firstParent({ parents: [first] }: Node): Node | undefined {
    return first === undefined ? undefined : nodes.get(first)
  }

  /** The blobs of a commit, by path. */
  function treeAt(revision: string): ReadonlyMap<string, string> {
    const way: Node[] = []
    let node = nodes.get(revision)
    for (; node !== undefined && node.tree === undefined; node = firstParent(node)) way.push(node)
    const tree = new Map<string, string | undefined>(node?.tree)
    for (const { changes } of way.reverse())
      for (const [path, blob] of changes) tree.set(path, blob)
    return new Map([...tree].filter((file): file is [string, string] => file[1] !== undefined))
  }

  function snapshotAt(revision: string | undefined): Snapshot | undefined {
    const node = revision === undefined ? undefined : nodes.get(revision)
    if (node === undefined || revision === undefined) return undefined
    const { committedAt, parents } = node
    const [parent] = parents
    const key = `${revision} ${committedAt} ${parent}`
    const known = snapshots.get(key)
    if (known !== undefined) return known
    if (snapshots.size >= snapshotsMax) snapshots.clear()
    const files = [...treeAt(revision)]
      .map(([path, blob]): [string, string] => [path, blobs.get(blob) ?? ''])
      .sort(([one], [other]) => (one < other ? -1 : 1))
    const snapshot = {
      ...snapshotOf(Object.fromEntries(files), { revision }),
      committedAt,
      ...(parent === undefined ? {} : { parent }),
    }
    snapshots.set(key, snapshot)
    return snapshot
  }

  function reachableFrom(revision: string): Set<string> {
    const all = new Set<string>()
    const ahead = [revision]
    for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
      if (all.has(next)) continue
      const node = nodes.get(next)
      if (node === undefined) continue
      all.add(next)
      ahead.push(...node.parents)
    }
    return all
  }

  return {
    commit(files) {
      tip = add(files, tip === undefined ? [] : [tip])
      past?.add(tip)
      snapshotAt(tip)
      return tip
    },
    beside: (earlier, files) => add(files, [earlier]),
    mergeInto(side, files) {
      tip = add(files, tip === undefined ? [side] : [side, tip])
      past = undefined
      return tip
    },
    resetTo(revision) {
      tip = revision
      past = undefined
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
      const newest = snapshotAt(tip)
      if (newest === undefined) throw new SourceError('EmptyRepository', 'no commit')
      copy = newest
      return newest
    },
    copy: { read: async () => copy, fetchedAt: () => undefined },
    async at(revision) {
      if (failureOfPast !== undefined) throw failureOfPast
      return snapshotAt(revision)
    },
    async isAncestor(ancestor, revision) {
      if (failureOfPast !== undefined) throw failureOfPast
      if (revision !== tip) return reachableFrom(revision).has(ancestor)
      past ??= reachableFrom(tip)
      return past.has(ancestor)
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
