import type { RolloutPhase, Step, StepType } from '../../model/rollout.ts'
import type { Go, StepSituation } from '../situation.ts'

type Of<Type extends StepType> = Extract<Step, { readonly type: Type }>

/** One kind of step: what its wait is called, and what it says. A row of the table in `index.ts`. */
export interface StepKind<Type extends StepType> {
  readonly phase: RolloutPhase
  /** It takes time of its own, which counts from a write: entering it is recorded. */
  readonly isTimed: boolean
  go(step: Of<Type>, situation: StepSituation): Go
}

export const ON: Go = { go: 'on' }
