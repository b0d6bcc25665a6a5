import { describe, expect, test } from '@jest/globals'
import type { Plan } from '../../../src/core/model/plan.ts'
import type { Outcome, Report } from '../../../src/core/model/report.ts'
import { reportOf } from '../../../src/core/report/report.ts'
import { copyOf } from '../../support/copy.ts'
import { deployment, endpoint } from '../../support/desired.ts'
import * as a from '../../support/report.ts'
import { Turns } from '../../support/world.ts'

const FRAUD = a.endpoint('fraud')

function settled(): Turns {
  const turns = new Turns([
    endpoint('fraud', { traffic: { blue: 100 } }),
    deployment('fraud', 'blue'),
    endpoint('spam'),
  ])
  turns.settle()
  return turns
}

interface Look {
  readonly plan: Plan
  readonly outcomes?: readonly Outcome[]
  readonly revision?: string
}

/** Reports of these plans, one after the other, a minute each. */
function reports(looks: readonly Look[]): readonly Report[] {
  const made: Report[] = []
  for (const [place, { plan, outcomes = [], revision = 'c1' }] of looks.entries()) {
    const at = a.START + place * 60_000
    made.push(
      reportOf({
        ...{ application: 'app', tick: place, startedAt: at, endedAt: at + 1, dryRun: false },
        source: { problems: [], appliedRevision: revision },
        ...{ plan, outcomes, intents: [], previous: made.at(-1) },
      }),
    )
  }
  return made
}

describe('how a thing stands', () => {
  test('is the same object in each report as long as the plan finds the same', () => {
    const turns = settled()
    const [, one, other] = reports(
      [turns.plan(), turns.plan(), turns.plan()].map((plan) => ({ plan })),
    )
    expect(one?.resources.length).toBe(3)
    for (const [place, status] of (one?.resources ?? []).entries()) {
      expect(other?.resources[place]).toBe(status)
      expect(other?.plan.findings[place]).toBe(one?.plan.findings[place])
    }
  })

  test('is told as if it was told for the first time, whatever was told before', () => {
    const turns = settled()
    const plan = turns.plan()
    const [finding] = plan.findings
    const held = [{ ref: FRAUD, state: 'blocked', reason: 'Paused', message: 'x' }] as const
    const failed = a.failed(FRAUD, { message: 'x' })
    const looks: readonly Look[] = [
      { plan },
      { plan: { ...plan, held } },
      { plan },
      { plan },
      { plan, revision: 'c2' },
      { plan, revision: 'c2' },
      { plan },
      { plan, outcomes: [failed] },
      { plan },
      { plan: { ...plan, findings: plan.findings.slice(1) } },
      { plan },
      {
        plan: {
          ...plan,
          findings: [{ ...finding, health: 'degraded' }, ...plan.findings.slice(1)],
        } as Plan,
      },
      { plan },
    ]
    const anew = looks.map((look) => ({ ...look, plan: copyOf(look.plan) }))
    expect(reports(looks)).toEqual(reports(anew))
  })
})
