import { describe, expect, test } from '@jest/globals'
import { readManifests } from '../../../src/core/manifests/read.ts'
import { hasErrors } from '../../../src/core/model/problem.ts'
import { snapshotOf } from '../../support/snapshot.ts'
import { CANARY, reading, stepsFile, TEMPLATE, type Texts, told } from './rollout-repository.ts'

const SCHEMAS = 'https://azuremlschemas.azureedge.net/latest'

const deployment = (name: string, count: number, endpoint = 'fraud') =>
  `$schema: ${SCHEMAS}/managedOnlineDeployment.schema.json
name: ${name}
endpoint_name: ${endpoint}
model: azureml:fraud:1
environment: azureml:fraud-env:1
instance_type: Standard_DS3_v2
instance_count: ${count}
`

const onCluster = (name: string, endpoint: string, count = 1) =>
  `$schema: ${SCHEMAS}/kubernetesOnlineDeployment.schema.json
name: ${name}
type: kubernetes
endpoint_name: ${endpoint}
model: azureml:fraud:1
environment: azureml:fraud-env:1
instance_count: ${count}
`

const endpoint = (name: string, compute?: string) =>
  `$schema: ${SCHEMAS}/${compute === undefined ? 'managed' : 'kubernetes'}OnlineEndpoint.schema.json
name: ${name}
auth_mode: key
${compute === undefined ? '' : `compute: ${compute}\n`}`

const many = (count: number, file: (name: string) => string): Texts =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`n${at}.yml`, file(`n-${at}`)]))

function warned(files: Texts): readonly string[] {
  const read = readManifests({ snapshot: snapshotOf(files), variables: {} })
  expect(hasErrors(read.problems)).toBe(false)
  return told(read).filter((one) => one.startsWith('ServiceLimit'))
}

describe('more than Azure allows by its published limits is a warning', () => {
  test.each<[string, Texts, string | undefined]>([
    ['fifty instances', { 'd.yml': deployment('blue', 50) }, undefined],
    [
      'one more',
      { 'd.yml': deployment('blue', 51) },
      'ServiceLimit d.yml:7:17 51 instances: Azure allows 50 in a deployment, unless',
    ],
    ['on a cluster of one’s own', { 'd.yml': onCluster('blue', 'fraud', 200) }, undefined],
    ['twenty deployments', many(20, (name) => deployment(name, 1)), undefined],
    [
      'twenty-one, and the endpoint has its place',
      { 'a.yml': endpoint('fraud'), ...many(21, (name) => deployment(name, 1)) },
      'ServiceLimit a.yml:1:1 21 deployments of "fraud": Azure allows 20 of an endpoint, unless',
    ],
    [
      'of an endpoint that is kept elsewhere',
      many(21, (name) => deployment(name, 1)),
      'n0.yml:1:1 21 deployments of "fraud"',
    ],
    ['a hundred endpoints', many(100, (name) => endpoint(name)), undefined],
    [
      'a hundred and one',
      many(101, (name) => endpoint(name)),
      '101 endpoints are declared: Azure allows 100 in a region',
    ],
    [
      'sixty-one of one cluster',
      many(61, (name) => endpoint(name, 'azureml:k8s')),
      '61 endpoints are declared: Azure allows 60 on a cluster',
    ],
    [
      'sixty-one of two clusters',
      many(61, (name) => endpoint(name, name === 'n-0' ? 'azureml:one' : 'azureml:two')),
      undefined,
    ],
  ])('%s', (_, files, said) => {
    expect(warned(files)).toEqual(said === undefined ? [] : [expect.stringContaining(said)])
  })

  test('in a Rollout: the template’s instances, those of a step, and both slots', () => {
    const greedy = TEMPLATE.replace('instance_count: 4', 'instance_count: 60')
    expect(told(reading(greedy + CANARY))).toEqual([
      expect.stringContaining('ServiceLimit rollout.yml:10:21 60 instances'),
    ])
    expect(
      told(reading(TEMPLATE + stepsFile('setScale: { instances: 51 }', 'setWeight: 10'))),
    ).toEqual([expect.stringMatching(/^ServiceLimit rollout\.yml:14:\d+ 51 instances/)])
    const beside = many(19, (name) => deployment(name, 1))
    expect(told(reading(TEMPLATE + CANARY, beside))).toEqual([
      expect.stringContaining('21 deployments of "fraud"'),
    ])
  })
})
