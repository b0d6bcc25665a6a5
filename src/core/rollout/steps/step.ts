import type { z } from 'zod'
import { span } from '../../kinds/fields/duration-field.ts'
import type { FieldIssue } from '../../kinds/kind.ts'
import type { Check, GoldenRequest, RolloutPhase, Step, StepType } from '../../model/rollout.ts'
import type { StepInput, StepResult } from '../decide/rollout-input.ts'

type Of<Type extends StepType> = Extract<Step, { readonly type: Type }>

/** One kind of step: what its wait is called, and what it says. A row of the table in `index.ts`. */
export interface StepKind<Type extends StepType, Said = unknown> {
  /** What a manifest says below the step's name. */
  readonly schema: z.ZodType
  /** The step, from what was said and what that names. */
  read(said: Said, named: Named): Of<Type> | readonly FieldIssue[]
  readonly phase: RolloutPhase
  /** It takes time of its own, which counts from a write: entering it is recorded. */
  readonly isTimed: boolean
  go(step: Of<Type>, input: StepInput): StepResult
}

/** What a step may name beside itself. Issues carry the path within the step. */
export interface Named {
  golden(pattern: string): readonly GoldenRequest[] | readonly FieldIssue[]
  checks(uses: readonly TemplateUse[]): readonly Check[] | readonly FieldIssue[]
}

export interface TemplateUse {
  readonly template: string
  readonly args: { readonly [name: string]: string }
}

export function isStepIssues<Value>(
  result: readonly Value[] | readonly FieldIssue[],
): result is readonly FieldIssue[] {
  const [first] = result
  return typeof first === 'object' && first !== null && 'reason' in first && 'path' in first
}

/** How long a step may last: up to 30 days. */
export const stepSpan = () => span(1000, 30 * 86_400_000)

export const ON: StepResult = { go: 'on' }
