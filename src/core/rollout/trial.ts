import type { Trial } from '../model/rollout.ts'
import type { Slot } from './record.ts'

/** A trial that has to be made: what the new deployment of a batch endpoint makes of an input, beside the default one. */
export interface TrialAsk {
  /** Of the new deployment. */
  readonly key: string
  /** The endpoint's name. */
  readonly endpoint: string
  readonly candidate: Slot
  /** The default deployment of now. */
  readonly stable: Slot
  readonly trial: Trial
}

/** How a trial of a batch deployment stands. */
export type TrialAnswer =
  | { readonly is: 'same'; readonly message: string }
  | { readonly is: 'different'; readonly message: string }
  | { readonly is: 'running'; readonly message: string }
  /** Nothing was learnt about the new deployment, and why. */
  | { readonly is: 'problem'; readonly message: string }
