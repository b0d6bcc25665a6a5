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
  /** Whether all reads are within a Retry-After window, and not those of one thing alone. */
  areReadsClosed(): boolean
}

/** A Retry-After window. */
interface Gate {
  /** No request before this instant. */
  closedUntil: number
  /** 429s since the last good answer; while it is not 0, one request at a time probes whether the window is over. */
  strikes: number
  probe: Promise<void> | undefined
  /** The end of the window that an urgent request has probed. */
  probedUntil: number
}

interface LaneState extends Gate {
  readonly name: Lane
  bucket: Bucket
  level: number
  at: number
  /** Tokens that are kept for requests which are being prepared. */
  held: number
  /** Requests that are not answered yet. */
  unanswered: number
  /** 429s since the last good answer, whatever they were about. */
  refusals: number
}

/** What a request has to pass: the lanes that it draws on, and the gate of the one thing that it is about. */
interface Way {
  readonly kind: Kind
  readonly lanes: readonly LaneState[]
  readonly thing: string | undefined
}

/** Things that are kept closed at most. */
const GATES_MAX = 10_000
/** So many things refused in a row, with no good answer in between, speak of all of them. */
const REFUSED_IN_A_ROW = 3

/**
 * A throttle with full buckets. Buckets are kept per kind of request, as ARM counts them. A 429 closes what it was asked of:
 * one thing that is throttled, or locked, stops no other. It closes a whole lane where it says that nothing is left there, where
 * everything is refused, and where it was about no single thing.
 */
export function openThrottle(options: {
  readonly limits: Limits
  readonly clock: Clock
  readonly meter: Meter
}): Throttle {
  const { limits, clock, meter } = options
  const lanes: Record<Lane, LaneState> = {
    reads: fullLane('reads', limits, clock.now()),
    writes: fullLane('writes', limits, clock.now()),
    deletes: fullLane('deletes', limits, clock.now()),
    deploymentWrites: fullLane('deploymentWrites', limits, clock.now()),
  }
  const gates = new Map<string, Gate>()
  const context = { clock, meter, lanes, gates }
  return {
    async admit(method, path, signal, isUrgent = false) {
      const way = wayOf(method, path, lanes)
      if (isUrgent && mayProbe(gatesOf(way, gates), clock.now())) return take(way, context)
      const patienceMs = way.kind === 'reads' ? limits.readPatienceMs : limits.writePatienceMs
      const giveUpAt = clock.now() + patienceMs
      for (;;) {
        signal.throwIfAborted()
        const delay = delayOf(way, context, giveUpAt, signal)
        // No await between the look and the take: two must not take the same token.
        if (delay === undefined) return take(way, context)
        await delay
      }
    },
    hold(method, path) {
      const way = wayOf(method, path, lanes)
      const now = clock.now()
      const closedMs = Math.max(...gatesOf(way, gates).map(({ closedUntil }) => closedUntil - now))
      if (closedMs > limits.writePatienceMs) throw throttled(closedMs)
      const waitMs = Math.max(...way.lanes.map((lane) => tokenAfter(lane, now, lane.held + 1)))
      if (waitMs > limits.writePatienceMs) throw queued(waitMs)
      for (const lane of way.lanes) lane.held += 1
      return () => {
        for (const lane of way.lanes) lane.held -= 1
      }
    },
    areReadsClosed: () => lanes.reads.closedUntil > clock.now(),
  }
}

function gatesOf({ lanes, thing = '' }: Way, gates: Context['gates']): readonly Gate[] {
  const own = gates.get(thing)
  return own === undefined ? lanes : [...lanes, own]
}

/** Once per window, whatever the window's length (INVARIANTS S18). */
function mayProbe(used: readonly Gate[], now: number): boolean {
  const closed = used.filter(({ closedUntil }) => closedUntil > now)
  const isFree = closed.every((lane) => lane.probedUntil < lane.closedUntil)
  if (isFree) for (const lane of closed) lane.probedUntil = lane.closedUntil
  return isFree
}

/**
 * What to wait for before looking again; undefined = go. Throws when it would end after `giveUpAt`, and at once within the
 * window of one thing: all others would wait with it.
 */
