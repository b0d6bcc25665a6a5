/** Files that run() is given at once, and how often they were given already. */
export interface MiniBatch {
  readonly files: readonly string[]
  attempts: number
}

/** The work of a job: what is left of it, and what became of the rest. Each file is counted once. */
export interface Workload {
  /** The next mini-batch to be tried; undefined = none is left to hand out now. */
  take(): MiniBatch | undefined
  /** Its rows are in; what run() left out of them has failed. */
  succeeded(batch: MiniBatch, rows: number): void
  /** It is tried again, unless it was often enough: then its files have failed. */
  failed(batch: MiniBatch): void
  readonly counts: Counts
  /** More files failed than may. */
  readonly isTooBad: boolean
}

export interface Counts {
  files: number
  miniBatches: number
  /** Mini-batches that gave rows. */
  done: number
  /** Tries beyond the first of a mini-batch. */
  retries: number
  /** Mini-batches whose every try failed. */
  lost: number
  failedFiles: number
  rows: number
}

export interface WorkloadOptions {
  readonly miniBatchSize: number
  readonly maxRetries: number
  /** How many files may fail; -1 = any number (FACTS 7). */
  readonly errorThreshold: number
}

/** Splits the files, in their order, into mini-batches (FACTS 7: n files, size m: ceil(n/m) of them). */
export function createWorkload(files: readonly string[], options: WorkloadOptions): Workload {
  const { miniBatchSize, maxRetries, errorThreshold } = options
  const waiting: MiniBatch[] = []
  for (let start = 0; start < files.length; start += miniBatchSize) {
    waiting.push({ files: files.slice(start, start + miniBatchSize), attempts: 0 })
  }
  waiting.reverse()
  const counts: Counts = {
    files: files.length,
    miniBatches: waiting.length,
    done: 0,
    retries: 0,
    lost: 0,
    failedFiles: 0,
    rows: 0,
  }
  return {
    counts,
    get isTooBad() {
      return errorThreshold >= 0 && counts.failedFiles > errorThreshold
    },
    take() {
      const batch = waiting.pop()
      if (batch === undefined) return undefined
      if (batch.attempts > 0) counts.retries += 1
      batch.attempts += 1
      return batch
    },
    succeeded(batch, rows) {
      counts.done += 1
      counts.rows += rows
      counts.failedFiles += Math.max(0, batch.files.length - rows)
    },
    failed(batch) {
      if (batch.attempts <= maxRetries) {
        waiting.push(batch)
        return
      }
      counts.lost += 1
      counts.failedFiles += batch.files.length
    },
  }
}
