import { keyOf } from '../../../core/model/ref.ts'
import type { Report, ResourceStatus } from '../../../core/model/report.ts'
import type { RolloutPhase, RolloutStatus, RolloutTransition } from '../../../core/model/rollout.ts'
import { ROLLOUT_RESULT, type WAIT_REASON } from '../labels.ts'
import { isHome } from './roles.ts'

type WaitReason = (typeof WAIT_REASON)[number]
type Ending = RolloutTransition & { readonly result: (typeof ROLLOUT_RESULT)[number] }

/** What consecutive reports tell of one endpoint's rollout and no single one does. Milliseconds since the epoch. */
export interface Followed {
  readonly phase: RolloutPhase
  readonly step: number
  /** When the phase or, within it, the step began. */
  readonly since: number
  /** When it was last looked at. */
  readonly seenAt: number
  readonly wait?: { readonly reason: WaitReason; readonly since: number }
  /** Time waited so far, of a rollout that was seen from its beginning. */
  readonly watched?: { readonly beganAt: number; readonly waitedMs: number }
  /** Traffic is on its way back. */
  readonly rollback?: { readonly since: number; readonly trigger: string }
}

export type FollowedByKey = ReadonlyMap<string, Followed>

export interface EndedRollout {
  readonly turn: Ending
  /** The endpoint in the report that tells of the end; absent when the report does not know it. */
  readonly endpoint: ResourceStatus | undefined
  /** Absent when no rollout had begun: the first revision, or a step back to the one of before. */
  readonly durationMs?: number
  /** The same without waits; absent when it was not seen from its beginning. */
  readonly progressMs?: number
}

/** What this report ended. */
export interface Told {
  readonly rollouts: readonly EndedRollout[]
  readonly waits: readonly { readonly reason: WaitReason; readonly durationMs: number }[]
  readonly rollbacks: readonly { readonly trigger: string; readonly durationMs: number }[]
}

/** What is known of every rollout after this report, and what it saw end. What an earlier process saw is not known. */
export function followRollouts(
  before: FollowedByKey,
  report: Report,
): { readonly followed: FollowedByKey; readonly told: Told } {
  const now = report.endedAt
  const followed = new Map<string, Followed>()
  const waits: Told['waits'][number][] = []
  const rollbacks: Told['rollbacks'][number][] = []
  for (const endpoint of report.resources) {
    const status = endpoint.rollout
    if (status === undefined) continue
    const known = before.get(endpoint.key)
    const waiting = waitingAt(known, { endpoint, status, report })
    const returning = returningAt(known, endpoint, report)
    if (waiting.ended !== undefined) waits.push(waiting.ended)
    if (returning.ended !== undefined) rollbacks.push(returning.ended)
    followed.set(endpoint.key, {
      ...phaseAt(known, endpoint, status, now),
      seenAt: now,
      ...present('wait', waiting.wait),
      ...present('watched', waiting.watched),
      ...present('rollback', returning.rollback),
    })
  }
  const rollouts = endingsOf(report).map((turn) => endedBy(turn, before, report))
  return { followed, told: { rollouts, waits, rollbacks } }
}

/** The phase as it is shown: a rollout is not rolled back before its traffic is seen to be. */
function phaseAt(
  known: Followed | undefined,
  endpoint: ResourceStatus,
  status: RolloutStatus,
  now: number,
): Pick<Followed, 'phase' | 'step' | 'since'> {
  const { step, phaseSince } = status
  const isStillAway = status.phase === 'rolled_back' && endpoint.traffic && !isHome(endpoint)
  const phase = isStillAway ? 'aborting' : status.phase
  if (known?.phase === phase && known.step === step) return { phase, step, since: known.since }
  if (known !== undefined)
    return { phase, step, since: Math.min(now, Math.max(phaseSince, known.seenAt)) }
  // Before its first write a rollout has no record to tell since when it is on its way.
  const isRecorded =
    status.deadlineAt !== undefined || ['idle', 'aborting', 'rolled_back'].includes(phase)
  return { phase, step, since: isRecorded ? phaseSince : now }
}

interface Look {
  readonly endpoint: ResourceStatus
  readonly status: RolloutStatus
  readonly report: Report
}

