import type { JobProgress } from '../contract.ts'
import { latencyMs } from '../options.ts'
import type { JobRecord, Resource, State } from '../state.ts'
import { find, list } from '../store.ts'

/** How a job does at an instant, whoever runs it. */
export interface JobTimes {
  readonly status: string
  readonly startedAtMs?: number
  readonly endedAtMs?: number
  readonly failure?: { readonly code: string; readonly message: string }
}

const OVER = ['Completed', 'Failed', 'Canceled']
const JOBS_KEPT = 1000

export function isOver({ status }: JobTimes): boolean {
  return OVER.includes(status)
}

export function recordOf(job: Resource): JobRecord {
  if (job.job === undefined) throw new Error(`${job.id} is no job`)
  return job.job
}

export function jobTimes(state: State, job: Resource, now: number): JobTimes {
  const record = recordOf(job)
  const progress = record.isDeclared ? declared(state, job, now) : record.progress
  if (progress === undefined) {
    return { status: record.canceledAtMs === undefined ? 'Preparing' : 'CancelRequested' }
  }
  const { startedAtMs } = progress
  if (progress.state === 'Running') {
    const status = record.canceledAtMs === undefined ? 'Running' : 'CancelRequested'
    return { status, startedAtMs }
  }
  const { state: status, endedAtMs } = progress
  if (progress.state !== 'Failed') return { status, startedAtMs, endedAtMs }
  const { code, message } = progress
  return { status, startedAtMs, endedAtMs, failure: { code, message } }
}

/** What time alone makes of a job that nobody runs. */
function declared(state: State, job: Resource, now: number): JobProgress | undefined {
  const { settings } = state
  const startedAtMs = job.createdAtMs + latencyMs(settings, 'jobPrepare')
  const endsAtMs = startedAtMs + latencyMs(settings, 'jobRun')
  const canceledAtMs = recordOf(job).canceledAtMs
  if (canceledAtMs !== undefined) {
    const endedAtMs = canceledAtMs + latencyMs(settings, 'jobCancel')
    if (now >= endedAtMs) return { state: 'Canceled', startedAtMs, endedAtMs }
  } else if (now >= endsAtMs) return { state: 'Completed', startedAtMs, endedAtMs: endsAtMs }
  return now < startedAtMs ? undefined : { state: 'Running', startedAtMs }
}

/** The shell that runs a job tells how it does. Ignored for a job that is gone, over, or goes by time alone. */
export function setJob(state: State, name: string, progress: JobProgress): void {
  const record = find(state, `jobs/${name}`)?.job
  if (record === undefined || record.isDeclared) return
  if (record.progress !== undefined && OVER.includes(record.progress.state)) return
  record.progress = progress
}

/** Forgets the oldest jobs that are over when there are very many. */
export function forgetOldJobs(state: State, now: number): void {
  const jobs = list(state, 'jobs')
  const over = jobs.filter((job) => isOver(jobTimes(state, job, now)))
  for (const job of over.slice(0, Math.max(0, jobs.length - JOBS_KEPT))) {
    delete state.resources[job.id.toLowerCase()]
  }
}
