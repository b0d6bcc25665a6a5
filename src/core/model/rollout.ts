import type { Measured } from './measurements/measured.ts'
import type { ProviderQuery } from './measurements/measurement.ts'
import type { GoldenRequest } from './probes/golden.ts'
import type { ProbeStatus, StepProbe } from './probes/probe-traffic.ts'
import type { Ref } from './ref.ts'

export type { Expectation, GoldenRequest } from './probes/golden.ts'

/** One step of the road; each is a file in `core/rollout/steps/`. */
export type Step =
  | { readonly type: 'verify'; readonly golden: readonly GoldenRequest[] }
  | { readonly type: 'setMirror'; readonly percent: number; readonly durationMs: number }
  | { readonly type: 'setWeight'; readonly percent: number }
  /** `percent` of the declared number of instances, or so many. */
  | { readonly type: 'setScale'; readonly percent?: number; readonly instances?: number }
  /** Without a duration it waits for `rollout promote`. */
  | { readonly type: 'pause'; readonly durationMs?: number }
  | {
      readonly type: 'analysis'
      readonly checks: readonly Check[]
      readonly forMs: number
      readonly probe?: StepProbe
    }
  | { readonly type: 'trial'; readonly trial: Trial }

/** How traffic moves: in steps, at once, or (batch) by the default deployment. */
export type Strategy = 'canary' | 'blueGreen' | 'switch'

export type StepType = Step['type']

/**
 * How long one step may be in force, watched as the rollout's own deadline is. Then it counts as a failure, by the policy for
 * those; or the rollout is paused and somebody is told. No part of the road: another one begins nothing anew.
 */
export interface StepDeadline {
  readonly step: number
  readonly ms: number
  readonly policy: 'fail' | 'pause'
}

/** How long steps take by the clock alone, without waits for people or data. Milliseconds. */
export function clockedMs(steps: readonly Step[]): number {
  let sum = 0
  for (const step of steps) {
    if (step.type === 'setMirror' || step.type === 'pause') sum += step.durationMs ?? 0
    if (step.type === 'analysis') sum += step.forMs
  }
  return sum
}

/** A batch job on a fixed input, by the new deployment and by the default one; their outputs are compared. */
export interface Trial {
  /** A registered data asset, `azureml:name:version`. */
  readonly input: string
  /** Largest difference of two numbers that count as equal, and share of rows that may differ. */
  readonly tolerance: number
  readonly mismatches: number
}

/** One metric that decides over a rollout. `id` is the same wherever the same check is used. */
export interface Check extends ProviderQuery {
  readonly id: string
  /** The metric's name in its template: ≤ 20 per template; the label `metric`. */
  readonly name: string
  readonly rule: CheckRule
  readonly windowMs: number
  /** It is measured, judged and shown, and decides nothing. */
  readonly dryRun?: true
  /** So long without data under traffic is a failure; absent = it is waited for. Milliseconds. */
  readonly noDataMs?: number
  /** What is absent counts as 0; absent = it is no data. */
  readonly onMissing?: 'zero'
}

export type CheckRule =
  /** The sequential judge on counters (CANARY §4). */
  | {
      readonly judge: 'errors' | 'latency'
      readonly margin: number
      readonly worseBy: number
      /** Errors: a ratio that is fine whatever stable does. */
      readonly tolerate?: number
      /** Latency: an SLO bound in milliseconds, one more threshold. */
      readonly sloMs?: number
      readonly minRequests: number
    }
  /** A plain guard on one number: beyond it in more than `failureLimit` measurements is a failure. */
  | {
      readonly judge: 'threshold'
      readonly min?: number
      readonly max?: number
      readonly minRequests: number
      readonly failureLimit: number
    }

/** False aborts per rollout, over all checks, steps and looks together; and missed regressions per promotion. */
export const ALPHA = 0.01
export const BETA = 0.05

/** How long the revision of before, or an aborted one, is kept where a Rollout says nothing, or cannot be read. */
export const KEEP_MS = 24 * 3_600_000

/** What an operator asked for. It is an input of the next tick, never an act by itself. */
export interface Intent {
  readonly id: string
  readonly verb: IntentVerb | RequestVerb
  /** Name of the endpoint; of `adopt`, also `Kind/name:version`; of `approve`, the id of the deletions. */
  readonly endpoint: string
  /** Of `adopt`: also what another Application of this process keeps. */
  readonly isForced?: true
  readonly who: string
  /** How he was let in: with the API's token, or as a person on this machine, which is what absence means. */
  readonly actor?: 'token'
  readonly why: string
  /** Milliseconds since the epoch. */
  readonly at: number
  /** What he saw when he said so; absent of what was said blindly, until a tick has heard it. */
  readonly about?: About
  /** When it is given up, by that setting of the clock of the process that heard it; absent until then. */
  readonly until?: { readonly at: number; readonly setting: number }
}

/** What a lever is about: a revision, that very rollout of it, and of `promote` the step whose wait it ends. */
export interface About {
  readonly revision?: string
  readonly beganAt?: number
  readonly step?: number
  /** Of `approve`: the keys of what may be deleted. */
  readonly deletions?: readonly string[]
}

/** The strongest first: of two that were said in the same tick, this one is carried out. */
export const INTENT_VERBS = ['abort', 'undo', 'retry', 'pause', 'resume', 'promote'] as const
export type IntentVerb = (typeof INTENT_VERBS)[number]

/** What operators ask for beside levers: that this Application takes a thing over, and that these deletions may be done. */
export const REQUEST_VERBS = ['adopt', 'approve'] as const
export type RequestVerb = (typeof REQUEST_VERBS)[number]

export function isLever({ verb }: Intent): boolean {
  return INTENT_VERBS.some((lever) => lever === verb)
}

