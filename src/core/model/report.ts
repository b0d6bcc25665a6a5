import type { WriteMark } from './basis.ts'
import type { Action, Finding, Orphan, Plan } from './plan.ts'
import type { Problem } from './problem.ts'
import type { IntentAnswer } from './rollout.ts'

/** Kubernetes' meaning. `Stalled` is True when only a person or a commit can help. */
export interface Condition {
  readonly type: 'Ready' | 'Reconciling' | 'Stalled' | 'Drifted' | 'SourceReady'
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
  /** Milliseconds since the epoch of the last change of `status`. */
  readonly lastTransitionTime: number
  /** The commit this condition speaks of. */
  readonly observedGeneration?: string
}

export type ErrorClass =
  | 'retryable'
  | 'user'
  | 'quota'
  | 'capacity'
  | 'auth'
  | 'conflict'
  | 'service'
  | 'bug'

/** The reason of an outcome that is no failure: the content is still on its way, and the next tick joins it. */
export const UPLOADING = 'Uploading'
/** A write that waits for its turn in this process's own queue: nothing was sent, and nothing failed. */
export const QUEUED = 'Queued'

/** Whether an outcome of this reason is no failure: the write is on its way, and goes on by itself. */
export function isOnItsWay(reason: string): boolean {
  return reason === UPLOADING || reason === QUEUED
}

/** How an action began. `Started`: Azure accepted it; the next observation tells how it went. */
export type Outcome =
  | {
      readonly action: Action
      readonly result: 'Started'
      /** What the write leaves on the thing; absent when that was not looked at. */
      readonly mark?: WriteMark
    }
  | {
      readonly action: Action
      readonly result: 'Failed'
      readonly reason: string
      readonly message: string
      readonly errorClass: ErrorClass
      readonly retry: 'Later' | 'Never'
      /** Azure, or our own limiter, asked to be left alone for so long. */
      readonly retryAfterMs?: number
      /** How long what was in the way usually lasts, where nobody said. */
      readonly usualMs?: number
    }

export interface ResourceStatus extends Finding {
  /** Of online endpoints: where they are scored. Only a look for people has it. */
  readonly scoringUri?: string
  readonly conditions: readonly Condition[]
}

/** What became of a job of a trial that nobody needs any more. `ended`: it had ended before it could be cancelled. */
export interface TrialCancellation {
  readonly endpoint: string
  readonly deployment: string
  readonly job: string
  readonly result: 'cancelled' | 'ended' | 'refused'
  readonly message: string
}

/** What a tick found and did. API, metrics, CLI and log are drawings of it. */
export interface Report {
  readonly application: string
  readonly tick: number
  readonly startedAt: number
  readonly endedAt: number
  readonly dryRun: boolean
  /** The Application only observes: nothing is ever written for it. */
  readonly mode?: 'observe'
  /** The newest commit seen, and the one whose content is in force. They differ while the newest is broken. */
  readonly attemptedRevision?: string
  readonly appliedRevision?: string
  readonly committedAt?: number
  /** Of the newest commit seen: who wrote it, and the first line of its message. */
  readonly author?: string
  readonly subject?: string
  readonly problems: readonly Problem[]
  readonly plan: Plan
  readonly outcomes: readonly Outcome[]
  /** Jobs of trials that nobody needs any more, and what became of them; absent = none. */
  readonly cancellations?: readonly TrialCancellation[]
  /** What became of what operators asked for. */
  readonly answers: readonly IntentAnswer[]
  readonly resources: readonly ResourceStatus[]
  /** Live, and in no Git that is known here; after an unreadable workspace those of before. */
  readonly orphans?: readonly Orphan[]
  readonly conditions: readonly Condition[]
  /** Why Git or the workspace could not be read or understood; absent when they were. */
  readonly failure?: { readonly reason: string; readonly message: string }
  /** True when live equals desired and nothing is under way. */
  readonly converged: boolean
}
