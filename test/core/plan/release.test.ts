import { describe, expect, test } from '@jest/globals'
import { valueAt, withValue } from '../../../src/core/model/values/pointer.ts'
import { deployment, desiredOf, endpoint } from '../../support/desired.ts'
import { story, Turns } from '../../support/world.ts'

const FRAUD = { kind: 'OnlineEndpoint', name: 'fraud' } as const
const BLUE = { kind: 'OnlineDeployment', parent: 'fraud', name: 'blue' } as const
const bare = desiredOf('OnlineEndpoint', { name: 'fraud' })

describe('what Git stops declaring', () => {
  test('goes although the applied manifest names a label that no longer resolves', () => {
    const turns = new Turns([
      endpoint('fraud'),
      deployment('fraud', 'blue', {
        model: 'azureml:fraud@latest',
        environment_variables: { A: '1', DEBUG: '1' },
      }),
    ])
    turns.world = { ...turns.world, labels: { 'Model/fraud@latest': '7' } }
    turns.settle()
    turns.world = { ...turns.world, labels: {} }
    const variables = { environment_variables: { A: '1' } }
    turns.commit(
      [endpoint('fraud'), deployment('fraud', 'blue', { model: 'azureml:fraud:8', ...variables })],
      'c2',
    )
    expect(story(turns.settle())).toEqual(['update_online_deployment blue'])
    const body = turns.body(BLUE) ?? {}
    expect(valueAt(body, '/properties/environmentVariables')).toEqual({ A: '1' })
  })

  test('auth_mode: what every PUT needs is set back, not left out', () => {
    const turns = new Turns(desiredOf('OnlineEndpoint', { name: 'fraud', auth_mode: 'aml_token' }))
    turns.settle()
    turns.commit(bare, 'c2')
    expect(story(turns.settle())).toEqual(['update_endpoint fraud'])
    expect(valueAt(turns.body(FRAUD) ?? {}, '/properties/authMode')).toBe('Key')
    expect(turns.plan().changes).toEqual([])
  })

  const assigned = {
    type: 'user_assigned',
    user_assigned_identities: [
      {
        resource_id:
          '/subscriptions/00000000-0000-4000-8000-000000000000/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/u',
      },
    ],
  }

  test.each([
    ['taken away', { identity: assigned }, {}],
    ['added', {}, { identity: assigned }],
    ['of another type', { identity: { type: 'system_assigned' } }, { identity: assigned }],
  ])(
    'identity: Azure cannot change it in place, so that it is said and not tried: %s',
    (_, before, after) => {
      const fields = { name: 'fraud', auth_mode: 'key' }
      const turns = new Turns(desiredOf('OnlineEndpoint', { ...fields, ...before }))
      turns.settle()
      turns.commit(desiredOf('OnlineEndpoint', { ...fields, ...after }), 'c2')
      expect(turns.settle()).toEqual([])
      expect(turns.plan().held).toMatchObject([
        { reason: 'CannotChangeInPlace', message: expect.stringContaining('/identity') },
      ])
    },
  )

  test('instance_count: the live number stays, through later writes too', () => {
    const turns = new Turns([endpoint('fraud'), deployment('fraud', 'blue', { instance_count: 3 })])
    turns.settle()
    turns.meddle(BLUE, (body) => withValue(body, '/sku/tier', 'Standard'))
    const without = (fields: object) => {
      const { instance_count: _, ...spec } = deployment('fraud', 'blue', { ...fields }).spec
      return [endpoint('fraud'), { ...deployment('fraud', 'blue'), spec }]
    }
    turns.commit(without({}), 'c2')
    expect(turns.settle()).toEqual([])
    turns.commit(without({ tags: { team: 'risk' } }), 'c3')
    const [action] = turns.settle()
    expect(action?.body?.sku).toEqual({ name: 'Default', capacity: 3, tier: 'Standard' })
  })
})