/** What became of an intent in a tick. `pending`: it could not be carried out yet and is asked again. */
export interface IntentAnswer {
  readonly intent: Intent
  readonly result: 'accepted' | 'refused' | 'pending'
  readonly message: string
}

/** The verdict of one check with what it rests on; shown, counted and kept. */
export interface Judgement {
  readonly id: string
  readonly name: string
  readonly provider: string
  readonly outcome: 'pass' | 'fail' | 'inconclusive' | 'noData'
  /** CamelCase, stable. */
  readonly reason: string
  readonly message: string
  /** Of a check that decides nothing. */
  readonly dryRun?: true
  /** How long it has had no data under traffic, where that fails it in the end (`onNoData: fail`). Milliseconds. */
  readonly noDataMs?: number
  /** Of `noData` under traffic: no usable answer of the provider, or one by which the candidate has had no request yet. */
  readonly missing?: 'answer' | 'requests'
  /** The judge's evidence: log e-values and the lines they are held against; absent for thresholds. */
  readonly evidence?: {
    readonly logAbort: number
    readonly abortAt: number
    readonly logPass: number
    readonly passAt: number
    /** Overdispersion of stable's own windows. */
    readonly phi: number
    /** Of latency: the bounds, in milliseconds, beyond which requests were counted. */
    readonly thresholdsMs?: readonly number[]
  }
  readonly samples: {
    readonly stable: { readonly requests: number; readonly errors: number }
    readonly candidate: { readonly requests: number; readonly errors: number }
  }
  /** Of the judge: what a bake that begins now is held against. */
  readonly reference?: { readonly requests: number; readonly errors: number }
  /** A threshold's last number. */
  readonly value?: number
  /** What it was judged by, as its provider told it; absent when it was not asked. */
  readonly measured?: Measured
}

/** What the checks of a rollout said last: kept when it is over, until another one of its endpoint has users. */
export interface Judged extends Pick<Revision, 'deployment' | 'revision'> {
  /** When they said so; milliseconds since the epoch. */
  readonly at: number
  readonly judgements: readonly Judgement[]
}

/** Those of the judgements that decide: all but those of dry runs. */
export function deciding(judgements: readonly Judgement[]): readonly Judgement[] {
  return judgements.filter(({ dryRun }) => dryRun === undefined)
}

/** METRICS 2.1. */
export const ROLLOUT_PHASES = [
  'idle',
  'provisioning',
  'verifying',
  'shadowing',
  'shifting',
  'paused',
  'analyzing',
  'promoting',
  'baking',
  'aborting',
  'rolled_back',
  'degraded',
] as const

export type RolloutPhase = (typeof ROLLOUT_PHASES)[number]

/** How a rollout stands at a reading: what status, API, metrics and dashboards draw. */
export interface RolloutStatus {
  readonly name: string
  readonly endpoint: string
  readonly strategy: Strategy
  readonly phase: RolloutPhase
  /** Milliseconds since the epoch at which the phase, as the record tells it, began. */
  readonly phaseSince: number
  /** Steps passed, of how many; the type of the one in force. */
  readonly step: number
  readonly steps: readonly StepType[]
  readonly stable?: Revision
  readonly candidate?: Revision
  /** The revision of before, warm for `undo`, until when. */
  readonly previous?: Revision & { readonly untilMs: number }
  /** Percent by deployment, as wanted now. */
  readonly weights: { readonly [deployment: string]: number }
  readonly mirror: { readonly [deployment: string]: number }
  readonly judgements: readonly Judgement[]
  /** While nothing is judged: what the checks of the last rollout said in the end, as far as this process knows. */
  readonly judged?: Judged
  /** Why it does not move, or where it stands. */
  readonly reason: string
  readonly message: string
  /** Whether only a person or a commit can help. */
  readonly stalled: boolean
  /** When the step, the bake or the window is over by the clock; and the whole rollout's deadline. */
  readonly stepEndsAt?: number
  readonly deadlineAt?: number
  /** When the step in force has had its own deadline. */
  readonly stepDeadlineAt?: number
  /** Before the first step, while Azure is at work: when the new deployment must have come up. */
  readonly readyBy?: number
  /** A revision that was aborted and is not tried again. */
  readonly aborted?: {
    readonly revision: string
    readonly reason: string
    readonly message: string
  }
  /** `rollout undo` is one write away. */
  readonly canUndo: boolean
  /** Golden requests that were sent in this tick to the new revision, and how they were answered. */
  readonly golden?: {
    readonly passed: number
    readonly failed: number
    readonly unanswered: number
  }
  /** While the step in force sends requests. */
  readonly probe?: ProbeStatus
  /** How long the planned looks need to see a doubled error rate, in words. */
  readonly power?: string
  /** While mirroring is ahead or in force: what it costs of the endpoint's bandwidth, in words. */
  readonly bandwidth?: string
}

export interface Revision {
  readonly deployment: string
  readonly revision: string
  /** The model it runs, as an id or name with version. */
  readonly model?: string
}

/** What a tick made of a rollout: counted and told once, in the tick whose write was accepted. */
export interface RolloutTransition {
  readonly endpoint: Ref
  readonly strategy: Strategy
  readonly result:
    | 'started'
    | 'step'
    | 'promoted'
    | 'fast_promoted'
    | 'aborted'
    | 'superseded'
    | 'rolled_back'
    | 'fast_rolled_back'
    | 'paused'
    | 'resumed'
    | 'retried'
    | 'released'
    | 'adopted'
  readonly trigger: 'analysis' | 'manual' | 'deadline' | 'health' | 'commit' | 'none'
  readonly message: string
  /** When the rollout began; absent when none was under way. */
  readonly beganAt?: number
}
