import type { Intent, RolloutTransition } from '../../model/rollout.ts'
import {
  isWindowOpen,
  type RolloutRecord,
  stableRecord,
  undone,
  unpaused,
  withdrawn,
} from '../record.ts'
import type { Row, TransitionName } from '../table/row.ts'
import { soleServer } from '../weights.ts'
import { type Cause, messageOf, type Result, STABLE_GONE } from './cause.ts'
import {
  abort,
  type DecisionFields,
  failed,
  type RolloutDecision,
  spent,
  stay,
  supersede,
  transitionTo,
  window,
} from './decision.ts'
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
import type { RolloutInput } from './rollout-input.ts'
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

type Unrecorded = (input: RolloutInput, cause: Cause) => Result
type Recorded = (input: RolloutInput, record: RolloutRecord, cause: Cause) => Result

/** What is done where there need be no record. */
const WITHOUT_RECORD = {
  nothing: () => undefined,
  refuse: (input, { row, intent }) => refusalOf(input, row, intent),
  wait: (input) => unmoved(input, CONFIRMING),
  askPerson: (input) => unmoved(input, asked(input)),
  noTarget: (input) => unmoved(input, { ...NO_TARGET, stalled: true }),
  serveFirst,
  adoptServing: (input) => adoptServing(input, soleServer(input.live) ?? ''),
  bakeServing,
  goOnUnrecorded,
  backWithoutRecord,
  allToWanted: (input, { intent }) => allTo(input, input.wanted.slot, intent),
} satisfies Partial<Record<TransitionName, Unrecorded>>

const WITH_RECORD = {
  home: atHome,
  inPlace: inItsPlace,
  fastBack,
  begin,
  step,
  bake,
  abort: (input, record, { intent }) =>
    abort(input, record, {
      reason: intent?.verb === 'undo' ? 'UndoneByHand' : 'AbortedByHand',
      message: messageOf(intent),
      trigger: 'manual',
    }),
  abortToPrevious: (input, record, { intent }) =>
    toPrevious(input, record, {
      reason: 'AbortedByHand',
      message: messageOf(intent),
      trigger: 'manual',
    }),
  failToPrevious: (input, record, { why }) => toPrevious(input, record, why ?? STABLE_GONE),
  undo,
  retry: (input, record, { intent }) =>
    again(input, record, { trigger: 'manual', message: messageOf(intent) }),
  judgeAnew: (input, record) => {
    if (!input.isArrived) return undefined
    const message = `The ${judgesIn(record)} that it failed changed in Git; it is tried again.`
    return again(input, record, { trigger: 'commit', message })
  },
  provisionAgain: (input, record, { intent }) =>
    stay(input, record, {
      phase: 'provisioning',
      reason: 'Retried',
      message: messageOf(intent),
      retries: input.wanted.slot,
    }),
  revert: (input, record) =>
    supersede(input, record, 'rolled_back', `Git wants ${record.stable.slot} again.`),
  supersede: (input, record) =>
    supersede(
      input,
      record,
      'superseded',
      record.candidate?.rev === input.wanted.rev
        ? 'Its steps changed; it begins anew.'
        : 'A newer revision takes its place.',
    ),
  giveBack: (input, record) =>
    supersede(
      input,
      record,
      'superseded',
      'There were no data to judge the candidate by for too long; it begins anew when there are.',
      'NoData',
    ),
  adoptCandidate,
  bakeAlone,
  fail: (input, record, { why = STABLE_GONE }) =>
    why.isPause ? pausedByDeadline(input, record, why) : failed(input, record, why),
  tooLate: (input, record, { why = STABLE_GONE }) => {
    if (!input.isAtWork) return abort(input, record, why)
    const message = `${why.message} Azure is at work on it still and takes no other write to the endpoint: it is aborted when that ends. Users stay on ${record.stable.slot}.`
    return stay(input, record, { phase: 'aborting', reason: why.reason, message })
  },
  stranded,
  pause: (input, record, { intent }) => {
    if (record.isPaused) return 'It is paused already.'
    const message = `${messageOf(intent)} \`verdigris rollout resume\` lets it go on.`
    const next = { result: 'paused', trigger: 'manual', message } as const
    const paused = { ...unpaused(record), isPaused: true, ...spent(input) }
    return transitionTo(input, paused, next, {
      phase: 'paused',
      reason: 'Paused',
      stalled: true,
    })
  },
  resume: (input, record, { intent }) => {
    if (!record.isPaused) return 'It is not paused.'
    const next = { result: 'resumed', trigger: 'manual', message: messageOf(intent) } as const
    // The step begins anew: time that was paused is not time that was watched.
    const moving = { ...unpaused(record), sinceMs: input.now, ...spent(input) }
    return transitionTo(input, moving, next, { phase: 'shifting', reason: 'Resumed' })
  },
  release: (input, record) => {
    const told = {
      result: 'released',
      trigger: 'commit',
      message: 'Git wants another revision than the one that was aborted.',
    } as const
    const rest = { ...withdrawn(record, input.now), ...window(record) }
    const move = { phase: 'idle', reason: 'ContentChanged', ...still(input) } as const
    return transitionTo(input, rest, told, move)
  },
  aborted,
  waitForStable,
  fallBack,
  succeed,
} satisfies Partial<Record<TransitionName, Recorded>>

