import type { Report } from '../../core/model/report.ts'
import { samplesIn } from '../../core/report/samples.ts'
import { openLines } from './lines.ts'

export interface Verdicts {
  /** Adds what ended the rollouts that are over in this report, and were not in the one before. */
  record(report: Report, previous: Report | undefined): void
}

/**
 * What the checks of each rollout said in the end, and by which queries and samples: a line of JSON each, in
 * `verdicts.jsonl` of `folder`. It outlives the process, which forgets. Never throws: `onError` hears why not.
 */
export function openVerdicts(options: {
  readonly folder: string
  readonly onError: (error: unknown) => void
}): Verdicts {
  const lines = openLines(options)
  return {
    record({ application, resources }, previous) {
      for (const { key, rollout } of resources) {
        if (rollout?.judged === undefined) continue
        const { judged, endpoint, phase, reason } = rollout
        const before = previous?.resources.find((one) => one.key === key)?.rollout
        if (before === undefined || before.judged !== undefined) continue
        lines.add('verdicts', { application, phase, reason, ...samplesIn(endpoint, judged) })
      }
    },
  }
}
