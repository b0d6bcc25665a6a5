import type { Mutation } from '../mutation.ts'
import { inFile, planTests, testsIn } from './rows.ts'

const NEEDLESS = planTests('needless-trials')
const CANCEL = testsIn('adapters/azure', 'trial-cancel')
const TICK = testsIn('reconcile', 'trial-jobs')

/** Which jobs of trials are cancelled, and which are not. */
export const TRIAL_JOBS: readonly Mutation[] = [
  ...inFile('src/core/plan/rollouts/needless-trials.ts', [
    [
      'an Application that only observes cancels trial jobs',
      'isObserving(context.sync) || running.length === 0',
      'running.length === 0',
      NEEDLESS,
    ],
    [
      'an abort that is only decided cancels trial jobs',
      "return isRecordKept && wanted.slot !== ''",
      "return wanted.slot !== ''",
      NEEDLESS,
    ],
    [
      'suspended, a newer commit cancels trial jobs',
      'if (isHeld(context, context.desiredAt.get(key))) return false',
      '',
      NEEDLESS,
    ],
    [
      'suspended, an aborted revision keeps its trial jobs',
      'if (rolloutPlan !== undefined && isAborted(rolloutPlan, ask)) return true',
      '',
      NEEDLESS,
    ],
    [
      'a trial of another revision is cancelled with an aborted one',
      "record?.phase === 'aborted' && isSameSlot(record.candidate, candidate)",
      "record?.phase === 'aborted' && candidate !== undefined",
      NEEDLESS,
    ],
    [
      'with deletions frozen, an endpoint that is not shown by Git loses its trial jobs',
      'context.freezes.length === 0 :',
      'true :',
      NEEDLESS,
    ],
    [
      'trial jobs go on when their revision has its switch',
      'isBefore && isBetween &&',
      'isBetween &&',
      NEEDLESS,
    ],
    [
      'trial jobs of a superseded revision go on',
      'isSameSlot(wanted, ask.candidate) && ',
      '',
      NEEDLESS,
    ],
    [
      'trial jobs beside another default deployment go on',
      ' && isSameSlot(record?.stable, ask.stable)',
      '',
      NEEDLESS,
    ],
    [
      'trial jobs on another input go on',
      "step?.type === 'trial' && isSameTrial(step.trial, ask.trial)",
      "step?.type === 'trial'",
      NEEDLESS,
    ],
  ]),
  ...inFile('src/adapters/azure/trials/cancel.ts', [
    ['a job of another endpoint is cancelled', '!isSame(job.endpoint, endpoint) || ', '', CANCEL],
    [
      'a job of another deployment is cancelled',
      ' || !isSame(job.deployment, started.deployment)',
      '',
      CANCEL,
    ],
    [
      'a job that is over is cancelled',
      'job === undefined || isOver(job.status) || ',
      'job === undefined || ',
      CANCEL,
    ],
    [
      'a job that is being cancelled is cancelled again',
      " || job.status === 'CancelRequested'",
      '',
      CANCEL,
    ],
    [
      'a job that had ended counts as a refusal',
      'status === 404 || status === 409 || readErrorBody(text).codes.includes(IS_OVER)',
      'status === 404',
      CANCEL,
    ],
  ]),
  ...inFile('src/adapters/azure/trials/trials.ts', [
    [
      'a refused cancellation is sent again at each look',
      "ends.filter(({ end }) => end.is === 'later')",
      "ends.filter(({ end }) => end.is !== 'cancelled')",
      CANCEL,
    ],
    [
      'a cancellation that Azure does not take is sent without end',
      'tries: tries + 1 })',
      'tries })',
      CANCEL,
    ],
    [
      'jobs of a trial that begins anew are forgotten',
      "known.forget(ask, then === 'gone')",
      'known.forget(ask, false)',
      CANCEL,
    ],
    [
      'the next process does not know of trial jobs',
      '      known.keep()\n      return all\n',
      '      return all\n',
      CANCEL,
    ],
  ]),
  ...inFile('src/adapters/azure/trials/known.ts', [
    [
      'jobs of a trial that is over are to be cancelled',
      'if (over !== undefined) return []',
      'if (over === null) return []',
      CANCEL,
    ],
  ]),
  ...inFile('src/adapters/journal/trials.ts', [
    [
      'a name in the data directory leads to another address',
      'return isName(deployment) && isJob(name) ?',
      "return isName(deployment) && typeof name === 'string' ?",
      testsIn('adapters/journal', 'trials'),
    ],
  ]),
  ...inFile('src/reconcile/tick.ts', [
    [
      'a dry run cancels trial jobs',
      'const done = options.dryRun ? NOTHING_DONE : await carryOut(ports, planned, signal)',
      'const done = await carryOut(ports, planned, signal)',
      TICK,
    ],
  ]),
  ...inFile('src/cli/doctor/roles.ts', [
    [
      'who may not cancel jobs fails doctor',
      "  ['/jobs/cancel/', (one) => hasStep(one, 'trial')],\n",
      '',
      testsIn('cli', 'roles'),
    ],
  ]),
]
