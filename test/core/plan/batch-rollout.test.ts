import { describe, expect, test } from '@jest/globals'
import type { Action } from '../../../src/core/model/plan.ts'
import type { IntentVerb } from '../../../src/core/model/rollout.ts'
import { valueAt } from '../../../src/core/model/values/pointer.ts'
import { NO_ANSWERS } from '../../../src/core/plan/context.ts'
import { openQueries } from '../../../src/core/plan/queries.ts'
import type { TrialAnswer, TrialAsk } from '../../../src/core/rollout/trial.ts'
import { story, Turns } from '../../support/world.ts'
import { explicit, FORMS } from './batch-rollout-files.ts'

const NIGHTLY = { kind: 'BatchEndpoint', name: 'nightly' } as const
const MINUTE_MS = 60_000

type Form = (typeof FORMS)[number]

/** Turns with somebody who answers trials; asks nothing again within a turn. */
class Trials extends Turns {
  answer: TrialAnswer = { is: 'running', message: 'It runs.' }
  asked: TrialAsk[] = []

  asks(): readonly TrialAsk[] {
    const { world, memory, now } = this
    return openQueries({ ...this.input, answers: NO_ANSWERS, world, memory, now }).trials
  }

  override step(): ReturnType<Turns['step']> {
    const asks = this.asks()
    this.asked.push(...asks)
    const trials = new Map(asks.map(({ key }) => [key, this.answer]))
    this.input = { ...this.input, answers: { ...NO_ANSWERS, trials } }
    const plan = super.step()
    this.input = { ...this.input, intents: [] }
    return plan
  }

  /** Steps, a minute each; gives what was done. */
  run(minutes: number): readonly Action[] {
    const from = this.actions.length
    for (let minute = 0; minute < minutes; minute += 1) {
      this.step()
      this.now += MINUTE_MS
    }
    return this.actions.slice(from)
  }

  says(verb: IntentVerb): void {
    const intent = { id: verb, verb, endpoint: 'nightly', who: 'ada', why: '', at: this.now }
    this.input = { ...this.input, intents: [intent] }
  }

  default(): unknown {
    return valueAt(this.body(NIGHTLY) ?? {}, '/properties/defaults/deploymentName')
  }

  said(name: string): readonly unknown[] {
    const body = this.body({ kind: 'BatchDeployment', name, parent: 'nightly' }) ?? {}
    return [
      '/tags/team',
      '/properties/description',
      '/properties/properties/cost',
      '/properties/resources/instanceCount',
    ].map((at) => valueAt(body, at))
  }

  has(name: string): boolean {
    return this.body({ kind: 'BatchDeployment', name, parent: 'nightly' }) !== undefined
  }

  rollout() {
    const found = this.plan().findings.find(({ rollout }) => rollout !== undefined)?.rollout
    if (found === undefined) throw new Error('no rollout is told of')
    return found
  }
}

function atFirst({ first }: Form): Trials {
  const turns = new Trials(first)
  turns.run(4)
  expect(turns.default()).toBe('blue')
  return turns
}

/** The next revision is there and its trial runs. */
function atTrial(form: Form): Trials {
  const turns = atFirst(form)
  turns.commit(form.next, 'c2')
  turns.run(3)
  expect(turns.has('green')).toBe(true)
  expect(turns.default()).toBe('blue')
  return turns
}

const SAME = { is: 'same', message: 'All rows are the same (20).' } as const
const DIFFERENT = { is: 'different', message: '3 of 20 rows differ.' } as const

