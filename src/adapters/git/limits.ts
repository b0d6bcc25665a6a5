/** What a repository may cost. Beyond any of these the answer is SourceError LimitExceeded or TimedOut, never a part. */
export interface RepositoryLimits {
  /** Milliseconds for one conversation with the server; then its processes are killed. */
  readonly totalMs: number
  /** Milliseconds below 1 kB/s after which a transfer is given up. */
  readonly stallMs: number
  /** Bytes of one received pack. */
  readonly packBytes: number
  /** Objects of one received pack. */
  readonly objects: number
  /** Bytes of address space of each process that speaks with a server. */
  readonly memoryBytes: number
  /** Bytes of a commit: its message, mostly. */
  readonly commitBytes: number
  /** Entries below the Application's path. */
  readonly entries: number
  /** Bytes of the paths of these entries, as Git lists them. */
  readonly listBytes: number
  /** Bytes of one file; a larger one is listed as TooLarge. */
  readonly blobBytes: number
  /** Bytes of one manifest. */
  readonly textBytes: number
  /** Bytes of all manifests of a revision; as much is kept in memory between reads. */
  readonly textsBytes: number
}

/** What a list of files may have. */
export type ListLimits = Pick<RepositoryLimits, 'entries' | 'listBytes'>

/** What may be held in memory of what is read from a local copy. */
export type ObjectLimits = ListLimits & Pick<RepositoryLimits, 'commitBytes'>

const KIB = 1024
const MIB = 1024 * KIB

export const REPOSITORY_LIMITS: RepositoryLimits = {
  totalMs: 120_000,
  stallMs: 20_000,
  packBytes: 1024 * MIB,
  objects: 2_000_000,
  // Half a pod of 1 GiB.
  memoryBytes: 512 * MIB,
  commitBytes: MIB,
  entries: 100_000,
  listBytes: 32 * MIB,
  blobBytes: 50 * MIB,
  textBytes: MIB,
  textsBytes: 64 * MIB,
}

export interface FolderLimits
  extends Pick<
    RepositoryLimits,
    'entries' | 'listBytes' | 'blobBytes' | 'textBytes' | 'textsBytes'
  > {
  /** Files of a folder that is watched; a larger one is read at the interval only. */
  readonly watched: number
}

/** To begin watching holds the event loop for some 20 µs a file. */
export const FOLDER_LIMITS: FolderLimits = { ...REPOSITORY_LIMITS, watched: 2000 }
