import { lastWriteOf } from '../../model/basis.ts'
import { isAtWork, type Live } from '../../model/live.ts'
import { type KeyMemory, type Memory, withoutAbsent } from '../../model/memory.ts'
import { isDeployment, keyOf, scopeOf } from '../../model/ref.ts'
import { isOnItsWay, type Outcome } from '../../model/report.ts'
import { mapped, type Parts } from '../../model/values/parts.ts'
import type { Assessment } from '../assess.ts'
import { about } from '../bug.ts'
import type { PlanContext } from '../context.ts'
import { awaitedNewcomers, isWaitingForNewcomers } from '../ownership/newcomers.ts'
import { DETACHED, type Ownerships } from '../ownership/ownership.ts'
import { handedSinceOf, silentOf } from '../prune/handover.ts'
import type { UnchangedScopes } from '../resting.ts'
import { recordCarried, rolloutMemory } from '../rollouts/rollout-memory.ts'
import { isOffTrafficPlan, isOwed } from '../traffic/rollback-target.ts'
import { isEndpoint, servingDeployments } from '../traffic/traffic-plan.ts'
import { againAfter, againAt, backoffMs, refusedMs } from './backoff.ts'
import { isBeingReadBack, notTakenOverOf, UNSEEN_MS } from './not-taken-over.ts'
import { repeatsAfter, repeatsOf } from './repeats.ts'

/** Corrections of one thing in a row, without a quiet hour between, after which it is a fight: that is said, and corrections go on, an hour apart at last. */
export const FIGHT_LIMIT = 6
const FIRST_CORRECTIONS_FREE = 2
const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

/** Failure codes that pass by themselves (INVARIANTS 1.3); the others need a person or a commit. */
const RETRYABLE = new Set([
  'OperationCanceled',
  'ACRTokenExchangeFailed',
  'InternalServerError',
  'InternalError',
])

/** What a person gives or Azure frees, without another commit: tried again by itself, each time later. */
const RESOURCES = new Set([
  'OutOfQuota',
  'QuotaExceeded',
  'OutOfCapacity',
  'PodUnschedulable',
  'WorkspaceManagedNetworkNotReady',
  'ACRAuthenticationChallengeFailed',
  'TransientError',
  'ServiceError',
  'KubernetesUnaccessible',
  'ScoringFeUnhealthy',
])

/** Whether the same content may come up later by itself. */
function isPassing(code: string): boolean {
  return RETRYABLE.has(code) || RESOURCES.has(code)
}

/** Why Azure gave up; what gives no reason may come up later by itself, as far as anybody knows. */
export function whyFailed({ failure }: Pick<Live, 'failure'>): {
  readonly reason: string
  readonly message: string
  readonly isPassing: boolean
  readonly isWant?: true
} {
  if (failure === undefined)
    return { reason: 'Failed', message: 'Azure gives no reason.', isPassing: true }
  const { code, log } = failure
  const message = log === undefined ? failure.message : `${failure.message} Its log ends: "${log}".`
  const want = RESOURCES.has(code) ? { isWant: true as const } : {}
  return { reason: code === '' ? 'Failed' : code, message, isPassing: isPassing(code), ...want }
}

/** Until when a thing is left alone: after corrections twice as long each time, up to an hour; what users are owed less. */
export function quietUntil(assessment: Assessment, input: PlanContext): number {
  const { key, reason } = assessment
  const known = input.memory[key]
  const retry = known?.retry
  if (reason !== 'Drift') return retry === undefined ? 0 : againAt(retry, isOwed(assessment, input))
  const { count, lastAt } = known?.corrections ?? { count: 0, lastAt: 0 }
  if (count <= FIRST_CORRECTIONS_FREE) return 0
  const waitMs = Math.min(HOUR_MS, MINUTE_MS * 2 ** (count - FIRST_CORRECTIONS_FREE))
  return againAt(againAfter(lastAt, waitMs), isOffTrafficPlan(assessment))
}

/** What is remembered after this reading: what is no longer true is dropped, what is new is dated now. */
export function* nextMemory(
  assessments: readonly Assessment[],
  input: PlanContext,
  resting: UnchangedScopes,
): Parts<Memory> {
  const awaited = awaitedNewcomers(assessments, input)
  const entries = yield* mapped(assessments, (assessment): [string, KeyMemory] => {
    const before = input.memory[assessment.key] ?? NOTHING
    if (resting.has(assessment.key)) return [assessment.key, before]
    const known = unchanged(
      before,
      about(assessment.ref, () => rememberOne(assessment, input)),
    )
    const since = input.memory[assessment.key]?.awaitsSince ?? input.now
    const waits = isWaitingForNewcomers(assessment, awaited)
    return [assessment.key, waits ? { ...known, awaitsSince: since } : known]
  })
  return Object.fromEntries(entries.filter(([, known]) => Object.keys(known).length > 0))
}

const NOTHING: KeyMemory = {}

/** The memory of before where it says the same: what does not change keeps its object. */
function unchanged(before: KeyMemory, after: KeyMemory): KeyMemory {
  const fields = Object.keys(after) as (keyof KeyMemory)[]
  const isSame = fields.length === Object.keys(before).length
  return isSame && fields.every((field) => before[field] === after[field]) ? before : after
}

