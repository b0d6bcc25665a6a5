import { describe, expect, test } from '@jest/globals'
import type { Desired } from '../../../src/core/model/desired.ts'
import type { IntentVerb } from '../../../src/core/model/rollout.ts'
import { NO_ANSWERS, type PlanInput } from '../../../src/core/plan/context.ts'
import { makePlan } from '../../../src/core/plan/plan.ts'
import { openQueries } from '../../../src/core/plan/queries.ts'
import { withoutScopes, withScopes } from '../../../src/core/plan/unplanned.ts'
import type { TrialAnswer, TrialAsk } from '../../../src/core/rollout/trial.ts'
import { Turns } from '../../support/world.ts'
import { FORMS } from './batch-rollout-files.ts'

const KEY = 'BatchDeployment/nightly/green'
const RUNS = { is: 'running', message: 'It runs.' } as const
const DAY_MS = 86_400_000

type Form = (typeof FORMS)[number]

/** An Azure with the trial of green's first revision under way. */
class Trial extends Turns {
  readonly ask: TrialAsk

  constructor(form: Form) {
    super(form.first)
    this.pass(4)
    this.commit(form.next, 'c2')
    this.pass(1)
    const [ask] = openQueries(this.asked).trials
    if (ask === undefined) throw new Error('no trial is asked for')
    this.ask = ask
    this.answers(RUNS)
    this.pass(2)
  }

  get asked(): PlanInput {
    const { world, memory, now } = this
    return { ...this.input, world, memory, now }
  }

  answers(answer: TrialAnswer): void {
    this.input = { ...this.input, answers: { ...NO_ANSWERS, trials: new Map([[KEY, answer]]) } }
  }

  says(verb: IntentVerb): void {
    const intent = { id: verb, verb, endpoint: 'nightly', who: 'ada', why: '', at: this.now }
    this.input = { ...this.input, intents: [intent] }
  }

  pass(turns: number): void {
    for (let turn = 0; turn < turns; turn += 1) {
      this.step()
      this.now += 60_000
      this.input = { ...this.input, intents: [] }
    }
  }

  holds(changes: Partial<PlanInput['sync']>): void {
    this.input = { ...this.input, sync: { ...this.input.sync, ...changes } }
  }

  declares(change: (one: Desired) => Desired): void {
    this.input = { ...this.input, desired: this.input.desired.map(change) }
  }

  /** Of the trial that runs: whether the plan has its jobs cancelled. */
  isCancelled(): boolean {
    return this.cancelled(this.asked).length === 1
  }

  cancelled(input: PlanInput): readonly TrialAsk[] {
    return makePlan({ ...input, runningTrials: [this.ask] }).needlessTrials ?? []
  }
}

const FROZEN = { reason: 'Rewound', message: 'x' }

