import type { Report } from '../../core/model/report.ts'
import { type Event, eventsOf } from '../../core/report/event.ts'
import type { Journal } from '../../reconcile/ports.ts'

const EVENTS_MAX = 1000

/** Called after a report is kept, with what it told anew. */
export type JournalListener = (report: Report, events: readonly Event[]) => void

export interface MemoryJournal extends Journal {
  /** Oldest first, at most `history` of them; dry runs are not kept. */
  history(): readonly Report[]
  /** Oldest first, at most 1000. */
  events(): readonly Event[]
  /** Returns the function that ends the watching. */
  watch(listener: JournalListener): () => void
}

/**
 * Keeps one Application's latest report, the `history` before it, and the events between them. A dry run changed
 * nothing and is not kept. A listener that throws does not disturb the tick or the other listeners; `onError` hears it.
 */
export function createJournal(options: {
  readonly history: number
  readonly onError?: (error: unknown) => void
}): MemoryJournal {
  const size = Math.max(1, options.history)
  const listeners = new Set<JournalListener>()
  let reports: readonly Report[] = []
  let events: readonly Event[] = []

  function record(report: Report): void {
    if (report.dryRun) return
    const news = eventsOf(report, reports.at(-1))
    reports = [...reports, report].slice(-size)
    events = [...events, ...news].slice(-EVENTS_MAX)
    for (const listener of [...listeners]) tell(listener, report, news)
  }

  function tell(listener: JournalListener, report: Report, news: readonly Event[]): void {
    try {
      listener(report, news)
    } catch (error) {
      options.onError?.(error)
    }
  }

  return {
    record,
    latest: () => reports.at(-1),
    history: () => reports,
    events: () => events,
    watch: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
