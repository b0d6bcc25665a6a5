import type { ManifestsInput } from '../../core/manifests/read.ts'
import type { ReadManifests, Understood } from '../../reconcile/ports.ts'
import { endedReading, MANIFESTS_BUDGET, type ManifestsBudget } from './manifests-budget.ts'
import { ReadingEnded, readBy, startThread, type Thread } from './read-in-thread.ts'

/** A thread without work ends after this long: it holds the modules, and the files that it read lately. */
const IDLE_MS = 60_000
/** How many files that took too long are remembered, by their content. */
const COSTLY_MAX = 1000

export interface ManifestsThread {
  readonly read: ReadManifests
  close(): Promise<void>
}

/**
 * `readManifests` in a thread of its own, one snapshot after the other, started with the first one: no content of a
 * repository keeps the caller's thread busy. A file that took too long is not read again while the process runs.
 */
export function openManifestsThread(budget: ManifestsBudget = MANIFESTS_BUDGET): ManifestsThread {
  const costly = new Set<string>()
  let thread: Thread | undefined
  let idle: NodeJS.Timeout | undefined
  let last: Promise<unknown> = Promise.resolve()

  async function end(): Promise<void> {
    const ended = thread
    thread = undefined
    await ended?.worker.terminate()
  }

  function remember(blob: string): void {
    const [oldest] = costly
    if (costly.size >= COSTLY_MAX && oldest !== undefined) costly.delete(oldest)
    costly.add(blob)
  }

  async function turn(input: ManifestsInput, signal: AbortSignal): Promise<Understood> {
    signal.throwIfAborted()
    clearTimeout(idle)
    thread ??= startThread(budget)
    try {
      return await readBy(thread, input, costly, budget, signal)
    } catch (error) {
      await end()
      if (!(error instanceof ReadingEnded)) throw error
      const { excess, file } = error
      if (file !== undefined && excess === 'file') remember(file.blob)
      return endedReading(excess, file?.path, budget)
    } finally {
      idle = setTimeout(() => void end(), IDLE_MS).unref()
    }
  }

  return {
    read(input, signal) {
      const result = last.then(() => turn(input, signal))
      last = result.catch(() => {})
      return result
    },
    async close() {
      clearTimeout(idle)
      await end()
    },
  }
}
