import type { Rollout } from '../model/desired.ts'
import { differentOnes, type StepProbe } from '../model/probes/probe-traffic.ts'
import type { Check, GoldenRequest, Judgement, Step } from '../model/rollout.ts'

/** What a step sends while it is in force. */
export function probeIn(step: Step | undefined): StepProbe | undefined {
  return step?.type === 'analysis' ? step.probe : undefined
}

/** The requests that are sent so that a check has something to judge; empty where users alone are judged. */
export function probesFor(
  { id }: Pick<Check, 'id'>,
  { steps }: Pick<Rollout, 'steps'>,
): readonly GoldenRequest[] {
  return steps.flatMap((step) => {
    const isOfCheck = step.type === 'analysis' && step.checks.some((one) => one.id === id)
    return isOfCheck ? (probeIn(step)?.requests ?? []) : []
  })
}

/** A pass that rests on probes says so: however often they were sent, there are no more different ones than files. */
export function withProbesNamed<Verdict extends Pick<Judgement, 'outcome' | 'message'>>(
  verdict: Verdict,
  check: Pick<Check, 'id'>,
  rollout: Pick<Rollout, 'steps'>,
): Verdict {
  const different = new Set(probesFor(check, rollout).map(({ name }) => name)).size
  if (different === 0 || verdict.outcome !== 'pass') return verdict
  const message = `${verdict.message} There are probes among these requests, of ${differentOnes(different)}: of other requests they say nothing.`
  return { ...verdict, message }
}