function rememberOne(assessment: Assessment, input: PlanContext): KeyMemory {
  const { key, reason } = assessment
  const before = input.memory[key] ?? {}
  const drifts = reason === 'Drift' && !isBeingReadBack(assessment, input)
  const { corrections } = before
  const isAskedFor = isDeployment(assessment.ref.kind) && isRetried(assessment)
  const calm = corrections !== undefined && input.now - corrections.lastAt > HOUR_MS && !drifts
  return withoutAbsent({
    ...idleOf(assessment, before, input),
    ...servedOnce(assessment, before, input),
    making: assessment.rolloutPlan?.states.get(assessment.ref.name.toLowerCase())?.making,
    driftedSince: drifts ? (before.driftedSince ?? input.now) : undefined,
    handedSince: handedSinceOf(assessment, input),
    silent: silentOf(assessment, input),
    busySince: isAtWork(assessment.live) ? (before.busySince ?? input.now) : undefined,
    corrections: calm ? undefined : corrections,
    written: unseenWrite(assessment, input),
    notTakenOver: notTakenOverOf(assessment, input),
    repeats: repeatsOf(assessment, input),
    ...rolloutMemory(assessment, before, input),
    retry: isAskedFor ? undefined : retryOf(assessment, before, input.now),
    rejected: isAskedFor ? undefined : rejectedOf(assessment, before, input),
  })
}

function rejectedOf(
  assessment: Assessment,
  { rejected }: KeyMemory,
  input: PlanContext,
): KeyMemory['rejected'] {
  const { content, live } = assessment
  const isSame = rejected?.generation === content && rejected.isCreate === (live === undefined)
  if (!isSame || input.now >= rejected.notBefore + HOUR_MS) return undefined
  const { isOwed: _, ...refusal } = rejected
  return isOwed(assessment, input) ? { ...refusal, isOwed: true } : refusal
}

/** Somebody said `rollout retry` of a deployment that did not come up. */
export function isRetried({ ref, rolloutPlan }: Assessment): boolean {
  return rolloutPlan?.decision.retries === ref.name.toLowerCase()
}

/** A failure that passes is tried again later, each time twice as late; a thing at rest forgets its failures. */
function retryOf(
  { live, reason, owner, generation, content, desired }: Assessment,
  before: KeyMemory,
  now: number,
): KeyMemory['retry'] {
  const { written } = before
  const retry = before.retry?.generation === content ? before.retry : undefined
  // What is to go is never at rest: a delete that was refused waits as any other write.
  if (desired === undefined) return retry
  if (live?.phase === 'Ready' && reason === undefined) return undefined
  if (live?.phase !== 'Failed' || owner.generation !== generation) return retry
  const { code, message } = live.failure ?? { code: '', message: '' }
  const why = code === '' ? 'Failed' : code
  // A delete stays unseen as long as the thing is there: its failure counts once.
  const isDelete = written?.generation === ''
  const isKnown = isDelete ? retry?.reason === why : written === undefined
  if (retry !== undefined && isKnown) return retry
  return retryLater(retry, now, { reason: why, message, generation: content })
}

/** Operations that failed and refusals count apart: what was refused was not tried. */
function retryLater(
  before: KeyMemory['retry'],
  now: number,
  failure: {
    reason: string
    message: string
    generation: string
    isRefusal?: true
    retryAfterMs?: number | undefined
    usualMs?: number | undefined
  },
): NonNullable<KeyMemory['retry']> {
  const { reason, message, generation, isRefusal = false } = failure
  const { retryAfterMs = 0, usualMs = 0 } = failure
  const known = before?.generation === generation ? before : { failures: 0, refusals: 0 }
  const failures = known.failures + (isRefusal ? 0 : 1)
  const refusals = isRefusal ? known.refusals + 1 : 0
  const pauseMs = isRefusal ? refusedMs(reason, refusals) : backoffMs(MINUTE_MS, failures)
  const waitMs = Math.max(pauseMs, usualMs, retryAfterMs)
  const times = againAfter(now, waitMs, retryAfterMs)
  return { generation, failures, refusals, ...times, reason, message }
}

/** What is remembered once the actions of a plan have been started or refused. */
export function afterOutcomes(memory: Memory, outcomes: readonly Outcome[], now: number): Memory {
  const after: { [key: string]: KeyMemory } = { ...memory }
  for (const outcome of outcomes) {
    const key = keyOf(outcome.action.ref)
    const { rejected, ...before } = after[key] ?? {}
    const isRefused = outcome.result !== 'Started' && rejected !== undefined
    const known: KeyMemory = isRefused ? { ...before, rejected } : before
    after[key] = { ...known, ...learnt(outcome, known, now) }
  }
  return after
}

