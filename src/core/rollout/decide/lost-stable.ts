import {
  atRest,
  isTakenBack,
  isWindowOpen,
  type RolloutRecord,
  type Slot,
  unpaused,
} from '../record.ts'
import { positive } from '../weights.ts'
import { type Cause, LOST, messageOf, type Result, type Why } from './cause.ts'
import { bake } from './moving.ts'
import { abort, type Progress, spent, stay, turnTo } from './progress.ts'
import { followed, NO_FACTS, type Situation } from './situation.ts'
import { adoptServing, serveFirst, unmoved } from './stable.ts'
import { isWarm } from './state.ts'
import { largestOf } from './unrecorded.ts'
import { bakingSince, promoted } from './walk.ts'

/** An abort to the revision of before, because the stable one does not serve any more. */
export function toPrevious(situation: Situation, record: RolloutRecord, why: Why): Result {
  const { previous, ...kept } = record
  if (previous === undefined) return undefined
  return { ...abort(situation, { ...kept, stable: previous }, why), isUrgent: true }
}

/** The stable deployment is gone; the revision of before takes its place. What was aborted stays aborted. */
export function fallBack(situation: Situation, record: RolloutRecord): Result {
  const { previous, stable, candidate } = record
  if (previous === undefined) return undefined
  if (isTakenBack(record) && situation.isRemade) return standIn(situation, record, previous)
  const { untilMs: _, previous: _previous, ...aborted } = record
  const message = `${stable.slot} does not serve any more; ${previous.slot} does.`
  const rest: RolloutRecord =
    record.phase === 'aborted'
      ? { ...aborted, stable: previous, sinceMs: situation.now }
      : {
          ...atRest(previous, situation.now),
          ...(candidate === undefined ? {} : { withdrawn: candidate }),
        }
  const told = { result: 'rolled_back', trigger: 'health', message } as const
  return {
    ...turnTo(situation, rest, told, { phase: 'aborting', reason: 'StableGone' }),
    isUrgent: true,
  }
}

/** Users have what Git has taken back for as long as the stable deployment is made again: better than nothing. */
function standIn(situation: Situation, { stable }: RolloutRecord, { slot }: Slot): Progress {
  const message = `${stable.slot} does not serve any more and is made again; ${slot}, which Git has taken back, serves meanwhile.`
  const move = { phase: 'degraded', reason: 'StableGone', message } as const
  return { ...unmoved(situation, move), weights: { [slot]: 100 }, isUrgent: true }
}

/** How long a newer revision waits for a stable deployment of which Azure has not begun to make another one. */
const REMAKE_MS = 10 * 60_000

/**
 * The stable deployment is gone: the candidate is all there is, and the stable one of what follows. A newer revision waits
 * for a while where what was proven is made again.
 */
