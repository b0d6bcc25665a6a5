import type { Json } from '../values/json.ts'

/** Requests to be sent to one deployment directly, by the header `azureml-model-deployment`, past all traffic weights. */
export interface Probe {
  readonly endpoint: string
  readonly deployment: string
  readonly requests: readonly ProbeRequest[]
}

export interface ProbeRequest {
  /** The golden file it comes from: names the answer. */
  readonly name: string
  readonly body: Json
  /** Given up after this, in milliseconds. */
  readonly timeoutMs: number
}

/** What came back. `problem`: no answer at all, and why; it says nothing about the model. */
export type ProbeAnswer =
  | {
      readonly name: string
      readonly status: number
      /** undefined when the answer is no JSON. */
      readonly body: Json | undefined
      readonly latencyMs: number
    }
  | {
      readonly name: string
      readonly problem: { readonly reason: string; readonly message: string }
    }
