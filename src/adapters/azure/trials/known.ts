import { randomUUID } from 'node:crypto'
import type {
  KeptTrial,
  KeptTrials,
  StartedJob,
  TrialAnswer,
  TrialAsk,
} from '../../../reconcile/ports.ts'
import type { Job } from './jobs.ts'

/** One deployment's part of a trial. */
export interface Run {
  readonly deployment: string
  /** A start whose answer was lost is repeated under it, and gives the same job. */
  readonly requestId: string
  job?: Job
  /** Why Azure takes no job for it. */
  refusal?: string
}

/** A trial that this process makes. */
export interface Known {
  readonly ask: TrialAsk
  readonly stable: Run
  readonly candidate: Run
  /** Whether the trial before this one ended because the default deployment failed. */
  readonly isSecond: boolean
  /** It is over, and made anew from then on. */
  over?: { readonly answer: TrialAnswer; readonly untilMs: number; readonly isBroken: boolean }
}

/** Jobs that nobody looks at any more, and that may still run. */
interface Left extends KeptTrial {
  /** How often their cancellation was tried. */
  readonly tries: number
}

export interface KnownTrials {
  /** The trial that this process makes for the question; another one when the last is to be made anew. */
  at(ask: TrialAsk): Known
  /** It is not looked at again. `isRunning`: its jobs may be. */
  forget(ask: TrialAsk, isRunning: boolean): void
  /** Those of which a job may be running. */
  running(): readonly TrialAsk[]
  /** Takes a trial's jobs off, to be cancelled. */
  take(ask: TrialAsk): Left
  /** Jobs of it that are to be cancelled another time. */
  giveBack(left: Left): void
  /** Leaves the jobs to the next process. */
  keep(): void
}

const KNOWN_MAX = 64

export function openKnown(kept: KeptTrials | undefined, now: () => number): KnownTrials {
  const known = new Map<string, Known>()
  const left = new Map<string, Left>()
  let isRecalled = false

  function recall(): void {
    if (isRecalled) return
    isRecalled = true
    for (const { ask, jobs } of kept?.recall() ?? []) leave({ ask, jobs, tries: 0 })
  }

  function leave(one: Left): void {
    if (one.jobs.length > 0) put(left, idOf(one.ask), one)
  }

  function jobsAt(id: string): readonly StartedJob[] {
    const own = known.get(id)
    const jobs = [...(left.get(id)?.jobs ?? []), ...(own === undefined ? [] : jobsIn(own))]
    return [...new Map(jobs.map((job) => [job.name, job])).values()]
  }

  function forget(ask: TrialAsk, isRunning: boolean): void {
    const id = idOf(ask)
    if (isRunning) leave({ ask, jobs: jobsAt(id), tries: 0 })
    known.delete(id)
  }

  function open(): readonly KeptTrial[] {
    recall()
    const own = [...known.values()].map(({ ask }) => ask)
    const asks = new Map(
      [...[...left.values()].map(({ ask }) => ask), ...own].map((ask) => [idOf(ask), ask]),
    )
    return [...asks]
      .map(([id, ask]) => ({ ask, jobs: jobsAt(id) }))
      .filter(({ jobs }) => jobs.length > 0)
  }

  return {
    at(ask) {
      const id = idOf(ask)
      const trial = known.get(id)
      if (trial !== undefined && (trial.over === undefined || now() < trial.over.untilMs))
        return trial
      const oldest = known.size >= KNOWN_MAX ? known.values().next().value : undefined
      if (oldest !== undefined) forget(oldest.ask, true)
      const made = newTrial(ask, trial)
      known.set(id, made)
      return made
    },
    forget,
    running: () => open().map(({ ask }) => ask),
    take(ask) {
      const id = idOf(ask)
      const taken = { ask, jobs: jobsAt(id), tries: left.get(id)?.tries ?? 0 }
      known.delete(id)
      left.delete(id)
      return taken
    },
    giveBack: leave,
    keep: () => kept?.keep(open()),
  }
}

/** The newest are kept. */
function put(left: Map<string, Left>, id: string, one: Left): void {
  const oldest = left.keys().next().value
  if (left.size >= KNOWN_MAX && oldest !== undefined) left.delete(oldest)
  left.set(id, one)
}

function jobsIn({ over, stable, candidate }: Known): readonly StartedJob[] {
  if (over !== undefined) return []
  return [stable, candidate].flatMap(({ deployment, job }) =>
    job === undefined ? [] : [{ deployment, name: job.name }],
  )
}

function newTrial(ask: TrialAsk, before: Known | undefined): Known {
  return {
    ask,
    stable: runOf(ask.stable.slot),
    candidate: runOf(ask.candidate.slot),
    isSecond: before?.over?.isBroken === true,
  }
}

function runOf(deployment: string): Run {
  return { deployment, requestId: randomUUID() }
}

function idOf({ key, candidate, stable, trial }: TrialAsk): string {
  const { input, tolerance, mismatches } = trial
  const slots = [candidate, stable].flatMap(({ slot, rev }) => [slot, rev])
  return JSON.stringify([key, ...slots, input, tolerance, mismatches])
}
