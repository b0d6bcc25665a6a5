import type { z } from 'zod'
import type { FieldIssue } from '../../kinds/kind.ts'
import type { RolloutPhase, Step, StepType } from '../../model/rollout.ts'
import type { StepInput, StepResult } from '../decide/rollout-input.ts'
import { analysis } from './analysis.ts'
import { pause } from './pause.ts'
import { setMirror } from './set-mirror.ts'
import { setScale } from './set-scale.ts'
import { setWeight } from './set-weight.ts'
import type { Named, StepKind } from './step.ts'
import { trial } from './trial.ts'
import { verify } from './verify.ts'

/** The table of steps. */
const STEPS = {
  verify,
  setMirror,
  setWeight,
  setScale,
  pause,
  analysis,
  trial,
} satisfies { readonly [Type in StepType]: StepKind<Type> }

/** The same table, for looking a row up by a type that is known only then. */
const BY_TYPE = STEPS as { readonly [Type in StepType]: StepKind<StepType> }

export const STEP_TYPES = Object.keys(STEPS) as readonly StepType[]

/** What manifests may say, by the name of the step. */
export function stepSchemas(): { readonly [Type in StepType]: z.ZodType } {
  return Object.fromEntries(STEP_TYPES.map((type) => [type, BY_TYPE[type].schema])) as {
    [Type in StepType]: z.ZodType
  }
}

export function readStep(
  type: StepType,
  said: unknown,
  named: Named,
): Step | readonly FieldIssue[] {
  return BY_TYPE[type].read(said, named)
}

export function stepResult(step: Step, input: StepInput): StepResult {
  return BY_TYPE[step.type].go(step, input)
}

export function isTimed({ type }: Step): boolean {
  return STEPS[type].isTimed
}

/** Whether the write of a weight enters this step, which is behind it, too: they begin together. */
export function isEnteredWith(next: Step): boolean {
  return isTimed(next) && next.type !== 'setMirror'
}

export function phaseOf({ type }: Step): RolloutPhase {
  return STEPS[type].phase
}
