import type { Rollout } from '../model/desired.ts'
import type { ProbeAnswer } from '../model/probe.ts'
import type { Check, Intent, Judgement } from '../model/rollout.ts'
import type { RolloutRecord, Slot } from './record.ts'
import type { TrialAnswer } from './trial.ts'
import type { Weights } from './weights.ts'

/** What is known of one deployment of the endpoint. */
export interface Facts {
  /** Succeeded at this moment. */
  readonly isUp: boolean
  /** Succeeded, and running what Git declares for it. */
  readonly isReady: boolean
  /** The revision it was given by a rollout, or that Git's content for it has. */
  readonly rev?: string
  /** Azure gave up on it. */
  readonly failure?: { readonly reason: string; readonly message: string }
  /** Instances it has, and instances with which it carries all traffic. */
  readonly instances: number
  readonly full: number
}

/** Of a deployment that is not there. */
export const NO_FACTS: Facts = { isUp: false, isReady: false, instances: 0, full: 1 }

/** Whether a deployment is up and still runs this revision, as far as can be told: where traffic may go back to. */
export function isWarm({ slot, rev }: Slot, deployments: ReadonlyMap<string, Facts>): boolean {
  const { isUp, rev: runs = rev } = deployments.get(slot) ?? NO_FACTS
  return isUp && runs === rev
}

/** Everything that a rollout's next move depends on. Plain values and pure functions: the same in, the same out. */
export interface Situation {
  readonly rollout: Rollout
  /** Where Git wants to end. */
  readonly wanted: Slot
  readonly record: RolloutRecord | undefined
  readonly live: Weights
  readonly mirror: Weights
  /** By name, in lower case. */
  readonly deployments: ReadonlyMap<string, Facts>
  /** Whether every list was read to its end, so that what is not among the deployments is not there. */
  readonly isWhole: boolean
  /** Whether nothing may be written because Git says so: only what was seen, or somebody, takes traffic back then. */
  readonly isHeld: boolean
  /** Whether the endpoint is at rest with the weights of its record, and since when that is seen. */
  readonly isArrived: boolean
  readonly arrivedMs: number
  /** The verdict of a check by what was measured; `noData` when nothing was. */
  judgementOf(check: Check): Judgement
  /** Answers to golden requests, by deployment; absent = not asked in this tick. */
  readonly probes: ReadonlyMap<string, readonly ProbeAnswer[]>
  /** Trial jobs, by deployment. */
  readonly trials: ReadonlyMap<string, TrialAnswer>
  readonly intents: readonly Intent[]
  readonly now: number
}

/** What one step says: go on to the next, enter this one by a write, wait, or give up. */
export type Go =
  | { readonly go: 'on' }
  | { readonly go: 'move' }
  | {
      readonly go: 'wait'
      readonly reason: string
      readonly message: string
      /** When it may be over by the clock alone. */
      readonly until?: number
      /** Only a person can help. */
      readonly needsSomebody?: boolean
      /** So many instances of the candidate would let it go on. */
      readonly instances?: number
    }
  | { readonly go: 'fail'; readonly reason: string; readonly message: string }

/** A step within the situation. */
export interface StepSituation extends Situation {
  readonly candidate: Slot
  readonly facts: Facts
  /** The record is on this very step; else the step is being looked at before it is entered. */
  readonly isEntered: boolean
  /** How long the step in force has been in force, seen to be so; 0 when it is not entered. */
  readonly elapsedMs: number
  /** Somebody said promote: a wait is over. */
  readonly isPromoted: boolean
}
