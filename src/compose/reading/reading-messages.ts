import type { Limits } from '../../core/manifests/limits.ts'
import type { Desired } from '../../core/model/desired.ts'
import type { Problem } from '../../core/model/problem.ts'
import type { Snapshot, SnapshotFile } from '../../core/model/snapshot.ts'
import { batchesOf } from '../../lib/batches.ts'

/**
 * What `readInThread` and its thread say to each other, each message after the answer to the one before: everything that is
 * large goes in pieces, so that neither side copies for long at a time.
 */
export type Request =
  | Begin
  /** More of its files. */
  | { readonly is: 'files'; readonly files: readonly SnapshotFile[] }
  /** All files are there: read them. */
  | { readonly is: 'read' }
  /** The next piece of what is declared. */
  | { readonly is: 'more' }

/** A snapshot, still without its files. */
export interface Begin {
  readonly is: 'begin'
  readonly snapshot: Omit<Snapshot, 'files'>
  readonly variables: { readonly [name: string]: string }
  readonly exclude: readonly string[]
  readonly limits: Partial<Limits>
  /** Blob ids of files that took too long before: the reading ends at the first one. */
  readonly costly: ReadonlySet<string>
}

export type Answer =
  | { readonly is: 'taken' }
  | { readonly is: 'costly'; readonly path: string }
  | { readonly is: 'read'; readonly problems: readonly Problem[] }
  | { readonly is: 'piece'; readonly desired: readonly Desired[]; readonly isLast: boolean }

/** What the thread is at, in a memory that both see: how many files it has begun, and which one of the snapshot's (-1: none). */
export const PROGRESS = { begun: 0, file: 1, length: 2 } as const

/** What goes in one message at most, unless a single thing is larger: so many things, of so many bytes. */
const PIECE = { things: 500, weight: 256 * 1024 }

/** Lists of things that weigh at most as much as one message may. */
export function piecesOf<T>(things: readonly T[], weigh: (thing: T) => number): Generator<T[]> {
  return batchesOf(things, weigh, PIECE)
}
