import { hasErrors } from '../model/problem.ts'
import type { Report } from '../model/report.ts'

interface Trouble {
  /** CamelCase, stable. */
  readonly reason: string
  readonly message: string
}

/** Why the source could not be read or understood; undefined when it was. */
export function sourceTrouble({ conditions }: Report): Trouble | undefined {
  return conditions.find(({ type, status }) => type === 'SourceReady' && status === 'False')
}

/** Why the workspace could not be read; undefined when it was, or when the source is the nearer trouble. */
export function cloudTrouble(report: Report): Trouble | undefined {
  return sourceTrouble(report) === undefined ? report.failure : undefined
}

/**
 * True when there was content in force and the workspace was read, so that the two were compared. A broken newest commit
 * does not prevent that: the last good one stays in force.
 */
export function wasCompared(report: Report): boolean {
  if (report.appliedRevision === undefined || cloudTrouble(report) !== undefined) return false
  return sourceTrouble(report) === undefined || report.plan.findings.length > 0
}

/** True when Git's content has errors. */
export function hasMistakes(report: Report): boolean {
  return hasErrors(report.problems)
}
