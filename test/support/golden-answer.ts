import type { ProbeAnswer, ScoredAnswer } from '../../src/core/model/probes/probe.ts'
import type { GoldenRequest } from '../../src/core/model/rollout.ts'
import { faultOf } from '../../src/core/rollout/golden/golden.ts'

/** What is left of a deployment's answer to a golden request. */
export function judgedAnswer(golden: GoldenRequest, answer: ScoredAnswer): ProbeAnswer {
  const fault = faultOf(golden, answer)
  return { name: golden.name, ...(fault === undefined ? {} : { fault }) }
}
