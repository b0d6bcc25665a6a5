import { type LabelRef, labelKey } from '../../model/desired.ts'
import type { IgnoredDifference } from '../../model/plan.ts'
import { type Assessment, rulesFor } from '../assess.ts'
import type { PlanContext } from '../context.ts'
import { differencesOf, isRecord, isRouted, within } from './diff.ts'
import { armContextOf } from './labels.ts'

/**
 * In what a thing of ours differs from Git and is left to others: by a rule of `ignoreDifferences`, or by `drift: ignore`. It
 * is told, and nothing follows from it.
 */
export function ignoredDifferences(
  { ref, kind, live, desired, owner, rolloutPlan, pins = {}, tolerated = [] }: Assessment,
  planContext: PlanContext,
): readonly IgnoredDifference[] {
  if (live === undefined || desired === undefined || owner.ownership !== 'ours') return []
  const byPolicy = tolerated.map((one) => ({ ...one, why: 'drift: ignore' }))
  const rules = rulesFor(planContext, ref)
  if (rules.length === 0) return byPolicy
  const context = armContextOf(planContext.world)
  const version = (label: LabelRef): string =>
    pins[labelKey(label)] ?? context.version(label) ?? '0'
  const declared = kind.toArm(desired, { ...context, version })
  const byRule = differencesOf(kind, live.body, { declared, released: [] }).flatMap((one) => {
    const rule = rules.find(({ path }) => within(one.path, path))
    const isOfRollout = isRecord(one.path) || (rolloutPlan !== undefined && isRouted(one.path))
    return rule === undefined || isOfRollout ? [] : [{ ...one, why: rule.reason }]
  })
  return [...byRule, ...byPolicy]
}
