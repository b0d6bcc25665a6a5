import { hasErrors } from '../../core/model/problem.ts'
import { keyOf, type Ref } from '../../core/model/ref.ts'
import type { Report, ResourceStatus } from '../../core/model/report.ts'
import { deploymentOf, isEndpoint } from '../../core/plan/traffic/traffic-plan.ts'

/** When `sync` is done: as soon as what Git wants serves and is proven, or when what it replaced is gone, too. */
export type Wait = 'promoted' | 'kept'

/** What only quota from Azure ends: somebody has to ask for it, and whoever waits here is told at once. */
const SHORT_OF_QUOTA: ReadonlySet<string> = new Set(['QuotaShort', 'OutOfQuota', 'QuotaExceeded'])
const AT_WORK: ReadonlySet<string> = new Set([
  'Provisioning',
  'Deleting',
  'OperationOverdue',
  'OwnWriteNotSeen',
])

/** Live is what Git says, but for what a rollout keeps for its window as the way back. */
export function isDone(report: Report, wait: Wait): boolean {
  return report.converged || (wait === 'promoted' && isPromoted(report))
}

/** Done, or nothing will happen any more without a person or a commit. */
export function isOver(report: Report, wait: Wait): boolean {
  const { failure, plan, outcomes } = report
  if (isDone(report, wait) || failure !== undefined) return true
  if (outcomes.length > 0) return false
  return plan.wakeAt === undefined || isShortOfQuota(report) || isLeftToSomebody(report, wait)
}

/** Whatever the next look is for: all that does not move waits for a person or a commit. */
function isLeftToSomebody({ plan, resources }: Report, wait: Wait): boolean {
  const kept = new Set(wait === 'promoted' ? resources.flatMap(keptBy) : [])
  const held = plan.held.filter(({ ref, reason }) => AT_WORK.has(reason) || !kept.has(keyOf(ref)))
  const isStopped = held.length > 0 && held.every(({ state }) => state !== 'waiting')
  return isStopped && plan.actions.length === 0
}

function isPromoted({ failure, problems, plan, resources }: Report): boolean {
  if (failure !== undefined || hasErrors(problems) || plan.actions.length > 0) return false
  const kept = new Set(resources.flatMap(keptBy))
  const isKept = ({ ref }: { readonly ref: Ref }): boolean => kept.has(keyOf(ref))
  if (![...plan.changes, ...plan.held].every(isKept)) return false
  const others = resources.filter((one) => !isKept(one))
  return others.every(({ sync, health }) => sync === 'synced' && health === 'healthy')
}

/** The key of the deployment that a rollout keeps as its way back. */
function keptBy({ ref, rollout }: ResourceStatus): readonly string[] {
  if (rollout?.previous === undefined || !isEndpoint(ref)) return []
  return [keyOf(deploymentOf(ref, rollout.previous.deployment))]
}

function isShortOfQuota({ plan: { held, actions } }: Report): boolean {
  const isAtWork = actions.length > 0 || held.some(({ reason }) => AT_WORK.has(reason))
  return !isAtWork && held.some(({ reason }) => SHORT_OF_QUOTA.has(reason))
}
