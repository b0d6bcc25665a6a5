import type { Container, JobProgress, Json, JsonObject, ModelFault } from './contract.ts'
import type { Settings } from './options.ts'

/**
 * The whole workspace as plain JSON. Writes change it in place; what time alone changes is worked out by
 * `settle` from the operations in it, so the same history and the same `now` always give the same answers.
 */
export interface State {
  readonly version: 1
  settings: Settings
  readonly createdAtMs: number
  /** How many ids were drawn so far; every id is a hash of the seed and this number. */
  drawn: number
  /** How many resources were made so far: the order of lists. */
  made: number
  /** By lower-case ARM id. */
  resources: Record<string, Resource>
  /** By operation guid. */
  operations: Record<string, Operation>
  /** Guids of the operations that are not over, and of those that are, the oldest first. */
  running: string[]
  over: string[]
  buckets: Record<string, { tokens: number; atMs: number }>
  faults: ActiveFault[]
  /** Answers to GET as they were before the last write of a path: what a StaleRead shows. */
  priors: Record<string, Json>
  /** Last text of a deployment's container, by lower-case ARM id of the deployment. */
  logs: Record<string, string>
}

export interface Resource {
  readonly id: string
  readonly name: string
  readonly kind: ResourceKind
  /** The order of creation, for lists. */
  readonly ordinal: number
  readonly createdAtMs: number
  createdBy: string
  modifiedAtMs: number
  /** The envelope a client asked for, completed: tags, location, identity, sku, properties. */
  body: JsonObject
  /** What really runs: the body of the last write that succeeded. Absent before the first success. */
  inForce?: JsonObject

  /** The newest operation on this resource, running or over. */
  operation?: string
  /** Deployments: what the container runs, and how it does. */
  containerGeneration?: number
  container?: Container
  containerAtMs?: number
  inForceGeneration?: number
  /** Endpoints. */
  keys?: { primaryKey: string; secondaryKey: string }
  tokens?: { token: string; expiresAtMs: number }[]
  /** Jobs: how they do. */
  job?: JobRecord
}

/** What is kept of a batch job beside its body. */
export interface JobRecord {
  readonly endpoint: string
  readonly deployment: string
  readonly childRunId: string
  /** The deployment's properties as they were when the job was made. */
  readonly plan: JsonObject
  readonly inputs: JsonObject
  /** `declared` jobs go on by time alone; the others as the shell that runs them tells. */
  readonly isDeclared: boolean
  /** Guid that a client sent to have a repeated request answered alike. */
  readonly requestId?: string
  progress?: JobProgress
  canceledAtMs?: number
}

export type ResourceKind =
  | 'onlineEndpoint'
  | 'onlineDeployment'
  | 'assetContainer'
  | 'assetVersion'
  | 'datastore'
  | 'batchEndpoint'
  | 'batchDeployment'
  | 'compute'
  | 'job'

export type OperationVerb = 'create' | 'update' | 'patch' | 'delete' | 'keys'

/** One long-running operation: its start, its length, and what it will have done. */
export interface Operation {
  readonly guid: string
  /** `oe`, `od`, or a newer build's `oeidp`, `odidp`. */
  readonly prefix: string
  readonly verb: OperationVerb
  readonly target: string
  readonly apiVersion: string
  readonly startedAtMs: number
  /** The earliest end; null = never (fault NeverEnds). */
  dueAtMs: number | null
  /** It also waits for the deployment's container. */
  readonly awaitsContainer: boolean
  /** What it will fail with when due. */
  readonly doom?: OperationError
  /** The keys that a regenerateKeys brings into force. */
  readonly keys?: { primaryKey: string; secondaryKey: string }
  /** Set once over. */
  ended?: {
    readonly atMs: number
    readonly status: 'Succeeded' | 'Failed' | 'Canceled'
    readonly error?: OperationError
  }
}

export interface OperationError {
  readonly code: string | null
  readonly message: string
}

export interface ActiveFault {
  readonly name: string
  readonly endpoint?: string
  readonly deployment?: string
  readonly method?: string
  /** A regular expression over the resource type, e.g. `onlineEndpoints/deployments`. */
  readonly resource?: string
  /** How many times more it strikes; null = for ever. */
  left: number | null
  readonly retryAfterSeconds?: number
  readonly code?: string
  readonly factor?: number
  readonly field?: string
  readonly value?: string
  readonly model?: ModelFault
}
