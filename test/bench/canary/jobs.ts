import { bakes } from './bakes.ts'
import { corrupted } from './corruption.ts'
import { latencies } from './latency.ts'
import { replayed } from './replay.ts'
import { simulate } from './simulate.ts'

/** What a worker can be asked to do; inputs and results are plain values. */
export const JOBS = { bakes, simulate, latencies, corrupted, replayed } as const

export interface Job {
  readonly name: keyof typeof JOBS
  readonly input: unknown
}
