import { type RolloutDecision, stay } from '../../rollout/decide/decision.ts'
import type { RolloutInput } from '../../rollout/decide/rollout-input.ts'
import { unmoved } from '../../rollout/decide/stable.ts'
import { healthOf } from '../../rollout/decide/state.ts'
import { isUnderWay } from '../../rollout/record.ts'
import type { Weights } from '../../rollout/weights.ts'

/**
 * No weight rises on what does not serve at this moment, whoever says so (INVARIANTS S2). What served before a change of it
 * failed still serves; and where a list does not show the way back, Azure says whether it is there.
 */
export function guarded(input: RolloutInput, decision: RolloutDecision): RolloutDecision {
  const { live, mirror } = input
  const rises = (after: Weights, before: Weights): readonly string[] =>
    Object.keys(after).filter((name) => (after[name] ?? 0) > (before[name] ?? 0))
  const able: readonly string[] = decision.isUrgent
    ? ['up', 'changed', 'degraded', 'unknown']
    : ['up', 'changed', 'degraded']
  const candidate = isUnderWay(decision.record) ? decision.record.candidate?.slot : undefined
  const down = [...rises(decision.weights, live), ...rises(decision.mirror, mirror)].find(
    (slot) => {
      const health = healthOf(input, { slot })
      // What never had users, or is not proven, gets no more of them while a change of it has failed.
      const isUnfit = health === 'degraded' && slot === candidate && !decision.isUrgent
      return isUnfit || !able.includes(health)
    },
  )
  if (down === undefined) return decision
  const message = `${down} does not serve now, so no traffic is moved to it yet. ${decision.message}`
  const answers = postponed(decision.answers, { message })
  const move = { phase: 'degraded', reason: 'TargetNotUp', message, awaits: down } as const
  return { ...unmoved(input, move), answers }
}

/** The rollout begins when another one is over; until then everything stays as its record says. */
export function waits(
  input: RolloutInput,
  { answers }: RolloutDecision,
  { most, ahead }: { readonly most: number; readonly ahead: readonly string[] },
): RolloutDecision {
  const { record } = input
  const names = ahead.length === 0 ? '' : ` (${ahead.join(', ')})`
  const message = `${most} rollouts are under way${names}, which is the limit (sync.maxRollouts): it begins when one of them is over.`
  const said = { phase: 'provisioning', reason: 'RolloutsAtLimit', message } as const
  if (record === undefined) return { ...unmoved(input, said), answers }
  return stay(input, record, { ...said, answers: postponed(answers) })
}

/** What was accepted for a move that is not made waits for it. */
function postponed(
  answers: RolloutDecision['answers'],
  changes: { readonly message?: string } = {},
): RolloutDecision['answers'] {
  return answers.map((answer) =>
    answer.result === 'accepted' ? { ...answer, ...changes, result: 'pending' } : answer,
  )
}
