import type { Intent, IntentAnswer } from '../../model/rollout.ts'
import { isUnderWay, roadMark } from '../record.ts'
import { failureIn } from '../steps/analysis.ts'
import { rowOf } from '../table/index.ts'
import { bound, misdirected } from './about.ts'
import { answered } from './answered.ts'
import type { Cause, Why } from './cause.ts'
import type { Progress } from './progress.ts'
import { type Situation, waitsForPerson } from './situation.ts'
import { EVENTS, healthOf, type RolloutEvent, type RolloutState, stateOf } from './state.ts'
import { stepOverdue } from './step-deadline.ts'
import { carryOut } from './transitions.ts'
import { isJudgedAnew } from './tried.ts'

/** For how long users stay on a candidate while a check's provider does not answer. */
export const NO_DATA_MS = 30 * 60_000

/**
 * The next move of an endpoint's rollout: what the weights and the record should be at this moment. Pure, and without
 * memory but the record: asked again after a crash it says the same. Each event that there is, the strongest first, is
 * looked up in the table of all states; the first one that moves something is carried out. What operators said of another
 * rollout than the one that is there moves nothing.
 */
export function advance(situation: Situation): Progress {
  const others = situation.intents.flatMap((intent) => misdirected(intent, situation) ?? [])
  const strays = new Set(others.map(({ intent }) => intent))
  const intents = situation.intents
    .filter((intent) => !strays.has(intent))
    .map((intent) => bound(intent, situation))
  const progress = decided({ ...situation, intents })
  return { ...progress, answers: [...progress.answers, ...others] }
}

function decided(situation: Situation): Progress {
  const state = stateOf(situation)
  const refused: IntentAnswer[] = []
  for (const { event, intent, why } of happening(situation, state)) {
    const row = rowOf(state, event)
    const cause: Cause = {
      row,
      ...(intent === undefined ? {} : { intent }),
      ...(why === undefined ? {} : { why }),
    }
    const result = carryOut(situation, cause)
    if (typeof result === 'object')
      return answered(situation, takenBack(situation, result), refused, intent)
    if (typeof result === 'string' && intent !== undefined)
      refused.push({ intent, result: 'refused', message: result })
  }
  throw new Error(`nothing is done in ${JSON.stringify(state)}`)
}

interface Happening {
  readonly event: RolloutEvent
  readonly intent?: Intent
  readonly why?: Why
}

/** What there is to react to, in the order of EVENTS; time passes always. */
function happening(situation: Situation, state: RolloutState): readonly Happening[] {
  return EVENTS.flatMap((event): readonly Happening[] => {
    switch (event) {
      case 'tick':
        return [{ event }]
      case 'commit':
        return isSuperseded(situation, state) ? [{ event }] : []
      case 'fail':
        return endOf(event, failureOf(situation, state))
      case 'deadline':
        return endOf(event, overdueOf(situation))
      case 'noData':
        return isBlind(situation) ? [{ event }] : []
      default:
        return situation.intents
          .filter(({ verb }) => verb === event)
          .map((intent) => ({ event, intent }))
    }
  })
}

function endOf(event: RolloutEvent, why: Why | undefined): readonly Happening[] {
  return why === undefined ? [] : [{ event, why }]
}

/** Git wants something else than what is on its way, another road for it, or has other judges for what was aborted; what is frozen waits. */
function isSuperseded({ record, rollout, isHeld }: Situation, { wants }: RolloutState): boolean {
  if (isHeld || record === undefined || wants === 'unknown') return false
  if (isJudgedAnew(record, rollout)) return wants === 'candidate'
  const isOtherRoad = record.phase === 'progressing' && record.road !== roadMark(rollout.steps)
  const isMoving = isUnderWay(record)
  return isMoving && (wants !== 'candidate' || isOtherRoad)
}

/** What ends a rollout: the candidate is gone or given up, or a check that is watched now fails. */
function failureOf(situation: Situation, state: RolloutState): Why | undefined {
  const { record, rollout, deployments } = situation
  if (record?.candidate === undefined) return undefined
  const { slot } = record.candidate
  const failure = deployments.get(slot)?.failure
  const isOver = state.candidate === 'failed' || (failure !== undefined && !failure.isPassing)
  if (isOver || healthOf(situation, { slot }) === 'gone') {
    const message = `The candidate ${slot} does not serve any more: ${failure?.message ?? 'It is gone.'}`
    return { reason: 'CandidateFailed', message, trigger: 'health' }
  }
  const step = record.phase === 'progressing' ? rollout.steps[record.step] : undefined
  const own = step?.type === 'analysis' ? step.checks : []
  const judgements = [...rollout.analysis, ...own].map(situation.judgementOf)
  // By no policy are users left on a candidate that nobody can judge (INVARIANTS S28).
  const isGivenBack = rollout.onFailure === 'hold' && isBlind(situation)
  const said = failureIn(
    isGivenBack ? judgements.filter(({ noDataMs }) => noDataMs === undefined) : judgements,
  )
  return said?.go === 'fail'
    ? { reason: said.reason, message: said.message, trigger: 'analysis' }
    : undefined
}

/** The deadline counts from the first step to the end; and before that, by itself, how long the candidate takes to get there. A step may have one of its own. */
function overdueOf(situation: Situation): Why | undefined {
  const { record, rollout, spentMs, isHeld } = situation
  if (record === undefined) return undefined
  if (spentMs < rollout.deadlineMs) return stepOverdue(situation)
  if (record.phase === 'stable') return isHeld ? undefined : lateOf(situation)
  return isUnderWay(record) && !waitsForPerson(situation) ? OVERDUE : undefined
}

const OVERDUE = {
  reason: 'DeadlineExceeded',
  message: 'The rollout did not end within its deadline.',
  trigger: 'deadline',
} as const

function lateOf({ wanted, rollout }: Situation): Why {
  const minutes = Math.round(rollout.deadlineMs / 60_000)
  const message = `${wanted.slot} did not get to its first step within the deadline of ${minutes} minutes.`
  return { ...OVERDUE, message }
}

function isBlind({ record, live, blindMs }: Situation): boolean {
  return blindMs >= NO_DATA_MS && (live[record?.candidate?.slot ?? ''] ?? 0) > 0
}

/**
 * Users of a revision that was taken back are still on it: the write is repeated until it is seen, ahead of everything
 * else (INVARIANTS S27).
 */
function takenBack(situation: Situation, progress: Progress): Progress {
  const { live, mirror, wasInForce } = situation
  const { record, weights, turn } = progress
  if (turn !== undefined) return progress
  const isAborted = record?.phase === 'aborted'
  const isLeaving = record?.phase === 'stable' && !wasInForce
  const slot = isAborted ? record.candidate?.slot : isLeaving ? record.withdrawn?.slot : undefined
  if (slot === undefined || (weights[slot] ?? 0) > 0) return progress
  const has = (live[slot] ?? 0) + (mirror[slot] ?? 0)
  return has > 0 ? { ...progress, isUrgent: true } : progress
}
