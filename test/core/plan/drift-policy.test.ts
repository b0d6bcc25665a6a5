import { describe, expect, test } from '@jest/globals'
import type { SyncPolicy } from '../../../src/core/model/application.ts'
import { withValue } from '../../../src/core/model/values/pointer.ts'
import { driftPolicyOf } from '../../../src/core/plan/compare/drift-policy.ts'
import { deployment, endpoint } from '../../support/desired.ts'
import { SYNC, story, Turns } from '../../support/world.ts'

const FRAUD = { kind: 'OnlineEndpoint', name: 'fraud' } as const
const BLUE = { kind: 'OnlineDeployment', parent: 'fraud', name: 'blue' } as const

type Policy = Pick<SyncPolicy, 'drift' | 'driftByKind'>

describe('the policy for drift of a resource', () => {
  const said = { ...endpoint('fraud'), policy: { drift: 'correct' } } as const

  test.each<[string, Policy, ReturnType<typeof endpoint> | undefined, SyncPolicy['drift']]>([
    ['the Application’s', { drift: 'report' }, endpoint('fraud'), 'report'],
    [
      'its kind’s, before the Application’s',
      { drift: 'report', driftByKind: { OnlineEndpoint: 'ignore' } },
      endpoint('fraud'),
      'ignore',
    ],
    [
      'the Application’s where only another kind has one',
      { drift: 'report', driftByKind: { OnlineDeployment: 'ignore' } },
      endpoint('fraud'),
      'report',
    ],
    [
      'its annotation’s, before its kind’s',
      { drift: 'report', driftByKind: { OnlineEndpoint: 'ignore' } },
      said,
      'correct',
    ],
    [
      'its kind’s where no manifest could be read',
      { drift: 'report', driftByKind: { OnlineEndpoint: 'ignore' } },
      undefined,
      'ignore',
    ],
  ])('is %s', (_, sync, desired, policy) => {
    expect(driftPolicyOf(FRAUD, desired, sync)).toBe(policy)
  })
})

describe('where a kind has a policy of its own', () => {
  function drifted(sync: Policy): Turns {
    const turns = new Turns([
      endpoint('fraud', { description: 'a' }),
      deployment('fraud', 'blue', { description: 'a' }),
    ])
    turns.input = { ...turns.input, sync: { ...SYNC, ...sync } }
    turns.settle()
    for (const ref of [FRAUD, BLUE])
      turns.meddle(ref, (body) => withValue(body, '/properties/description', 'mine'))
    return turns
  }

  test.each([
    ['report', { sync: 'out_of_sync', drift: 'report' }, 'DriftReported'],
    ['ignore', { sync: 'synced', drift: 'ignore' }, undefined],
  ] as const)(
    '%s holds for that kind only, and the other one is corrected',
    (policy, finding, reason) => {
      const turns = drifted({ drift: 'correct', driftByKind: { OnlineEndpoint: policy } })
      const { findings, held } = turns.plan()
      expect(findings.find(({ ref }) => ref.kind === 'OnlineEndpoint')).toMatchObject(finding)
      expect(held.map((one) => one.reason)).toEqual(reason === undefined ? [] : [reason])
      expect(story(turns.settle())).toEqual(['update_online_deployment blue'])
      expect(turns.body(FRAUD)?.properties).toMatchObject({ description: 'mine' })
    },
  )

  test('correct holds for that kind beside an Application that reports', () => {
    const turns = drifted({ drift: 'report', driftByKind: { OnlineEndpoint: 'correct' } })
    expect(story(turns.settle())).toEqual(['update_endpoint fraud'])
    expect(turns.body(BLUE)?.properties).toMatchObject({ description: 'mine' })
  })
})
