import type { Rollout } from '../../model/desired.ts'
import type { ProbeAnswer } from '../../model/probes/probe.ts'
import { type Check, clockedMs, type Intent, type Judgement } from '../../model/rollout.ts'
import { probeIn } from '../probed.ts'
import type { RolloutRecord, Slot } from '../record.ts'
import type { TrialAnswer } from '../trial.ts'
import type { Weights } from '../weights.ts'

/** What is known of one deployment of the endpoint. */
export interface DeploymentState {
  /** Succeeded at this moment. */
  readonly isUp: boolean
  /** Succeeded, and running what Git declares for it. */
  readonly isReady: boolean
  /** The revision it was given by a rollout, or that Git's content for it has. */
  readonly rev?: string
  /** Azure gave up on it, or on a change of it. `isPassing`: the same content may come up later by itself. */
  readonly failure?: {
    readonly reason: string
    readonly message: string
    readonly isPassing: boolean
    /** For want of what a person gives or Azure frees: quota, capacity. */
    readonly isWant?: true
  }
  /** It has served, so a failure is that of a change: what ran before still answers (INVARIANTS S30). */
  readonly hasServed: boolean
  /** When it was made, where that was after the record was written, and whether it has been up since. */
  readonly making?: { readonly at: string; readonly cameUp: boolean }
  /** When it was made, and when its content was last written: milliseconds since the epoch. They outlive every tag. */
  readonly madeMs?: number
  readonly writtenMs?: number
  /** Instances it has, and instances with which it carries all traffic. */
  readonly instances: number
  readonly full: number
  /** Nobody gives it the instances that Git declares: others scale it. */
  readonly isScaledByOthers?: true
}

/** Of a deployment that is not there. */
export const NO_DEPLOYMENT: DeploymentState = {
  isUp: false,
  isReady: false,
  hasServed: false,
  instances: 0,
  full: 1,
}

/** Everything that a rollout's next move depends on. Plain values and pure functions: the same in, the same out. */
export interface RolloutInput {
  readonly rollout: Rollout
  /** Where Git wants to end. */
  readonly wanted: Slot
  readonly record: RolloutRecord | undefined
  readonly live: Weights
  readonly mirror: Weights
  /** By name, in lower case. */
  readonly deployments: ReadonlyMap<string, DeploymentState>
  /** Names of deployments that a direct GET did not find; what is in neither is not known (INVARIANTS S26). */
  readonly absent: ReadonlySet<string>
  /** The endpoint's tag is no record that was written for it. */
  readonly isUnreadable: boolean
  /** Whether nothing may be written because Git says so: only what was seen, or somebody, takes traffic back then. */
  readonly isHeld: boolean
  /** Whether a newer commit waits for this rollout to end. */
  readonly isAwaited: boolean
  /** Whether the stable deployment, should it be gone, can be declared as it was: by Git now, or by its history. */
  readonly isRemade: boolean
  /** Whether the endpoint has the weights of its record, and whether it is at rest with them. */
  readonly isAsRecorded: boolean
  readonly isArrived: boolean
  /** How long this process has seen it at rest with them; 0 when it has not. */
  readonly inForceMs: number
  /** Whether this process has ever seen them in force. */
  readonly wasInForce: boolean
  /** Azure is at work on the deployment that Git wants, or on deleting what is in its place. */
  readonly isAtWork: boolean
  /** How long the rollout has been watched, without waits for people; before its first step, its candidate. Milliseconds. */
  readonly spentMs: number
  /** For how long a check has had no answer from its provider while users are on the candidate. */
  readonly blindMs: number
  /** The verdict of a check by what was measured; `noData` when nothing was. */
  judgementOf(check: Check): Judgement
  /** Answers to golden requests, by deployment; absent = not asked in this tick. */
  readonly probes: ReadonlyMap<string, readonly ProbeAnswer[]>
  /** Trial jobs, by deployment. */
  readonly trials: ReadonlyMap<string, TrialAnswer>
  readonly intents: readonly Intent[]
  readonly now: number
}

/**
 * A Rollout as a record follows it. Nothing serves a control group beside a candidate that is alone; and its bake makes up
 * for the steps that were left out: as long as they would have taken, and by their checks, too.
 */
export function followed(rollout: Rollout, record: RolloutRecord | undefined): Rollout {
  if (!record?.isAlone) return rollout
  const { steps, analysis, bakeMs } = rollout
  const watched = steps.flatMap((step) => (step.type === 'analysis' ? step.checks : []))
  const added = watched.filter(({ id }) => !analysis.some((check) => check.id === id))
  const checks = [...analysis, ...new Map(added.map((check) => [check.id, check])).values()]
  const isProbed = steps.some((step) => probeIn(step) !== undefined)
  return {
    ...rollout,
    bakeControl: 0,
    bakeMs: Math.max(bakeMs, clockedMs(steps)),
    // What stable had come to before may be probes: users are not held against files.
    analysis: isProbed ? checks.filter(({ rule }) => rule.judge === 'threshold') : checks,
  }
}

/**
 * Only a person ends the wait that the rollout is in: its deadline does not count it. A pause counts from when it was said:
 * Azure's work on the endpoint may keep it out of the record for long.
 */
export function waitsForPerson({
  record,
  rollout,
  intents = [],
}: Pick<RolloutInput, 'record' | 'rollout'> & Partial<Pick<RolloutInput, 'intents'>>): boolean {
  if (record?.phase !== 'progressing') return false
  const step = rollout.steps[record.step]
  const isPaused = record.isPaused || intents.some(({ verb }) => verb === 'pause')
  return isPaused || (step?.type === 'pause' && step.durationMs === undefined)
}

/** What one step says: go on to the next, enter this one by a write, wait, or give up. */
export type StepResult =
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
export interface StepInput extends RolloutInput {
  readonly candidate: Slot
  readonly state: DeploymentState
  /** The record is on this very step; else the step is being looked at before it is entered. */
  readonly isEntered: boolean
  /** How long the step in force has been in force, seen to be so; 0 when it is not entered. */
  readonly elapsedMs: number
  /** Somebody said promote: a wait is over. */
  readonly isPromoted: boolean
}
