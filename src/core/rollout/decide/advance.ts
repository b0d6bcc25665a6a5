import type { Intent, IntentAnswer } from '../../model/rollout.ts'
import { isUnderWay, stepsHash } from '../record.ts'
import { failureIn } from '../steps/analysis.ts'
import { rowOf } from '../table/index.ts'
import { bound, misdirected } from './about.ts'
import { answered } from './answered.ts'
import type { Cause, Why } from './cause.ts'
import type { RolloutDecision } from './decision.ts'
import { type RolloutInput, waitsForPerson } from './rollout-input.ts'
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
export function advance(input: RolloutInput): RolloutDecision {
  const others = input.intents.flatMap((intent) => misdirected(intent, input) ?? [])
  const strays = new Set(others.map(({ intent }) => intent))
  const intents = input.intents
    .filter((intent) => !strays.has(intent))
    .map((intent) => bound(intent, input))
  const decision = decided({ ...input, intents })
  return { ...decision, answers: [...decision.answers, ...others] }
}

function decided(input: RolloutInput): RolloutDecision {
  const state = stateOf(input)
  const refused: IntentAnswer[] = []
  for (const { event, intent, why } of happening(input, state)) {
    const row = rowOf(state, event)
    const cause: Cause = {
      row,
      ...(intent === undefined ? {} : { intent }),
      ...(why === undefined ? {} : { why }),
    }
    const result = carryOut(input, cause)
    if (typeof result === 'object')
      return answered(input, takenBack(input, result), refused, intent)
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
function happening(input: RolloutInput, state: RolloutState): readonly Happening[] {
  return EVENTS.flatMap((event): readonly Happening[] => {
    switch (event) {
      case 'tick':
        return [{ event }]
      case 'commit':
        return isSuperseded(input, state) ? [{ event }] : []
      case 'fail':
        return endOf(event, failureOf(input, state))
      case 'deadline':
        return endOf(event, overdueOf(input))
      case 'noData':
        return isBlind(input) ? [{ event }] : []
      default:
        return input.intents
          .filter(({ verb }) => verb === event)
          .map((intent) => ({ event, intent }))
    }
  })
}

function endOf(event: RolloutEvent, why: Why | undefined): readonly Happening[] {
  return why === undefined ? [] : [{ event, why }]
}

/** Git wants something else than what is on its way, another road for it, or has other judges for what was aborted; what is frozen waits. */
function isSuperseded({ record, rollout, isHeld }: RolloutInput, { wants }: RolloutState): boolean {
  if (isHeld || record === undefined || wants === 'unknown') return false
  if (isJudgedAnew(record, rollout)) return wants === 'candidate'
  const isOtherRoad =
    record.phase === 'progressing' && record.stepsHash !== stepsHash(rollout.steps)
  const isMoving = isUnderWay(record)
  return isMoving && (wants !== 'candidate' || isOtherRoad)
}

/** What ends a rollout: the candidate is gone or given up, or a check that is watched now fails. */
function failureOf(input: RolloutInput, state: RolloutState): Why | undefined {
  const { record, rollout, deployments } = input
  if (record?.candidate === undefined) return undefined
  const { slot } = record.candidate
  const failure = deployments.get(slot)?.failure
  const isOver = state.candidate === 'failed' || (failure !== undefined && !failure.isPassing)
  if (isOver || healthOf(input, { slot }) === 'gone') {
    const message = `The candidate ${slot} does not serve any more: ${failure?.message ?? 'It is gone.'}`
    return { reason: 'CandidateFailed', message, trigger: 'health' }
  }
  const step = record.phase === 'progressing' ? rollout.steps[record.step] : undefined
  const own = step?.type === 'analysis' ? step.checks : []
  const judgements = [...rollout.analysis, ...own].map(input.judgementOf)
  // By no policy are users left on a candidate that nobody can judge (INVARIANTS S28).
  const isGivenBack = rollout.onFailure === 'hold' && isBlind(input)
  const said = failureIn(
    isGivenBack ? judgements.filter(({ noDataMs }) => noDataMs === undefined) : judgements,
  )
  return said?.go === 'fail'
    ? { reason: said.reason, message: said.message, trigger: 'analysis' }
    : undefined
}

/** The deadline counts from the first step to the end; and before that, by itself, how long the candidate takes to get there. A step may have one of its own. */
function overdueOf(input: RolloutInput): Why | undefined {
  const { record, rollout, spentMs, isHeld } = input
  if (record === undefined) return undefined
  if (spentMs < rollout.deadlineMs) return stepOverdue(input)
  if (record.phase === 'stable') return isHeld ? undefined : lateOf(input)
  return isUnderWay(record) && !waitsForPerson(input) ? OVERDUE : undefined
}

const OVERDUE = {
  reason: 'DeadlineExceeded',
  message: 'The rollout did not end within its deadline.',
  trigger: 'deadline',
} as const

function lateOf({ wanted, rollout }: RolloutInput): Why {
  const minutes = Math.round(rollout.deadlineMs / 60_000)
  const message = `${wanted.slot} did not get to its first step within the deadline of ${minutes} minutes.`
  return { ...OVERDUE, message }
}

function isBlind({ record, live, blindMs }: RolloutInput): boolean {
  return blindMs >= NO_DATA_MS && (live[record?.candidate?.slot ?? ''] ?? 0) > 0
}

/**
 * Users of a revision that was taken back are still on it: the write is repeated until it is seen, ahead of everything
 * else (INVARIANTS S27).
 */
function takenBack(input: RolloutInput, decision: RolloutDecision): RolloutDecision {
  const { live, mirror, wasInForce } = input
  const { record, weights, transition } = decision
  if (transition !== undefined) return decision
  const isAborted = record?.phase === 'aborted'
  const isLeaving = record?.phase === 'stable' && !wasInForce
  const slot = isAborted ? record.candidate?.slot : isLeaving ? record.withdrawn?.slot : undefined
  if (slot === undefined || (weights[slot] ?? 0) > 0) return decision
  const has = (live[slot] ?? 0) + (mirror[slot] ?? 0)
  return has > 0 ? { ...decision, isUrgent: true } : decision
}
