import type { Manifests, ManifestsInput } from '../core/manifests/read.ts'
import type { LabelRef } from '../core/model/desired.ts'
import type { Live, World } from '../core/model/live.ts'
import type {
  Measurement,
  MeasurementQuery,
  ProviderName,
} from '../core/model/measurements/measurement.ts'
import type { KeptRefusal } from '../core/model/memory.ts'
import type { Durations } from '../core/model/operations.ts'
import type { Action } from '../core/model/plan.ts'
import type { Probe, ProbeAnswer } from '../core/model/probes/probe.ts'
import type { ProbeCounts, ProbeTraffic } from '../core/model/probes/probe-traffic.ts'
import type { Ref } from '../core/model/ref.ts'
import type { ErrorClass, Outcome, Report, TrialCancellation } from '../core/model/report.ts'
import type { Intent, IntentAnswer } from '../core/model/rollout.ts'
import type { Snapshot } from '../core/model/snapshot.ts'
import type { Cores } from '../core/plan/capacity/cores.ts'
import type { TrialAnswer, TrialAsk } from '../core/rollout/trial.ts'

export type { TrialAnswer, TrialAsk, TrialCancellation }

/** Where desired state comes from. */
export interface Source {
  /** The newest revision, complete and freshly resolved; throws SourceError. */
  read(signal: AbortSignal): Promise<Snapshot>
  /** What is kept on this machine; absent when nothing is. */
  readonly copy?: SourceCopy
  /** An earlier revision; undefined when this source has no history or does not know it. */
  at(revision: string, signal: AbortSignal): Promise<Snapshot | undefined>
  /** Whether `ancestor` lies in the history of `revision`; undefined when this source has no history. */
  isAncestor(ancestor: string, revision: string, signal: AbortSignal): Promise<boolean | undefined>
  /** The bytes of a file by its blob id; throws SourceError. */
  blob(id: string): Promise<Uint8Array>
}

/** A copy of a source on disk: what a restart goes on from while the server is out of reach. */
export interface SourceCopy {
  /** The newest revision that it holds whole; undefined when it is none of this very repository and revision. Throws SourceError. */
  read(signal: AbortSignal): Promise<Snapshot | undefined>
  /** When the server last answered, as far as is known; milliseconds since the epoch. */
  fetchedAt(): number | undefined
}

/** `reason` is CamelCase and stable: Unreachable, RevisionNotFound, EmptyRepository, PathNotFound, LimitExceeded, Refused, Unauthorized, TimedOut. */
export class SourceError extends Error {
  readonly reason: string
  constructor(reason: string, message: string) {
    super(message)
    this.name = 'SourceError'
    this.reason = reason
  }
}

/** What a snapshot declares; `desired` is meant to be used only when no problem is an error. */
export type Understood = Pick<Manifests, 'desired' | 'problems'>

/**
 * `readManifests`, in this thread or in another one. What cannot be read within its limits of time or memory is a Problem.
 * Throws only when it is aborted.
 */
export type ReadManifests = (
  input: ManifestsInput,
  signal: AbortSignal,
) => Understood | Promise<Understood>

/** What an observation must include beside every endpoint and its deployments. */
export interface Wanted {
  readonly assets: readonly Ref[]
  readonly labels: readonly LabelRef[]
  /** Keys of endpoints of which nothing may be seen late: their rollouts are under way. */
  readonly closely?: ReadonlySet<string>
  /** After so many milliseconds all endpoints are looked at again, and not only those that move; absent = now. */
  readonly wholeAfterMs?: number
  /** What is to be read directly, given what the lists show: nothing is gone before a GET says so. */
  readonly unlisted?: (resources: readonly Live[]) => readonly Ref[]
}

/** The Azure side: none of the calls waits for a long-running operation, all are idempotent. */
export interface Cloud {
  /** Throws CloudError when the workspace cannot be read at all. */
  observe(wanted: Wanted, signal: AbortSignal): Promise<World>
  /** Returns when Azure has accepted or refused; never throws for Azure's answers. */
  start(action: Action, content: Pick<Source, 'blob'>, signal: AbortSignal): Promise<Outcome>
}

/** An answer of Azure that is not the wanted one, or none; what a failed Outcome is made from. */
export class CloudError extends Error {
  readonly reason: string
  readonly errorClass: ErrorClass
  readonly retry: 'Later' | 'Never'
  /** How long Azure, or our own limiter, asked to be left alone. */
  readonly retryAfterMs: number | undefined
  /** How long it usually lasts, where nobody said. */
  readonly usualMs: number | undefined
  constructor(fields: {
    reason: string
    message: string
    errorClass: ErrorClass
    retry: 'Later' | 'Never'
    retryAfterMs?: number
    usualMs?: number
  }) {
    super(fields.message)
    this.name = 'CloudError'
    this.reason = fields.reason
    this.errorClass = fields.errorClass
    this.retry = fields.retry
    this.retryAfterMs = fields.retryAfterMs
    this.usualMs = fields.usualMs
  }
}

