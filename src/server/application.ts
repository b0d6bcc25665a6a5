import type { Report } from '../core/model/report.ts'
import type { Intent, IntentAnswer } from '../core/model/rollout.ts'
import type { Event } from '../core/report/events/event.ts'
import type { Samples } from '../core/report/samples.ts'
import type { TickSummary } from '../core/report/tick-summary.ts'
import type { Journal } from '../reconcile/ports.ts'

/** What the server knows of an Application: its journal, and where the levers of its rollouts are. */
export interface ServedApplication {
  readonly name: string
  readonly journal: ReadableJournal
  /** Absent: this Application can only be looked at. */
  readonly inbox?: WritableInbox
  /** What ended the last rollout of an endpoint, where it was written down; absent: nothing is. */
  lastVerdict?(endpoint: string): Promise<Samples | undefined>
}

export interface WritableInbox {
  /** Resolves with the final answer, or with `pending` when the signal aborts before there is one. */
  put(intent: Intent, signal: AbortSignal): Promise<IntentAnswer>
}

export interface ReadableJournal extends Pick<Journal, 'latest'> {
  /** Oldest first. */
  history(): readonly TickSummary[]
  /** Oldest first. */
  events(): readonly Event[]
  /** Returns the function that ends the watching. */
  watch(listener: (report: Report, events: readonly Event[]) => void): () => void
}
