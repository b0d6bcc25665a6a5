import type { ErrorClass, Report, ResourceStatus } from '../../core/model/report.ts'
import { cloudTrouble, hasMistakes, sourceTrouble } from '../../core/report/trouble.ts'
import type { RECONCILE_RESULT } from './labels.ts'

type Result = (typeof RECONCILE_RESULT)[number]

/** How a tick went as a whole. An error in Git's content is one too: it keeps the newest commit from being applied. */
export function tickResult(report: Report): Result {
  if (report.conditions.some(({ reason }) => reason === 'Suspended')) return 'skipped'
  const failed = report.outcomes.some(({ result }) => result === 'Failed')
  if (failed || errorClassesOf(report).length > 0) return 'error'
  if (report.converged) return 'success'
  return report.mode === 'observe' ? 'skipped' : 'requeue'
}

/** How one thing stands after a tick in which no action on it was refused. */
export function reconcileResult({ sync, health, conditions }: ResourceStatus): Result {
  if (health === 'suspended') return 'skipped'
  if (health === 'degraded' || sync === 'unknown') return 'error'
  if (conditions.some(({ reason }) => reason === 'Observed')) return 'skipped'
  return sync === 'synced' && health === 'healthy' ? 'success' : 'requeue'
}

/** Errors of the tick itself: the source, its content, the observation. */
export function errorClassesOf(report: Report): readonly ErrorClass[] {
  const classes: ErrorClass[] = []
  const source = sourceTrouble(report)
  const cloud = cloudTrouble(report)
  if (hasMistakes(report)) classes.push('user')
  else if (source !== undefined) classes.push(CLASS_OF_SOURCE[source.reason] ?? 'retryable')
  if (cloud !== undefined) classes.push(CLASS_OF_CLOUD[cloud.reason] ?? 'service')
  return classes
}

/** Reasons of SourceError; the others may pass by themselves. */
const CLASS_OF_SOURCE: { readonly [reason: string]: ErrorClass } = {
  Unauthorized: 'auth',
  Refused: 'user',
  RevisionNotFound: 'user',
  EmptyRepository: 'user',
  PathNotFound: 'user',
  LimitExceeded: 'user',
}

/** Reasons of CloudError at an observation. */
const CLASS_OF_CLOUD: { readonly [reason: string]: ErrorClass } = {
  Unauthorized: 'auth',
  Forbidden: 'auth',
  CredentialRefused: 'auth',
  IdentityUnavailable: 'auth',
  WorkspaceNotFound: 'user',
  Conflict: 'conflict',
  Throttled: 'retryable',
  Queued: 'retryable',
  TimedOut: 'retryable',
  Unavailable: 'retryable',
}
