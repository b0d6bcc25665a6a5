import type { Action, Held } from '../model/plan.ts'
import { keyOf } from '../model/ref.ts'
import { type Intent, type IntentAnswer, isLever } from '../model/rollout.ts'
import type { Assessment } from './assess.ts'
import { checkStopped } from './checks.ts'
import type { PlanInput } from './context.ts'
import type { Asking } from './ownership/adoption.ts'
import { adoptionAnswers } from './ownership/adoption-answers.ts'
import { checkOwnership } from './ownership/ownership-held.ts'
import { approvalAnswers } from './prune/approval.ts'
import type { Decision } from './prune/recreate.ts'
import { isEndpoint } from './traffic/traffic-plan.ts'

/**
 * What operators are told if this plan's actions are accepted: a lever whose write cannot go out now is asked again.
 * `returns`: users of rollouts that Git does not declare any more, who go back by themselves.
 */
export function answersOf(
  assessments: readonly Assessment[],
  { actions, held, returns, deletions }: Outcome,
  asking: Asking & Pick<PlanInput, 'freezes' | 'sync' | 'now' | 'world'>,
): readonly IntentAnswer[] {
  const sent = new Set(
    actions.filter(({ turn }) => turn !== undefined).map(({ ref }) => keyOf(ref)),
  )
  const said = assessments
    .filter(({ ref }) => isEndpoint(ref))
    .flatMap((one) =>
      (one.rolloutPlan?.decision.answers ?? []).map((answer) =>
        answer.result !== 'accepted' ||
        sent.has(one.key) ||
        one.rolloutPlan?.decision.transition === undefined
          ? answer
          : { ...answer, ...unsentOf(one, held, asking) },
      ),
    )
  const answered = new Set(said.map(({ intent }) => intent.id))
  const lost = asking.intents
    .filter((intent) => isLever(intent) && !answered.has(intent.id))
    .map((intent) => ({ intent, ...answerWithoutRollout(intent, returns, sent) }))
  return [
    ...said,
    ...lost,
    ...adoptionAnswers(assessments, actions, held, asking),
    ...approvalAnswers(deletions, asking),
  ]
}

interface Outcome {
  readonly actions: readonly Action[]
  readonly held: readonly Held[]
  readonly returns: readonly Decision[]
  /** Keys of what is deleted, or will be. */
  readonly deletions: readonly string[]
}

/** Where Git declares no rollout, only the way back is left of one, which is taken without a word. */
function answerWithoutRollout(
  { verb, endpoint }: Intent,
  returns: readonly Decision[],
  sent: ReadonlySet<string>,
): Pick<IntentAnswer, 'result' | 'message'> {
  const back = returns.find(
    ({ change }) => change?.ref.name.toLowerCase() === endpoint.toLowerCase(),
  )
  if (back?.change === undefined || (verb !== 'abort' && verb !== 'undo'))
    return {
      result: 'refused',
      message: 'No Rollout of this Application moves an endpoint of that name.',
    }
  const message = back.held?.message ?? back.action?.turn?.message ?? ''
  const isSent = back.held === undefined && sent.has(keyOf(back.change.ref))
  return { result: isSent ? 'accepted' : 'pending', message }
}

/** A write that cannot go out now is awaited, unless it is a person or a commit that it waits for. */
function unsentOf(
  assessment: Assessment,
  held: readonly Held[],
  input: Pick<PlanInput, 'freezes' | 'sync' | 'now'>,
): Pick<IntentAnswer, 'result'> & Partial<IntentAnswer> {
  const stopped = checkStopped(assessment, { input })
  if (stopped !== undefined) return { result: 'refused', message: stopped.message }
  const why = checkOwnership(assessment) ?? held.find(({ ref }) => keyOf(ref) === assessment.key)
  return why === undefined ? { result: 'pending' } : { result: 'pending', message: why.message }
}
