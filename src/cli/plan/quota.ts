import type { Assembly } from '../../compose.ts'
import type { Change } from '../../core/model/plan.ts'
import { keyOf, scopeOf } from '../../core/model/ref.ts'
import type { Report } from '../../core/model/report.ts'
import { CloudError } from '../../reconcile/ports.ts'
import { wholeWorld } from '../../reconcile/whole-world.ts'
import { coreNeeds, shortages } from '../doctor/cores.ts'

/** A report, and what stands in the way of its plan that only Azure's quota tells. */
export interface PlannedReport extends Report {
  /** Sentences; absent when there is nothing to say, or Azure does not tell. */
  readonly quota?: readonly string[]
}

/**
 * Adds the cores that are missing for the deployments that the plan makes or enlarges, all of them together. Those of a
 * Rollout are held by the plan itself. Azure is asked only when there are any.
 */
export async function withQuota(
  { reader, ports, inspect }: Assembly,
  report: Report,
  signal: AbortSignal,
): Promise<PlannedReport> {
  const growing = new Set(report.plan.changes.filter(grows).map(({ ref }) => keyOf(ref)))
  if (growing.size === 0) return report
  const { desired = [] } = await reader.read(signal)
  const rolledOut = new Set(
    desired.flatMap(({ ref, rollout }) => (rollout === undefined ? [] : [keyOf(ref)])),
  )
  const wanted = desired.filter(
    ({ ref }) => growing.has(keyOf(ref)) && !rolledOut.has(scopeOf(ref)),
  )
  if (wanted.length === 0) return report
  try {
    const nothing = { assets: [], labels: [] }
    const { workspace, resources } = await wholeWorld(ports.cloud, nothing, signal)
    const inspector = inspect()
    const quotas = await inspector.quotas(workspace.location, signal)
    const sizes = await inspector.vmSizes(workspace.location, signal)
    if (sizes.length === 0 || quotas.length === 0) return report
    const needs = coreNeeds(wanted, resources, sizes)
    const quota = [...needs.complaints, ...shortages(needs, quotas)]
    return quota.length === 0 ? report : { ...report, quota }
  } catch (error) {
    if (error instanceof CloudError) return report
    throw error
  }
}

function grows({ ref, verb, differences }: Change): boolean {
  if (ref.kind !== 'OnlineDeployment') return false
  return verb === 'create' || differences.some(({ path }) => path.startsWith('/sku'))
}
