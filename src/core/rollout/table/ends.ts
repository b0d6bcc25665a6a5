import { ANSWERS, CONDITIONS, MOVING, type Row } from './row.ts'

/** What ends a rollout: a newer commit, a failure, its deadline, or that nobody can judge it. */
export const END_ROWS: readonly Row[] = [
  {
    on: ['commit'],
    record: ['aborted'],
    wants: ['candidate'],
    stable: [...ANSWERS, 'unknown'],
    transition: 'judgeAnew',
    because:
      'What said no to it is another one in Git: when its traffic is back, the same content is tried again.',
  },
  {
    on: ['deadline'],
    record: ['stable'],
    wants: ['newer'],
    stable: [...ANSWERS, 'unknown'],
    transition: 'tooLate',
    because:
      'The new deployment does not come up: users stay where they are, and it is aborted as soon as Azure takes a write.',
  },
  {
    on: CONDITIONS,
    record: ['stable', 'aborted'],
    transition: 'nothing',
    because: 'Nothing is on its way.',
  },

  {
    on: ['commit'],
    record: MOVING,
    wants: ['stable'],
    stable: [...ANSWERS, 'unknown'],
    transition: 'revert',
    because: 'Git wants the stable revision again.',
  },
  {
    on: ['commit'],
    record: MOVING,
    wants: ['stable'],
    transition: 'waitForStable',
    because: 'Git wants what is not there any more; it is made again.',
  },
  {
    on: ['commit'],
    record: MOVING,
    stable: ANSWERS,
    transition: 'supersede',
    because: 'A newer revision begins from the stable one and inherits nothing.',
  },
  {
    on: ['commit'],
    record: MOVING,
    stable: ['unknown'],
    transition: 'nothing',
    because: 'Only a GET says that the way back is gone.',
  },
  {
    on: ['commit'],
    record: MOVING,
    candidate: ANSWERS,
    transition: 'adoptCandidate',
    because:
      'The newer revision waits while stable is made again; where it cannot be, it begins from the candidate.',
  },
  {
    on: ['commit'],
    record: MOVING,
    transition: 'succeed',
    because: 'Neither side serves: whoever can serve takes over.',
  },

  {
    on: ['fail', 'deadline'],
    record: MOVING,
    stable: [...ANSWERS, 'unknown'],
    transition: 'fail',
    because: 'By policy: back in one write, or hold and tell; of a step’s deadline, or paused.',
  },
  {
    on: ['fail', 'deadline'],
    record: MOVING,
    isPreviousWarm: true,
    transition: 'failToPrevious',
    because: 'The stable deployment does not serve any more; the one of before does.',
  },
  {
    on: ['fail', 'deadline'],
    record: MOVING,
    candidate: ANSWERS,
    transition: 'stranded',
    because: 'There is nothing better for users; somebody is told.',
  },
  {
    on: ['fail', 'deadline'],
    record: MOVING,
    transition: 'succeed',
    because: 'Neither side serves: whoever can serve takes over.',
  },
  {
    on: ['noData'],
    record: MOVING,
    stable: ANSWERS,
    transition: 'giveBack',
    because: 'Users are not left on a candidate that nobody can judge; nothing is held against it.',
  },
  {
    on: ['noData'],
    record: MOVING,
    transition: 'nothing',
    because: 'There is nothing to go back to.',
  },
]
