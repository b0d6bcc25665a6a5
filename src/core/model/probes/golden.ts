import type { Json } from '../values/json.ts'

/** A request whose answer is known: sent to the new revision directly, before any traffic. */
export interface GoldenRequest {
  /** The file it comes from, from the repository's root. */
  readonly name: string
  readonly request: Json
  readonly status: number
  readonly expect: Expectation
  readonly maxLatencyMs: number
}

/** What an answer must be: the very value, a part of it (numbers within `tolerance`), or of a JSON Schema. */
export type Expectation =
  | { readonly is: 'equal' | 'subset'; readonly value: Json; readonly tolerance: number }
  | { readonly is: 'schema'; readonly schema: { readonly [keyword: string]: Json } }
  | { readonly is: 'anything' }
