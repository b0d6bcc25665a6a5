import { NO_OPERATIONS, type Running, sortOf } from '../../model/operations.ts'
import { isDeployment } from '../../model/ref.ts'
import type { Assessment } from '../assess.ts'
import type { PlanInput } from '../context.ts'

const MINUTE_MS = 60_000

/** So many of a sort must have been seen to end before their times say anything. */
const ENOUGH = 5
/** What is told as overdue has taken so many times as long as the longest of its sort, */
const BEYOND_LONGEST = 1.5
/** and never less than that: minutes are within what Azure's own load does. */
const LEAST_MS = 10 * MINUTE_MS
/** Where too few were seen: a deployment's create may take 90 minutes (METRICS 2.4). */
const UNKNOWN_DEPLOYMENT_MS = 90 * MINUTE_MS
const UNKNOWN_MS = 30 * MINUTE_MS

interface Bound {
  readonly ms: number
  /** How long it usually takes, as a part of a sentence. */
  readonly usual: string
}

/**
 * What is said of an operation that takes longer than those of its sort did in this workspace; undefined = nothing. It is
 * only told: nothing is decided by it.
 */
export function operationOverdueText(
  { key, ref }: Assessment,
  busyMs: number,
  { operations = NO_OPERATIONS, now }: Pick<PlanInput, 'operations' | 'now'>,
): string | undefined {
  const running = operations.running.get(key)
  const { ms, usual } = (running && learnt(running, operations.took)) ?? unknown(ref.kind)
  const tookMs = running === undefined ? busyMs : now - running.startedAt
  if (tookMs <= ms) return undefined
  const what = running === undefined ? 'An operation of Azure' : running.operation
  return `${what} has taken ${minutes(tookMs)}; ${usual}. It goes on being waited for; its operation is in the portal.`
}

function learnt(running: Running, took: ReadonlyMap<string, readonly number[]>): Bound | undefined {
  const sorted = (took.get(sortOf(running)) ?? []).toSorted((a, b) => a - b)
  const longest = sorted.at(-1)
  if (sorted.length < ENOUGH || longest === undefined) return undefined
  const low = sorted[Math.floor(sorted.length * 0.1)] ?? longest
  const high = sorted[Math.ceil(sorted.length * 0.9) - 1] ?? longest
  const usual = `here it usually takes ${range(low, high)}, at most ${minutes(longest)} (the last ${sorted.length})`
  return { ms: Math.max(LEAST_MS, BEYOND_LONGEST * longest), usual }
}

function unknown(kind: Assessment['ref']['kind']): Bound {
  const ms = isDeployment(kind) ? UNKNOWN_DEPLOYMENT_MS : UNKNOWN_MS
  const usual = `how long it usually takes here is not known yet, and ${minutes(ms)} are taken for the most`
  return { ms, usual }
}

function range(low: number, high: number): string {
  const [from, to] = [rounded(low), rounded(high)]
  return from === to ? minutes(high) : `${from} to ${to} min`
}

function minutes(ms: number): string {
  return `${rounded(ms)} min`
}

/** Never none: what took seconds took up to a minute. */
function rounded(ms: number): number {
  return Math.max(1, Math.round(ms / MINUTE_MS))
}
