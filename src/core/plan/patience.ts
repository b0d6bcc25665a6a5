import type { KeyMemory, Memory } from '../model/memory.ts'
import { keyOf } from '../model/ref.ts'
import type { Outcome } from '../model/report.ts'
import type { Assessment } from './assess.ts'
import type { PlanInput } from './context.ts'
import { belongsTo, isDeployment, isEndpoint, servedBy } from './road.ts'

/** Corrections of one thing in a row, without a quiet hour between, after which we stop and say so. */
export const FIGHT_LIMIT = 6
const FIRST_CORRECTIONS_FREE = 2
const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
const SECOND_MS = 1000
/** How long an accepted write may stay unseen: traffic reads lag behind a finished write (ERRORS 1, last row). */
const UNSEEN_MS = 2 * MINUTE_MS

/** Failure codes that pass by themselves (INVARIANTS 1.3); the others need a person or a commit. */
const RETRYABLE = new Set([
  'OperationCanceled',
  'ACRTokenExchangeFailed',
  'InternalServerError',
  'InternalError',
])

export function isRetryable(code: string): boolean {
  return RETRYABLE.has(code)
}

/** Until when a thing is left alone: after corrections twice as long each time, up to an hour. */
export function quietUntil({ key, reason }: Assessment, { memory }: PlanInput): number {
  const known = memory[key]
  if (reason !== 'Drift') return known?.retry?.notBefore ?? 0
  const { count, lastAt } = known?.corrections ?? { count: 0, lastAt: 0 }
  if (count <= FIRST_CORRECTIONS_FREE) return 0
  return lastAt + Math.min(HOUR_MS, MINUTE_MS * 2 ** (count - FIRST_CORRECTIONS_FREE))
}

/** What is remembered after this reading: what is no longer true is dropped, what is new is dated now. */
export function remember(assessments: readonly Assessment[], input: PlanInput): Memory {
  const entries = assessments.map((assessment): [string, KeyMemory] => [
    assessment.key,
    rememberOne(assessment, input),
  ])
  return Object.fromEntries(entries.filter(([, known]) => Object.keys(known).length > 0))
}

function rememberOne(assessment: Assessment, input: PlanInput): KeyMemory {
  const { key, reason } = assessment
  const before = input.memory[key] ?? {}
  const drifts = reason === 'Drift'
  const { corrections, rejected } = before
  const calm = corrections !== undefined && input.now - corrections.lastAt > HOUR_MS && !drifts
  return withoutAbsent({
    idleSince: isIdle(assessment, input) ? (before.idleSince ?? input.now) : undefined,
    driftedSince: drifts ? (before.driftedSince ?? input.now) : undefined,
    corrections: calm ? undefined : corrections,
    written: unseenWrite(assessment, input),
    retry: retryOf(assessment, before, input.now),
    rejected: rejected?.generation === assessment.generation ? rejected : undefined,
  })
}

function withoutAbsent(fields: { [K in keyof KeyMemory]: KeyMemory[K] | undefined }): KeyMemory {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** A failure that passes is tried again later, each time twice as late; a thing at rest forgets its failures. */
function retryOf(
  { live, reason, owner, generation }: Assessment,
  before: KeyMemory,
  now: number,
): KeyMemory['retry'] {
  const { retry, written } = before
  if (live?.phase === 'Ready' && reason === undefined) return undefined
  const isNewContent = owner.generation !== generation
  if (live?.phase === 'Failed' && isNewContent) return undefined
  const failedAnew = live?.phase === 'Failed' && (written !== undefined || retry === undefined)
  if (!failedAnew) return retry
  const { code, message } = live.failure ?? { code: '', message: '' }
  return retryLater(retry, now, {
    reason: code === '' ? 'Failed' : code,
    message,
    firstMs: MINUTE_MS,
  })
}

function retryLater(
  before: KeyMemory['retry'],
  now: number,
  failure: { reason: string; message: string; firstMs: number; atLeastMs?: number },
): NonNullable<KeyMemory['retry']> {
  const count = (before?.count ?? 0) + 1
  const backoffMs = Math.min(HOUR_MS, failure.firstMs * 2 ** Math.min(count - 1, 16))
  const notBefore = now + Math.max(backoffMs, failure.atLeastMs ?? 0)
  return { count, notBefore, reason: failure.reason, message: failure.message }
}

/** What is remembered once the actions of a plan have been started or refused. */
export function afterOutcomes(memory: Memory, outcomes: readonly Outcome[], now: number): Memory {
  const after: { [key: string]: KeyMemory } = { ...memory }
  for (const outcome of outcomes) {
    const key = keyOf(outcome.action.ref)
    after[key] = { ...after[key], ...learnt(outcome, after[key] ?? {}, now) }
  }
  return after
}

function learnt(outcome: Outcome, before: KeyMemory, now: number): KeyMemory {
  const { action } = outcome
  if (outcome.result === 'Started') {
    const written = { generation: action.generation, at: now }
    const count = (before.corrections?.count ?? 0) + 1
    return action.reason === 'Drift'
      ? { written, corrections: { count, lastAt: now } }
      : { written }
  }
  const { reason, message } = outcome
  if (outcome.retry === 'Never')
    return { rejected: { generation: action.generation, reason, message } }
  const atLeastMs = outcome.retryAfterMs ?? 0
  return {
    retry: retryLater(before.retry, now, { reason, message, firstMs: SECOND_MS, atLeastMs }),
  }
}

/**
 * Our last write as long as readings do not show it. It counts from the end of the operation, and a write that was seen
 * is done even when there is already more to do.
 */
function unseenWrite(assessment: Assessment, input: PlanInput): KeyMemory['written'] {
  const { key, live, owner, generation, reason } = assessment
  const written = input.memory[key]?.written
  if (written === undefined) return undefined
  if (live?.phase === 'Provisioning' || live?.phase === 'Deleting')
    return { ...written, at: input.now }
  const isDelete = written.generation === ''
  if (isDelete && live === undefined) return undefined
  if (!isDelete && (reason === undefined || live?.phase === 'Failed')) return undefined
  const seen = !isDelete && owner.generation === written.generation
  if (seen && generation !== written.generation) return undefined
  return input.now - written.at < UNSEEN_MS ? written : undefined
}

/** A deployment that nothing is sent to, read from an endpoint at rest. */
function isIdle({ ref, live }: Assessment, { world }: PlanInput): boolean {
  if (!isDeployment(ref.kind) || live === undefined) return false
  const endpoint = world.resources.find((resource) => belongsTo(ref, resource.ref))
  if (endpoint === undefined || endpoint.phase === 'Provisioning' || !isEndpoint(endpoint.ref))
    return false
  return !servedBy(endpoint.ref.kind, endpoint.body).has(ref.name.toLowerCase())
}