/** Whether it stands still after this report, the wait that ended, and all waits of the rollout so far. */
function waitingAt(
  known: Followed | undefined,
  look: Look,
): Pick<Followed, 'wait' | 'watched'> & { readonly ended?: Told['waits'][number] } {
  const now = look.report.endedAt
  const reason = waitReasonOf(look)
  const { wait } = known ?? {}
  const isSame = wait !== undefined && wait.reason === reason
  const ended =
    wait === undefined || isSame
      ? undefined
      : { reason: wait.reason, durationMs: Math.max(0, now - wait.since) }
  const before = watchedAt(known, look)
  const waitedMs = (before?.waitedMs ?? 0) + (ended?.durationMs ?? 0)
  const begun = reason === undefined ? undefined : { reason, since: now }
  return {
    ...present('wait', isSame ? wait : begun),
    ...present('watched', before && { ...before, waitedMs }),
    ...present('ended', ended),
  }
}

function watchedAt(
  known: Followed | undefined,
  { endpoint, report }: Look,
): Followed['watched'] | undefined {
  const turn = turnsOf(report).find((one) => keyOf(one.endpoint) === endpoint.key)
  if (turn === undefined) return known?.watched
  if (isEnding(turn)) return undefined
  const { beganAt } = turn
  const isNew = beganAt !== undefined && isBegunIn(report, beganAt)
  return isNew ? { beganAt, waitedMs: 0 } : known?.watched
}

/** Why a rollout that has begun stands still though nothing is wrong with it, or undefined. */
function waitReasonOf({ endpoint, status, report }: Look): WaitReason | undefined {
  if (status.deadlineAt === undefined) return undefined
  if (status.reason === 'WaitsForPromote') return 'approval'
  if (status.stalled) return 'manual'
  if (status.reason === 'NoData') return 'no_data'
  const isShort = report.plan.held.some(
    ({ ref, reason }) => ref.parent === endpoint.ref.name && reason === 'OutOfQuota',
  )
  return isShort ? 'quota' : undefined
}

const BACK: readonly string[] = ['aborted', 'rolled_back', 'fast_rolled_back']

/** From the decision (which may have to be sent more than once) until all live traffic is seen on the stable revision. */
function returningAt(
  known: Followed | undefined,
  endpoint: ResourceStatus,
  report: Report,
): Pick<Followed, 'rollback'> & { readonly ended?: Told['rollbacks'][number] } {
  const isBack = isHome(endpoint)
  const { rollback } = known ?? {}
  if (rollback !== undefined) {
    if (!isBack) return { rollback }
    const durationMs = Math.max(0, report.endedAt - rollback.since)
    return { ended: { trigger: rollback.trigger, durationMs } }
  }
  const turn = report.outcomes
    .map(({ action }) => action.turn)
    .find((one) => one !== undefined && keyOf(one.endpoint) === endpoint.key)
  if (turn === undefined || isBack || !BACK.includes(turn.result)) return {}
  return { rollback: { since: report.startedAt, trigger: turn.trigger } }
}

function endedBy(turn: Ending, before: FollowedByKey, report: Report): EndedRollout {
  const key = keyOf(turn.endpoint)
  const endpoint = report.resources.find((one) => one.key === key)
  const { beganAt } = turn
  if (beganAt === undefined) return { turn, endpoint }
  const now = report.endedAt
  const durationMs = Math.max(0, now - beganAt)
  const { watched, wait } = before.get(key) ?? {}
  // One that began and ended in this very tick waited for nothing.
  const waitedMs = watched?.beganAt === beganAt ? watched.waitedMs : undefined
  if (waitedMs === undefined && !isBegunIn(report, beganAt)) return { turn, endpoint, durationMs }
  const lastMs = waitedMs === undefined || wait === undefined ? 0 : now - wait.since
  return {
    turn,
    endpoint,
    durationMs,
    progressMs: Math.max(0, durationMs - (waitedMs ?? 0) - lastMs),
  }
}

/** Records hold whole milliseconds. */
function isBegunIn({ startedAt }: Report, beganAt: number): boolean {
  return beganAt >= Math.floor(startedAt)
}

/** The turns whose write Azure accepted. */
function turnsOf({ outcomes }: Report): readonly RolloutTransition[] {
  return outcomes.flatMap(({ action, result }) =>
    action.turn === undefined || result !== 'Started' ? [] : [action.turn],
  )
}

function endingsOf(report: Report): readonly Ending[] {
  return turnsOf(report).filter(isEnding)
}

function isEnding(turn: RolloutTransition): turn is Ending {
  return ROLLOUT_RESULT.some((result) => result === turn.result)
}

function present<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]: Value })
}
