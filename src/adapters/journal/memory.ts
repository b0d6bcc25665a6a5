import type { Report } from '../../core/model/report.ts'
import { type Event, eventsOf } from '../../core/report/events/event.ts'
import { type TickSummary, tickSummaryOf } from '../../core/report/tick-summary.ts'
import type { Journal } from '../../reconcile/ports.ts'

const EVENTS_MAX = 1000

/** Called after a report is kept, with what it told anew and the report before it. */
export type JournalListener = (
  report: Report,
  events: readonly Event[],
  previous: Report | undefined,
) => void

export interface MemoryJournal extends Journal {
  /** Oldest first, at most `history` of them, the latest report's among them; dry runs are not kept. */
  history(): readonly TickSummary[]
  /** Oldest first, at most 1000. */
  events(): readonly Event[]
  /** Returns the function that ends the watching. */
  watch(listener: JournalListener): () => void
}

/**
 * Keeps one Application's latest report, a line for each of the `history` of its last ticks, and the events between them. A
 * report is as large as the workspace, so one of them is kept. A dry run changed nothing and is not kept. A listener that
 * throws does not disturb the tick or the other listeners; `onError` hears it.
 */
export function createJournal(options: {
  readonly history: number
  readonly onError?: (error: unknown) => void
}): MemoryJournal {
  const size = Math.max(1, options.history)
  const listeners = new Set<JournalListener>()
  let latest: Report | undefined
  let history: readonly TickSummary[] = []
  let events: readonly Event[] = []

  function record(report: Report): void {
    if (report.dryRun) return
    const previous = latest
    const news = eventsOf(report, previous)
    latest = report
    history = [...history, tickSummaryOf(report)].slice(-size)
    events = [...events, ...news].slice(-EVENTS_MAX)
    for (const listener of [...listeners]) tell(listener, report, news, previous)
  }

  function tell(listener: JournalListener, ...told: Parameters<JournalListener>): void {
    try {
      listener(...told)
    } catch (error) {
      options.onError?.(error)
    }
  }

  return {
    record,
    latest: () => latest,
    history: () => history,
    events: () => events,
    watch: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
