import type { ProbeAnswer } from '../../model/probes/probe.ts'
import type { GoldenRequest, RolloutStatus } from '../../model/rollout.ts'
import { askedOf } from '../../rollout/golden/golden-verdict.ts'
import type { Answers } from '../context.ts'
import type { RolloutPlan } from '../rollouts/rollout-plan.ts'

/** How the golden requests of this tick were answered; undefined when none was sent to this endpoint. */
export function goldenCount(
  { rollout }: RolloutPlan,
  { probes }: Answers,
): RolloutStatus['golden'] {
  const golden = rollout.steps.flatMap((step) => (step.type === 'verify' ? step.golden : []))
  const prefix = `OnlineDeployment/${rollout.endpoint.name.toLowerCase()}/`
  const answers = [...probes].flatMap(([key, given]) => (key.startsWith(prefix) ? given : []))
  if (answers.length === 0) return undefined
  const results = golden.map((request) => resultOf(request, answers))
  const count = (result: Result): number => results.filter((one) => one === result).length
  return { passed: count('passed'), failed: count('failed'), unanswered: count('unanswered') }
}

type Result = keyof NonNullable<RolloutStatus['golden']>

function resultOf(request: GoldenRequest, answers: readonly ProbeAnswer[]): Result {
  const own = answers.filter(({ name }) => name === request.name)
  const { isPassed, faults } = askedOf(request, own)
  if (isPassed) return 'passed'
  return faults.length > 0 ? 'failed' : 'unanswered'
}
