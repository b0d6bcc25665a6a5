import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { JOBS } from './jobs.ts'

type Jobs = typeof JOBS

/** As many workers as there are cores; each takes the next job when it is done with one. */
export class Pool {
  private readonly workers: readonly Worker[]
  private readonly idle: Worker[]
  private readonly waiting: ((worker: Worker) => void)[] = []

  constructor(size = availableParallelism()) {
    const url = new URL('./worker.ts', import.meta.url)
    this.workers = Array.from({ length: size }, () => new Worker(url))
    this.idle = [...this.workers]
  }

  async run<Name extends keyof Jobs>(
    name: Name,
    input: Parameters<Jobs[Name]>[0],
  ): Promise<ReturnType<Jobs[Name]>> {
    const worker = this.idle.pop() ?? (await new Promise<Worker>((take) => this.waiting.push(take)))
    try {
      return await new Promise((resolve, reject) => {
        worker.once('message', resolve)
        worker.once('error', reject)
        worker.postMessage({ name, input })
      })
    } finally {
      worker.removeAllListeners('message')
      worker.removeAllListeners('error')
      const next = this.waiting.shift()
      if (next === undefined) this.idle.push(worker)
      else next(worker)
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()))
  }
}
