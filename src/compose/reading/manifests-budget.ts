import type { Problem } from '../../core/model/problem.ts'
import type { Understood } from '../../reconcile/ports.ts'

/** What reading the manifests of one snapshot may cost. */
export interface ManifestsBudget {
  /** Milliseconds of processor time for one file, and for what it declares. */
  readonly fileMs: number
  /** Milliseconds of processor time for all files of a snapshot. */
  readonly snapshotMs: number
  /** MiB of heap of the thread that reads: half of what the pod of the Kubernetes base may use. */
  readonly heapMb: number
}

/**
 * The largest manifest within the limits of `core/manifests/limits.ts` takes 50 to 200 ms, and a thousand ordinary ones 150 ms:
 * no repository of manifests comes near these.
 */
export const MANIFESTS_BUDGET: ManifestsBudget = {
  fileMs: 1000,
  snapshotMs: 30_000,
  heapMb: 512,
}

export type Excess = 'file' | 'snapshot' | 'memory'

/** What is said in place of a reading that was ended. `file`: the one that was being read; undefined: none, or all of them. */
export function endedReading(
  excess: Excess,
  file: string | undefined,
  { fileMs, snapshotMs, heapMb }: ManifestsBudget,
): Understood {
  const message = {
    file: `reading this file takes more than ${fileMs / 1000} s of processor time: split it, or leave it out by .verdigrisignore or source.exclude when it is no manifest`,
    snapshot: `reading the manifests takes more than ${snapshotMs / 1000} s of processor time, and was ended here: split the folder into several Applications, or leave out what is no manifest by .verdigrisignore or source.exclude`,
    memory: `reading the manifests takes more than ${heapMb} MiB of memory, and was ended here: split the folder into several Applications, or leave out what is no manifest by .verdigrisignore or source.exclude`,
  }[excess]
  const at = { file: file ?? '.', line: 1, column: 1 }
  const problem: Problem = { severity: 'error', reason: 'LimitExceeded', message, at }
  return { desired: [], problems: [problem] }
}
