import type { SyncPolicy } from '../../src/core/model/application.ts'
import type { Report } from '../../src/core/model/report.ts'

/** One thing that happened, in order. Times in simulated milliseconds of Azure's clock. */
export type TraceEvent =
  | {
      readonly type: 'call'
      readonly at: number
      readonly controller: string
      readonly application: string
      readonly tick: number
      readonly method: string
      readonly path: string
      readonly requestBody?: unknown
      /** As Azure carried it out; undefined = it never reached Azure. */
      readonly status?: number
      readonly responseBody?: unknown
      /** As the controller saw it; undefined = no answer (lost, crash). May be stale or omit items. */
      readonly seenStatus?: number
      readonly seenBody?: unknown
      readonly fault?: string
    }
  | {
      readonly type: 'state'
      readonly at: number
      readonly cause: 'call' | 'clock' | 'hand' | 'start'
      readonly state: WorldState
    }
  | {
      readonly type: 'plan'
      readonly at: number
      readonly controller: string
      readonly application: string
      readonly report: Report
    } // src/core/model/report.ts
  | { readonly type: 'hand'; readonly at: number; readonly what: string; readonly path: string } // somebody else changed Azure
  | {
      readonly type: 'commit'
      readonly at: number
      readonly application: string
      readonly revision: string
      readonly subject: string
      readonly files: Readonly<Record<string, string>>
      readonly forced: boolean
    }
  | {
      readonly type: 'intent'
      readonly at: number
      readonly application: string
      readonly verb: string
      readonly endpoint: string
      readonly id?: string
    }
  | { readonly type: 'fault'; readonly at: number; readonly name: string; readonly until?: number }
  | { readonly type: 'faultsEnd'; readonly at: number }
  | { readonly type: 'crash' | 'restart'; readonly at: number; readonly controller: string }
  | {
      readonly type: 'requests'
      readonly at: number
      readonly endpoint: string
      readonly deployment: string | undefined
      readonly sent: number
      readonly failed: number
      readonly cause: RequestFailure | undefined
    }

/** Why users' requests failed: the model itself (its declared error rate), or nobody to answer (no route, deployment not up, too few instances). */
export type RequestFailure = 'model' | 'noRoute' | 'notUp' | 'overloaded'

/** Everything of the workspace that invariants speak of, as it really is (not as reads show it). */
export interface WorldState {
  readonly endpoints: Readonly<
    Record<
      string,
      {
        readonly kind: 'online' | 'batch'
        readonly provisioningState: string
        readonly tags: Readonly<Record<string, string>>
        readonly traffic: Readonly<Record<string, number>>
        readonly mirror: Readonly<Record<string, number>>
        readonly defaultDeployment?: string
        readonly body: unknown
      }
    >
  >
  /** By `endpoint/deployment`. `hasServed`: its container is up and answers requests, whatever its provisioningState. */
  readonly deployments: Readonly<
    Record<
      string,
      {
        readonly provisioningState: string
        readonly tags: Readonly<Record<string, string>>
        readonly instances: number
        readonly model?: string
        readonly isServing: boolean
        readonly body: unknown
      }
    >
  >
  /** Versions of models, environments, codes, data: `Model/fraud:1` -> archived? */
  readonly assets: Readonly<Record<string, boolean>>
}

/** What a generator says is true of its world, for U1 and the ends. */
export interface Expectation {
  /** Model versions (as in tags or asset ids) that are sound: fail at most their declared small rate. */
  readonly soundModels: readonly string[]
  readonly badModels: readonly string[]
  /** At the end, after faults stopped and time enough: the endpoint must be Ready with all traffic on this model; undefined = not said. */
  readonly endsOn?: Readonly<Record<string, string | undefined>>
  /** Whether every live resource must equal Git at the end (L1). */
  readonly converges: boolean
  /** How Applications are kept in step where it is not as usual, by name. */
  readonly sync?: Readonly<Record<string, Partial<SyncPolicy>>>
}

export interface Violation {
  readonly id: string
  readonly at: number
  readonly message: string
}
export interface Checker {
  observe(event: TraceEvent): void
  finish(): readonly Violation[]
}
export type CreateChecker = (expectation: Expectation) => Checker