describe.each(FORMS)('the jobs of a trial, in the $form form,', (form) => {
  const NEEDED: readonly (readonly [string, (trial: Trial) => void])[] = [
    ['their revision is the candidate', () => {}],
    ['its deployment is changed without being felt', (at) => at.commit(form.nextSaid, 'c3')],
    ['the abort is only decided, and its write may be refused', (at) => at.says('abort')],
    [
      'the endpoint is not shown by a list',
      (at) => {
        at.world = { ...at.world, resources: [], complete: false }
        at.memory = {}
      },
    ],
    [
      'the record cannot be read',
      (at) => {
        at.meddle({ kind: 'BatchEndpoint', name: 'nightly' }, (body) => ({
          ...body,
          tags: { ...(body.tags as object), 'verdigris.rollout': 'v1;mine' },
        }))
        at.memory = {}
      },
    ],
    [
      'somebody says retry of the aborted revision',
      (at) => {
        at.says('abort')
        at.pass(2)
        at.says('retry')
      },
    ],
    [
      'a newer commit is suspended',
      (at) => {
        at.holds({ suspend: true })
        at.commit(form.other, 'c3')
      },
    ],
    [
      'it was another revision that was aborted, and theirs is suspended',
      (at) => {
        at.says('abort')
        at.pass(1)
        Object.assign(at.ask, { candidate: { slot: 'green', rev: '33333333' } })
        at.holds({ suspend: true })
      },
    ],
    [
      'a newer commit is suspended for a time',
      (at) => {
        at.commit(form.other, 'c3')
        const policy = { suspendUntil: at.now + DAY_MS } as Desired['policy']
        at.declares((one) => (one.ref.kind === 'BatchEndpoint' ? { ...one, policy } : one))
      },
    ],
    [
      'a newer commit is frozen',
      (at) => {
        at.commit(form.other, 'c3')
        at.input = { ...at.input, freezes: [{ what: 'writes', ...FROZEN }] }
      },
    ],
    [
      'their endpoint is not declared, and deletions are frozen',
      (at) => {
        at.commit([], 'c3')
        at.input = { ...at.input, freezes: [{ what: 'deletes', ...FROZEN }] }
      },
    ],
    [
      'their revision is aborted, and the Application only observes',
      (at) => {
        at.says('abort')
        at.pass(2)
        at.holds({ mode: 'observe' })
      },
    ],
  ]

  test.each(NEEDED)('are not cancelled while %s', (_, happens) => {
    const trial = new Trial(form)
    happens(trial)
    expect(trial.isCancelled()).toBe(false)
  })

  const NEEDLESS: readonly (readonly [string, (trial: Trial) => void])[] = [
    [
      'somebody aborted it',
      (at) => {
        at.says('abort')
        at.pass(1)
      },
    ],
    [
      'its deadline has aborted it',
      (at) => {
        at.declares(({ rollout, ...one }) =>
          rollout === undefined ? one : { ...one, rollout: { ...rollout, deadlineMs: 300_000 } },
        )
        at.pass(8)
      },
    ],
    [
      'it is aborted, also while the Application is suspended',
      (at) => {
        at.says('abort')
        at.pass(1)
        at.holds({ suspend: true })
      },
    ],
    [
      'it is aborted, also while writes are frozen',
      (at) => {
        at.says('abort')
        at.pass(1)
        at.input = { ...at.input, freezes: [{ what: 'writes', ...FROZEN }] }
      },
    ],
    ['a newer commit has another revision', (at) => at.commit(form.other, 'c3')],
    ['a commit goes back to the default one', (at) => at.commit(form.first, 'c3')],
    [
      'somebody said promote, so that nobody waits for them',
      (at) => {
        at.says('promote')
        at.pass(1)
      },
    ],
    [
      'the default deployment is another one than it was compared with',
      (at) => {
        const stable = { slot: 'blue', rev: '00000000' }
        Object.assign(at.ask, { stable })
      },
    ],
    [
      'a commit tries it on another input',
      (at) => {
        at.declares((one) =>
          one.rollout === undefined
            ? one
            : {
                ...one,
                rollout: {
                  ...one.rollout,
                  steps: [{ type: 'trial', trial: { ...at.ask.trial, input: 'azureml:s:2' } }],
                },
              },
        )
      },
    ],
    ['its endpoint left Git', (at) => at.commit([], 'c3')],
  ]

  test.each(NEEDLESS)('are cancelled when %s', (_, happens) => {
    const trial = new Trial(form)
    expect(trial.isCancelled()).toBe(false)
    happens(trial)
    expect(trial.cancelled(trial.asked)).toEqual([trial.ask])
  })

  test('of another endpoint are not cancelled with them', () => {
    const trial = new Trial(form)
    trial.commit(form.other, 'c3')
    const other: TrialAsk = { ...trial.ask, endpoint: 'hourly' }
    const made = makePlan({
      ...trial.asked,
      freezes: [{ what: 'deletes', ...FROZEN }],
      runningTrials: [other, trial.ask],
    })
    expect(made.needlessTrials).toEqual([trial.ask])
  })

  test('are not cancelled for an endpoint that a fault of ours leaves out of the plan', () => {
    const trial = new Trial(form)
    const input = { ...trial.asked, runningTrials: [trial.ask] }
    const bugs = new Map([['BatchEndpoint/nightly', 'x']])
    const made = withScopes(makePlan(withoutScopes(input, bugs)), input, bugs)
    expect(made.needlessTrials ?? []).toEqual([])
  })
})
