import type { Report } from '../core/model/report.ts'
import type { ServedApplication } from './application.ts'

/** Why an Application is not ready yet: one reason each; empty = all have had their first good tick. */
export function createReadiness(applications: readonly ServedApplication[]): {
  reasons(): readonly string[]
  close(): void
} {
  const ready = new Set(
    applications.filter(({ journal }) => journal.history().some(isGood)).map(({ name }) => name),
  )
  const endings = applications.map(({ name, journal }) =>
    journal.watch((report) => {
      if (isGood(report)) ready.add(name)
    }),
  )
  return {
    reasons: () =>
      applications.filter(({ name }) => !ready.has(name)).map((application) => why(application)),
    close: () => {
      for (const end of endings) end()
    },
  }
}

/** The source was read and the workspace observed. Later trouble is told by conditions: a restart would not help. */
export function isGood({ conditions }: Report): boolean {
  return !conditions.some(
    ({ type, status }) =>
      (type === 'SourceReady' && status === 'False') || (type === 'Ready' && status === 'Unknown'),
  )
}

function why({ name, journal }: ServedApplication): string {
  const bad = journal
    .latest()
    ?.conditions.find(({ type, status }) => type === 'SourceReady' && status === 'False')
  const other = journal.latest()?.conditions.find(({ status }) => status === 'Unknown')
  const found = bad ?? other
  return found === undefined ? `${name}: no tick yet` : `${name}: ${found.reason}`
}
