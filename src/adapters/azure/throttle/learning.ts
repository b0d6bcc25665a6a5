import type { Clock, Meter } from '../../../reconcile/ports.ts'
import type { Bucket, Limits } from '../limits.ts'
import {
  close,
  closedFor,
  type Gate,
  type Gates,
  gatesOf,
  type Kind,
  type Lane,
  type LaneState,
  type Lanes,
  newGate,
  refill,
  type Way,
} from './lanes.ts'

/** What an answer taught: `retryAfterMs` is already clamped; header names are lower-case. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly retryAfterMs: number | undefined
}

/** So many things that are refused at once, with no good answer in between, speak of all of them. */
const REFUSED_AT_ONCE = 3

export interface Context {
  readonly clock: Clock
  /** The budget's time. */
  readonly now: () => number
  readonly meter: Meter
  readonly lanes: Lanes
  readonly gates: Gates
  readonly limits: Limits
}

/** What an answer says of the requests to come. */
export function learn(way: Way, answer: Answer, context: Context): void {
  const { lanes, thing = '' } = way
  const { gates } = context
  const now = context.now()
  const asksToStayAway =
    answer.status === 429 || (answer.status === 503 && answer.retryAfterMs !== undefined)
  if (asksToStayAway) {
    for (const gate of refusedBy(way, answer, context)) close(gate, answer.retryAfterMs, now)
    return
  }
  for (const { refused } of lanes) refused.clear()
  // An answer to a request sent before the window began does not end the window.
  for (const gate of gatesOf(way, gates)) if (now >= gate.closedUntil) gate.strikes = 0
  if (gates.get(thing)?.strikes === 0) gates.delete(thing)
}

/** What a refusal speaks of: the lanes that it says are empty, or else the one thing, or all when everything is refused. */
function refusedBy(
  { lanes, thing }: Way,
  { headers }: Answer,
  { gates, now }: Context,
): readonly Gate[] {
  const emptied = emptiedBy(headers)
  const empty = lanes.filter(({ name }) => emptied.has(name))
  if (empty.length > 0) return empty
  if (thing === undefined) return lanes
  const own = gates.get(thing) ?? newGate(thing, gates)
  const isClosed = (other: string): boolean => {
    const gate = gates.get(other)
    return other === thing || (gate !== undefined && closedFor(gate, now()) > 0)
  }
  for (const { refused } of lanes) {
    refused.add(thing)
    for (const other of refused) if (!isClosed(other)) refused.delete(other)
  }
  return lanes.some(({ refused }) => refused.size >= REFUSED_AT_ONCE) ? [own, ...lanes] : [own]
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
export function learnRemaining(
  headers: Readonly<Record<string, string>>,
  kind: Kind,
  { meter, lanes, now, limits }: Context,
): void {
  for (const [name, value] of Object.entries(headers)) {
    const match = remainingIn(name)
    if (!match || !/^\d{1,9}$/.test(value)) continue
    const lane = lanes[laneOf(match)]
    refill(lane, now())
    if (lane === lanes.deploymentWrites)
      learnPace(lane, Number(value), { now: now(), base: limits.deploymentWrites })
    else lane.level = Math.min(lane.level, Number(value))
    if (match[1] === undefined && match[2] === kind) meter.azureRateLimit(kind, Number(value))
  }
}

/**
 * What has come back since an answer told the level before, and in how long, is the pace; a bucket that is full may have had more.
 * While other requests are not answered it is not known which of them are in the number.
 */
function learnPace(lane: LaneState, left: number, { now, base }: Pace): void {
  const { told, unanswered } = lane
  if (unanswered === 0) {
    const back = told === undefined ? ENOUGH : left - told.left + lane.taken
    if (told !== undefined && back >= ENOUGH && now - told.at >= 1000)
      // A number told is without its fraction.
      lane.bucket = pacedBy(
        lane,
        left,
        Math.max(base.perSecond, ((back - 1) * 1000) / (now - told.at)),
      )
    if (back >= ENOUGH) {
      lane.told = { at: now, left }
      lane.taken = 0
    }
  }
  lane.level = Math.min(lane.bucket.burst, left) - unanswered
}

function pacedBy({ bucket: { burst, perSecond } }: LaneState, left: number, pace: number): Bucket {
  const isFull = left >= burst - 1
  return { burst, perSecond: Math.min(FASTEST, isFull ? Math.max(perSecond, pace) : pace) }
}

interface Pace {
  readonly now: number
  /** The slowest that is known. */
  readonly base: Bucket
}

/** So many tokens are enough to tell a pace by. */
const ENOUGH = 5
const FASTEST = 10
