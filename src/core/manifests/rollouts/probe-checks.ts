import type { FieldIssue } from '../../kinds/kind.ts'
import type { Rollout } from '../../model/desired.ts'
import { probeIn } from '../../rollout/probed.ts'

/**
 * A bake without a control group is held against what stable had come to before it (`Reference`). Where that holds probes,
 * users would be held against the error rate of probes: a good revision would be taken back because users are not files.
 */
export function probeIssues({
  steps,
  analysis,
  bakeMs,
  bakeControl,
}: Rollout): readonly FieldIssue[] {
  const index = steps.findIndex((step) => probeIn(step) !== undefined)
  const isHeldAgainstProbes =
    bakeMs > 0 &&
    bakeControl === 0 &&
    analysis.some(({ rule, dryRun }) => rule.judge !== 'threshold' && dryRun === undefined)
  if (index === -1 || !isHeldAgainstProbes) return []
  const message =
    'the bake would hold users against the error rate of probes: leave checks that compare out of "spec.analysis", or give the bake a "control" group'
  const path = ['spec', 'strategy', 'canary', 'steps', index, 'analysis', 'probe']
  return [{ path, reason: 'ConflictingFields', message }]
}
