import { describe, expect, test } from '@jest/globals'
import { basisOf } from '../../../src/core/model/basis.ts'

const body = {
  id: '/x',
  tags: { a: '1' },
  systemData: { lastModifiedAt: '2024-01-01T00:00:00Z' },
  properties: {
    provisioningState: 'Succeeded',
    traffic: { blue: 100 },
    properties: { AzureAsyncOperationUri: 'https://x/1', 'azureml.onlineendpointid': '/x' },
  },
}

describe('the basis of a write', () => {
  test('is "absent" when there is nothing', () => {
    expect(basisOf(undefined)).toBe('absent')
  })

  test('is 16 hex digits and does not depend on the order of keys', () => {
    expect(basisOf(body)).toMatch(/^[0-9a-f]{16}$/)
    expect(basisOf({ properties: body.properties, tags: body.tags, id: body.id })).toBe(
      basisOf(body),
    )
  })

  test.each([
    ['systemData', { ...body, systemData: { lastModifiedAt: '2025-01-01T00:00:00Z' } }],
    ['provisioningState', { ...body, properties: { ...body.properties, provisioningState: 'X' } }],
    [
      'AzureAsyncOperationUri',
      {
        ...body,
        properties: {
          ...body.properties,
          properties: { ...body.properties.properties, AzureAsyncOperationUri: 'https://x/2' },
        },
      },
    ],
  ])('does not move with %s', (_, moved) => {
    expect(basisOf(moved)).toBe(basisOf(body))
  })

  test.each([
    ['a foreign tag', { ...body, tags: { a: '2' } }],
    ['traffic', { ...body, properties: { ...body.properties, traffic: { blue: 90, green: 10 } } }],
    ['an unknown field', { ...body, properties: { ...body.properties, brandNew: null } }],
  ])('moves with %s', (_, moved) => {
    expect(basisOf(moved)).not.toBe(basisOf(body))
  })
})
