import type { Intent, RolloutTurn } from '../../model/rollout.ts'
import { atRest, isWindowOpen, type RolloutRecord, undone, unpaused, withdrawn } from '../record.ts'
import type { Row, TransitionName } from '../table/row.ts'
import { soleServer } from '../weights.ts'
import { type Cause, LOST, messageOf, type Result } from './cause.ts'
import {
  adoptCandidate,
  bakeAlone,
  fallBack,
  stranded,
  succeed,
  toPrevious,
  waitForStable,
} from './lost-stable.ts'
import { bake, step } from './moving.ts'
import {
  abort,
  failed,
  giveWay,
  type Move,
  type Progress,
  spent,
  stay,
  turnTo,
  window,
} from './progress.ts'
import type { Situation } from './situation.ts'
import { adoptServing, atHome, begin, fastBack, inItsPlace, serveFirst, unmoved } from './stable.ts'
import { healthOf } from './state.ts'
import { pausedByDeadline } from './step-deadline.ts'
import { judgesIn } from './tried.ts'
import {
  allTo,
  backWithoutRecord,
  bakeServing,
  goOnUnrecorded,
  homeUnrecorded,
} from './unrecorded.ts'

type Unrecorded = (situation: Situation, cause: Cause) => Result
type Recorded = (situation: Situation, record: RolloutRecord, cause: Cause) => Result

/** What is done where there need be no record. */
const WITHOUT_RECORD = {
  nothing: () => undefined,
  refuse: (situation, { row, intent }) => refusalOf(situation, row, intent),
  wait: (situation) => unmoved(situation, CONFIRMING),
  askPerson: (situation) => unmoved(situation, asked(situation)),
  noTarget: (situation) => unmoved(situation, { ...NO_TARGET, stalled: true }),
  serveFirst,
  adoptServing: (situation) => adoptServing(situation, soleServer(situation.live) ?? ''),
  bakeServing,
  goOnUnrecorded,
  backWithoutRecord,
  allToWanted: (situation, { intent }) => allTo(situation, situation.wanted.slot, intent),
} satisfies Partial<Record<TransitionName, Unrecorded>>

const WITH_RECORD = {
  home: atHome,
  inPlace: inItsPlace,
  fastBack,
  begin,
  step,
  bake,
  abort: (situation, record, { intent }) =>
    abort(situation, record, {
      reason: intent?.verb === 'undo' ? 'UndoneByHand' : 'AbortedByHand',
      message: messageOf(intent),
      trigger: 'manual',
    }),
  abortToPrevious: (situation, record, { intent }) =>
    toPrevious(situation, record, {
      reason: 'AbortedByHand',
      message: messageOf(intent),
      trigger: 'manual',
    }),
  failToPrevious: (situation, record, { why }) => toPrevious(situation, record, why ?? LOST),
  undo,
  retry: (situation, record, { intent }) =>
    again(situation, record, { trigger: 'manual', message: messageOf(intent) }),
  judgeAnew: (situation, record) => {
    if (!situation.isArrived) return undefined
    const message = `The ${judgesIn(record)} that it failed changed in Git; it is tried again.`
    return again(situation, record, { trigger: 'commit', message })
  },
  provisionAgain: (situation, record, { intent }) =>
    stay(situation, record, {
      phase: 'provisioning',
      reason: 'Retried',
      message: messageOf(intent),
      retries: situation.wanted.slot,
    }),
  revert: (situation, record) =>
    giveWay(situation, record, 'rolled_back', `Git wants ${record.stable.slot} again.`),
  supersede: (situation, record) =>
    giveWay(
      situation,
      record,
      'superseded',
      record.candidate?.rev === situation.wanted.rev
        ? 'Its steps changed; it begins anew.'
        : 'A newer revision takes its place.',
    ),
  giveBack: (situation, record) =>
    giveWay(
      situation,
      record,
      'superseded',
      'There were no data to judge the candidate by for too long; it begins anew when there are.',
      'NoData',
    ),
  adoptCandidate,
  bakeAlone,
  fail: (situation, record, { why = LOST }) =>
    why.isPause ? pausedByDeadline(situation, record, why) : failed(situation, record, why),
  tooLate: (situation, record, { why = LOST }) => {
    if (!situation.isAtWork) return abort(situation, record, why)
    const message = `${why.message} Azure is at work on it still and takes no other write to the endpoint: it is aborted when that ends. Users stay on ${record.stable.slot}.`
    return stay(situation, record, { phase: 'aborting', reason: why.reason, message })
  },
  stranded,
  pause: (situation, record, { intent }) => {
    if (record.isPaused) return 'It is paused already.'
    const message = `${messageOf(intent)} \`verdigris rollout resume\` lets it go on.`
    const turn = { result: 'paused', trigger: 'manual', message } as const
    const paused = { ...unpaused(record), isPaused: true, ...spent(situation) }
    return turnTo(situation, paused, turn, {
      phase: 'paused',
      reason: 'Paused',
      stalled: true,
    })
  },
  resume: (situation, record, { intent }) => {
    if (!record.isPaused) return 'It is not paused.'
    const turn = { result: 'resumed', trigger: 'manual', message: messageOf(intent) } as const
    // The step begins anew: time that was paused is not time that was watched.
    const moving = { ...unpaused(record), sinceMs: situation.now, ...spent(situation) }
    return turnTo(situation, moving, turn, { phase: 'shifting', reason: 'Resumed' })
  },
  release: (situation, record) => {
    const told = {
      result: 'released',
      trigger: 'commit',
      message: 'Git wants another revision than the one that was aborted.',
    } as const
    const rest = { ...withdrawn(record, situation.now), ...window(record) }
    const move = { phase: 'idle', reason: 'ContentChanged', ...still(situation) } as const
    return turnTo(situation, rest, told, move)
  },
  aborted,
  waitForStable,
  fallBack,
  succeed,
} satisfies Partial<Record<TransitionName, Recorded>>

