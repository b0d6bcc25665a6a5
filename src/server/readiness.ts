import { cloudTrouble, sourceTrouble, wasCompared } from '../core/report/trouble.ts'
import type { ServedApplication } from './application.ts'

/**
 * Why an Application is not ready yet: one reason each; empty = all have had a tick that compared Git with Azure. Later
 * trouble is told by conditions and metrics: a restart would not help.
 */
export function createReadiness(applications: readonly ServedApplication[]): {
  reasons(): readonly string[]
  close(): void
} {
  const ready = new Set(
    applications
      .filter(({ journal }) => journal.history().some((tick) => tick.wasCompared))
      .map(({ name }) => name),
  )
  const endings = applications.map(({ name, journal }) =>
    journal.watch((report) => {
      if (wasCompared(report)) ready.add(name)
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

function why({ name, journal }: ServedApplication): string {
  const latest = journal.latest()
  if (latest === undefined) return `${name}: no tick yet`
  const trouble = sourceTrouble(latest) ?? cloudTrouble(latest)
  return `${name}: ${trouble?.reason ?? 'nothing could be compared'}`
}
