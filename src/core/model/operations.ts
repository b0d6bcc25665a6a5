import type { Operation } from './plan.ts'

/** An operation Azure has accepted, as this process saw it begin. */
export interface Running {
  readonly operation: Operation
  /** Instance type of the deployment that is written; absent where there is none. */
  readonly size?: string
  /** Milliseconds since the epoch. */
  readonly startedAt: number
}

export interface Ended extends Pick<Running, 'operation' | 'size'> {
  readonly result: 'success' | 'error'
  readonly durationMs: number
}

/** By key of the thing that is written. */
export type RunningByKey = ReadonlyMap<string, Running>

/** How long operations took that came to a good end, by their sort: milliseconds, the newest first. */
export type Durations = ReadonlyMap<string, readonly number[]>

/** What is known of operations: those that run, and how long others of their sort took. */
export interface OperationsKnown {
  readonly running: RunningByKey
  readonly took: Durations
}

export const NO_OPERATIONS: OperationsKnown = { running: new Map(), took: new Map() }

/** Operations that take alike: `create_online_deployment Standard_DS_v2`, whatever the number of cores. */
export function sortOf({ operation, size }: Pick<Running, 'operation' | 'size'>): string {
  return size === undefined ? operation : `${operation} ${familyOf(size)}`
}

/** A size of Azure without its number of cores; any other name is what it is. */
function familyOf(size: string): string {
  return size.replace(/^(Standard_[A-Za-z]+)[0-9]+(-[0-9]+)?/, '$1')
}

const KEPT = 50
const SORTS_MAX = 100

/** With those that came to a good end: the newest of each sort, and of the sorts those that ended last. */
export function withEnded(took: Durations, ended: readonly Ended[]): Durations {
  const after = new Map(took)
  for (const one of ended) {
    if (one.result === 'error') continue
    const sort = sortOf(one)
    const kept = [one.durationMs, ...(after.get(sort) ?? [])].slice(0, KEPT)
    after.delete(sort)
    after.set(sort, kept)
  }
  return new Map([...after].slice(-SORTS_MAX))
}
