import type { Report } from '../model/report.ts'
import { wasCompared } from './trouble.ts'

/** Which tick it was, and what it read of Git. */
export type Tick = Pick<
  Report,
  | 'tick'
  | 'startedAt'
  | 'endedAt'
  | 'attemptedRevision'
  | 'appliedRevision'
  | 'committedAt'
  | 'author'
  | 'subject'
>

/** What is kept of a tick when the next one has its report: a line of a history. */
export interface TickSummary extends Tick {
  readonly converged: boolean
  /** Writes that Azure accepted, and those that it did not. */
  readonly started: number
  readonly failed: number
  /** Git's content was compared with the workspace. */
  readonly wasCompared: boolean
}

export function tickSummaryOf(report: Report): TickSummary {
  const { tick, startedAt, endedAt, attemptedRevision, appliedRevision, committedAt } = report
  const { author, subject } = report
  const came = (wanted: 'Started' | 'Failed'): number =>
    report.outcomes.filter(({ result }) => result === wanted).length
  return {
    ...{ tick, startedAt, endedAt },
    ...(attemptedRevision === undefined ? {} : { attemptedRevision }),
    ...(appliedRevision === undefined ? {} : { appliedRevision }),
    ...(committedAt === undefined ? {} : { committedAt }),
    ...(author === undefined ? {} : { author }),
    ...(subject === undefined ? {} : { subject }),
    converged: report.converged,
    started: came('Started'),
    failed: came('Failed'),
    wasCompared: wasCompared(report),
  }
}
