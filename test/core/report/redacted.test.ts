import { describe, expect, test } from '@jest/globals'
import { reportOf } from '../../../src/core/report/report.ts'
import * as a from '../../support/report.ts'
import { SECRET_KINDS, secretsOf } from '../../support/secrets.ts'

type Input = Parameters<typeof reportOf>[0]

/** A report with one text in every place that a person or Azure can fill. */
function reportWith(text: string) {
  const ref = a.endpoint('fraud')
  const difference = { path: '/tags/note', live: text, desired: { deep: [text], [text]: 1 } }
  const change = { ref, verb: 'update', reason: 'Update', differences: [difference] } as const
  const witness = { path: '/tags/note', value: text }
  const onto = { fields: [witness], dropped: [], witness }
  const action = {
    ...{ ...change, operation: 'update_endpoint' as const, generation: '', content: '', basis: '' },
    onto,
  } as const
  const failure = { reason: 'Unreachable', message: text }
  const finding = { ...a.resource(ref, { differences: [difference] }), undeclared: [text] }
  return reportOf({
    ...{ application: 'fraud-prod', tick: 1, dryRun: false, previous: undefined },
    ...{ startedAt: a.START, endedAt: a.START, intents: [], cloudFailure: failure },
    outcomes: [a.failed(ref, { message: text })],
    source: {
      ...{ attemptedRevision: 'c0ffee', appliedRevision: 'c0ffee', failure },
      problems: [a.problem({ message: text, at: { file: text, line: 1, column: 1 } })],
    },
    plan: a.plan({
      ...{ findings: [finding], changes: [change], actions: [action] },
      held: [{ ref, state: 'blocked', reason: 'Paused', message: text }],
    }),
  } as Input)
}

describe('a report', () => {
  test.each(secretsOf(SECRET_KINDS.length, 17))('has no secret of the kind %#', (one) => {
    const report = JSON.stringify(reportWith(one.text))
    expect(report).not.toContain(one.secret)
    expect(report).not.toContain(JSON.stringify(one.secret).slice(1, -1))
  })

  test('hides whatever stands under the name of a secret', () => {
    const differences = [{ path: '/properties/connectionString', live: 'x', desired: undefined }]
    const plan = a.plan({ changes: [{ ...CHANGE, differences }] })
    expect(reported(plan).plan.changes[0]?.differences).toEqual([
      { path: '/properties/connectionString', live: '[redacted]', desired: undefined },
    ])
  })

  test('keeps a long value whole: what differs may be its end', () => {
    const text = `${'word '.repeat(2_000)}end`
    const differences = [{ path: '/properties/description', live: text, desired: `${text}!` }]
    const plan = a.plan({ changes: [{ ...CHANGE, differences }] })
    expect(reported(plan).plan.changes[0]?.differences).toEqual(differences)
  })

  test('keeps numbers, names and bodies as they are', () => {
    const body = { properties: { secret: 'for Azure' } }
    const plan = a.plan({
      changes: [{ ...CHANGE, differences: [{ path: '/sku/capacity', live: 1, desired: 2 }] }],
      actions: [{ ...CHANGE, differences: [], body }],
    } as never)
    expect(reported(plan).plan).toEqual(plan)
  })
})

const CHANGE = { ref: a.endpoint('fraud'), verb: 'update', reason: 'Update' } as const

function reported(plan: Input['plan'] & object) {
  return reportOf({
    ...{ application: 'fraud-prod', tick: 1, dryRun: false, previous: undefined },
    ...{ startedAt: a.START, endedAt: a.START, outcomes: [], intents: [] },
    source: { attemptedRevision: 'c0ffee', appliedRevision: 'c0ffee', problems: [] },
    plan,
  })
}
