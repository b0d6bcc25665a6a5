import {
  isTakenBack,
  isWindowOpen,
  type RolloutRecord,
  type Slot,
  stableRecord,
  unpaused,
} from '../record.ts'
import { positive } from '../weights.ts'
import { type Cause, messageOf, type Result, STABLE_GONE, type Why } from './cause.ts'
import { abort, type RolloutDecision, spent, stay, transitionTo } from './decision.ts'
import { bake } from './moving.ts'
import { followed, NO_DEPLOYMENT, type RolloutInput } from './rollout-input.ts'
import { bakingSince, promoted } from './run-steps.ts'
import { adoptServing, serveFirst, unmoved } from './stable.ts'
import { isWarm } from './state.ts'
import { largestOf } from './unrecorded.ts'

/** An abort to the revision of before, because the stable one does not serve any more. */
export function toPrevious(input: RolloutInput, record: RolloutRecord, why: Why): Result {
  const { previous, ...kept } = record
  if (previous === undefined) return undefined
  return { ...abort(input, { ...kept, stable: previous }, why), isUrgent: true }
}

/** The stable deployment is gone; the revision of before takes its place. What was aborted stays aborted. */
export function fallBack(input: RolloutInput, record: RolloutRecord): Result {
  const { previous, stable, candidate } = record
  if (previous === undefined) return undefined
  if (isTakenBack(record) && input.isRemade) return standIn(input, record, previous)
  const { untilMs: _, previous: _previous, ...aborted } = record
  const message = `${stable.slot} does not serve any more; ${previous.slot} does.`
  const rest: RolloutRecord =
    record.phase === 'aborted'
      ? { ...aborted, stable: previous, sinceMs: input.now }
      : {
          ...stableRecord(previous, input.now),
          ...(candidate === undefined ? {} : { withdrawn: candidate }),
        }
  const told = { result: 'rolled_back', trigger: 'health', message } as const
  return {
    ...transitionTo(input, rest, told, { phase: 'aborting', reason: 'StableGone' }),
    isUrgent: true,
  }
}

/** Users have what Git has taken back for as long as the stable deployment is made again: better than nothing. */
function standIn(input: RolloutInput, { stable }: RolloutRecord, { slot }: Slot): RolloutDecision {
  const message = `${stable.slot} does not serve any more and is made again; ${slot}, which Git has taken back, serves meanwhile.`
  const move = { phase: 'degraded', reason: 'StableGone', message } as const
  return { ...unmoved(input, move), weights: { [slot]: 100 }, isUrgent: true }
}

/** How long a newer revision waits for a stable deployment of which Azure has not begun to make another one. */
const REMAKE_MS = 10 * 60_000

/**
 * The stable deployment is gone: the candidate is all there is, and the stable one of what follows. A newer revision waits
 * for a while where what was proven is made again.
 */
export function adoptCandidate(
  input: RolloutInput,
  record: RolloutRecord,
  { intent }: Cause,
): Result {
  const { stable, candidate } = record
  const isOver = record.isAlone === true && input.now - record.sinceMs >= REMAKE_MS
  const isComing = input.isRemade && !isOver
  if (candidate === undefined || (intent === undefined && isComing)) return undefined
  const message =
    intent === undefined
      ? `${stable.slot} is gone; ${candidate.slot} is all that serves.`
      : messageOf(intent)
  if (record.phase === 'baking' && intent !== undefined)
    return promoted(input, record, message, 'fast_promoted')
  const told = { result: 'adopted', trigger: 'health', message } as const
  return {
    ...transitionTo(input, stableRecord(candidate, input.now), told, {
      phase: 'idle',
      reason: 'Adopted',
    }),
    isUrgent: true,
  }
}

/**
 * The stable deployment is gone before the candidate is proven: users have only the candidate, and it is judged by what
 * stable did before. Stable stays the way back, and is made again meanwhile.
 */
export function bakeAlone(input: RolloutInput, record: RolloutRecord): Result {
  const { rollout } = input
  if (record.isAlone || (record.phase === 'baking' && rollout.bakeControl === 0))
    return bake(input, record)
  const { candidate } = record
  if (candidate === undefined) return undefined
  return { ...alone(input, { ...record, candidate }), isUrgent: true }
}