/** What was aborted begins again from the stable revision. */
function again(
  input: RolloutInput,
  record: RolloutRecord,
  why: Pick<RolloutTransition, 'trigger' | 'message'>,
): RolloutDecision {
  const rest = { ...stableRecord(record.stable, input.now), ...window(record) }
  const move = { phase: 'idle', reason: 'Retried', retries: input.wanted.slot } as const
  return transitionTo(input, rest, { result: 'retried', ...why }, { ...move, ...still(input) })
}

/** Where the stable deployment cannot be given the traffic, it stays where it is: whoever can serve takes over next. */
function still({ record, live, mirror, ...about }: RolloutInput): Partial<DecisionFields> {
  const health = healthOf(about, record?.stable)
  return health === 'gone' || health === 'failed' ? { weights: live, mirror } : {}
}

/** Carries a row out. Throws when the table asks for a transition that needs a record where there is none. */
export function carryOut(input: RolloutInput, cause: Cause): Result {
  const { transition } = cause.row
  if (transition in WITHOUT_RECORD)
    return WITHOUT_RECORD[transition as keyof typeof WITHOUT_RECORD](input, cause)
  if (input.record === undefined) throw new Error(`${transition} needs a record`)
  return WITH_RECORD[transition as keyof typeof WITH_RECORD](input, input.record, cause)
}

const CONFIRMING = {
  phase: 'provisioning',
  reason: 'Confirming',
  message: 'A list does not show a deployment of this rollout; it is read directly first.',
} as const

/** What somebody is told who must decide: the levers that are named work now. */
function asked(input: RolloutInput): DecisionFields {
  const { isUnreadable, wanted } = input
  const isThere = wanted.slot !== '' && healthOf(input, wanted) === 'up'
  const home = homeUnrecorded(input)
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

function refusalOf(input: RolloutInput, row: Row, intent: Intent | undefined): string {
  const { record } = input
  if (intent?.verb === 'undo' && record?.phase === 'stable') {
    const { previous } = record
    return previous === undefined || !isWindowOpen(record, input)
      ? 'There is no earlier revision that is kept warm.'
      : `${previous.slot} does not answer, or a newer revision has taken its place.`
  }
  if (intent?.verb === 'pause') return 'Nothing is moving that could be paused.'
  if (intent?.verb === 'resume') return 'It is not paused.'
  if (intent?.verb === 'retry') return 'Nothing was aborted.'
  return row.because
}

function undo(input: RolloutInput, record: RolloutRecord, { intent }: Cause): Result {
  const { now, rollout } = input
  const { previous, stable } = record
  if (previous === undefined) return undefined
  const back = undone(stable, previous, { now, keepMs: rollout.keep.forMs })
  const next = { result: 'rolled_back', trigger: 'manual', message: messageOf(intent) } as const
  return {
    ...transitionTo(input, back, next, { phase: 'aborting', reason: 'UndoneByHand' }),
    isUrgent: true,
  }
}

/** Not tried again until the content changes, or somebody says retry. */
function aborted(input: RolloutInput, record: RolloutRecord): RolloutDecision {
  const { wanted, now } = input
  const { stable, untilMs } = record
  if (!input.isArrived) {
    const message = `Traffic goes back to ${stable.slot}.`
    return stay(input, record, { phase: 'aborting', reason: 'RollingBack', message })
  }
  const judges = judgesIn(record)
  const what = judges === undefined ? 'its content changes' : `its content or its ${judges} change`
  const message = `Revision ${wanted.rev} was aborted and is not tried again until ${what} or somebody says \`verdigris rollout retry\`.`
  const wake = untilMs !== undefined && untilMs > now ? { wakeAt: untilMs } : {}
  return stay(input, record, {
    phase: 'rolled_back',
    reason: 'RolloutAborted',
    message,
    stalled: true,
    ...wake,
  })
}
