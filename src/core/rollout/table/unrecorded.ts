import { ANSWERS, CONDITIONS, type Row, UNRECORDED } from './row.ts'

/** Nobody recorded where the endpoint stands. */
export const UNRECORDED_ROWS: readonly Row[] = [
  {
    on: ['abort'],
    record: UNRECORDED,
    serving: ['split', 'other', 'recorded'],
    transition: 'backWithoutRecord',
    because:
      'To the revision that stood before, as the ages of the deployments tell; else to what most users are on.',
  },
  {
    on: ['promote'],
    record: UNRECORDED,
    serving: ['split', 'other', 'recorded'],
    candidate: ['up'],
    transition: 'allToWanted',
    because: 'Somebody decides where the traffic goes: to what Git wants.',
  },
  {
    on: ['abort', 'undo', 'retry', 'pause', 'resume'],
    record: UNRECORDED,
    transition: 'refuse',
    because: 'No rollout is under way.',
  },
  {
    on: ['promote', ...CONDITIONS],
    record: UNRECORDED,
    transition: 'nothing',
    because: 'There is no rollout that this could move.',
  },
  {
    on: ['tick'],
    record: ['unreadable'],
    serving: ['split', 'other', 'recorded'],
    transition: 'askPerson',
    because: 'A record that is not ours, or not whole, is no fresh start.',
  },
  {
    on: ['tick'],
    record: ['none'],
    serving: ['split'],
    isPreviousWarm: true,
    transition: 'goOnUnrecorded',
    because:
      'The ages of the deployments tell which half stood before: the other one is judged, and can be taken back.',
  },
  {
    on: ['tick'],
    record: ['none'],
    serving: ['split'],
    transition: 'askPerson',
    because: 'Nobody knows which half is proven.',
  },
  {
    on: ['tick'],
    record: UNRECORDED,
    wants: ['unknown'],
    transition: 'noTarget',
    because: 'What Git wants cannot be told.',
  },
  {
    on: ['tick'],
    record: ['none'],
    serving: ['other', 'recorded'],
    stable: ANSWERS,
    isPreviousWarm: true,
    transition: 'bakeServing',
    because:
      'It may be a candidate in its bake: it bakes, and the revision that stood before is the way back.',
  },
  {
    on: ['tick'],
    record: ['none'],
    serving: ['other', 'recorded'],
    stable: ANSWERS,
    transition: 'adoptServing',
    because: 'What serves everybody is the stable revision.',
  },
  {
    on: ['tick'],
    record: ['none'],
    serving: ['other', 'recorded'],
    stable: ['unknown'],
    transition: 'wait',
    because: 'A list that does not show a deployment does not say that it is gone.',
  },
  {
    on: ['tick'],
    record: UNRECORDED,
    transition: 'serveFirst',
    because: 'Nobody is served: the first revision needs golden requests only.',
  },
]