function learnt(outcome: Outcome, before: KeyMemory, now: number): KeyMemory {
  const { action } = outcome
  if (outcome.result === 'Started') return started(outcome, before, now)
  const { reason, message } = outcome
  const { content: generation } = action
  if (outcome.retry === 'Never') {
    const isCreate = action.verb === 'create'
    const { rejected } = before
    const isSame = rejected?.generation === generation && rejected.isCreate === isCreate
    const count = (isSame ? rejected.count : 0) + 1
    const times = againAfter(now, backoffMs(MINUTE_MS, count))
    const owed = isSame && rejected.isOwed ? { isOwed: true as const } : {}
    return { rejected: { generation, isCreate, count, ...times, reason, message, ...owed } }
  }
  const { retryAfterMs, usualMs } = outcome
  const refusal = { reason, message, generation, isRefusal: true, retryAfterMs, usualMs } as const
  const { retry } = before
  const earlier = retry && isOnItsWay(reason) ? { ...retry, refusals: 0 } : retry
  return { retry: retryLater(earlier, now, refusal) }
}

function started(
  { action, mark }: Extract<Outcome, { result: 'Started' }>,
  before: KeyMemory,
  now: number,
): KeyMemory {
  const marked = mark === undefined ? {} : { mark }
  const written = { generation: action.generation, at: now, ...marked }
  const left = before.notTakenOver
  const known = {
    written,
    ...(left === undefined ? {} : { notTakenOver: { ...left, at: now } }),
    ...repeatsAfter(action, before.repeats, now),
    ...recordCarried(action),
  }
  const count = (before.corrections?.count ?? 0) + 1
  return action.reason === 'Drift' ? { ...known, corrections: { count, lastAt: now } } : known
}

/**
 * Our last write as long as readings do not show it. It counts from the end of the operation, and a write that was seen
 * is done even when there is already more to do.
 */
function unseenWrite(assessment: Assessment, input: PlanContext): KeyMemory['written'] {
  const { key, live, owner, generation, reason } = assessment
  const written = input.memory[key]?.written
  if (written === undefined) return undefined
  if (isAtWork(live)) return { ...written, at: input.now }
  const isDelete = written.generation === ''
  if (isDelete && live === undefined) return undefined
  if (!isDelete && live?.phase === 'Failed') return undefined
  const seen = !isDelete && isSeen(owner, written.generation)
  if (seen && (isDone(reason) || generation !== written.generation)) return undefined
  return input.now - written.at < UNSEEN_MS ? written : undefined
}

function isSeen({ ownership, generation }: Ownerships, written: string): boolean {
  return written === DETACHED ? ownership !== 'ours' : generation === written
}

/** There is nothing left that a later reading may show. */
function isDone(reason: Assessment['reason']): boolean {
  return reason === undefined || reason === 'NotTakenOver'
}

/** Since when nothing is sent to it. A write to its endpoint that this process has not sent may have changed that meanwhile. */
function idleOf(
  assessment: Assessment,
  before: KeyMemory,
  input: PlanContext,
): Pick<KeyMemory, 'idleSince' | 'idleAfter'> {
  const endpoint = input.liveAt.get(scopeOf(assessment.ref))
  if (endpoint === undefined || !isIdle(assessment, input)) return {}
  const idleAfter = lastWriteOf(endpoint)
  const idleSince = before.idleAfter === idleAfter ? before.idleSince : undefined
  return { idleSince: idleSince ?? input.now, idleAfter }
}

/** What Git sends traffic to, by itself and not by a rollout, and has been seen to have it. */
function servedOnce(
  { ref, live, rolloutPlan, desired }: Assessment,
  before: KeyMemory,
  { liveAt }: PlanContext,
): Pick<KeyMemory, 'hasServed'> {
  if (isEndpoint(ref)) {
    const serves = live !== undefined && servingDeployments(ref.kind, live.body).size > 0
    return serves || before.hasServed ? { hasServed: true } : {}
  }
  const endpoint = isDeployment(ref.kind) ? liveAt.get(scopeOf(ref)) : undefined
  if (rolloutPlan !== undefined || desired === undefined) return {}
  if (endpoint === undefined || !isEndpoint(endpoint.ref)) return {}
  const isServed = servingDeployments(endpoint.ref.kind, endpoint.body).has(ref.name.toLowerCase())
  return isServed || before.hasServed ? { hasServed: true } : {}
}

/** A deployment that nothing is sent to, read from an endpoint at rest that shows our last write to it. */
function isIdle({ ref, live }: Assessment, { liveAt, memory }: PlanContext): boolean {
  if (!isDeployment(ref.kind) || live === undefined) return false
  const endpoint = liveAt.get(scopeOf(ref))
  if (endpoint === undefined || endpoint.phase === 'Provisioning' || !isEndpoint(endpoint.ref))
    return false
  if (memory[scopeOf(ref)]?.written !== undefined) return false
  return !servingDeployments(endpoint.ref.kind, endpoint.body).has(ref.name.toLowerCase())
}

/** How long an operation may last before it is called stuck: a deployment's create may take 90 minutes (METRICS 2.4). */
export const STUCK_MS = 2 * HOUR_MS

/** When to look at a thing under way again: soon at first, then after 3 % of the time it has taken so far, a minute at most. */
export function nextReconcile(busySince: number, { now, pollMs }: PlanContext): number {
  return now + Math.max(pollMs, Math.min(MINUTE_MS, (now - busySince) * 0.03))
}
