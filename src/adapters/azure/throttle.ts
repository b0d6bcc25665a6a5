import { QUEUED } from '../../core/model/report.ts'
import { type Clock, CloudError, type Meter } from '../../reconcile/ports.ts'
import type { Bucket, Limits } from './limits.ts'
import { clampRetryAfter } from './retry-after.ts'

type Kind = 'reads' | 'writes' | 'deletes'
type Lane = Kind | 'deploymentWrites'

/** What an answer taught: `retryAfterMs` is already clamped; header names are lower-case. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly retryAfterMs: number | undefined
}

/** Ends an admitted request: with its answer, or without one when the connection was lost. */
export type Settle = (answer?: Answer) => void

/** The client's own side of ARM's throttling (INVARIANTS S18). */
export interface Throttle {
  /**
   * Resolves when a request may be sent now; throws a Throttled CloudError when it would have to wait too long. An
   * urgent one waits for no token, and is the one probe that a Retry-After window is given: traffic leaves a bad revision.
   */
  admit(method: string, path: string, signal: AbortSignal, isUrgent?: boolean): Promise<Settle>
  /**
   * Keeps a place for a request that is still to be prepared, until the function that it gives is called; throws a CloudError,
   * Queued when so many are ahead that it would have to wait too long, and Throttled within a long Retry-After window.
   */
  hold(method: string, path: string): () => void
}

interface LaneState {
  readonly bucket: Bucket
  level: number
  at: number
  /** No request before this instant: a Retry-After window. */
  closedUntil: number
  /** 429s since the last good answer; while it is not 0, one request at a time probes whether the window is over. */
  strikes: number
  probe: Promise<void> | undefined
  /** The end of the window that an urgent request has probed. */
  probedUntil: number
  /** Tokens that are kept for requests which are being prepared. */
  held: number
}

/** A throttle with full buckets. Windows and buckets are kept per kind of request, as ARM counts them. */
export function openThrottle(options: {
  readonly limits: Limits
  readonly clock: Clock
  readonly meter: Meter
}): Throttle {
  const { limits, clock, meter } = options
  const lanes: Record<Lane, LaneState> = {
    reads: fullLane(limits.reads, clock.now()),
    writes: fullLane(limits.writes, clock.now()),
    deletes: fullLane(limits.deletes, clock.now()),
    deploymentWrites: fullLane(limits.deploymentWrites, clock.now()),
  }
  return {
    async admit(method, path, signal, isUrgent = false) {
      const kinds = lanesOf(method, path)
      const used = kinds.map((lane) => lanes[lane])
      if (isUrgent && mayProbe(used, clock.now()))
        return take(used, kinds[0], { clock, meter, lanes })
      const patienceMs = kinds[0] === 'reads' ? limits.readPatienceMs : limits.writePatienceMs
      const giveUpAt = clock.now() + patienceMs
      for (;;) {
        signal.throwIfAborted()
        const delay = delayOf(used, clock, giveUpAt, signal)
        // No await between the look and the take: two must not take the same token.
        if (delay === undefined) return take(used, kinds[0], { clock, meter, lanes })
        await delay
      }
    },
    hold(method, path) {
      const used = lanesOf(method, path).map((lane) => lanes[lane])
      const now = clock.now()
      const closedMs = Math.max(...used.map(({ closedUntil }) => closedUntil - now))
      if (closedMs > limits.writePatienceMs) throw throttled(closedMs)
      const waitMs = Math.max(...used.map((lane) => tokenAfter(lane, now, lane.held + 1)))
      if (waitMs > limits.writePatienceMs) throw queued(waitMs)
      for (const lane of used) lane.held += 1
      return () => {
        for (const lane of used) lane.held -= 1
      }
    },
  }
}

/** Once per window, whatever the window's length (INVARIANTS S18). */
function mayProbe(used: readonly LaneState[], now: number): boolean {
  const closed = used.filter(({ closedUntil }) => closedUntil > now)
  const isFree = closed.every((lane) => lane.probedUntil < lane.closedUntil)
  if (isFree) for (const lane of closed) lane.probedUntil = lane.closedUntil
  return isFree
}

/** What to wait for before looking again; undefined = go. Throws when it would end after `giveUpAt`. */
function delayOf(
  used: readonly LaneState[],
  clock: Clock,
  giveUpAt: number,
  signal: AbortSignal,
): Promise<void> | undefined {
  const now = clock.now()
  const waitMs = Math.max(...used.map((lane) => waitOf(lane, now)))
  if (now + waitMs > giveUpAt)
    throw used.some(({ closedUntil }) => closedUntil > now) ? throttled(waitMs) : queued(waitMs)
  if (waitMs > 0) return clock.sleep(waitMs, signal)
  const probe = used.find((lane) => lane.probe)?.probe
  return probe && settledOrSlept(probe, clock, giveUpAt - now + 1, signal)
}

