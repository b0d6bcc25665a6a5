import { describe, expect, test } from '@jest/globals'
import type { Json } from '../../../src/sandbox/core/contract.ts'
import { restoreWorkspace } from '../../../src/sandbox/core/machine.ts'
import { endpointBody, HOUR, member, OPTIONS, WORKSPACE, World } from './support.ts'

const dataUri = 'azureml://datastores/workspaceblobstore/paths/x'
const CLUSTER = `${WORKSPACE}/computes/k8s-cluster`

describe('a data asset', () => {
  test('makes its container, counts its versions, and shows its URI in full', () => {
    const world = new World()
    const properties = { dataType: 'uri_folder', dataUri }
    expect(world.send('PUT', 'data/d/versions/1', { properties }).status).toBe(201)
    const container = world.send('GET', 'data/d').json
    expect(container.properties).toMatchObject({
      dataType: 'uri_folder',
      latestVersion: '1',
      nextVersion: '2',
    })
    const version = world.send('GET', 'data/d/versions/1').json
    expect(member(version, 'properties.dataUri')).toMatch(/^azureml:\/\/subscriptions\//)
    expect(world.send('GET', 'data').json.value).toHaveLength(1)
    expect(world.send('GET', 'data/none').status).toBe(404)
  })

  test('keeps its content for good, and can be described and archived', () => {
    const world = new World()
    const properties = { dataType: 'uri_file', dataUri }
    world.send('PUT', 'data/d/versions/1', { properties })
    const again = { ...properties, description: 'new', isArchived: true }
    expect(world.send('PUT', 'data/d/versions/1', { properties: again }).status).toBe(200)
    expect(world.send('GET', 'data/d/versions').json.value).toEqual([])
    const other = world.send('PUT', 'data/d/versions/1', {
      properties: { ...properties, dataUri: `${dataUri}2` },
    })
    expect(member(other.json, 'error.code')).toBe('UserError')
    expect(member(other.json, 'error.message')).toMatch(
      /^A data version with this name and version already exists\./,
    )
  })

  test.each([
    [{ dataType: 'uri_folder', dataUri }, /must be uri_file/],
    [{ dataType: 'table', dataUri }, /must be/],
    [{ dataType: 'uri_file' }, /needs dataUri/],
  ])('refuses %j beside a version that is a file', (properties, message) => {
    const world = new World()
    world.send('PUT', 'data/d/versions/1', { properties: { dataType: 'uri_file', dataUri } })
    const sent = world.send('PUT', 'data/d/versions/2', { properties })
    expect(sent.status).toBe(400)
    expect(member(sent.json, 'error.message')).toMatch(message)
  })
})

describe('computes', () => {
  test('are there from the start, also in a workspace from before', () => {
    const world = new World()
    expect(member(world.send('GET', 'computes/cpu-cluster').json, 'properties.computeType')).toBe(
      'AmlCompute',
    )
    const kept = JSON.parse(JSON.stringify(world.state))
    kept.resources = {}
    const restored = restoreWorkspace(kept, OPTIONS, world.now)
    expect(Object.keys(restored.resources)).toHaveLength(4)
  })

  test('can be made, changed and deleted', () => {
    const world = new World()
    const body = {
      location: 'eastus',
      properties: { computeType: 'AmlCompute', properties: { vmSize: 'Standard_DS2_v2' } },
    }
    const created = world.send('PUT', 'computes/gpu-cluster', body)
    expect([created.status, member(created.json, 'properties.provisioningState')]).toEqual([
      201,
      'Creating',
    ])
    const operation = created.headers['Azure-AsyncOperation'] ?? ''
    expect(world.send('GET', operation).json).toEqual({ status: 'InProgress' })
    world.pass(HOUR)
    expect(world.send('GET', operation).json.status).toBe('Succeeded')
    const got = world.send('GET', 'computes/gpu-cluster').json
    expect(member(got, 'properties.properties.vmSize')).toBe('STANDARD_DS2_V2')
    expect(
      world.send('DELETE', 'computes/gpu-cluster?underlyingResourceAction=Delete').status,
    ).toBe(202)
    world.pass(HOUR)
    expect(world.send('GET', 'computes/gpu-cluster').status).toBe(404)
  })
})

describe('an endpoint on Kubernetes', () => {
  function onCluster(properties: { [key: string]: Json } = {}) {
    return endpointBody({ compute: CLUSTER, ...properties })
  }

  const deployment = (properties: { [key: string]: Json } = {}) => ({
    location: 'eastus',
    sku: { name: 'Default', capacity: 1 },
    properties: { endpointComputeType: 'Kubernetes', ...properties },
  })

  test('keeps its compute, its scaling and its resources', () => {
    const world = new World()
    expect(world.send('PUT', 'onlineEndpoints/edge', onCluster()).json).toMatchObject({
      kind: 'K8S',
    })
    world.pass(HOUR)
    const containerResourceRequirements = {
      containerResourceRequests: { cpu: '100m', memory: '0.5Gi', gpu: null },
      containerResourceLimits: { cpu: '1', memory: '1Gi' },
    }
    const path = 'onlineEndpoints/edge/deployments/blue'
    const instanceType = 'defaultInstanceType'
    world.send('PUT', path, deployment({ containerResourceRequirements, instanceType }))
    world.pass(HOUR)
    expect(world.send('GET', path).json.properties).toMatchObject({
      provisioningState: 'Succeeded',
      endpointComputeType: 'Kubernetes',
      scaleSettings: { scaleType: 'TargetUtilization', maxInstances: 1 },
      containerResourceRequirements,
    })
  })

  test('has resources to read where it was given none', () => {
    const world = new World()
    world.send('PUT', 'onlineEndpoints/edge', onCluster())
    world.pass(HOUR)
    const path = 'onlineEndpoints/edge/deployments/blue'
    world.send('PUT', path, deployment({ instanceType: 'defaultInstanceType' }))
    world.pass(HOUR)
    expect(
      member(world.send('GET', path).json, 'properties.containerResourceRequirements'),
    ).toEqual({ containerResourceRequests: null, containerResourceLimits: null })
  })

  test.each([
    ['a compute that is not there', 'Compute', { compute: `${WORKSPACE}/computes/none` }],
    ['a cluster of another kind', 'Compute', { compute: `${WORKSPACE}/computes/cpu-cluster` }],
    ['mirrored traffic', 'MirrorTraffic', { mirrorTraffic: { blue: 10 } }],
    ['Entra tokens', 'AuthMode', { authMode: 'AADToken' }],
  ])('is refused with %s', (_, field, properties) => {
    const sent = new World().send('PUT', 'onlineEndpoints/edge', onCluster(properties))
    expect(member(sent.json, 'error.details.0.message')).toContain(`{"${field}":[`)
  })

  test.each([
    [
      'a managed type',
      'EndpointComputeType',
      { endpointComputeType: 'Managed', instanceType: 'Standard_DS3_v2' },
    ],
    ['an instance type that the cluster lacks', 'InstanceType', { instanceType: 'huge' }],
    [
      'what is no quantity',
      'ContainerResourceRequirements',
      { containerResourceRequirements: { containerResourceLimits: { cpu: 'much' } } },
    ],
    ['too long a timeout', 'RequestTimeout', { requestSettings: { requestTimeout: 'PT301S' } }],
  ])('refuses a deployment with %s', (_, field, properties) => {
    const world = new World()
    world.send('PUT', 'onlineEndpoints/edge', onCluster())
    world.pass(HOUR)
    const sent = world.send('PUT', 'onlineEndpoints/edge/deployments/blue', deployment(properties))
    expect(member(sent.json, 'error.details.0.message')).toContain(`{"${field}":[`)
  })

  test('and a managed one cannot change into each other', () => {
    const world = new World()
    world.send('PUT', 'onlineEndpoints/edge', endpointBody())
    world.pass(HOUR)
    expect(world.send('PUT', 'onlineEndpoints/edge', onCluster()).status).toBe(400)
    expect(world.send('PUT', 'onlineEndpoints/edge/deployments/blue', deployment()).status).toBe(
      400,
    )
  })
})
