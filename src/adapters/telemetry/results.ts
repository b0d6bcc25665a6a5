import type { Condition, ErrorClass, Report, ResourceStatus } from '../../core/model/report.ts'
import type { RECONCILE_RESULT } from './labels.ts'

type Result = (typeof RECONCILE_RESULT)[number]

/** How a tick went as a whole. An error in Git's content is one too: it keeps the newest commit from being applied. */
export function tickResult(report: Report): Result {
  if (report.conditions.some(({ reason }) => reason === 'Suspended')) return 'skipped'
  const failed = report.outcomes.some(({ result }) => result === 'Failed')
  if (failed || errorClassesOf(report).length > 0) return 'error'
  return report.converged ? 'success' : 'requeue'
}

/** How one thing stands after a tick in which no action on it was refused. */
export function reconcileResult({ sync, health }: ResourceStatus): Result {
  if (health === 'suspended') return 'skipped'
  if (health === 'degraded' || sync === 'unknown') return 'error'
  return sync === 'synced' && health === 'healthy' ? 'success' : 'requeue'
}

/** True when the workspace was observed: the tick had something to reconcile with. */
export function isReconciled(report: Report): boolean {
  return !report.conditions.some(({ type, status }) => type === 'Ready' && status === 'Unknown')
}

/** Errors of the tick itself: the source, its content, the observation. */
export function errorClassesOf(report: Report): readonly ErrorClass[] {
  const classes: ErrorClass[] = []
  for (const condition of report.conditions) {
    const found = classOf(condition)
    if (found !== undefined) classes.push(found)
  }
  if (report.problems.some(({ severity }) => severity === 'error')) classes.push('user')
  return [...new Set(classes)]
}

/** Reasons of SourceError and CloudError that name their class; the others may pass by themselves. */
const CLASS_OF_REASON: { readonly [reason: string]: ErrorClass } = {
  Unauthorized: 'auth',
  Forbidden: 'auth',
  Refused: 'user',
  RevisionNotFound: 'user',
  EmptyRepository: 'user',
  PathNotFound: 'user',
  LimitExceeded: 'user',
  Conflict: 'conflict',
  Unavailable: 'service',
}

function classOf({ type, status, reason }: Condition): ErrorClass | undefined {
  const isError =
    (type === 'SourceReady' && status === 'False') || (type === 'Ready' && status === 'Unknown')
  return isError ? (CLASS_OF_REASON[reason] ?? 'retryable') : undefined
}
