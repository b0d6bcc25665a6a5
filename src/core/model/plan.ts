import type { Upload } from './desired.ts'
import type { Ref } from './ref.ts'
import type { IntentAnswer, RolloutStatus, RolloutTransition } from './rollout.ts'
import type { Json, JsonObject } from './values/json.ts'

/**
 * Why there is a difference. Drift: this very content was applied, and somebody else moved it since. NotTakenOver: nobody
 * did, and Azure left out or changed a field of an accepted write.
 */
export type ChangeReason =
  | 'Create'
  | 'Update'
  | 'Replace'
  | 'Drift'
  | 'NotTakenOver'
  | 'Prune'
  | 'Adopt'

/** One field that differs: JSON Pointer into the ARM body, what is live, what is wanted (undefined = absent). */
export interface Difference {
  readonly path: string
  readonly live: Json | undefined
  readonly desired: Json | undefined
}

/** A difference that is left to others, and why: the reason of the rule, or the policy. */
export interface IgnoredDifference extends Difference {
  readonly why: string
}

/** A difference of one thing, whether or not it can be started now. */
export interface Change {
  readonly ref: Ref
  readonly verb: 'create' | 'update' | 'detach' | 'archive' | 'delete'
  readonly reason: ChangeReason
  readonly differences: readonly Difference[]
}

/** Long-running operation names of METRICS.md, so that counting needs no second table. */
export type Operation =
  | 'create_endpoint'
  | 'update_endpoint'
  | 'set_traffic'
  | 'delete_endpoint'
  | 'create_online_deployment'
  | 'update_online_deployment'
  | 'delete_online_deployment'
  | 'create_batch_endpoint'
  | 'update_batch_endpoint'
  | 'set_default_deployment'
  | 'delete_batch_endpoint'
  | 'create_batch_deployment'
  | 'update_batch_deployment'
  | 'delete_batch_deployment'
  | 'register_model'
  | 'archive_model'
  | 'register_environment'
  | 'archive_environment'
  | 'register_data'
  | 'archive_data'
  | 'upload_code'

/** A change the shell will start in this tick. The body is whole: the latest read with our fields replaced. */
export interface Action extends Change {
  readonly operation: Operation
  /** Absent for a delete. */
  readonly body?: JsonObject
  /** Sent to Azure before the PUT; the body already points at where its content hash puts it. */
  readonly upload?: Upload
  /** The generation this write records on the resource; '' for a delete. */
  readonly generation: string
  /** Identity of the declared content this is done for, by which a refusal is remembered; '' when nothing is declared. */
  readonly content: string
  /** Hash of the live body this was decided on; 'absent' when there was none. A write whose ground has moved is not sent. */
  readonly basis: string
  /** Other things it was decided on, that must not have moved either: the endpoint, when a deployment is deleted, or written under a rollout. */
  readonly grounds?: readonly { readonly ref: Ref; readonly lastWrite: string }[]
  /** What the write means for the endpoint's rollout. */
  readonly turn?: RolloutTransition
  /** Traffic goes back from a bad revision: it is sent ahead of everything else. */
  readonly isUrgent?: true
  /**
   * A take-back: these fields are laid over a fresh read, whatever else has moved, as long as the witness is as it was. In
   * place of `body` and `basis`, which are what it came to when it was planned.
   */
  readonly onto?: Onto
}

/** Fields that are replaced in the body that a direct GET gives right before the write. Pointers are JSON Pointers. */
export interface Onto {
  readonly fields: readonly { readonly path: string; readonly value: Json }[]
  /** What a PUT must not give back. */
  readonly dropped: readonly string[]
  /** What the decision rests on; undefined = it was not there. */
  readonly witness: { readonly path: string; readonly value: Json | undefined }
}

/** A thing that cannot move now: `waiting` ends by itself, `blocked` and `refused` need somebody. */
export interface Held {
  readonly ref: Ref
  readonly state: 'waiting' | 'blocked' | 'refused'
  /** CamelCase, stable. */
  readonly reason: string
  readonly message: string
}

/** How one thing stands, as this reading saw it. */
export interface Finding {
  readonly ref: Ref
  readonly key: string
  readonly sync: 'synced' | 'out_of_sync' | 'unknown'
  readonly health: 'healthy' | 'progressing' | 'degraded' | 'suspended' | 'missing'
  readonly drift: 'correct' | 'report' | 'ignore'
  readonly differences: readonly Difference[]
  /** Fields that Azure did not take over from an accepted write. */
  readonly notTakenOver?: readonly Difference[]
  /** In what it differs and is left to others; absent = in nothing. */
  readonly ignored?: readonly IgnoredDifference[]
  /** Milliseconds since the epoch; present while it drifts. */
  readonly driftedSince?: number
  /** The same field was moved back again and again; it is still corrected, an hour apart at last. */
  readonly fight: boolean
  /** The commit recorded on the live resource. */
  readonly appliedRevision?: string
  /** Of what a folder declares: JSON Pointers of what is live beyond that. It stays: a folder tells nothing of what it was. */
  readonly undeclared?: readonly string[]
  /** The versions that labels of its manifest mean here: `Model/fraud@latest` → `8`. */
  readonly pins?: { readonly [label: string]: string }
  /** Endpoints: weights wanted now, and as Azure holds them (percent). */
  readonly traffic?: {
    readonly desired: { readonly [deployment: string]: number }
    readonly live: { readonly [deployment: string]: number }
  }
  /** Endpoints with a Rollout: how it stands. */
  readonly rollout?: RolloutStatus
}

/** What is live in the workspace and declared by no Git that is known here. */
export interface Orphan {
  readonly ref: Ref
  readonly key: string
  /** Whose its tags say it is: of `another` Application that this process does not keep; `ours`: left out of Git, and it stays. */
  readonly owner: 'nobody' | 'another' | 'ours'
  /** The other Application. */
  readonly application?: string
  /** CamelCase, stable; of what is ours why it stays. */
  readonly reason: string
  /** Why, and what can be done. */
  readonly message: string
}

export interface Plan {
  readonly findings: readonly Finding[]
  /** By key; absent = none, or not looked for: nothing of Git was read. */
  readonly orphans?: readonly Orphan[]
  /** Everything that differs, deletions first: what a person reads. */
  readonly changes: readonly Change[]
  /** What this tick starts: at most one per scope. */
  readonly actions: readonly Action[]
  readonly held: readonly Held[]
  /** What becomes of what operators asked for, if the actions are accepted. */
  readonly answers: readonly IntentAnswer[]
  /** Milliseconds since the epoch at which there may be something to do though nothing was started; absent = at the interval. */
  readonly wakeAt?: number
}
