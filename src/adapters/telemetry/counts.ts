import type { Held } from '../../core/model/plan.ts'
import { keyOf } from '../../core/model/ref.ts'
import type { Outcome, Report, ResourceStatus } from '../../core/model/report.ts'
import { wasCompared } from '../../core/report/trouble.ts'
import type { Catalogue } from './catalogue.ts'
import type { Families } from './families.ts'
import { errorClassesOf, reconcileResult, tickResult } from './results.ts'
import { snakeCase } from './snake-case.ts'

type Counting = Pick<Families<Catalogue>, 'add' | 'observe'>

/** Counts what a tick did. `previous` is the report before it, so that a state that lasts is counted once. */
export function countTick(families: Counting, report: Report, previous: Report | undefined): void {
  countReconciles(families, report)
  countErrors(families, report)
  countDrift(families, report, previous)
  countBlocked(families, report, previous)
  countPrunes(families, report, previous)
}

/** Counts a plan, dry or not. */
export function countPlan(families: Counting, report: Report, previous: Report | undefined): void {
  const trigger = triggerOf(report, previous)
  const result = !wasCompared(report)
    ? 'error'
    : report.plan.changes.length > 0
      ? 'changes'
      : 'no_changes'
  families.add('', 'plans', { trigger, result })
  if (report.outcomes.length > 0) return
  families.observe('', 'planDuration', { trigger }, seconds(report))
}

function triggerOf(report: Report, previous: Report | undefined): 'commit' | 'drift' | 'manual' {
  if (report.dryRun) return 'manual'
  return report.attemptedRevision === previous?.attemptedRevision ? 'drift' : 'commit'
}

function countReconciles(families: Counting, report: Report): void {
  families.add('', 'reconcile', { kind: 'Application', result: tickResult(report) })
  families.observe('', 'reconcileDuration', { kind: 'Application' }, seconds(report))
  const failed = new Set(report.outcomes.filter(isFailed).map(({ action }) => keyOf(action.ref)))
  for (const resource of report.resources) {
    const { kind } = resource.ref
    const result = failed.has(resource.key) ? 'error' : reconcileResult(resource)
    families.add('', 'reconcile', { kind, result })
    if (resource.sync === 'synced') families.add('', 'azureWritesSuppressed', { kind })
  }
}

function countErrors(families: Counting, report: Report): void {
  for (const errorClass of errorClassesOf(report)) {
    families.add('', 'reconcileErrors', { kind: 'Application', error_class: errorClass })
  }
  for (const { action, errorClass } of report.outcomes.filter(isFailed)) {
    families.add('', 'reconcileErrors', { kind: action.ref.kind, error_class: errorClass })
  }
}

function countDrift(families: Counting, report: Report, previous: Report | undefined): void {
  const target = report.application
  const before = new Set(previous?.resources.filter(isDrifted).map(({ key }) => key))
  for (const { ref, key } of report.resources.filter(isDrifted)) {
    if (before.has(key)) continue
    const labels = { target, kind: ref.kind, actor: 'unknown', client: 'other' }
    families.add(target, 'driftDetected', labels)
  }
  for (const { action, result } of report.outcomes) {
    if (action.reason !== 'Drift') continue
    const labels = { target, kind: action.ref.kind, result: resultLabel(result) }
    families.add(target, 'driftCorrections', labels)
  }
}

function countBlocked(families: Counting, report: Report, previous: Report | undefined): void {
  const target = report.application
  for (const { reason } of newlyBlocked(report, previous)) {
    families.add(target, 'planBlocked', { target, reason: snakeCase(reason) })
  }
}

function countPrunes(families: Counting, report: Report, previous: Report | undefined): void {
  const target = report.application
  for (const { action, result } of report.outcomes) {
    if (action.reason !== 'Prune' || result !== 'Started') continue
    const { kind } = action.ref
    families.add(target, 'prunes', { target, kind, result: PRUNED[action.verb] })
  }
  const pruned = new Set(
    report.plan.changes.filter(({ reason }) => reason === 'Prune').map(({ ref }) => keyOf(ref)),
  )
  for (const { ref } of newlyBlocked(report, previous)) {
    if (!pruned.has(keyOf(ref))) continue
    families.add(target, 'prunes', { target, kind: ref.kind, result: 'blocked' })
  }
}

/** An update is the one before a delete: nothing is sent anywhere any more. */
const PRUNED = {
  create: 'deleted',
  update: 'deleted',
  delete: 'deleted',
  archive: 'archived',
  detach: 'detached',
} as const

function newlyBlocked(report: Report, previous: Report | undefined): readonly Held[] {
  const name = ({ ref, state, reason }: Held) => `${keyOf(ref)} ${state} ${reason}`
  const before = new Set(previous?.plan.held.map(name))
  return report.plan.held.filter((held) => held.state !== 'waiting' && !before.has(name(held)))
}

function isFailed(outcome: Outcome): outcome is Extract<Outcome, { result: 'Failed' }> {
  return outcome.result === 'Failed'
}

function isDrifted({ driftedSince }: ResourceStatus): boolean {
  return driftedSince !== undefined
}

function resultLabel(result: Outcome['result']): 'success' | 'error' {
  return result === 'Started' ? 'success' : 'error'
}

function seconds({ startedAt, endedAt }: Report): number {
  return Math.max(0, endedAt - startedAt) / 1000
}
