import { describe, expect, test } from '@jest/globals'
import type { Desired } from '../../../src/core/model/desired.ts'
import type { KindName } from '../../../src/core/model/ref.ts'
import { valueAt, withValue } from '../../../src/core/model/values/pointer.ts'
import { deployment, endpoint } from '../../support/desired.ts'
import { SYNC, story, Turns } from '../../support/world.ts'
import { explicit, template, traffic, until } from '../rollout/play.ts'

const FRAUD = { kind: 'OnlineEndpoint', name: 'fraud' } as const
const BLUE = { kind: 'OnlineDeployment', parent: 'fraud', name: 'blue' } as const
const tagged = { tags: { team: 'risk' } }

function ignoring(kind: KindName, path: string, desired: readonly Desired[]): Turns {
  const turns = new Turns(desired)
  const ignoreDifferences = [{ kind, path, reason: 'another tool moves it' }]
  turns.input = { ...turns.input, sync: { ...SYNC, ignoreDifferences } }
  turns.settle()
  return turns
}

test('what the policy for drift ignores is told, and only as long as nothing else is to be written', () => {
  const turns = new Turns([endpoint('fraud', { description: 'a' })])
  turns.input = { ...turns.input, sync: { ...SYNC, drift: 'ignore' } }
  turns.settle()
  turns.meddle(FRAUD, (body) => withValue(body, '/properties/description', 'mine'))
  const ignored = { path: '/properties/description', live: 'mine', desired: 'a' }
  expect(turns.plan().findings).toMatchObject([
    { sync: 'synced', differences: [], ignored: [{ ...ignored, why: 'drift: ignore' }] },
  ])
  turns.commit([endpoint('fraud', { description: 'b' })], 'c2')
  expect(turns.plan().findings[0]?.ignored).toBeUndefined()
})

describe('a field that a rule ignores', () => {
  test('keeps its live value when something else of the thing is written', () => {
    const turns = ignoring('OnlineDeployment', '/sku/capacity', [
      endpoint('fraud'),
      deployment('fraud', 'blue', { instance_count: 2 }),
    ])
    turns.meddle(BLUE, (body) => withValue(body, '/sku/capacity', 9))
    expect(turns.settle()).toEqual([])
    turns.commit(
      [endpoint('fraud'), deployment('fraud', 'blue', { instance_count: 2, ...tagged })],
      'c2',
    )
    expect(story(turns.settle())).toEqual(['update_online_deployment blue'])
    expect(turns.body(BLUE)?.sku).toMatchObject({ capacity: 9 })
    expect(turns.body(BLUE)?.tags).toMatchObject({ team: 'risk' })
  })

  test('is told with both values and the reason of the rule, and is no drift', () => {
    const turns = ignoring('OnlineDeployment', '/sku', [
      endpoint('fraud'),
      deployment('fraud', 'blue', { instance_count: 2 }),
    ])
    const seen = () => turns.plan().findings.find(({ ref }) => ref.name === 'blue')
    expect(seen()?.ignored).toBeUndefined()
    turns.meddle(BLUE, (body) => withValue(body, '/sku/capacity', 9))
    expect(seen()).toMatchObject({
      sync: 'synced',
      differences: [],
      ignored: [{ path: '/sku/capacity', live: 9, desired: 2, why: 'another tool moves it' }],
    })
  })

  test('is written all the same when the thing is made', () => {
    const turns = ignoring('OnlineDeployment', '/sku/capacity', [
      endpoint('fraud'),
      deployment('fraud', 'blue', { instance_count: 2 }),
    ])
    expect(turns.body(BLUE)?.sku).toMatchObject({ capacity: 2 })
  })

  test.each(['/properties/traffic', '/properties'])(
    '%s: live traffic stays as it is through every other write',
    (path) => {
      const both = [deployment('fraud', 'blue'), deployment('fraud', 'green')]
      const traffic = { traffic: { blue: 100 } }
      const turns = ignoring('OnlineEndpoint', path, [endpoint('fraud', traffic), ...both])
      const moved = { blue: 50, green: 50 }
      turns.meddle(FRAUD, (body) => withValue(body, '/properties/traffic', moved))
      expect(turns.settle()).toEqual([])
      turns.commit([endpoint('fraud', { ...traffic, ...tagged }), ...both], 'c2')
      expect(story(turns.settle())).toEqual(['update_endpoint fraud'])
      expect(valueAt(turns.body(FRAUD) ?? {}, '/properties/traffic')).toEqual(moved)
      expect(turns.plan().findings.map(({ sync }) => sync)).toEqual(['synced', 'synced', 'synced'])
    },
  )

  test('who is served in a rollout is never left to others', () => {
    const turns = ignoring('OnlineEndpoint', '/properties', template(1))
    turns.meddle(FRAUD, (body) => withValue(body, '/properties/traffic', {}))
    turns.settle()
    expect(valueAt(turns.body(FRAUD) ?? {}, '/properties/traffic')).toEqual({ blue: 100 })
  })

  test('where a rollout has its users by now is not told as left to others', () => {
    const turns = ignoring('OnlineEndpoint', '/properties', explicit('blue', { blue: 1 }))
    turns.commit(explicit('green', { blue: 1, green: 2 }), 'c2')
    until(turns, () => traffic(turns).green === 10)
    expect(turns.plan().findings.flatMap(({ ignored = [] }) => ignored)).toEqual([])
  })

  test('that Git stops declaring is not released', () => {
    const turns = ignoring('OnlineDeployment', '/properties/environmentVariables/LEVEL', [
      endpoint('fraud'),
      deployment('fraud', 'blue', { environment_variables: { LEVEL: 'info', A: '1' } }),
    ])
    turns.commit(
      [endpoint('fraud'), deployment('fraud', 'blue', { environment_variables: { A: '2' } })],
      'c2',
    )
    turns.settle()
    expect(valueAt(turns.body(BLUE) ?? {}, '/properties/environmentVariables')).toEqual({
      LEVEL: 'info',
      A: '2',
    })
  })
})
