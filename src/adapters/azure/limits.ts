/** A token bucket: how many at once, and how many more each second. */
export interface Bucket {
  readonly burst: number
  readonly perSecond: number
}

/** Every bound of the Azure adapter, in one place. */
export interface Limits {
  readonly reads: Bucket
  readonly writes: Bucket
  readonly deletes: Bucket
  /** PUTs of deployments have a small bucket of their own, beside `writes`. */
  readonly deploymentWrites: Bucket
  /** Longest wait for the end of a Retry-After window, and of a write for a token; what would wait longer fails at once. */
  readonly readPatienceMs: number
  readonly writePatienceMs: number
  /** Longest wait of a read for its token: behind those of all Applications of the process. */
  readonly readQueueMs: number
  readonly concurrentReads: number
  /** The share of the refill of reads that goes into reading again what nothing speaks of. */
  readonly auditShare: number
  /** Further tries of a GET after a 5xx or a lost connection. Writes are never repeated: the next observation tells. */
  readonly readRetries: number
  readonly readTimeoutMs: number
  readonly writeTimeoutMs: number
  readonly bodyBytesMax: number
  /** Of what a model answers: it is parsed and checked in one go. */
  readonly scoringBytesMax: number
  readonly depthMax: number
  readonly pagesMax: number
  readonly itemsMax: number
  readonly workspaceMaxAgeMs: number
  /** A version of an asset is read again after that long at the latest. */
  readonly assetMaxAgeMs: number
  readonly uploadFilesMax: number
  readonly uploadBytesMax: number
  readonly concurrentUploads: number
  /** Milliseconds of a tick that an upload may take; it goes on without the tick. */
  readonly uploadPatienceMs: number
}

const MIB = 1024 * 1024

/** ARM's buckets per subscription, principal and region (PERFORMANCE 2); 25 deployment PUTs (FACTS 2.6), refill assumed. */
export const DEFAULT_LIMITS: Limits = {
  reads: { burst: 250, perSecond: 25 },
  writes: { burst: 200, perSecond: 10 },
  deletes: { burst: 200, perSecond: 10 },
  deploymentWrites: { burst: 25, perSecond: 25 / 300 },
  readPatienceMs: 5_000,
  writePatienceMs: 1_000,
  readQueueMs: 60_000,
  concurrentReads: 8,
  auditShare: 0.1,
  readRetries: 2,
  readTimeoutMs: 30_000,
  writeTimeoutMs: 60_000,
  bodyBytesMax: 16 * MIB,
  scoringBytesMax: 2 * MIB,
  depthMax: 100,
  pagesMax: 200,
  itemsMax: 20_000,
  workspaceMaxAgeMs: 600_000,
  assetMaxAgeMs: 300_000,
  uploadFilesMax: 10_000,
  uploadBytesMax: 4096 * MIB,
  concurrentUploads: 4,
  uploadPatienceMs: 10_000,
}