async function settledOrSlept(
  probe: Promise<void>,
  clock: Clock,
  ms: number,
  signal: AbortSignal,
): Promise<void> {
  const done = new AbortController()
  await Promise.race([probe, clock.sleep(ms, AbortSignal.any([signal, done.signal]))])
  done.abort()
}

function fullLane(bucket: Bucket, now: number): LaneState {
  return {
    bucket,
    level: bucket.burst,
    at: now,
    closedUntil: 0,
    strikes: 0,
    probe: undefined,
    probedUntil: 0,
    held: 0,
  }
}

/** POSTs count as writes (FACTS 2.2). */
function lanesOf(method: string, path: string): readonly [Kind, ...Lane[]] {
  if (method === 'GET' || method === 'HEAD') return ['reads']
  if (method === 'DELETE') return ['deletes']
  const isDeployment = /\/(?:online|batch)Endpoints\/[^/]+\/deployments\/[^/]+$/i.test(path)
  return isDeployment ? ['writes', 'deploymentWrites'] : ['writes']
}

function refill(lane: LaneState, now: number): void {
  const passedMs = Math.max(0, now - lane.at)
  lane.level = Math.min(lane.bucket.burst, lane.level + (passedMs * lane.bucket.perSecond) / 1000)
  lane.at = now
}

/** Milliseconds until this lane lets one more through; 0 = now. */
function waitOf(lane: LaneState, now: number): number {
  return Math.ceil(Math.max(0, lane.closedUntil - now, tokenAfter(lane, now, 1)))
}

/** Milliseconds until there are so many tokens. */
function tokenAfter(lane: LaneState, now: number, count: number): number {
  refill(lane, now)
  return (Math.max(0, count - lane.level) * 1000) / lane.bucket.perSecond
}

interface Context {
  readonly clock: Clock
  readonly meter: Meter
  readonly lanes: Record<Lane, LaneState>
}

function take(used: readonly LaneState[], kind: Kind, context: Context): Settle {
  const probes = used.filter((lane) => lane.strikes > 0)
  const { promise, resolve } = Promise.withResolvers<void>()
  for (const lane of used) lane.level -= 1
  for (const lane of probes) lane.probe = promise
  return (answer) => {
    for (const lane of probes) lane.probe = undefined
    if (answer) learn(used, answer, context.clock.now())
    if (answer) learnRemaining(answer.headers, kind, context)
    resolve()
  }
}

function learn(used: readonly LaneState[], answer: Answer, now: number): void {
  const asksToStayAway =
    answer.status === 429 || (answer.status === 503 && answer.retryAfterMs !== undefined)
  for (const lane of used) {
    if (asksToStayAway) close(lane, answer.retryAfterMs, now)
    // An answer to a request sent before the window began does not end the window.
    else if (now >= lane.closedUntil) lane.strikes = 0
  }
}

/** Without a Retry-After the wait doubles from 2 s with every 429 in a row. */
function close(lane: LaneState, askedMs: number | undefined, now: number): void {
  lane.strikes += 1
  const waitMs = askedMs ?? clampRetryAfter(1000 * 2 ** Math.min(lane.strikes, 10))
  lane.closedUntil = Math.max(lane.closedUntil, now + waitMs)
}

const REMAINING =
  /^x-ms-ratelimit-remaining-(?:subscription|tenant)-(global-)?(reads|writes|deletes|resource-requests)$/

/** Of a score of headers one or two are meant: most are told by their beginning. */
function remainingIn(header: string): RegExpExecArray | null {
  return header.startsWith('x-ms-rate') ? REMAINING.exec(header) : null
}

/** The service counts all clients of this principal: its number can only lower ours (PERFORMANCE 2). */
function learnRemaining(
  headers: Readonly<Record<string, string>>,
  kind: Kind,
  { meter, lanes }: Context,
): void {
  for (const [name, value] of Object.entries(headers)) {
    const match = remainingIn(name)
    const remaining = /^\d{1,9}$/.test(value) ? Number(value) : undefined
    if (!match || remaining === undefined) continue
    const lane = match[2] === 'resource-requests' ? 'deploymentWrites' : (match[2] as Kind)
    lanes[lane].level = Math.min(lanes[lane].level, remaining)
    if (match[1] === undefined && lane === kind) meter.azureRateLimit(kind, remaining)
  }
}

function queued(waitMs: number): CloudError {
  return new CloudError({
    reason: QUEUED,
    message: `Other requests go first: the next may be sent in ${Math.ceil(waitMs / 1000)} s.`,
    errorClass: 'retryable',
    retry: 'Later',
    retryAfterMs: waitMs,
  })
}

function throttled(waitMs: number): CloudError {
  return new CloudError({
    reason: 'Throttled',
    message: `Azure asked for fewer requests: the next may be sent in ${Math.ceil(waitMs / 1000)} s.`,
    errorClass: 'retryable',
    retry: 'Later',
    retryAfterMs: clampRetryAfter(waitMs),
  })
}
