import type { GoldenRequest } from '../rollout.ts'
import type { Json } from '../values/json.ts'

/** Requests to be sent to one deployment directly, by the header `azureml-model-deployment`, past all traffic weights. */
export interface Probe {
  readonly endpoint: string
  readonly deployment: string
  readonly requests: readonly ProbeRequest[]
}

export interface ProbeRequest {
  readonly golden: GoldenRequest
  /** Given up after this, in milliseconds. */
  readonly timeoutMs: number
}

/** What a deployment answered to a request. It is judged as it comes, and not kept: a model may answer megabytes. */
export interface ScoredAnswer {
  readonly status: number
  /** undefined when the answer is no JSON. */
  readonly body: Json | undefined
  readonly latencyMs: number
}

/** What an answer may be wrong in: its status, how long it took, or what it says. */
export type FaultKind = 'status' | 'latency' | 'content'

export interface Fault {
  readonly is: FaultKind
  /** In words that do not repeat the answer. */
  readonly message: string
}

/** What is wrong with an answer to a golden request; undefined = nothing. */
export type FaultOf = (request: GoldenRequest, answer: ScoredAnswer) => Fault | undefined

/** By the name of the golden file. `problem`: no answer at all, and why; it says nothing about the model. */
export type ProbeAnswer =
  | {
      readonly name: string
      /** Absent = the answer is right. */
      readonly fault?: Fault
    }
  | {
      readonly name: string
      readonly problem: { readonly reason: string; readonly message: string }
    }
