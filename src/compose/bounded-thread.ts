import { setFlagsFromString } from 'node:v8'
import { Worker, type WorkerOptions } from 'node:worker_threads'

/** These say for every heap of the process how large it may grow; 0: each as it was started. The heap of this thread stays as it is. */
const HEAP_FLAGS = ['--max-old-space-size', '--max-heap-size']

/**
 * A thread whose heap may grow to so many MiB. Who sets `--max-old-space-size` in NODE_OPTIONS means the controller: without the
 * flags taken back, V8 would give the thread that limit in place of its own.
 */
export function startBoundedThread(
  module: URL,
  heapMb: number,
  workerData: WorkerOptions['workerData'],
): Worker {
  for (const flag of HEAP_FLAGS) setFlagsFromString(`${flag}=0`)
  return new Worker(module, { workerData, resourceLimits: { maxOldGenerationSizeMb: heapMb } })
}