/** The bake of a candidate beside which nothing serves. */
function alone(
  input: RolloutInput,
  record: RolloutRecord & Required<Pick<RolloutRecord, 'candidate'>>,
): RolloutDecision {
  const { rollout } = input
  const message = `${record.stable.slot} is gone; ${record.candidate.slot} is all that serves, and bakes.`
  const baking: RolloutRecord = {
    ...unpaused(bakingSince(input, record)),
    ...(record.phase === 'progressing' ? spent(input) : {}),
    isAlone: true,
  }
  const rest = followed(rollout, baking)
  if (rest.bakeMs === 0) return promoted(input, baking, message)
  const told = { result: 'adopted', trigger: 'health', message, beganAt: baking.beganMs } as const
  return transitionTo({ ...input, rollout: rest }, baking, told, {
    phase: 'promoting',
    reason: 'StableGone',
  })
}

/** It fails, and there is nothing better for users: all of them get an answer of it, rather than most of them none. */
export function stranded(input: RolloutInput, record: RolloutRecord, cause: Cause): Result {
  const promote = input.intents.find(({ verb }) => verb === 'promote')
  if (promote !== undefined) return adoptCandidate(input, record, { ...cause, intent: promote })
  const adopted = input.isAwaited ? adoptCandidate(input, record, cause) : undefined
  if (adopted !== undefined) return adopted
  if (record.phase === 'progressing') return bakeAlone(input, record)
  const { reason, message } = cause.why ?? STABLE_GONE
  const said = `${message} There is no ${record.stable.slot} to go back to: a newer commit leads on, or \`verdigris rollout promote\`, which keeps the candidate.`
  return stay(input, record, { phase: 'degraded', reason, message: said, stalled: true })
}

/** The deployment that is to serve is made again, and traffic stays where it is until it is there. */
export function waitForStable(input: RolloutInput, record: RolloutRecord): RolloutDecision {
  const { slot } = record.stable
  const state = input.deployments.get(slot) ?? NO_DEPLOYMENT
  const isAborted = record.phase === 'aborted'
  const failure = state.failure === undefined ? '' : ` It failed: ${state.failure.message}`
  const again =
    input.isRemade || state.failure !== undefined
      ? 'it is made again as it was'
      : 'and nothing that Git declares, or declared, makes it again'
  const how = isAborted ? ' A newer commit, or `verdigris rollout retry`, leads on, too.' : ''
  return unmoved(input, {
    phase: isAborted ? 'rolled_back' : 'degraded',
    reason: 'StableGone',
    message: `${slot} does not serve any more; ${again}.${failure}${how}`,
    stalled: isAborted && !input.isRemade,
  })
}

/** Neither side of the record serves: what users are on, the revision of before, or else what Git wants takes over. */
export function succeed(input: RolloutInput, record: RolloutRecord): Result {
  const server = largestOf(input)
  if (server === input.wanted.slot && server !== record.stable.slot) return unproven(input, record)
  if (server !== undefined) {
    const only = Object.keys(positive(input.live)).length === 1
    const adopted = adoptServing(input, server)
    return only ? adopted : { ...adopted, isUrgent: true }
  }
  const { previous } = record
  if (previous !== undefined && isWindowOpen(record, input) && isWarm(input, previous))
    return fallBack(input, record)
  return succeedUnproven(input, record)
}

/** Nobody serves, and what Git wants is not proven: it serves, and what was proven stays the way back. */
function succeedUnproven(input: RolloutInput, record: RolloutRecord): RolloutDecision {
  const first = serveFirst(input)
  if (first.transition === undefined || record.stable.slot === input.wanted.slot) return first
  return unproven(input, record)
}

/** Users are on what Git wants before any of it was judged, whoever sent them there: it bakes. */
function unproven(input: RolloutInput, { stable }: RolloutRecord): RolloutDecision {
  return alone(input, { ...stableRecord(stable, input.now), candidate: input.wanted })
}
