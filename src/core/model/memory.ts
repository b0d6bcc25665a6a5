import type { WriteMark } from './basis.ts'
import type { ValueSeen } from './measurements/measured.ts'
import type { Judged, Judgement } from './rollout.ts'

/**
 * What one process remembers between ticks. It is never needed for safety: losing it (a restart) can only make Verdigris
 * wait again or try once more, because everything that decides is in Git and on the resources.
 */
export type Memory = { readonly [key: string]: KeyMemory }

export interface KeyMemory {
  /** Since when a deployment is seen without live and mirror traffic. Milliseconds since the epoch, as all here. */
  readonly idleSince?: number
  /** The last write to its endpoint by then: behind another one it may have had traffic that nobody here saw. */
  readonly idleAfter?: string
  /** Of a deployment without a rollout: it has had traffic. */
  readonly hasServed?: true
  /** Of a deployment made since the record of its rollout was written: when, as Azure says it, and whether it was up since. */
  readonly making?: { readonly at: string; readonly cameUp: boolean }
  readonly driftedSince?: number
  /** Since when a removed endpoint waits for those that come in its place. */
  readonly awaitsSince?: number
  /** Since when another Application of this process declares what this one still has. */
  readonly handedSince?: number
  /** Of an endpoint that Git does not declare any more: since when users of it are served by nobody, and whether it was left for another Application by then. */
  readonly silent?: { readonly at: number; readonly wasLeft: boolean }
  /** Since when Azure is at work on it. */
  readonly busySince?: number
  /** Corrections of drift: how often, and the last one; many in a row are a fight. */
  readonly corrections?: { readonly count: number; readonly lastAt: number }
  /** Our last accepted write, until a reading shows it: the read-your-writes fence. A delete has generation ''. */
  readonly written?: { readonly generation: string; readonly at: number; readonly mark?: WriteMark }
  /** Fields that Azure did not take over: by path a hash of the live and the declared value; the generation of the write that showed it; and when they were last written. */
  readonly notTakenOver?: {
    readonly fields: { readonly [path: string]: string }
    readonly generation: string
    readonly at: number
  }
  /** The last accepted write that was no correction of drift: what it was to do, how often it was sent, and when last. */
  readonly repeats?: {
    /** Hash of what it was to change, and from what. */
    readonly print: string
    readonly verb: 'create' | 'update' | 'detach' | 'archive' | 'delete'
    readonly content: string
    readonly count: number
    readonly at: number
  }
  /** Since when an endpoint is seen at rest with the weights of this record of its rollout, and its last write by then. */
  readonly arrived?: { readonly record: string; readonly at: number; readonly after: string }
  /** The record of its rollout whose weights were seen in force once: what differs since then is others' doing. */
  readonly seen?: string
  /** The newest record of its rollout that was read, or written: what it says stands where somebody took it away. */
  readonly record?: string
  /** How long its rollout has been watched since this record was written, or its candidate before the first step, without waits for people; dated by `at`. */
  readonly watched?: { readonly record: string; readonly ms: number; readonly at: number }
  /** Since when a check has had no answer while users are on its rollout's candidate. */
  readonly blindSince?: number
  /** What its rollout's checks have counted and found so far, since `startMs`. */
  readonly tallies?: FailureCounts
  /** What its rollout's checks said last: of one that is over, what ended it. Shown, and decides nothing. */
  readonly judged?: Judged
  /** Refusals and failures that may pass: how often, and not again before. */
  readonly retry?: {
    /** The content that failed; another one is tried at once. */
    readonly generation: string
    /** Operations of it that failed. */
    readonly failures: number
    /** Refusals in a row, since an operation of it began. */
    readonly refusals: number
    readonly notBefore: number
    /** The same, where users wait for it. */
    readonly owedAt: number
    readonly reason: string
    readonly message: string
  }
  /** What Azure said can never succeed: tried again when the content changes, or later, each time twice as late. */
  readonly rejected?: Rejected
}

/** A write that Azure refused for good. */
export interface Rejected {
  readonly generation: string
  /** Whether it was to be made; a thing that has come, or gone, since then is another matter. */
  readonly isCreate: boolean
  readonly count: number
  readonly notBefore: number
  readonly owedAt: number
  readonly reason: string
  readonly message: string
  /** Users wait for it, as the last look saw it. */
  readonly isOwed?: true
}

/** The same of one thing, as one process leaves it to the next. */
export type KeptRefusal = Rejected & { readonly key: string }

/** A memory without the fields that are undefined. */
export function withoutAbsent(
  fields: {
    readonly [K in keyof KeyMemory]: KeyMemory[K] | undefined
  },
): KeyMemory {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** What is left when the clock was set: nothing that was dated by another time counts, and losing it only makes us wait again. */
export function withoutTimes(memory: Memory): Memory {
  return Object.fromEntries(
    Object.entries(memory).map(([key, { hasServed, making, seen, record, judged }]) => [
      key,
      withoutAbsent({ hasServed, making, seen, record, judged }),
    ]),
  )
}

export interface FailureCounts {
  readonly startMs: number
  /** How often each threshold was missed. */
  readonly checks: { readonly [check: string]: { readonly missed: number; readonly at: number } }
  /** Verdicts against the candidate: they stand, whatever its provider says or forgets afterwards. */
  readonly failed: { readonly [check: string]: Judgement }
  /** How long checks that may not stay without data have had none, as seen at the last look. */
  /** The numbers that thresholds were held against, oldest first; the newest ones, and those that were missed. */
  readonly values?: { readonly [check: string]: readonly ValueSeen[] }
  readonly silent?: { readonly [check: string]: { readonly ms: number; readonly at: number } }
}
