import { describe, expect, test } from '@jest/globals'
import type { Desired } from '../../../src/core/model/desired.ts'
import { valueAt, withValue } from '../../../src/core/model/pointer.ts'
import type { KindName } from '../../../src/core/model/ref.ts'
import { deployment, endpoint } from '../../support/desired.ts'
import { SYNC, story, Turns } from '../../support/world.ts'
import { template } from '../rollout/play.ts'

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
