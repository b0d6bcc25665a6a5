import type { EndpointView } from '../core/contract.ts'
import type { Counters } from '../scoring/counters/counters.ts'

/** Told of each stretch of time, in order and without gaps; throughout it the workspace was as the views say. */
export type Watcher = (views: readonly EndpointView[], fromMs: number, toMs: number) => void

/** What traffic needs of a sandbox, in virtual or in real time. */
export interface Stage {
  readonly seed: number
  readonly counters: Counters
  /** Has the watcher told from now on, until the function given back is called. */
  watch(watcher: Watcher): () => void
}
