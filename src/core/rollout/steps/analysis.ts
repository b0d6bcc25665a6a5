import { z } from 'zod'
import { deciding, type Judgement } from '../../model/rollout.ts'
import type { StepInput, StepResult } from '../decide/rollout-input.ts'
import { timeLeft } from './pause.ts'
import { probeField, readProbe } from './probe.ts'
import { isStepIssues, ON, type StepKind, stepSpan } from './step.ts'
import { templateUse } from './template-use.ts'

const said = z
  .strictObject({
    templates: z
      .array(templateUse)
      .min(1)
      .max(20)
      .describe('Names of AnalysisTemplates, or name and `args`.'),
    for: stepSpan().describe('How long at least; what is undecided then holds until the deadline.'),
    probe: probeField.optional(),
  })
  .describe('Checks that must pass.')

/** Goes on when every check passes and the time is over. What is not decided, or not known, holds (INVARIANTS S21). */
export const analysis: StepKind<'analysis', z.output<typeof said>> = {
  schema: said,
  read({ templates, for: forMs, probe: said }, named) {
    const checks = named.checks(templates)
    if (isStepIssues(checks)) return checks
    if (said === undefined) return { type: 'analysis', checks, forMs }
    const probe = readProbe(said, named)
    return 'perMinute' in probe ? { type: 'analysis', checks, forMs, probe } : probe
  },
  phase: 'analyzing',
  isTimed: true,
  go({ checks, forMs }, input) {
    const judgements = checks.map(input.judgementOf)
    const failed = failureIn(judgements)
    if (failed !== undefined) return failed
    if (input.isPromoted) return ON
    const left = timeLeft(forMs, input, 'Analyzing', 'Watches')
    if (left.go !== 'on') return left
    return undecided(judgements, input) ?? ON
  },
}

/** The first check that says the candidate is worse. */
export function failureIn(judgements: readonly Judgement[]): StepResult | undefined {
  const failed = deciding(judgements).find(({ outcome }) => outcome === 'fail')
  if (failed === undefined) return undefined
  return { go: 'fail', reason: failed.reason, message: `${failed.name}: ${failed.message}` }
}

/** Why what was seen so far is not enough; undefined when every check that decides passes. */
export function undecided(
  judgements: readonly Judgement[],
  { now }: Pick<StepInput, 'now'>,
): StepResult | undefined {
  const open = deciding(judgements).find(({ outcome }) => outcome !== 'pass')
  if (open === undefined) return undefined
  const reason = open.outcome === 'noData' ? 'NoData' : 'Inconclusive'
  const message = `${open.name}: ${open.message}`
  return { go: 'wait', reason, message, until: now + LOOK_AGAIN_MS }
}

/** Evidence grows by itself: no clock says when it is enough. */
export const LOOK_AGAIN_MS = 10_000
