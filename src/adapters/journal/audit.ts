import type { Report } from '../../core/model/report.ts'
import type { IntentAnswer } from '../../core/model/rollout.ts'
import { answeredNow } from '../../core/report/events/rollout-events.ts'
import { openLines } from './lines.ts'

export interface Audit {
  /** Adds what of a report answers levers, and the one before it did not. */
  record(report: Report, previous: Report | undefined): void
}

/**
 * Who pulled which lever, when, why and with what result: a line of JSON each, in files of `folder` that only their user may read.
 * What was accepted and what was refused have files of their own, so that no flood of refusals pushes out what was done.
 * Never throws: `onError` hears why a line could not be written.
 */
export function openAudit(options: {
  readonly folder: string
  readonly onError: (error: unknown) => void
}): Audit {
  const lines = openLines(options)
  return {
    record(report, previous) {
      for (const answer of answeredNow(report, previous)) {
        if (answer.result === 'pending') continue
        const name = answer.result === 'refused' ? 'refused' : 'accepted'
        lines.add(name, lineOf(report.application, answer))
      }
    },
  }
}

function lineOf(application: string, { intent, result, message }: IntentAnswer) {
  const { id, at, who, why, verb, endpoint, about } = intent
  const said = { at: new Date(at).toISOString(), application, verb, endpoint, who, why }
  return {
    ...said,
    ...(about === undefined ? {} : { revision: about.revision }),
    result,
    message,
    id,
  }
}
