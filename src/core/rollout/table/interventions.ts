import { ANSWERS, LOST, MOVING, type Row } from './row.ts'

/** What operators say of a rollout: what takes traffic back first, then what holds it or lets it go on. */
export const INTERVENTION_ROWS: readonly Row[] = [
  {
    on: ['abort'],
    record: ['stable'],
    wants: ['newer', 'previous', 'inPlace'],
    stable: [...ANSWERS, 'unknown'],
    transition: 'abort',
    because: 'What is about to begin is not tried until its content changes.',
  },
  {
    on: ['undo'],
    record: ['stable'],
    isPreviousWarm: true,
    transition: 'undo',
    because: 'The revision of before is warm: one write.',
  },
  {
    on: ['retry'],
    record: ['stable'],
    wants: ['newer'],
    candidate: ['failed', 'degraded'],
    transition: 'provisionAgain',
    because: 'Somebody has made room, or mended what kept the deployment from coming up.',
  },
  {
    on: ['abort', 'undo', 'retry', 'pause', 'resume'],
    record: ['stable'],
    transition: 'refuse',
    because: 'No rollout is under way.',
  },
  {
    on: ['abort', 'undo'],
    record: MOVING,
    stable: [...ANSWERS, 'unknown'],
    transition: 'abort',
    because: 'Back to the stable revision in one write.',
  },
  {
    on: ['abort', 'undo'],
    record: MOVING,
    isPreviousWarm: true,
    transition: 'abortToPrevious',
    because: 'The stable deployment does not serve any more; the one of before does.',
  },
  {
    on: ['abort', 'undo'],
    record: MOVING,
    transition: 'refuse',
    because: 'There is nothing to go back to: a newer commit, or `rollout promote`, leads on.',
  },
  {
    on: ['retry'],
    record: MOVING,
    transition: 'refuse',
    because: 'Nothing was aborted.',
  },
  {
    on: ['retry'],
    record: ['aborted'],
    transition: 'retry',
    because: 'Somebody gives the revision another chance.',
  },
  {
    on: ['abort', 'undo', 'pause', 'resume'],
    record: ['aborted'],
    transition: 'refuse',
    because: 'It is aborted already.',
  },
  {
    on: ['promote'],
    record: ['stable', 'aborted'],
    transition: 'nothing',
    because: 'Nothing is on its way.',
  },

  {
    on: ['pause'],
    record: ['progressing'],
    transition: 'pause',
    because: 'Somebody wants to look.',
  },
  {
    on: ['resume'],
    record: ['progressing'],
    transition: 'resume',
    because: 'Somebody has looked.',
  },
  {
    on: ['pause', 'resume'],
    record: ['baking'],
    transition: 'refuse',
    because: 'A bake has no steps that could be paused.',
  },
  {
    on: ['promote'],
    record: ['baking'],
    stable: LOST,
    candidate: ANSWERS,
    transition: 'adoptCandidate',
    because: 'The stable deployment is gone, and somebody answers for the candidate.',
  },
  {
    on: ['promote'],
    record: MOVING,
    transition: 'nothing',
    because: 'The step or the bake that waits takes it up.',
  },
]
