import type { Worker } from 'node:worker_threads'
import type { ManifestsBudget } from './manifests-budget.ts'
import { PROGRESS } from './reading-messages.ts'

const POLL_MS = 100
/** How much more time passes than the processor works, at most, on a machine that is busy with other things. */
const BUSY = 4

/** What ended a reading that took too much. */
export interface CostWatch {
  readonly exceeded: AbortSignal
  readonly excess: () => 'file' | 'snapshot' | undefined
  stop(): void
}

/** Watches from outside what a thread takes: it cannot look at a clock while the parser has it. */
export function watchCost(
  worker: Worker,
  progress: Int32Array,
  { fileMs, snapshotMs }: Pick<ManifestsBudget, 'fileMs' | 'snapshotMs'>,
): CostWatch {
  const ended = new AbortController()
  let excess: 'file' | 'snapshot' | undefined
  let since: number | undefined
  let fileSince = 0
  let begun = -1

  async function poll(): Promise<void> {
    const at = Atomics.load(progress, PROGRESS.begun)
    const isFile = Atomics.load(progress, PROGRESS.file) >= 0
    const spent = await processorMs(worker)
    since ??= spent
    if (at !== begun || !isFile) fileSince = spent
    begun = at
    if (spent - since > snapshotMs) excess = 'snapshot'
    else if (spent - fileSince > fileMs) excess = 'file'
    if (excess !== undefined) ended.abort()
  }

  // A thread that has ended meanwhile has no time to tell.
  const timer = setInterval(() => void poll().catch(() => {}), POLL_MS)
  return {
    exceeded: ended.signal,
    excess: () => excess,
    stop: () => clearInterval(timer),
  }
}

/** Processor time of the thread; where Node cannot tell it (before 24.6), a share of the time that passes. */
async function processorMs(worker: Worker): Promise<number> {
  if (worker.cpuUsage === undefined) return performance.now() / BUSY
  const { user, system } = await worker.cpuUsage()
  return (user + system) / 1000
}