/** The metric providers. Never throws: what cannot be measured is `noData` with its reason; one answer per question. */
export interface Analysis {
  measure(
    questions: readonly MeasurementQuery[],
    signal: AbortSignal,
  ): Promise<readonly Measurement[]>
}

/** Asks a deployment directly, before any traffic. Never throws: one answer per request, `problem` where there is none. */
export interface Prober {
  ask(probe: Probe, signal: AbortSignal): Promise<readonly ProbeAnswer[]>
}

/**
 * Sends probes to endpoints between two plans. Nothing waits for it: `keep` returns at once, and what goes wrong is counted
 * and decides nothing.
 */
export interface ProbeSender {
  /** From now on these are sent and no others, for so long unless it is said again. Milliseconds. */
  keep(wanted: readonly ProbeTraffic[], forMs: number): void
  /** By the key of the endpoint, of those that are being sent. */
  counts(): ReadonlyMap<string, ProbeCounts>
  /** Ends them all; resolves when nothing is under way any more. */
  close(): Promise<void>
}

/**
 * Runs batch deployments on a fixed input, the new one and the default one, and compares what they make of it. The only
 * port beside the Cloud by which work is started: a look starts the jobs when it knows of none for these revisions. It
 * never waits for a job, and never throws: one answer per question, by its key.
 */
export interface Trials {
  look(asks: readonly TrialAsk[], signal: AbortSignal): Promise<ReadonlyMap<string, TrialAnswer>>
  /** Trials whose jobs may be running: of this process, and of those before it. */
  running(): readonly TrialAsk[]
  /** Asks Azure to cancel the jobs of these trials, and no others; once each, whatever comes of it. Never throws. */
  cancel(asks: readonly TrialAsk[], signal: AbortSignal): Promise<readonly TrialCancellation[]>
}

/** What the workspace's region offers; undefined when it is not told, or not to us. Throws nothing. */
export interface Region {
  cores(location: string, signal: AbortSignal): Promise<Cores | undefined>
}

/** What operators ask for. A pending answer means: it is given out again. */
export interface Inbox {
  take(): readonly Intent[]
  answer(answers: readonly IntentAnswer[]): void
}

/** Keeps the latest Report of one Application and a bounded history, and tells those who watch. */
export interface Journal {
  record(report: Report): void
  latest(): Report | undefined
}

/**
 * What Azure refused for good, as one process of an Application leaves it to the next. It may be lost at any time: then
 * such a write is sent once more. Throws nothing.
 */
export interface Refusals {
  recall(): readonly KeptRefusal[]
  keep(refusals: readonly KeptRefusal[]): void
}

/**
 * Jobs of trials, as one process leaves them to the next, which cancels those that nobody needs any more, and looks at none.
 * They may be lost at any time: then they run to their end. Throws nothing.
 */
export interface KeptTrials {
  recall(): readonly KeptTrial[]
  keep(trials: readonly KeptTrial[]): void
}

export interface KeptTrial {
  readonly ask: TrialAsk
  readonly jobs: readonly StartedJob[]
}

/** A job of a trial, by the name that Azure gave it when it was started. */
export interface StartedJob {
  readonly deployment: string
  readonly name: string
}

/** How long operations took in a workspace, as one process leaves it to the next. It may be lost at any time. Throws nothing. */
export interface KeptDurations {
  recall(): Durations
  keep(durations: Durations): void
}

/**
 * What is left in ARM's bucket of deployment PUTs, as one process leaves it to the next. It may be lost at any time: then it
 * is estimated from what Azure is at work on. Throws nothing.
 */
export interface KeptBucket {
  recall(): (BucketLevel & { readonly passedMs: number }) | undefined
  keep(level: BucketLevel): void
}

export interface BucketLevel {
  readonly tokens: number
  /** How many come back, as far as answers have told. */
  readonly perSecond: number
  /** What is left of a Retry-After window. */
  readonly closedMs: number
}

export interface Clock {
  /** Milliseconds since the epoch; durations may be counted by it. */
  now(): number
  /** How often it was set to another time: what was dated before says nothing any more. Absent = never. */
  settings?(): number
  /** Resolves after `ms`, or at once when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

/** What adapters tell about their calls; telemetry draws metrics from it. */
export interface Meter {
  azureRequest(sample: {
    api: 'arm' | 'data_plane' | 'login' | 'blob'
    resourceType: string
    method: string
    status: number
    durationMs: number
  }): void
  azureRetry(api: string, reason: string): void
  azureRateLimit(limit: 'reads' | 'writes' | 'deletes', remaining: number): void
  probe(result: 'passed' | 'failed' | 'unanswered'): void
  sourceFetch(result: 'success' | 'error', durationMs: number): void
  manifestsRead(durationMs: number): void
  analysisQuery(sample: {
    provider: ProviderName
    result: 'ok' | 'noData' | 'error'
    reason?: string
    durationMs: number
  }): void
}

export interface Ports {
  readonly source: Source
  readonly cloud: Cloud
  readonly analysis: Analysis
  readonly prober: Prober
  readonly probes: ProbeSender
  readonly trials: Trials
  readonly region: Region
  readonly inbox: Inbox
  readonly journal: Journal
  readonly clock: Clock
}