/** What was aborted begins again from the stable revision. */
function again(
  situation: Situation,
  record: RolloutRecord,
  why: Pick<RolloutTurn, 'trigger' | 'message'>,
): Progress {
  const rest = { ...atRest(record.stable, situation.now), ...window(record) }
  const move = { phase: 'idle', reason: 'Retried', retries: situation.wanted.slot } as const
  return turnTo(situation, rest, { result: 'retried', ...why }, { ...move, ...still(situation) })
}

/** Where the stable deployment cannot be given the traffic, it stays where it is: whoever can serve takes over next. */
function still({ record, live, mirror, ...about }: Situation): Partial<Move> {
  const health = healthOf(about, record?.stable)
  return health === 'gone' || health === 'failed' ? { weights: live, mirror } : {}
}

/** Carries a row out. Throws when the table asks for a transition that needs a record where there is none. */
export function carryOut(situation: Situation, cause: Cause): Result {
  const { transition } = cause.row
  if (transition in WITHOUT_RECORD)
    return WITHOUT_RECORD[transition as keyof typeof WITHOUT_RECORD](situation, cause)
  if (situation.record === undefined) throw new Error(`${transition} needs a record`)
  return WITH_RECORD[transition as keyof typeof WITH_RECORD](situation, situation.record, cause)
}

const CONFIRMING = {
  phase: 'provisioning',
  reason: 'Confirming',
  message: 'A list does not show a deployment of this rollout; it is read directly first.',
} as const

/** What somebody is told who must decide: the levers that are named work now. */
function asked(situation: Situation): Move {
  const { isUnreadable, wanted } = situation
  const isThere = wanted.slot !== '' && healthOf(situation, wanted) === 'up'
  const home = homeUnrecorded(situation)
  const toHome =
    home === undefined ? [] : [`\`verdigris rollout abort\` sends all traffic to ${home}`]
  const toWanted = isThere ? ['`verdigris rollout promote` to the one that Git wants'] : []
  const ways = [...toHome, ...toWanted].join(', ')
  const how =
    ways === '' ? 'A commit that leads on is needed.' : `${ways}; the rollout goes on from there.`
  const { reason, what } = isUnreadable ? UNREADABLE : SPLIT
  return { phase: 'degraded', reason, message: `${what} ${how}`, stalled: true }
}

const SPLIT = {
  reason: 'RolloutStateUnknown',
  what: 'Traffic is split and the endpoint has no record of a rollout.',
} as const

const UNREADABLE = {
  reason: 'RolloutRecordUnreadable',
  what: 'The tag verdigris.rollout is not a record that Verdigris wrote for this endpoint.',
} as const

const NO_TARGET = {
  phase: 'degraded',
  reason: 'RolloutHasNoTarget',
  message:
    'What Git wants to serve cannot be told: a label does not resolve, or no slot is free. A commit that names a version leads on.',
} as const

function refusalOf(situation: Situation, row: Row, intent: Intent | undefined): string {
  const { record } = situation
  if (intent?.verb === 'undo' && record?.phase === 'stable') {
    const { previous } = record
    return previous === undefined || !isWindowOpen(record, situation)
      ? 'There is no earlier revision that is kept warm.'
      : `${previous.slot} does not answer, or a newer revision has taken its place.`
  }
  if (intent?.verb === 'pause') return 'Nothing is moving that could be paused.'
  if (intent?.verb === 'resume') return 'It is not paused.'
  if (intent?.verb === 'retry') return 'Nothing was aborted.'
  return row.because
}

function undo(situation: Situation, record: RolloutRecord, { intent }: Cause): Result {
  const { now, rollout } = situation
  const { previous, stable } = record
  if (previous === undefined) return undefined
  const back = undone(stable, previous, { now, keepMs: rollout.keep.forMs })
  const turn = { result: 'rolled_back', trigger: 'manual', message: messageOf(intent) } as const
  return {
    ...turnTo(situation, back, turn, { phase: 'aborting', reason: 'UndoneByHand' }),
    isUrgent: true,
  }
}

/** Not tried again until the content changes, or somebody says retry. */
function aborted(situation: Situation, record: RolloutRecord): Progress {
  const { wanted, now } = situation
  const { stable, untilMs } = record
  if (!situation.isArrived) {
    const message = `Traffic goes back to ${stable.slot}.`
    return stay(situation, record, { phase: 'aborting', reason: 'RollingBack', message })
  }
  const judges = judgesIn(record)
  const what = judges === undefined ? 'its content changes' : `its content or its ${judges} change`
  const message = `Revision ${wanted.rev} was aborted and is not tried again until ${what} or somebody says \`verdigris rollout retry\`.`
  const wake = untilMs !== undefined && untilMs > now ? { wakeAt: untilMs } : {}
  return stay(situation, record, {
    phase: 'rolled_back',
    reason: 'RolloutAborted',
    message,
    stalled: true,
    ...wake,
  })
}
