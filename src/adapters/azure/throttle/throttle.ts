import { QUEUED } from '../../../core/model/report.ts'
import { type Clock, CloudError, type Meter } from '../../../reconcile/ports.ts'
import { clampRetryAfter } from '../http/retry-after.ts'
import type { Limits } from '../limits.ts'
import { type Budget, openBudget } from './budget.ts'
import {
  closedFor,
  type Gate,
  gatesOf,
  type LaneState,
  type Request,
  tokenAfter,
  type Way,
  waitOf,
  wayOf,
} from './lanes.ts'
import { type Answer, type Context, learn, learnRemaining } from './learning.ts'

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
  /** Whether all reads are within a Retry-After window, and not those of one thing alone. */
  areReadsClosed(): boolean
}

/**
 * A throttle over a budget, a full one of its own unless given. Buckets are kept per kind of request, as ARM counts them. A
 * 429 closes what it was asked of: one thing that is throttled, or locked, stops no other. It closes a whole lane where it
 * says that nothing is left there, where several things are refused at once, and where it was about no single thing.
 */
export function openThrottle(options: {
  readonly limits: Limits
  readonly clock: Clock
  readonly meter: Meter
  readonly budget?: Budget
}): Throttle {
  const { limits, clock, meter } = options
  const { now, lanes, gates } = options.budget ?? openBudget(clock, limits)
  const context = { clock, now, meter, lanes, gates, limits }
  return {
    async admit(method, path, signal, isUrgent = false) {
      const way = wayOf(method, path, lanes)
      if (isUrgent && mayProbe(gatesOf(way, gates), now())) return take(way, context)
      return inTurn({ way, request: {} }, context, signal)
    },
    hold(method, path) {
      const way = wayOf(method, path, lanes)
      const at = now()
      const closedMs = Math.max(...gatesOf(way, gates).map((gate) => closedFor(gate, at)))
      if (closedMs > limits.writePatienceMs) throw throttled(closedMs)
      const waitMs = Math.max(...way.lanes.map((lane) => tokenAfter(lane, at, lane.held + 1)))
      if (waitMs > limits.writePatienceMs) throw queued(waitMs)
      for (const lane of way.lanes) lane.held += 1
      return () => {
        for (const lane of way.lanes) lane.held -= 1
      }
    },
    areReadsClosed: () => closedFor(lanes.reads, now()) > 0,
  }
}

/** Once per window, whatever the window's length (INVARIANTS S18). */
function mayProbe(used: readonly Gate[], now: number): boolean {
  const closed = used.filter((gate) => closedFor(gate, now) > 0)
  const isFree = closed.every((lane) => lane.probedUntil < lane.closedUntil)
  if (isFree) for (const lane of closed) lane.probedUntil = lane.closedUntil
  return isFree
}

interface Asked {
  readonly way: Way
  readonly request: Request
}

/** Takes its token after those that came before it. */
async function inTurn(asked: Asked, context: Context, signal: AbortSignal): Promise<Settle> {
  const { way, request } = asked
  const { limits } = context
  let giveUp = giveUpAt(way, limits, context.now())
  try {
    for (;;) {
      signal.throwIfAborted()
      const first = way.lanes.find((lane) => lane.first)?.first
      if (first !== undefined) {
        // It lasts as long as a write does: nobody's patience is for that.
        await first
        giveUp = giveUpAt(way, limits, context.now())
        continue
      }
      const delay = delayOf({ ...asked, giveUp }, context, signal)
      // No await between the look and the take: two must not take the same token.
      if (delay === undefined) return take(way, context)
      for (const { waiting } of way.lanes) waiting.add(request)
      await delay
    }
  } finally {
    for (const { waiting } of way.lanes) waiting.delete(request)
  }
}

/** Until when is waited for the end of a window, and for a token. */
interface GiveUp {
  readonly closed: number
  readonly empty: number
}

function giveUpAt({ kind }: Way, limits: Limits, now: number): GiveUp {
  const { readPatienceMs, readQueueMs, writePatienceMs } = limits
  const isRead = kind === 'reads'
  const closed = now + (isRead ? readPatienceMs : writePatienceMs)
  return { closed, empty: isRead ? Math.max(closed, now + readQueueMs) : closed }
}

/**
 * What to wait for before looking again; undefined = go. Throws when it would take too long, and at once within the window of
 * one thing: all others would wait with it.
 */
function delayOf(
  { way, request, giveUp }: Asked & { readonly giveUp: GiveUp },
  { clock, gates, ...context }: Context,
  signal: AbortSignal,
): Promise<void> | undefined {
  const { lanes, thing = '' } = way
  const now = context.now()
  const own = gates.get(thing)
  const ownMs = own === undefined ? 0 : closedFor(own, now)
  if (ownMs > 0) throw throttled(ownMs)
  const closedMs = Math.max(...lanes.map((lane) => closedFor(lane, now)))
  if (closedMs > 0 && now + closedMs > giveUp.closed) throw throttled(closedMs)
  const waitMs = Math.max(...lanes.map((lane) => waitOf(lane, now, request)))
  if (now + waitMs > giveUp.empty) throw queued(waitMs)
  if (waitMs > 0) return clock.sleep(waitMs, signal)
  const probe = gatesOf(way, gates).find((gate) => gate.probe)?.probe
  if (probe === undefined) return undefined
  if (now > giveUp.closed) throw throttled(0)
  return settledOrSlept(probe, clock, giveUp.closed - now + 1, signal)
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

function take(way: Way, context: Context): Settle {
  const probes = gatesOf(way, context.gates).filter(({ strikes }) => strikes > 0)
  const { promise, resolve } = Promise.withResolvers<void>()
  for (const lane of way.lanes) begin(lane, promise)
  for (const gate of probes) gate.probe = promise
  return (answer) => {
    for (const gate of probes) gate.probe = undefined
    for (const lane of way.lanes) end(lane, promise, answer)
    if (answer) {
      learn(way, answer, context)
      learnRemaining(answer.headers, way.kind, context)
    }
    for (const lane of way.lanes) lane.keep()
    resolve()
  }
}

function begin(lane: LaneState, answered: Promise<void>): void {
  lane.level -= 1
  lane.unanswered += 1
  if (lane.isUntold) lane.first = answered
  lane.isUntold = false
  // Before it is sent: a process may end at any time.
  lane.keep()
}

/** A refusal need not say what is left: then the next one is the first. */
function end(lane: LaneState, answered: Promise<void>, answer: Answer | undefined): void {
  lane.unanswered -= 1
  if (answer !== undefined && answer.status !== 429) lane.taken += 1
  if (lane.first !== answered) return
  lane.first = undefined
  lane.isUntold = answer?.status === 429
}

function queued(waitMs: number): CloudError {
  return new CloudError({
    reason: QUEUED,
    message: `Other requests go first: it is sent at the first look after ${Math.ceil(waitMs / 1000)} s.`,
    errorClass: 'retryable',
    retry: 'Later',
    retryAfterMs: waitMs,
  })
}

function throttled(waitMs: number): CloudError {
  return new CloudError({
    reason: 'Throttled',
    message: `Azure asked for fewer requests: it is asked again at the first look after ${Math.ceil(waitMs / 1000)} s.`,
    errorClass: 'retryable',
    retry: 'Later',
    retryAfterMs: clampRetryAfter(waitMs),
  })
}
