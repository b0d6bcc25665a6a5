import type { Container, EndpointView, JobProgress } from './core/contract.ts'
import {
  appendLog,
  clearFaults,
  endpointViews,
  injectFault,
  type JobView,
  jobViews,
  nextEventAt,
  parseFault,
  type State,
  setContainer,
  setJob,
} from './core/machine.ts'

/** A workspace in real time: what it says now, and word of each change, whether by a write or by time alone. */
export interface LiveWorkspace {
  readonly state: State
  /** The same array as long as nothing has changed. */
  views(): readonly EndpointView[]
  /** To be called after every write into the state. */
  changed(): void
  /** The batch jobs that are to be run or ended. */
  jobViews(): readonly JobView[]
  setJob(job: string, progress: JobProgress): void
  setContainer(endpoint: string, deployment: string, generation: number, state: Container): void
  appendLog(endpoint: string, deployment: string, text: string): void
  /** A fault in the CLI's text form. */
  injectFault(text: string): void
  clearFaults(): void
  close(): void
}

export interface LiveWorkspaceOptions {
  readonly state: State
  readonly now: () => number
  /** Called at once after a write, before it is answered. */
  readonly save: () => void
  /** Called soon after anything has changed, never from inside a call. */
  readonly onChange: () => void
}

// setTimeout takes no more than this.
const timerMsMax = 2_147_483_647

export function createLiveWorkspace(options: LiveWorkspaceOptions): LiveWorkspace {
  const { state, now, save, onChange } = options
  let cached: { readonly views: readonly EndpointView[]; readonly untilMs: number } | undefined
  let timer: NodeJS.Timeout | undefined
  let soon: NodeJS.Immediate | undefined

  function views(): readonly EndpointView[] {
    const nowMs = now()
    if (cached && nowMs < cached.untilMs) return cached.views
    const fresh = endpointViews(state, nowMs)
    cached = { views: fresh, untilMs: nextEventAt(state, nowMs) ?? Number.POSITIVE_INFINITY }
    return fresh
  }

  function wakeAtNextEvent(): void {
    clearTimeout(timer)
    const nowMs = now()
    const atMs = nextEventAt(state, nowMs)
    if (atMs === undefined) return
    timer = setTimeout(changed, Math.min(Math.max(atMs - nowMs, 1), timerMsMax))
    timer.unref()
  }

  function changed(): void {
    cached = undefined
    save()
    wakeAtNextEvent()
    clearImmediate(soon)
    soon = setImmediate(onChange)
  }

  return {
    state,
    views,
    changed,
    jobViews: () => jobViews(state, now()),
    setJob(job, progress) {
      setJob(state, job, progress)
      changed()
    },
    setContainer(endpoint, deployment, generation, container) {
      setContainer(state, endpoint, deployment, generation, container, now())
      changed()
    },
    appendLog: (endpoint, deployment, text) => appendLog(state, endpoint, deployment, text),
    injectFault(text) {
      injectFault(state, parseFault(text), now())
      changed()
    },
    clearFaults() {
      clearFaults(state)
      changed()
    },
    close() {
      clearTimeout(timer)
      clearImmediate(soon)
    },
  }
}
