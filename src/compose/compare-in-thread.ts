import { once } from 'node:events'
import { extname } from 'node:path'
import type { TrialAnswer, TrialAsk } from '../reconcile/ports.ts'
import { startBoundedThread } from './bounded-thread.ts'

// Compiled, it is JavaScript as this file is.
const THREAD = new URL(`compare-thread${extname(import.meta.url)}`, import.meta.url)
/** MiB: two outputs of 64 MiB as rows. What would need more ends the thread, and not the controller. */
const HEAP_MAX = 1536

/**
 * `comparePredictions` in a thread of its own: outputs may be 64 MiB each, a hundred milliseconds of work for each MiB, and
 * everything else goes on meanwhile. Throws what the thread throws, and when it is aborted.
 */
export async function compareInThread(
  stable: string,
  candidate: string,
  trial: TrialAsk['trial'],
  signal: AbortSignal,
): Promise<TrialAnswer> {
  const workerData = { stable, candidate, trial }
  const thread = startBoundedThread(THREAD, HEAP_MAX, workerData)
  try {
    const [answer] = await once(thread, 'message', { signal })
    return answer
  } finally {
    await thread.terminate()
  }
}
