import type { Assembly } from '../../compose.ts'
import type { Desired } from '../../core/model/desired.ts'
import type { World } from '../../core/model/live.ts'
import type { Change } from '../../core/model/plan.ts'
import { DEPLOYMENT_OF, isDeployment, keyOf, scopeOf } from '../../core/model/ref.ts'
import type { Report } from '../../core/model/report.ts'
import { countsOf, passedLimits } from '../../core/plan/capacity/service-limits.ts'
import { CloudError } from '../../reconcile/ports.ts'
import { wholeWorld } from '../../reconcile/whole-world.ts'
import { coreNeeds, shortages } from '../doctor/cores.ts'

/** A report, and what may stand in the way of its plan by Azure's quotas and limits. Each absent when there is nothing to say. */
export interface PlannedReport extends Report {
  /** Cores that are missing, in sentences; absent, too, where Azure does not tell. */
  readonly quota?: readonly string[]
  /** Published limits that would be passed, in sentences: they may have been raised. */
  readonly limits?: readonly string[]
}

/**
 * Adds the cores that are missing for the deployments that the plan makes or enlarges, all of them together, and the limits
 * on endpoints and deployments that it would pass. Cores for those of a Rollout are held by the plan itself. Azure is asked
 * only when there is something to make.
 */
export async function withQuota(
  assembly: Assembly,
  report: Report,
  signal: AbortSignal,
): Promise<PlannedReport> {
  const { changes } = report.plan
  const made = changes.filter(({ verb }) => verb === 'create').map(({ ref }) => ref)
  const isCounted = made.some(({ kind }) => isDeployment(kind) || kind in DEPLOYMENT_OF)
  const wanted = await growingIn(assembly, changes, signal)
  if (!isCounted && wanted.length === 0) return report
  try {
    const nothing = { assets: [], labels: [] }
    const world = await wholeWorld(assembly.ports.cloud, nothing, signal)
    const limits = passedLimits(countsOf(world.resources, made))
    const quota = wanted.length === 0 ? [] : await missing(assembly, wanted, world, signal)
    return {
      ...report,
      ...(quota.length === 0 ? {} : { quota }),
      ...(limits.length === 0 ? {} : { limits }),
    }
  } catch (error) {
    if (error instanceof CloudError) return report
    throw error
  }
}

/** Declarations of the deployments that the plan makes or enlarges without a Rollout. */
async function growingIn(
  { reader }: Assembly,
  changes: readonly Change[],
  signal: AbortSignal,
): Promise<readonly Desired[]> {
  const growing = new Set(changes.filter(grows).map(({ ref }) => keyOf(ref)))
  if (growing.size === 0) return []
  const { desired = [] } = await reader.read(signal)
  const rolledOut = new Set(
    desired.flatMap(({ ref, rollout }) => (rollout === undefined ? [] : [keyOf(ref)])),
  )
  return desired.filter(({ ref }) => growing.has(keyOf(ref)) && !rolledOut.has(scopeOf(ref)))
}

async function missing(
  { inspect }: Assembly,
  wanted: readonly Desired[],
  { workspace, resources }: World,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const inspector = inspect()
  const quotas = await inspector.quotas(workspace.location, signal)
  const sizes = await inspector.vmSizes(workspace.location, signal)
  if (sizes.length === 0 || quotas.length === 0) return []
  const needs = coreNeeds(wanted, resources, sizes)
  return [...needs.complaints, ...shortages(needs, quotas)]
}

function grows({ ref, verb, differences }: Change): boolean {
  if (ref.kind !== 'OnlineDeployment') return false
  return verb === 'create' || differences.some(({ path }) => path.startsWith('/sku'))
}