describe.each(FORMS)('a batch endpoint with a Rollout in the $form form', (form) => {
  test('takes its first deployment without a trial: there is nothing to compare it with', () => {
    const turns = atFirst(form)
    expect(turns.asked).toEqual([])
    expect(turns.rollout()).toMatchObject({ phase: 'idle', stable: { deployment: 'blue' } })
  })

  test('asks for a trial of the new deployment, and names both revisions', () => {
    const turns = atTrial(form)
    const { stable, candidate } = turns.rollout()
    expect(turns.asks()).toEqual([
      {
        key: 'BatchDeployment/nightly/green',
        endpoint: 'nightly',
        candidate: { slot: 'green', rev: candidate?.revision },
        stable: { slot: 'blue', rev: stable?.revision },
        trial: { input: 'azureml:sample:1', tolerance: 1e-6, mismatches: 0.1 },
      },
    ])
    expect(candidate?.revision).not.toBe(stable?.revision)
  })

  test.each([
    ['runs', { is: 'running', message: 'It runs.' }, 'TrialRuns'],
    ['cannot be made', { is: 'problem', message: 'No compute.' }, 'CannotTry'],
  ] as const)('switches nothing while the trial %s, however long', (_, answer, reason) => {
    const turns = atTrial(form)
    turns.answer = answer
    expect(story(turns.run(100))).toEqual([])
    expect(turns.default()).toBe('blue')
    turns.step()
    const rollouts = turns.plan().findings.flatMap(({ rollout }) => rollout ?? [])
    expect(rollouts).toMatchObject([{ phase: 'verifying', reason, weights: { blue: 100 } }])
    // It is looked at again, and ends at no time that could be said.
    expect(rollouts[0]).not.toHaveProperty('stepEndsAt')
  })

  test.each([
    ['runs', { is: 'running', message: 'It runs.' }],
    ['cannot be made', { is: 'problem', message: 'The job of blue failed.' }],
  ] as const)('switches at once when somebody says promote while the trial %s', (_, answer) => {
    const turns = atTrial(form)
    turns.answer = answer
    turns.run(3)
    turns.says('promote')
    const { answers } = turns.step()
    expect(answers).toMatchObject([{ result: 'accepted' }])
    expect(turns.default()).toBe('green')
    turns.now += MINUTE_MS
    turns.run(14)
    expect(turns.rollout()).toMatchObject({ phase: 'idle', stable: { deployment: 'green' } })
  })

  test('says of a trial that cannot be made that promote goes on without it', () => {
    const turns = atTrial(form)
    turns.answer = { is: 'problem', message: 'The job of blue failed.' }
    turns.step()
    const told = turns.plan().findings.flatMap(({ rollout }) => rollout ?? [])
    expect(told[0]?.message).toContain('`verdigris rollout promote` goes on without it')
  })

  test('switches after a trial with the same output, in one write, bakes by time and is promoted', () => {
    const turns = atTrial(form)
    turns.answer = SAME
    expect(story(turns.run(1))).toEqual(['set_default_deployment nightly'])
    expect(turns.default()).toBe('green')
    const tried = turns.asked.length
    turns.run(8)
    expect(turns.rollout()).toMatchObject({ phase: 'baking', candidate: { deployment: 'green' } })
    expect(turns.plan().changes.filter(({ ref }) => ref.kind === 'BatchEndpoint')).toEqual([])
    turns.run(4)
    expect(turns.rollout()).toMatchObject({ phase: 'idle', stable: { deployment: 'green' } })
    expect(turns.asked).toHaveLength(tried)
  })

  test('keeps the old deployment until the window is over', () => {
    const turns = atTrial(form)
    turns.answer = SAME
    turns.run(12)
    expect(turns.rollout().previous).toMatchObject({ deployment: 'blue' })
    if (form.form === 'explicit') turns.commit(explicit({ green: 2 }, 'green'), 'c3')
    turns.run(50)
    expect(turns.has('blue')).toBe(true)
    expect(turns.default()).toBe('green')
    expect(story(turns.run(20))).toContain('delete_batch_deployment blue')
    expect(turns.default()).toBe('green')
  })

  test('writes what no job can feel to the default in place, without a trial or a switch', () => {
    const turns = atFirst(form)
    turns.commit(form.firstSaid, 'c2')
    const done = turns.run(10)
    const written = done.filter(({ ref }) => ref.kind === 'BatchDeployment')
    expect(story(written)).toEqual(['update_batch_deployment blue'])
    expect(turns.said('blue')).toEqual(['risk', 'scores', '7', 3])
    expect([turns.asked, turns.default(), turns.has('green')]).toEqual([[], 'blue', false])
    expect(turns.rollout()).toMatchObject({ phase: 'idle', stable: { deployment: 'blue' } })
  })

  test('leaves the trial and the bake of a new one as they are, and writes it afterwards', () => {
    const turns = atTrial(form)
    turns.commit(form.nextSaid, 'c3')
    const { stable, candidate } = turns.asks()[0] ?? {}
    turns.run(5)
    expect(turns.asks()).toMatchObject([{ stable, candidate }])
    turns.answer = SAME
    turns.run(3)
    turns.commit(form.next, 'c4')
    turns.run(2)
    turns.commit(form.nextSaid, 'c5')
    turns.run(2)
    expect(turns.rollout()).toMatchObject({ phase: 'baking' })
    turns.run(12)
    expect(turns.rollout()).toMatchObject({ phase: 'idle', stable: { deployment: 'green' } })
    expect(turns.said('green')).toEqual(['risk', 'scores', '7', 3])
  })

  test('aborts on a different output: the default stays, and the revision is not tried again', () => {
    const turns = atTrial(form)
    turns.answer = DIFFERENT
    turns.run(1)
    expect(turns.default()).toBe('blue')
    expect(turns.rollout()).toMatchObject({
      phase: 'rolled_back',
      aborted: { reason: 'TrialDiffers', message: DIFFERENT.message },
    })
    turns.answer = SAME
    const tried = turns.asked.length
    turns.run(100)
    expect(turns.asked).toHaveLength(tried)
    expect(turns.default()).toBe('blue')
    const written = turns.actions.map(({ body = {} }) =>
      valueAt(body, '/properties/defaults/deploymentName'),
    )
    expect(written).not.toContain('green')
  })

  test('tries an aborted revision again when somebody says retry', () => {
    const turns = atTrial(form)
    turns.answer = DIFFERENT
    turns.run(2)
    turns.answer = SAME
    turns.says('retry')
    turns.run(4)
    expect(turns.default()).toBe('green')
  })

  test('tries another content of an aborted slot by itself', () => {
    const turns = atTrial(form)
    turns.answer = DIFFERENT
    turns.run(2)
    turns.answer = SAME
    turns.commit(form.other, 'c3')
    turns.run(6)
    expect(turns.default()).toBe('green')
  })

  test.each(['bake', 'window'] as const)(
    'goes back in one write, without a trial, when the commit is reverted within the %s',
    (when) => {
      const turns = atTrial(form)
      turns.answer = SAME
      turns.run(when === 'bake' ? 3 : 20)
      expect(turns.default()).toBe('green')
      turns.answer = { is: 'problem', message: 'Nobody answers.' }
      const tried = turns.asked.length
      turns.commit(form.back, 'c3')
      expect(story(turns.run(1))).toEqual(['set_default_deployment nightly'])
      expect(turns.default()).toBe('blue')
      expect(turns.asked).toHaveLength(tried)
      turns.run(5)
      expect(turns.default()).toBe('blue')
    },
  )

  test.each(['bake', 'window'] as const)(
    'goes back in one write when somebody says undo within the %s, and stays there',
    (when) => {
      const turns = atTrial(form)
      turns.answer = SAME
      turns.run(when === 'bake' ? 3 : 20)
      turns.says('undo')
      expect(story(turns.run(1))).toEqual(['set_default_deployment nightly'])
      expect(turns.default()).toBe('blue')
      turns.run(30)
      expect(turns.default()).toBe('blue')
      expect(turns.rollout()).toMatchObject({ phase: 'rolled_back' })
    },
  )

  test('a lost process tries anew, and switches no sooner', () => {
    const turns = atTrial(form)
    turns.memory = {}
    turns.run(3)
    expect(turns.default()).toBe('blue')
    turns.answer = SAME
    turns.run(1)
    turns.memory = {}
    turns.run(20)
    expect(turns.rollout()).toMatchObject({ phase: 'idle', stable: { deployment: 'green' } })
  })

  test('begins no trial whose switch could not be written', () => {
    const turns = atTrial(form)
    expect(turns.asks()).toHaveLength(1)
    const { input } = turns
    turns.input = { ...input, sync: { ...input.sync, suspend: true } }
    expect(turns.asks()).toEqual([])
    turns.input = { ...input, sync: { ...input.sync, mode: 'observe' } }
    expect(turns.asks()).toEqual([])
    turns.input = { ...input, freezes: [{ what: 'writes', reason: 'Rewound', message: 'x' }] }
    expect(turns.asks()).toEqual([])
    const until = { suspendUntil: turns.now + 1 }
    const desired = input.desired.map((one) =>
      one.ref.kind === 'BatchEndpoint' ? { ...one, policy: until } : one,
    )
    turns.input = { ...input, desired }
    expect(turns.asks()).toEqual([])
  })
})