function delayOf(
  way: Way,
  { clock, gates }: Context,
  giveUpAt: number,
  signal: AbortSignal,
): Promise<void> | undefined {
  const { lanes, thing = '' } = way
  const now = clock.now()
  const ownMs = (gates.get(thing)?.closedUntil ?? 0) - now
  if (ownMs > 0) throw throttled(ownMs)
  const waitMs = Math.max(...lanes.map((lane) => waitOf(lane, now)))
  if (now + waitMs > giveUpAt)
    throw lanes.some(({ closedUntil }) => closedUntil > now) ? throttled(waitMs) : queued(waitMs)
  if (waitMs > 0) return clock.sleep(waitMs, signal)
  const probe = gatesOf(way, gates).find((gate) => gate.probe)?.probe
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

function openGate(): Gate {
  return { closedUntil: 0, strikes: 0, probe: undefined, probedUntil: 0 }
}

function fullLane(name: Lane, { [name]: bucket }: Pick<Limits, Lane>, now: number): LaneState {
  return {
    ...openGate(),
    name,
    bucket,
    level: bucket.burst,
    at: now,
    held: 0,
    unanswered: 0,
    refusals: 0,
  }
}

/** One thing of a workspace: `onlineEndpoints/fraud`, with what belongs to it, or `models/fraud`. */
const THING = /\/workspaces\/[^/]+\/([a-z]+\/[^/]+)/i

/** What a request is counted as: the same thing read and written are two. */
function thingOf(kind: Kind, path: string): string | undefined {
  const thing = THING.exec(path)?.[1]
  return thing === undefined ? undefined : `${kind} ${thing.toLowerCase()}`
}

function wayOf(method: string, path: string, lanes: Context['lanes']): Way {
  const [kind, ...more] = lanesOf(method, path)
  const used = [lanes[kind], ...more.map((lane) => lanes[lane])]
  return { kind, lanes: used, thing: thingOf(kind, path) }
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
  /** Of single things that were refused last. */
  readonly gates: Map<string, Gate>
}

function take(way: Way, context: Context): Settle {
  const probes = gatesOf(way, context.gates).filter(({ strikes }) => strikes > 0)
  const { promise, resolve } = Promise.withResolvers<void>()
  for (const lane of way.lanes) {
    lane.level -= 1
    lane.unanswered += 1
  }
  for (const gate of probes) gate.probe = promise
  return (answer) => {
    for (const gate of probes) gate.probe = undefined
    for (const lane of way.lanes) lane.unanswered -= 1
    if (answer) learn(way, answer, context)
    if (answer) learnRemaining(answer.headers, way.kind, context)
    resolve()
  }
}

function learn(way: Way, answer: Answer, context: Context): void {
  const { lanes, thing = '' } = way
  const { clock, gates } = context
  const now = clock.now()
  const asksToStayAway =
    answer.status === 429 || (answer.status === 503 && answer.retryAfterMs !== undefined)
  if (asksToStayAway) {
    for (const gate of refusedBy(way, answer, gates)) close(gate, answer.retryAfterMs, now)
    return
  }
  for (const lane of lanes) lane.refusals = 0
  // An answer to a request sent before the window began does not end the window.
  for (const gate of gatesOf(way, gates)) if (now >= gate.closedUntil) gate.strikes = 0
  if (gates.get(thing)?.strikes === 0) gates.delete(thing)
}

/** What a refusal speaks of: the lanes that it says are empty, or else the one thing, or all when everything is refused. */
function refusedBy(
  { lanes, thing }: Way,
  { headers }: Answer,
  gates: Context['gates'],
): readonly Gate[] {
  const emptied = emptiedBy(headers)
  const empty = lanes.filter(({ name }) => emptied.has(name))
  if (empty.length > 0) return empty
  for (const lane of lanes) lane.refusals += 1
  if (thing === undefined) return lanes
  const own = gates.get(thing) ?? newGate(thing, gates)
  return lanes.some(({ refusals }) => refusals >= REFUSED_IN_A_ROW) ? [own, ...lanes] : [own]
}

function emptiedBy(headers: Answer['headers']): ReadonlySet<string> {
  const emptied = Object.entries(headers).flatMap(([header, left]) => {
    const match = left === '0' ? remainingIn(header) : null
    return match === null ? [] : [laneOf(match)]
  })
  return new Set(emptied)
}

/** The lane that a header of what remains speaks of. */
function laneOf([, , word]: RegExpExecArray): Lane {
  return word === 'resource-requests' ? 'deploymentWrites' : (word as Kind)
}

function newGate(thing: string, gates: Context['gates']): Gate {
  const gate = openGate()
  const [oldest] = gates.keys()
  if (gates.size >= GATES_MAX && oldest !== undefined) gates.delete(oldest)
  gates.set(thing, gate)
  return gate
}

/** Without a Retry-After the wait doubles from 2 s with every 429 in a row. */
function close(gate: Gate, askedMs: number | undefined, now: number): void {
  gate.strikes += 1
  const waitMs = askedMs ?? clampRetryAfter(1000 * 2 ** Math.min(gate.strikes, 10))
  gate.closedUntil = Math.max(gate.closedUntil, now + waitMs)
}

const REMAINING =
  /^x-ms-ratelimit-remaining-(?:subscription|tenant)-(global-)?(reads|writes|deletes|resource-requests)$/

/** Of a score of headers one or two are meant: most are told by their beginning. */
function remainingIn(header: string): RegExpExecArray | null {
  return header.startsWith('x-ms-rate') ? REMAINING.exec(header) : null
}

/**
 * The service counts all clients of this principal: of what ARM documents, its number can only lower ours (PERFORMANCE 2).
 * How fast the bucket of deployments fills nobody says: there its number is ours.
 */
function learnRemaining(
  headers: Readonly<Record<string, string>>,
  kind: Kind,
  { meter, lanes, clock }: Context,
): void {
  for (const [name, value] of Object.entries(headers)) {
    const match = remainingIn(name)
    if (!match || !/^\d{1,9}$/.test(value)) continue
    const lane = lanes[laneOf(match)]
    refill(lane, clock.now())
    if (lane === lanes.deploymentWrites) learnPace(lane, Number(value))
    else lane.level = Math.min(lane.level, Number(value))
    if (match[1] === undefined && match[2] === kind) meter.azureRateLimit(kind, Number(value))
  }
}

/** What has come back beyond our reckoning says that it comes back faster. Those not answered yet may be in it, or not. */
function learnPace(lane: LaneState, left: number): void {
  const { burst, perSecond } = lane.bucket
  if (left > Math.max(0, lane.level) + lane.unanswered + 1)
    lane.bucket = { burst, perSecond: Math.min(FASTEST, 2 * perSecond) }
  lane.level = Math.min(burst, left) - lane.unanswered
}

const FASTEST = 10

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
