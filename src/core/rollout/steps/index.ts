import type { RolloutPhase, Step, StepType } from '../../model/rollout.ts'
import type { Go, StepSituation } from '../situation.ts'
import { analysis } from './analysis.ts'
import { pause } from './pause.ts'
import { setMirror } from './set-mirror.ts'
import { setScale } from './set-scale.ts'
import { setWeight } from './set-weight.ts'
import type { StepKind } from './step.ts'
import { trial } from './trial.ts'
import { verify } from './verify.ts'

/** The table of steps. */
const STEPS: { readonly [Type in StepType]: StepKind<Type> } = {
  verify,
  setMirror,
  setWeight,
  setScale,
  pause,
  analysis,
  trial,
}

export function goOf(step: Step, situation: StepSituation): Go {
  return (STEPS[step.type] as StepKind<StepType>).go(step, situation)
}

export function isTimed({ type }: Step): boolean {
  return STEPS[type].isTimed
}

export function phaseOf({ type }: Step): RolloutPhase {
  return STEPS[type].phase
}
