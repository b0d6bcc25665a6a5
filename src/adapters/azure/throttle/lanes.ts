import { clampRetryAfter } from '../http/retry-after.ts'
import type { Bucket, Limits } from '../limits.ts'

export type Kind = 'reads' | 'writes' | 'deletes'
export type Lane = Kind | 'deploymentWrites'
export type Lanes = Record<Lane, LaneState>
/** Of single things that were refused last. */
export type Gates = Map<string, Gate>

/** A Retry-After window. */
export interface Gate {
  /** No request before this instant. */
  closedUntil: number
  /** 429s since the last good answer; while it is not 0, one request at a time probes whether the window is over. */
  strikes: number
  probe: Promise<void> | undefined
  /** The end of the window that an urgent request has probed. */
  probedUntil: number
}

export interface LaneState extends Gate {
  readonly name: Lane
  bucket: Bucket
  level: number
  at: number
  /** Tokens that are kept for requests which are being prepared. */
  held: number
  /** Requests that wait for a token, in the order in which they came. */
  readonly waiting: Set<Request>
  /** Requests that are not answered yet. */
  unanswered: number
  /** Its level as an answer told it, while no other was awaited. */
  told: { readonly at: number; readonly left: number } | undefined
  /** Tokens that were taken since then. */
  taken: number
  /** Only an answer tells its level, and this process has had none. */
  isUntold: boolean
  /** The request whose answer is to tell it: all others wait for that. */
  first: Promise<void> | undefined
  /** Leaves its level to the next process. */
  keep(): void
  /** Things that were refused since the last good answer. */
  readonly refused: Set<string>
}

/** One that wants to be sent: told from all others, and nothing else. */
export type Request = object

/** What a request has to pass: the lanes that it draws on, and the gate of the one thing that it is about. */
export interface Way {
  readonly kind: Kind
  readonly lanes: readonly LaneState[]
  readonly thing: string | undefined
}

export function openLanes(limits: Limits, now: number): Lanes {
  return {
    reads: fullLane('reads', limits, now),
    writes: fullLane('writes', limits, now),
    deletes: fullLane('deletes', limits, now),
    deploymentWrites: { ...fullLane('deploymentWrites', limits, now), isUntold: true },
  }
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
    waiting: new Set(),
    unanswered: 0,
    told: undefined,
    taken: 0,
    isUntold: false,
    first: undefined,
    keep: () => {},
    refused: new Set(),
  }
}

/**
 * One thing of a workspace: its `onlineEndpoints/fraud`, with what belongs to it, or its `models/fraud`; or of a region: its
 * `usages`, or one operation.
 */
const THING = /^.*\/(?:workspaces\/[^/]+\/[a-z]+\/[^/]+|locations\/[^/]+\/[a-z]+(?:\/[^/]+)?)/i

/** What a request is counted as: the same thing read and written are two. */
function thingOf(kind: Kind, path: string): string | undefined {
  const thing = THING.exec(path)?.[0]
  return thing === undefined ? undefined : `${kind} ${thing.toLowerCase()}`
}

export function wayOf(method: string, path: string, lanes: Lanes): Way {
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

export function gatesOf({ lanes, thing = '' }: Way, gates: Gates): readonly Gate[] {
  const own = gates.get(thing)
  return own === undefined ? lanes : [...lanes, own]
}

/** Things that are kept closed at most. */
const GATES_MAX = 10_000

export function newGate(thing: string, gates: Gates): Gate {
  const gate = openGate()
  const [oldest] = gates.keys()
  if (gates.size >= GATES_MAX && oldest !== undefined) gates.delete(oldest)
  gates.set(thing, gate)
  return gate
}

/** Without a Retry-After the wait doubles from 2 s with every 429 in a row. */
export function close(gate: Gate, askedMs: number | undefined, now: number): void {
  gate.strikes += 1
  const waitMs = askedMs ?? clampRetryAfter(1000 * 2 ** Math.min(gate.strikes, 10))
  gate.closedUntil = Math.max(gate.closedUntil, now + waitMs)
}

export function refill(lane: LaneState, now: number): void {
  const passedMs = Math.max(0, now - lane.at)
  lane.level = Math.min(lane.bucket.burst, lane.level + (passedMs * lane.bucket.perSecond) / 1000)
  lane.at = now
}

/** Milliseconds until it opens. */
export function closedFor(gate: Gate, now: number): number {
  return Math.max(0, gate.closedUntil - now)
}

/** Milliseconds until this lane lets a request through, after those that came before it; 0 = now. */
export function waitOf(lane: LaneState, now: number, request: Request): number {
  return Math.ceil(Math.max(closedFor(lane, now), tokenAfter(lane, now, ahead(lane, request) + 1)))
}

/** How many came before it. */
function ahead({ waiting }: LaneState, request: Request): number {
  if (!waiting.has(request)) return waiting.size
  let count = 0
  for (const other of waiting) {
    if (other === request) break
    count += 1
  }
  return count
}

/** Milliseconds until there are so many tokens. */
export function tokenAfter(lane: LaneState, now: number, count: number): number {
  refill(lane, now)
  return (Math.max(0, count - lane.level) * 1000) / lane.bucket.perSecond
}
