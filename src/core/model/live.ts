import type { Ref } from './ref.ts'
import type { JsonObject } from './values/json.ts'

/** `Provisioning` covers every non-terminal word (Creating, Updating, Scaling) and every word not known. */
export type Phase = 'Provisioning' | 'Ready' | 'Failed' | 'Deleting'

/** What Azure said: the raw ARM body, whole, so that a write can give back what nobody declared. */
export interface Live {
  readonly ref: Ref
  readonly body: JsonObject
  readonly phase: Phase
  /** Why a Failed thing failed, from its last operation's status document; code may be empty. */
  readonly failure?: {
    readonly code: string
    readonly message: string
    /** How the log of its container ends, on one line. */
    readonly log?: string
  }
  /** Our record in its tags is restored in `body`, and not in Azure yet. */
  readonly restored?: Restored
}

/** Azure is at work on it no more; its last operation may have failed. */
export function isAtRest(live: Live | undefined): live is Live {
  return live?.phase === 'Ready' || live?.phase === 'Failed'
}

/** Azure is at work on it: its next state comes by itself. */
export function isAtWork(live: Pick<Live, 'phase'> | undefined): boolean {
  return live?.phase === 'Provisioning' || live?.phase === 'Deleting'
}

/** How it is known that a thing is ours although its tags do not say so (any more). */
export interface Restored {
  /** The body as Azure gave it. */
  readonly read: JsonObject
  /**
   * `proven`: our tags were lost, and what is live is what Git declares. `asked`: an operator takes it over.
   * `handedOver`: another Application of this process kept it and declares it no longer.
   */
  readonly how: 'proven' | 'asked' | 'handedOver'
  /** What is live is what the commit in force declares. */
  readonly isCurrent: boolean
  /** Names of the tags that are to be written. */
  readonly tags: readonly string[]
}

export interface Workspace {
  /** `/subscriptions/…/workspaces/…`, no trailing slash. */
  readonly id: string
  readonly subscriptionId: string
  readonly resourceGroup: string
  readonly name: string
  readonly location: string
}

/** One reading of a workspace. */
export interface World {
  readonly workspace: Workspace
  readonly resources: readonly Live[]
  /** Versions that labels pointed to at this reading, by `labelKey`. A label that does not resolve is absent. */
  readonly labels: { readonly [labelKey: string]: string }
  /** Keys of things that a direct GET did not find. What is neither here nor among the resources is not known. */
  readonly absent: ReadonlySet<string>
  /** False when the endpoints could not be listed to the end: then nothing is deleted. */
  readonly complete: boolean
  /** Scopes, or kinds of endpoints, of which not everything could be read: there nothing is deleted. */
  readonly unread: ReadonlySet<string>
  /** A look at all endpoints is due, and was put off for this one, which is about those that are looked at closely. */
  readonly isPutOff?: boolean
  /** Why endpoints of one sort could not be listed; those that were known are as they were read last. */
  readonly failure?: { readonly reason: string; readonly message: string }
}
