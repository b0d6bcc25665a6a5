import { describe, expect, test } from '@jest/globals'
import type { Json } from '../../../src/sandbox/core/contract.ts'
import { invokeBatch } from '../../../src/sandbox/core/machine.ts'
import { deploymentBody, endpointBody, HOUR, member, shop, World } from './support.ts'

const SENT = { year: 202208, share: 0.25, on: true, off: false, name: 'a' }
const READ = { year: '202208', share: '0.25', on: 'true', off: 'false', name: 'a' }

const asset = (more: { [key: string]: Json }) => ({
  properties: { modelUri: 'azureml://x/y', image: 'i', codeUri: 'https://a/b', ...more },
})
const data = (more: { [key: string]: Json }) => ({
  properties: { dataUri: 'azureml://x/y', dataType: 'uri_file', ...more },
})
const batch = (more: { [key: string]: Json }) => ({
  location: 'eastus',
  properties: { authMode: 'AADToken', ...more },
})

describe('a map of texts that a client sends numbers and booleans in', () => {
  test.each([
    ['tags of an endpoint', 'onlineEndpoints/extra', 'tags', { ...endpointBody(), tags: SENT }],
    [
      'properties of an endpoint',
      'onlineEndpoints/extra',
      'properties.properties',
      endpointBody({ properties: SENT }),
    ],
    ['tags of a batch endpoint', 'batchEndpoints/extra', 'tags', { ...batch({}), tags: SENT }],
    [
      'properties of a batch endpoint',
      'batchEndpoints/extra',
      'properties.properties',
      batch({ properties: SENT }),
    ],
    [
      'variables of a deployment',
      'onlineEndpoints/shop/deployments/blue',
      'properties.environmentVariables',
      deploymentBody({ environmentVariables: SENT }),
    ],
    [
      'tags of a deployment',
      'onlineEndpoints/shop/deployments/blue',
      'tags',
      { ...deploymentBody(), tags: SENT },
    ],
    ['tags of a model', 'models/m/versions/1', 'properties.tags', asset({ tags: SENT })],
    ['tags of a model container', 'models/m', 'properties.tags', { properties: { tags: SENT } }],
    [
      'a flavor of a model',
      'models/m/versions/1',
      'properties.flavors.sklearn.data',
      asset({ flavors: { sklearn: { data: SENT } } }),
    ],
    [
      'properties of an environment',
      'environments/m/versions/1',
      'properties.properties',
      asset({ properties: SENT }),
    ],
    [
      'properties of code',
      'codes/m/versions/1',
      'properties.properties',
      asset({ properties: SENT }),
    ],
    ['tags of data', 'data/m/versions/1', 'properties.tags', data({ tags: SENT })],
  ] as const)('holds texts when it is read: %s', (_, path, place, body) => {
    const world = shop()
    const put = world.send('PUT', path, body)
    expect([put.status, member(put.json, place)]).toMatchObject([expect.any(Number), READ])
    world.pass(HOUR)
    expect(member(world.send('GET', path).json, place)).toMatchObject(READ)
  })

  test('holds texts after a PATCH, in which null still removes', () => {
    const world = shop()
    world.send('PATCH', 'onlineEndpoints/shop', { tags: { year: 2026, gone: 'x' } })
    world.pass(HOUR)
    world.send('PATCH', 'onlineEndpoints/shop', { tags: { gone: null } })
    world.pass(HOUR)
    expect(world.send('GET', 'onlineEndpoints/shop').json.tags).toEqual({ year: '2026' })
  })

  test.each([
    ['onlineEndpoints/extra', { ...endpointBody(), tags: { a: { b: 1 } } }, 'tags.a'],
    [
      'onlineEndpoints/extra',
      endpointBody({ properties: { a: ['x'] } }),
      'properties.properties.a',
    ],
    ['models/m/versions/1', asset({ tags: { a: {} } }), 'properties.tags.a'],
  ])('is refused with its place when it holds anything else: %s', (path, body, place) => {
    const world = new World()
    const refused = world.send('PUT', path, body)
    expect([refused.status, member(refused.json, 'error.code')]).toEqual([
      400,
      'InvalidRequestContent',
    ])
    expect(member(refused.json, 'error.message')).toContain(`'${place}' must be a text.`)
    expect(world.send('GET', path).status).toBe(404)
  })

  test('finds code by a hash whose version was sent as a number', () => {
    const world = new World()
    const properties = { hash_sha256: 'abc', hash_version: 202208 }
    world.send('PUT', 'codes/one/versions/1', asset({ properties }))
    const found = world.send('GET', 'codes/two/versions?hash=abc&hashVersion=202208').json
    expect(member(found, 'value.0.properties.properties')).toEqual({
      hash_sha256: 'abc',
      hash_version: '202208',
    })
  })

  test('is left as it is where a cluster keeps what is no map of texts', () => {
    const world = new World()
    const scaleSettings = { minNodeCount: 0, maxNodeCount: 2 }
    const properties = { vmSize: 'STANDARD_DS3_V2', scaleSettings, enableNodePublicIp: true }
    world.send('PUT', 'computes/c', {
      location: 'eastus',
      properties: { computeType: 'AmlCompute', properties },
    })
    world.pass(HOUR)
    const read = world.send('GET', 'computes/c').json
    expect(member(read, 'properties.properties.enableNodePublicIp')).toBe(true)
  })
})

describe('a request for a batch job', () => {
  const inputData = { a: { uri: 'azureml:x:1', jobInputType: 'UriFolder' } }
  const principal = { objectId: 'someone' }

  function asked(more: { [key: string]: Json }) {
    const world = new World()
    world.send('PUT', 'models/m/versions/1', asset({}))
    world.send('PUT', 'batchEndpoints/nightly', batch({}))
    world.pass(HOUR)
    const compute = 'azureml:cpu-cluster'
    world.send('PUT', 'batchEndpoints/nightly/deployments/blue', {
      location: 'eastus',
      properties: { compute, model: { referenceType: 'Id', assetId: 'azureml:m:1' } },
    })
    world.pass(HOUR)
    const body = { properties: { inputData, ...more } }
    const job = { endpoint: 'nightly', deployment: 'blue', body, principal }
    return { world, answer: invokeBatch(world.state, job, world.now) }
  }

  test('keeps its tags as texts, and refuses what is none', () => {
    const { answer } = asked({ tags: { year: 2026 } })
    expect(answer.status).toBe(201)
    expect(member(answer.body, 'properties.tags.year')).toBe('2026')
    expect(asked({ properties: { a: [] } }).answer).toMatchObject({
      status: 400,
      body: { error: { code: 'InvalidRequestContent' } },
    })
  })

  test.each([
    [
      'among its properties, as azure-ai-ml sends it',
      { properties: { experimentName: 'trial' } },
      'trial',
    ],
    ['beside them', { experimentName: 'trial' }, 'trial'],
    ['not at all: that of the endpoint', {}, 'nightly'],
  ])('names its experiment %s', (_, more, experiment) => {
    const { world, answer } = asked(more)
    const job = world.send('GET', `jobs/${member(answer.body, 'name')}`).json
    expect(member(job, 'properties.experimentName')).toBe(experiment)
  })
})
