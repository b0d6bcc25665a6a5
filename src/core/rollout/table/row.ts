import type { Health, RecordState, RolloutEvent, Serving, WantedState } from '../decide/state.ts'

/** What a rollout can do; each is a function in `transitions.ts`. */
export const TRANSITIONS = [
  'nothing',
  'refuse',
  'wait',
  'askPerson',
  'serveFirst',
  'adoptServing',
  'bakeServing',
  'goOnUnrecorded',
  'home',
  'inPlace',
  'fastBack',
  'begin',
  'noTarget',
  'abort',
  'abortToPrevious',
  'undo',
  'retry',
  'judgeAnew',
  'provisionAgain',
  'revert',
  'supersede',
  'adoptCandidate',
  'bakeAlone',
  'fail',
  'tooLate',
  'failToPrevious',
  'stranded',
  'giveBack',
  'pause',
  'resume',
  'step',
  'bake',
  'release',
  'aborted',
  'waitForStable',
  'fallBack',
  'succeed',
  'backWithoutRecord',
  'allToWanted',
] as const
export type TransitionName = (typeof TRANSITIONS)[number]

/** One row: the states and the event it speaks of (an absent column = any), what is done, and why. */
export interface Row {
  readonly on: readonly RolloutEvent[]
  readonly record: readonly RecordState[]
  readonly stable?: readonly Health[]
  readonly candidate?: readonly Health[]
  readonly isPreviousWarm?: boolean
  readonly serving?: readonly Serving[]
  readonly wants?: readonly WantedState[]
  readonly transition: TransitionName
  readonly because: string
}

export const MOVING = ['progressing', 'baking'] as const

export const UNRECORDED = ['none', 'unreadable'] as const

/** Users of it get answers. */
export const ANSWERS = ['up', 'changed', 'busy', 'degraded'] as const

/** Nobody gets an answer from it. */
export const LOST = ['gone', 'failed'] as const

export const CONDITIONS = ['commit', 'fail', 'deadline', 'noData'] as const
