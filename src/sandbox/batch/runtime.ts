import type { JobProgress } from '../core/contract.ts'
import type { JobView } from '../core/jobs/job-view.ts'
import type { Storage } from '../scoring/files.ts'
import { type JobEnd, type PythonOf, runJob } from './job.ts'

/** Runs the batch jobs of a workspace. */
export interface JobRuntime {
  /** Starts the jobs that are new and ends those that are canceled. Returns at once. */
  refresh(): void
  /** Resolves when no job runs. */
  whenIdle(): Promise<void>
  /** Ends every process; jobs that were running begin anew with the next runtime. */
  close(): Promise<void>
}

export interface JobRuntimeOptions {
  readonly storage: Storage
  readonly pythonOf: PythonOf
  /** The jobs that are not over, the oldest first. */
  readonly views: () => readonly JobView[]
  readonly tell: (job: string, progress: JobProgress) => void
  readonly now: () => number
}

const atOnceMax = 2

export function createJobRuntime(options: JobRuntimeOptions): JobRuntime {
  const { storage, pythonOf, now } = options
  const running = new Map<string, { readonly cancel: () => void; readonly over: Promise<void> }>()
  const closing = new AbortController()

  function refresh(): void {
    if (closing.signal.aborted) return
    const views = options.views()
    const wanted = new Set(views.filter(({ isCanceled }) => !isCanceled).map(({ name }) => name))
    for (const [name, { cancel }] of running) if (!wanted.has(name)) cancel()
    for (const view of views.filter(({ name }) => !running.has(name))) take(view)
  }

  function take(view: JobView): void {
    if (view.isCanceled) neverStarted(view.name)
    else if (running.size < atOnceMax) start(view)
  }

  function neverStarted(job: string): void {
    options.tell(job, { state: 'Canceled', startedAtMs: now(), endedAtMs: now() })
  }

  function start(view: JobView): void {
    const stop = new AbortController()
    const signal = AbortSignal.any([stop.signal, closing.signal])
    let startedAtMs = now()
    const onRunning = () => {
      startedAtMs = now()
      options.tell(view.name, { state: 'Running', startedAtMs })
    }
    const over = runJob(view, { storage, pythonOf, onRunning }, signal)
      .catch((error: Error): JobEnd => {
        return { state: 'Failed', code: 'ServiceError', message: error.message }
      })
      .then((end) => {
        running.delete(view.name)
        // What was cut off by closing is not over: it begins anew after a restart.
        if (closing.signal.aborted) return
        options.tell(view.name, progressOf(end, startedAtMs, now()))
        refresh()
      })
    running.set(view.name, { cancel: () => stop.abort(), over })
  }

  return {
    refresh,
    async whenIdle() {
      while (running.size > 0) await Promise.all([...running.values()].map(({ over }) => over))
    },
    async close() {
      closing.abort()
      await Promise.all([...running.values()].map(({ over }) => over))
    },
  }
}

function progressOf(end: JobEnd, startedAtMs: number, endedAtMs: number): JobProgress {
  if (end.state !== 'Failed') return { state: end.state, startedAtMs, endedAtMs }
  const { state, code, message } = end
  return { state, startedAtMs, endedAtMs, code, message }
}
