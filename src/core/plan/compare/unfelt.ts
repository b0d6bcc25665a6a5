import type { Kind } from '../../kinds/kind.ts'
import type { Difference, Held } from '../../model/plan.ts'
import { isDeployment } from '../../model/ref.ts'
import { isUnderWay } from '../../rollout/record.ts'
import type { Assessment } from '../assess.ts'
import { waiting } from '../held.ts'
import { within } from './diff.ts'

/** A difference that changes nothing of what a deployment answers. */
export function isBeside({ unfelt = [], addOnly = [] }: Kind, { path, live }: Difference): boolean {
  const isAdded = live === undefined && addOnly.some((pointer) => within(path, pointer))
  return isAdded || unfelt.some((pointer) => within(path, pointer))
}

export function areBeside(kind: Kind, differences: readonly Difference[]): boolean {
  return differences.every((one) => isBeside(kind, one))
}

/**
 * What only describes a deployment comes when the rollout of its endpoint is over: Azure takes no traffic back while a
 * deployment is written. How many instances an online one has is the rollout's own business.
 */
export function checkBesideRollout(assessment: Assessment): Held | undefined {
  const { ref, kind, rolloutPlan, live, reason, differences } = assessment
  if (!isDeployment(ref.kind) || live?.phase !== 'Ready' || reason !== 'Update') return undefined
  const isScaled = differences.some(({ path }) => within(path, '/sku'))
  if (isScaled || !areBeside(kind, differences)) return undefined
  if (!isUnderWay(rolloutPlan?.decision.record)) return undefined
  const message = 'No request can feel the change: it comes when the rollout is over.'
  return waiting(ref, 'RolloutUnderWay', message)
}