export function adoptCandidate(
  situation: Situation,
  record: RolloutRecord,
  { intent }: Cause,
): Result {
  const { stable, candidate } = record
  const isOver = record.isAlone === true && situation.now - record.sinceMs >= REMAKE_MS
  const isComing = situation.isRemade && !isOver
  if (candidate === undefined || (intent === undefined && isComing)) return undefined
  const message =
    intent === undefined
      ? `${stable.slot} is gone; ${candidate.slot} is all that serves.`
      : messageOf(intent)
  if (record.phase === 'baking' && intent !== undefined)
    return promoted(situation, record, message, 'fast_promoted')
  const told = { result: 'adopted', trigger: 'health', message } as const
  return {
    ...turnTo(situation, atRest(candidate, situation.now), told, {
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
export function bakeAlone(situation: Situation, record: RolloutRecord): Result {
  const { rollout } = situation
  if (record.isAlone || (record.phase === 'baking' && rollout.bakeControl === 0))
    return bake(situation, record)
  const { candidate } = record
  if (candidate === undefined) return undefined
  return { ...alone(situation, { ...record, candidate }), isUrgent: true }
}

/** The bake of a candidate beside which nothing serves. */
function alone(
  situation: Situation,
  record: RolloutRecord & Required<Pick<RolloutRecord, 'candidate'>>,
): Progress {
  const { rollout } = situation
  const message = `${record.stable.slot} is gone; ${record.candidate.slot} is all that serves, and bakes.`
  const baking: RolloutRecord = {
    ...unpaused(bakingSince(situation, record)),
    ...(record.phase === 'progressing' ? spent(situation) : {}),
    isAlone: true,
  }
  const rest = followed(rollout, baking)
  if (rest.bakeMs === 0) return promoted(situation, baking, message)
  const told = { result: 'adopted', trigger: 'health', message, beganAt: baking.beganMs } as const
  return turnTo({ ...situation, rollout: rest }, baking, told, {
    phase: 'promoting',
    reason: 'StableGone',
  })
}

/** It fails, and there is nothing better for users: all of them get an answer of it, rather than most of them none. */
export function stranded(situation: Situation, record: RolloutRecord, cause: Cause): Result {
  const promote = situation.intents.find(({ verb }) => verb === 'promote')
  if (promote !== undefined) return adoptCandidate(situation, record, { ...cause, intent: promote })
  const adopted = situation.isAwaited ? adoptCandidate(situation, record, cause) : undefined
  if (adopted !== undefined) return adopted
  if (record.phase === 'progressing') return bakeAlone(situation, record)
  const { reason, message } = cause.why ?? LOST
  const said = `${message} There is no ${record.stable.slot} to go back to: a newer commit leads on, or \`verdigris rollout promote\`, which keeps the candidate.`
  return stay(situation, record, { phase: 'degraded', reason, message: said, stalled: true })
}

/** The deployment that is to serve is made again, and traffic stays where it is until it is there. */
export function waitForStable(situation: Situation, record: RolloutRecord): Progress {
  const { slot } = record.stable
  const facts = situation.deployments.get(slot) ?? NO_FACTS
  const isAborted = record.phase === 'aborted'
  const failure = facts.failure === undefined ? '' : ` It failed: ${facts.failure.message}`
  const again =
    situation.isRemade || facts.failure !== undefined
      ? 'it is made again as it was'
      : 'and nothing that Git declares, or declared, makes it again'
  const how = isAborted ? ' A newer commit, or `verdigris rollout retry`, leads on, too.' : ''
  return unmoved(situation, {
    phase: isAborted ? 'rolled_back' : 'degraded',
    reason: 'StableGone',
    message: `${slot} does not serve any more; ${again}.${failure}${how}`,
    stalled: isAborted && !situation.isRemade,
  })
}

/** Neither side of the record serves: what users are on, the revision of before, or else what Git wants takes over. */
export function succeed(situation: Situation, record: RolloutRecord): Result {
  const server = largestOf(situation)
  if (server === situation.wanted.slot && server !== record.stable.slot)
    return unproven(situation, record)
  if (server !== undefined) {
    const only = Object.keys(positive(situation.live)).length === 1
    const adopted = adoptServing(situation, server)
    return only ? adopted : { ...adopted, isUrgent: true }
  }
  const { previous } = record
  if (previous !== undefined && isWindowOpen(record, situation) && isWarm(situation, previous))
    return fallBack(situation, record)
  return succeedUnproven(situation, record)
}

/** Nobody serves, and what Git wants is not proven: it serves, and what was proven stays the way back. */
function succeedUnproven(situation: Situation, record: RolloutRecord): Progress {
  const first = serveFirst(situation)
  if (first.turn === undefined || record.stable.slot === situation.wanted.slot) return first
  return unproven(situation, record)
}

/** Users are on what Git wants before any of it was judged, whoever sent them there: it bakes. */
function unproven(situation: Situation, { stable }: RolloutRecord): Progress {
  return alone(situation, { ...atRest(stable, situation.now), candidate: situation.wanted })
}
