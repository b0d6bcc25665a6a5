import { setTimeout as sleep } from 'node:timers/promises'
import type { Container } from './container.ts'
import type { Worker } from './worker.ts'

/** A container that is kept running: a process that ends by itself is started again, ever more slowly. */
export interface Instance {
  readonly generation: number
  /** undefined while it is being started again. */
  readonly worker: Worker | undefined
  /** Ends the process once it is idle, or when the signal aborts; removes its files. */
  retire(deadline: AbortSignal): Promise<void>
}

const backoffMs = { first: 250, most: 30_000 }
// A process that has lived this long is forgiven its earlier ends.
const steadyMs = 60_000

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** Takes over a container with its first, ready worker. */
export function keepRunning(
  container: Container,
  first: Worker,
  onLog: (text: string) => void,
): Instance {
  let worker: Worker | undefined = first
  const retired = new AbortController()

  async function watch(): Promise<void> {
    let delayMs = backoffMs.first
    while (!retired.signal.aborted) {
      const startedAt = performance.now()
      await worker?.ended
      worker = undefined
      if (performance.now() - startedAt > steadyMs) delayMs = backoffMs.first
      await sleep(delayMs, undefined, { signal: retired.signal }).catch(() => undefined)
      if (retired.signal.aborted) return
      delayMs = Math.min(delayMs * 2, backoffMs.most)
      onLog('The container has ended; starting it again.\n')
      worker = await container.start(retired.signal).catch(() => undefined)
    }
  }

  const watching = watch()
  return {
    generation: container.generation,
    get worker() {
      return worker
    },
    async retire(deadline) {
      await Promise.race([worker?.whenIdle(), aborted(deadline)])
      retired.abort()
      await worker?.stop()
      await watching
      // A start that was under way when retiring began is over by now, and may have left a process.
      await worker?.stop()
      await container.remove()
    },
  }
}
