/** Words between the sandbox's deterministic core and its shells. It shares none with the controller, on purpose. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

/** Who asks, once a shell has checked the token's signature. `actions` absent = may do everything. */
export interface Principal {
  readonly objectId: string
  readonly actions?: readonly string[]
}

/** One control-plane request. Header names are lower-case. `principal` absent = no valid token: 401. */
export interface ArmRequest {
  readonly method: string
  /** Absolute, as the client sent it; its origin is what links and operation URLs are made with. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Json
  readonly principal?: Principal
}

export interface ArmResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** undefined = no body at all; null = the JSON text `null`. */
  readonly body?: Json
  /** The body as JSON, where that is at hand. */
  readonly text?: string
  /** The write is done, but the shell must drop the connection instead of answering (fault LostResponse). */
  readonly lost?: true
  /** A blob container that the shell must have made before it sends this answer (startPendingUpload). */
  readonly createsContainer?: string
}

/**
 * How a deployment's container is doing. 'declared': nobody runs it, time alone makes it ready (virtual time).
 * The others are told by the runtime that runs the user's script.
 */
export type Container =
  | { readonly state: 'declared' }
  | { readonly state: 'starting' }
  | { readonly state: 'ready' }
  | { readonly state: 'crashed'; readonly code: string; readonly message: string }

/** What the data plane needs to know of an endpoint at an instant. */
export interface EndpointView {
  readonly name: string
  readonly authMode: 'Key' | 'AMLToken' | 'AADToken'
  readonly keys: { readonly primaryKey: string; readonly secondaryKey: string }
  readonly provisioningState: string
  /** Percent by deployment; sums to 0 or 100. */
  readonly traffic: Readonly<Record<string, number>>
  readonly mirrorTraffic: Readonly<Record<string, number>>
  readonly deployments: readonly DeploymentView[]
  /** AML tokens handed out by POST token that have not expired. */
  readonly tokens: readonly string[]
}

/** What a fault does to a deployment's answers; absent parts do nothing. */
export interface ModelFault {
  readonly name: string
  /** Added to every answer. */
  readonly delayMs?: number
  /** Share of requests, 0 to 100, that the model answers with `status`. */
  readonly percent?: number
  readonly status?: number
}

/** How a model was declared to behave, instead of what its code does or on top of it. */
export interface Behaviour {
  /** The median of a log-normal latency, ms; absent = as a container has it anyway. */
  readonly latencyMs?: number
  /** The standard deviation of the latency's logarithm. */
  readonly latencySigma: number
  /** Share of requests, 0 to 1, that the model answers with 500. */
  readonly errorRatio: number
  /** From the request after so many on, that share of them instead. */
  readonly errorRatioAfter?: { readonly ratio: number; readonly requests: number }
  /** Share of requests, 0 to 1, that take `slowFactor` times as long. */
  readonly slowRatio: number
  readonly slowFactor: number
  /** What it answers where no code does. */
  readonly answer?: Json
}

/** A registered environment, as far as it decides what Python code runs with. */
export interface EnvironmentView {
  /** `name:version`; for one that this workspace does not hold (curated, of a registry), its id as it was given. */
  readonly name: string
  readonly image?: string
  /** As it is kept: JSON text, or the client's text where that is no YAML. Empty = none. */
  readonly condaFile?: string
  /** It is built from a Dockerfile. */
  readonly hasBuildContext?: true
}

/** The assets that running something takes; absent when there is none. */
export interface RunsWith {
  /** Blob URLs or azureml:// URIs of the code folder and the model, as registered. */
  readonly codeUri?: string
  readonly scoringScript?: string
  readonly modelUri?: string
  readonly modelName?: string
  readonly modelVersion?: string
  /** As registered, e.g. `mlflow_model`. */
  readonly modelType?: string
  readonly environment?: EnvironmentView
}

export interface DeploymentView extends RunsWith {
  readonly name: string
  readonly provisioningState: string
  /** It was provisioned once, so it takes requests, also while an update runs or after one failed. */
  readonly inForce: boolean
  /** Grows by one with every accepted PUT that changes what the container runs. */
  readonly containerGeneration: number
  readonly instanceCount: number
  readonly requestTimeoutMs: number
  readonly maxConcurrentRequestsPerInstance: number
  readonly environmentVariables: Readonly<Record<string, string>>
  readonly faults?: readonly ModelFault[]
  /** Of what serves; absent = none is declared. */
  readonly behaviour?: Behaviour
}

/** How a batch job does, as the shell that runs it tells. Instants are ms since 1970. */
export type JobProgress =
  | { readonly state: 'Running'; readonly startedAtMs: number }
  | {
      readonly state: 'Completed' | 'Canceled'
      readonly startedAtMs: number
      readonly endedAtMs: number
    }
  | {
      readonly state: 'Failed'
      readonly startedAtMs: number
      readonly endedAtMs: number
      readonly code: string
      readonly message: string
    }
