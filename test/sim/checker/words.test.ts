import { expect, test } from '@jest/globals'
import type { IntentVerb } from '../../../src/core/model/rollout.ts'
import * as a from '../../support/report.ts'
import type { TraceEvent } from '../trace.ts'
import { createChecker } from './create.ts'

const MINUTE = 60_000

/** Somebody says a word of what he sees; so much later it is accepted, when this is on its way. */
function played(verb: IntentVerb, later: number, now: string): readonly string[] {
  const checker = createChecker({ soundModels: [], badModels: [], converges: false })
  const shown = a.rollout()
  const about = { application: 'app', controller: 'c1' }
  const plan = (at: number, report: Parameters<typeof a.report>[0]): TraceEvent => {
    return { type: 'plan', at, ...about, report: a.report(report) }
  }
  const candidate = { deployment: 'green', revision: now }
  const said = { ...a.intent({ id: 'i1', verb }), endpoint: shown.endpoint }
  const events: readonly TraceEvent[] = [
    plan(0, { resources: [a.rolling(shown)] }),
    { type: 'intent', at: 1, application: 'app', verb, endpoint: shown.endpoint, id: 'i1' },
    plan(later - 1, { resources: [a.rolling({ ...shown, candidate })] }),
    plan(later, {
      resources: [a.rolling({ ...shown, candidate })],
      answers: [{ intent: said, result: 'accepted', message: '' }],
      outcomes: [a.turned('step')],
    }),
  ]
  for (const event of events) checker.observe(event)
  return checker
    .finish()
    .filter(({ id }) => id === 'S31')
    .map(({ message }) => message)
}

const seen = a.rollout().candidate?.revision ?? ''

test('S31: a word that moves what it was said of, in time, is fine', () => {
  expect(played('promote', MINUTE, seen)).toEqual([])
  expect(played('abort', 600 * MINUTE, '99999999')).toEqual([])
})

test('S31: a word that sends on what nobody saw, or hours later, is found', () => {
  expect(played('promote', MINUTE, '99999999')).toEqual([
    `promote of fraud was said of ${seen} and is carried out on 99999999 and 99999999`,
  ])
  expect(played('resume', 200 * MINUTE, seen)).toEqual([
    `resume of fraud was said of ${seen} 200 minutes before it is carried out`,
  ])
})
