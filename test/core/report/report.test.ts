import { expect, test } from '@jest/globals'
import type { Held } from '../../../src/core/model/plan.ts'
import type { RolloutStatus } from '../../../src/core/model/rollout.ts'
import { reportOf } from '../../../src/core/report/report.ts'
import * as a from '../../support/report.ts'

function readyOf(held: readonly Held[], rollout: RolloutStatus) {
  const { conditions: _, ...finding } = { ...a.rolling(rollout), sync: 'out_of_sync' as const }
  const report = reportOf({
    ...{ application: 'fraud-prod', tick: 1, dryRun: false, previous: undefined },
    ...{ startedAt: a.START, endedAt: a.START, outcomes: [], intents: [] },
    source: { attemptedRevision: 'c0ffee', appliedRevision: 'c0ffee', problems: [] },
    plan: a.plan({ findings: [finding], held }),
  })
  return report.conditions.find(({ type }) => type === 'Ready')
}

const blocked = (reason: string): Held => {
  return { ref: a.endpoint('fraud'), state: 'blocked', reason, message: 'Only somebody can help.' }
}

test('after an abort the Application is not Ready, and says which commit is not applied and why', () => {
  const held = [blocked('NotProven'), blocked('RolloutAborted')]
  expect(readyOf(held, a.aborted())).toMatchObject({
    ...{ status: 'False', reason: 'RolloutAborted' },
    message:
      'Commit c0ffee (revision 77aa1122) is not applied to fraud: ErrorsWorse: Errors are worse than stable.',
  })
})

test('what else is in the way keeps its own words', () => {
  expect(readyOf([blocked('Paused')], a.rollout())?.message).toBe('Only somebody can help.')
  expect(readyOf([blocked('RolloutAborted')], a.rollout())?.message).toBe('Only somebody can help.')
})

test('a take-over is asked for again where what a list did not show was to be made, and is there', () => {
  const adopt = a.intent({ verb: 'adopt', endpoint: 'fraud' })
  const answerAfter = (name: string) => {
    const [answer] = reportOf({
      ...{ application: 'fraud-prod', tick: 1, dryRun: false, previous: undefined },
      ...{ startedAt: a.START, endedAt: a.START, intents: [adopt] },
      source: { attemptedRevision: 'c0ffee', appliedRevision: 'c0ffee', problems: [] },
      plan: a.plan({
        answers: [{ intent: adopt, result: 'accepted', message: 'Its tags are written.' }],
      }),
      outcomes: [a.failed({ kind: 'OnlineDeployment', parent: name, name: 'green' })],
    }).answers
    return answer?.result
  }
  expect(answerAfter('fraud')).toBe('pending')
  expect(answerAfter('churn')).toBe('accepted')
})
