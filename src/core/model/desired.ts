import type { Place } from './problem.ts'
import type { Ref } from './ref.ts'
import type { Check, Step, StepDeadline, Strategy } from './rollout.ts'
import type { JsonObject } from './values/json.ts'

/** A local file or folder that must be in Azure before the thing that names it. Bytes are read by blob id. */
export interface Upload {
  /** Last segment of the local path: the folder's or file's name in the store. */
  readonly name: string
  readonly isFolder: boolean
  /** SHA-256 over the sorted relative paths and blob ids (64 hex): the content's identity on every machine. */
  readonly hash: string
  /** `path` is relative to the upload itself. */
  readonly files: readonly { readonly path: string; readonly blob: string; readonly size: number }[]
}

/** Annotations under `verdigris.dev/`, decoded. */
export interface Policy {
  readonly drift?: 'correct' | 'report' | 'ignore'
  readonly prune?: 'enabled' | 'disabled'
  /** What is done with it when its manifest is removed. */
  readonly onDelete?: 'detach' | 'archive' | 'delete'
  /** Milliseconds since the epoch. */
  readonly suspendUntil?: number
  readonly adopt?: boolean
}

/** A reference by a moving label, `azureml:name@latest`: settled at plan time. */
export interface LabelRef {
  readonly kind: 'Model' | 'Environment'
  readonly name: string
  readonly label: string
}

/** What Git says one thing should be: the decoded CLI v2 fields, still in snake_case. */
export interface Desired {
  readonly ref: Ref
  readonly spec: JsonObject
  readonly policy: Policy
  /** Declared things that must be Ready first. */
  readonly dependsOn: readonly Ref[]
  readonly labels: readonly LabelRef[]
  readonly upload?: Upload
  readonly at: Place
  /** Endpoints: how they move to what Git wants. */
  readonly rollout?: Rollout
  /** Deployments that a rollout put into a slot: the revision they are given, kept in a tag. */
  readonly revision?: string
  /** The commit that declares it, where that is an earlier one than the one in force. */
  readonly commit?: string
}

/** How an endpoint moves from what serves to what Git wants to serve; decoded, with its templates filled in. */
export interface Rollout {
  readonly name: string
  readonly endpoint: Ref
  /** The template form: the deployment as it would be in each slot, in order of preference. Absent = the explicit form. */
  readonly slots?: readonly Desired[]
  readonly strategy: Strategy
  readonly steps: readonly Step[]
  /** Checks from the first weight to the end of the bake. */
  readonly analysis: readonly Check[]
  /** Full traffic, still judged, the stable revision warm. Milliseconds, as all durations here. */
  readonly bakeMs: number
  /** Percent of the traffic that stays on stable through the bake, to compare with; 0 = none. */
  readonly bakeControl: number
  readonly keep: { readonly revisions: 0 | 1; readonly forMs: number }
  readonly onFailure: 'rollback' | 'hold'
  readonly onNewCommit: 'supersede' | 'queue'
  readonly deadlineMs: number
  /** Of single steps; absent = none has one. */
  readonly stepDeadlines?: readonly StepDeadline[]
  readonly at: Place
}

/** `Model/fraud@latest`: the key of a label in `World.labels`. */
export function labelKey(label: LabelRef): string {
  return `${label.kind}/${label.name}@${label.label}`
}
