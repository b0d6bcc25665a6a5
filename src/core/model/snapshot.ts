/** Why an entry of a tree may not be read: it is listed, so that a manifest that needs it can say so. */
export type Refusal =
  | 'Symlink'
  | 'Submodule'
  | 'BadPath'
  | 'AmbiguousName'
  | 'TooLarge'
  | 'NotUtf8'
  | 'LfsPointer'

/** One file of a revision. `blob` is its Git blob id (40 hex), the same whether the source is Git or a folder. */
export interface SnapshotFile {
  /** From the repository's root, with `/`. */
  readonly path: string
  readonly blob: string
  /** Bytes. */
  readonly size: number
  /** Present for what manifests are made of (.yml .yaml .json and ignore files); other content is read by blob id when it is uploaded. */
  readonly text?: string
  readonly refused?: Refusal
}

/** The whole desired state at one revision: complete, or the source throws a SourceError; never partial. */
export interface Snapshot {
  /** A commit id, or for a folder a hash of its content. */
  readonly revision: string
  /** Milliseconds since the epoch; absent for a folder. */
  readonly committedAt?: number
  /** Who wrote the commit, and the first line of its message; absent for a folder. */
  readonly author?: string
  readonly subject?: string
  /** The first parent, by which an earlier good state is found. */
  readonly parent?: string
  /** Only what lies under the Application's path; paths still start at the repository's root. */
  readonly files: readonly SnapshotFile[]
  /** The folders, or files, that were asked for, from the repository's root; absent = the root. */
  readonly roots?: readonly string[]
}
