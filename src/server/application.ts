import type { Report } from '../core/model/report.ts'
import type { Event } from '../core/report/event.ts'
import type { Journal } from '../reconcile/ports.ts'

/** What the server reads of an Application: its journal, and nothing else. */
export interface ServedApplication {
  readonly name: string
  readonly journal: ReadableJournal
}

export interface ReadableJournal extends Pick<Journal, 'latest'> {
  /** Oldest first. */
  history(): readonly Report[]
  /** Oldest first. */
  events(): readonly Event[]
  /** Returns the function that ends the watching. */
  watch(listener: (report: Report, events: readonly Event[]) => void): () => void
}
