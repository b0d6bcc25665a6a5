import type { Mutation } from '../mutation.ts'
import { inFile, type Row, rolloutTests } from './rows.ts'

const STATES = rolloutTests('states losses')

/** A row of the table whose `because` occurs once: what is done there becomes something else. */
function row(name: string, is: string, why: string, becomes: string): Row {
  const because = why.startsWith('\n') ? why : ` ${why}`
  const text = (transition: string) => `transition: '${transition}',\n    because:${because}`
  return [name, text(is), text(becomes), STATES]
}

/** The same, as the ages of deployments tell it. */
function told(name: string, is: string, why: string, becomes: string): Row {
  const [, find, replace] = row(name, is, why, becomes)
  return [name, find, replace, rolloutTests('ages')]
}

/** Rows of the table of states and events, each with another transition (`nothing`: as if the row were not there). */
export const ROLLOUT_STATES: readonly Mutation[] = [
  ...inFile('src/core/rollout/table/unrecorded.ts', [
    row(
      'L9 an abort without a record decides nothing',
      'backWithoutRecord',
      "\n      'To the revision that stood before, as the ages of the deployments tell; else to what most users are on.'",
      'refuse',
    ),
    told(
      'S28 what serves without a record is proven',
      'bakeServing',
      "\n      'It may be a candidate in its bake: it bakes, and the revision that stood before is the way back.'",
      'adoptServing',
    ),
    told(
      'S28 nobody judges a split without a record',
      'goOnUnrecorded',
      "\n      'The ages of the deployments tell which half stood before: the other one is judged, and can be taken back.'",
      'askPerson',
    ),
    row(
      'L9 a promote without a record decides nothing',
      'allToWanted',
      "'Somebody decides where the traffic goes: to what Git wants.'",
      'refuse',
    ),
    row(
      'a record that is not ours is a fresh start in the table',
      'askPerson',
      "'A record that is not ours, or not whole, is no fresh start.'",
      'serveFirst',
    ),
    row(
      'split traffic without a record is taken by what Git wants',
      'askPerson',
      "'Nobody knows which half is proven.'",
      'serveFirst',
    ),
    row(
      'S26 what serves and no list shows is replaced',
      'wait',
      "'A list that does not show a deployment does not say that it is gone.'",
      'serveFirst',
    ),
    row(
      'what serves everybody is replaced by what Git wants',
      'adoptServing',
      "'What serves everybody is the stable revision.'",
      'serveFirst',
    ),
    [
      'S2 a promote without a record sends all traffic to what is not up',
      "    candidate: ['up'],\n",
      '',
      STATES,
    ],
  ]),
  ...inFile('src/core/rollout/table/interventions.ts', [
    row(
      'an abort of what is about to begin is refused',
      'abort',
      "'What is about to begin is not tried until its content changes.'",
      'refuse',
    ),
    row(
      'an undo at rest is refused',
      'undo',
      "'The revision of before is warm: one write.'",
      'refuse',
    ),
    row(
      'L11 a retry of what did not come up is refused',
      'provisionAgain',
      "'Somebody has made room, or mended what kept the deployment from coming up.'",
      'refuse',
    ),
    row(
      'an abort goes back to a stable deployment that is gone',
      'abortToPrevious',
      "'The stable deployment does not serve any more; the one of before does.'",
      'abort',
    ),
    row(
      'an abort with nothing to go back to is carried out',
      'refuse',
      "'There is nothing to go back to: a newer commit, or `rollout promote`, leads on.'",
      'abort',
    ),
    row('a retry on the way aborts', 'refuse', "'Nothing was aborted.'", 'retry'),
    row(
      'L11 a retry after an abort is refused',
      'retry',
      "'Somebody gives the revision another chance.'",
      'refuse',
    ),
    row('S7 an abort after an abort is another one', 'refuse', "'It is aborted already.'", 'abort'),
    row('a pause does nothing', 'pause', "'Somebody wants to look.'", 'nothing'),
    row('a resume does nothing', 'resume', "'Somebody has looked.'", 'nothing'),
    row('a bake is paused', 'refuse', "'A bake has no steps that could be paused.'", 'pause'),
    row(
      'L9 a promote in a bake whose stable deployment is gone does nothing',
      'adoptCandidate',
      "'The stable deployment is gone, and somebody answers for the candidate.'",
      'nothing',
    ),
  ]),
  ...inFile('src/core/rollout/table/ends.ts', [
    row('a revert is no way back', 'revert', "'Git wants the stable revision again.'", 'nothing'),
    row(
      'a revert to what is gone moves traffic there',
      'waitForStable',
      "'Git wants what is not there any more; it is made again.'",
      'revert',
    ),
    row(
      'S26 a newer commit supersedes what a list does not show',
      'nothing',
      "'Only a GET says that the way back is gone.'",
      'supersede',
    ),
    row(
      'L9 a newer commit never starts where the stable deployment is gone',
      'adoptCandidate',
      "\n      'The newer revision waits while stable is made again; where it cannot be, it begins from the candidate.'",
      'nothing',
    ),
    row(
      'S27 a failure takes no traffic back',
      'fail',
      "'By policy: back in one write, or hold and tell; of a step’s deadline, or paused.'",
      'nothing',
    ),
    row(
      'S5 a failure goes back to a stable deployment that is gone',
      'failToPrevious',
      "'The stable deployment does not serve any more; the one of before does.'",
      'fail',
    ),
    row(
      'a failure with nothing better goes back to what is gone',
      'stranded',
      "'There is nothing better for users; somebody is told.'",
      'fail',
    ),
    row(
      'S28 users stay on a candidate that nobody can judge',
      'giveBack',
      "'Users are not left on a candidate that nobody can judge; nothing is held against it.'",
      'nothing',
    ),
  ]),
  ...inFile('src/core/rollout/table/ticks.ts', [
    row(
      'S5 a canary takes over where the revision of before is warm',
      'fallBack',
      "'The revision of before is proven; the candidate is not.'",
      'adoptCandidate',
    ),
    row(
      'L9 a candidate goes on by its steps where stable is gone',
      'bakeAlone',
      "'Users have only the candidate. It is judged as in a bake, and stable is made again.'",
      'step',
    ),
    row(
      'U1 a control group without its deployment keeps its share',
      'bakeAlone',
      "'A control group has nobody to serve it, and users have only the candidate.'",
      'bake',
    ),
    row(
      'S6 a candidate that is not proven becomes stable where stable is gone',
      'bakeAlone',
      "'Users have only the candidate. It is judged as in a bake, and stable is made again.'",
      'succeed',
    ),
    row('a bake goes by steps', 'bake', "'Full traffic, still judged.'", 'step'),
    row(
      'U1 users leave what serves them while the stable deployment is made again',
      'waitForStable',
      "'Users are served by another deployment while this one is made again.'",
      'fallBack',
    ),
    row(
      'U1 users wait for a stable deployment beside a warm one',
      'fallBack',
      "'The revision of before is proven and warm: users go there meanwhile.'",
      'waitForStable',
    ),
    row(
      'a stable deployment that is gone is home',
      'waitForStable',
      "'It is made again as it was.'",
      'home',
    ),
    row(
      'L9 a newer revision waits for a stable deployment that is gone',
      'succeed',
      "'What Git wants need not replace anything: whoever can serve takes over.'",
      'waitForStable',
    ),
    row(
      'S7 an aborted revision begins again',
      'aborted',
      "\n      'Traffic goes back until it is seen to be back; then it waits for other content or a retry.'",
      'release',
    ),
    row(
      'what serves is changed in place',
      'inPlace',
      "'Other content under the same name would reach all users at once.'",
      'begin',
    ),
    row(
      'a revert in the window goes by all steps',
      'fastBack',
      "'Within the window the way back is one write.'",
      'begin',
    ),
    row(
      'L9 what Git wants cannot be told, and a rollout begins',
      'noTarget',
      "'What Git wants cannot be told.'",
      'begin',
    ),
    [
      'S26 a canary goes on although no list shows the stable deployment',
      "    on: ['tick'],\n    record: ['progressing'],\n    stable: ['unknown'],\n    transition: 'wait'",
      "    on: ['tick'],\n    record: ['progressing'],\n    stable: ['unknown'],\n    transition: 'adoptCandidate'",
      STATES,
    ],
    [
      'S26 a candidate that no list shows is taken for gone',
      "    candidate: ['unknown'],\n    transition: 'wait'",
      "    candidate: ['unknown'],\n    transition: 'succeed'",
      STATES,
    ],
    [
      'S26 a rollout begins although no list shows the stable deployment',
      "    stable: ['unknown'],\n    wants: ['previous', 'inPlace', 'newer'],\n    transition: 'wait'",
      "    stable: ['unknown'],\n    wants: ['previous', 'inPlace', 'newer'],\n    transition: 'succeed'",
      STATES,
    ],
  ]),
]
