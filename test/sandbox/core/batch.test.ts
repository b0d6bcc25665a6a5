import { describe, expect, test } from '@jest/globals'
import type { Json } from '../../../src/sandbox/core/contract.ts'
import {
  type InvocationAnswer,
  injectFault,
  invokeBatch,
  jobViews,
  respond,
  setJob,
  type WorkspaceOptions,
} from '../../../src/sandbox/core/machine.ts'
import { HOUR, member, ORIGIN, type Sent, WORKSPACE, World } from './support.ts'

const ENDPOINT = 'batchEndpoints/nightly'
const BLUE = `${ENDPOINT}/deployments/blue`
const MODEL = { referenceType: 'Id', assetId: `${WORKSPACE}/models/m/versions/1` }

function endpoint(properties: { [key: string]: Json } = {}): { [key: string]: Json } {
  return { location: 'eastus', properties: { authMode: 'aadToken', ...properties } }
}

function deployment(properties: { [key: string]: Json } = {}): { [key: string]: Json } {
  const compute = `${WORKSPACE}/computes/cpu-cluster`
  return { location: 'eastus', properties: { compute, model: MODEL, ...properties } }
}

/** A batch endpoint with the named deployments, all Succeeded; the first is its default. */
function nightly(
  deployments: readonly string[] = ['blue'],
  options: Partial<WorkspaceOptions> = {},
): World {
  const world = new World(options)
  world.send('PUT', 'models/m/versions/1', { properties: { modelUri: 'azureml://x/y' } })
  world.send('PUT', ENDPOINT, endpoint())
  world.pass(HOUR)
  for (const name of deployments) {
    world.send('PUT', `${ENDPOINT}/deployments/${name}`, deployment())
    world.pass(HOUR)
  }
  const [deploymentName] = deployments
  if (deploymentName !== undefined) {
    world.send('PUT', ENDPOINT, endpoint({ defaults: { deploymentName } }))
    world.pass(HOUR)
  }
  return world
}

const stateOf = (sent: Sent) => member(sent.json, 'properties.provisioningState')
const faultsOf = (sent: Sent) => String(member(sent.json, 'error.message'))

function invoke(world: World, more: object = {}): InvocationAnswer {
  const input = { uri: 'azureml:numbers:1', jobInputType: 'UriFolder' }
  const body = { properties: { inputData: { UriFolder: input } } }
  const principal = { objectId: 'someone' }
  return invokeBatch(world.state, { endpoint: 'nightly', body, principal, ...more }, world.now)
}

const jobOf = (answer: InvocationAnswer) => String((answer.body as { name: string }).name)

describe('a batch endpoint', () => {
  test('is made, read, listed, tagged and deleted, with its deployments', () => {
    const world = new World()
    const created = world.send('PUT', ENDPOINT, endpoint({ description: 'd' }))
    expect([created.status, stateOf(created)]).toEqual([201, 'Creating'])
    expect(member(created.json, 'properties.scoringUri')).toBeNull()
    expect(created.headers['Azure-AsyncOperation']).toContain('/bebes:')
    world.pass(HOUR)
    const got = world.send('GET', ENDPOINT)
    expect(member(got.json, 'properties.scoringUri')).toBe(
      'https://nightly.eastus.inference.ml.azure.com/jobs',
    )
    expect(member(got.json, 'properties.authMode')).toBe('AADToken')
    const patched = world.send('PATCH', ENDPOINT, {
      tags: { a: 'b' },
      properties: { description: 'x' },
    })
    expect(patched.status).toBe(202)
    world.pass(HOUR)
    const [listed] = world.send('GET', 'batchEndpoints').json.value as { [key: string]: Json }[]
    expect(listed).toMatchObject({ tags: { a: 'b' }, properties: { description: 'd' } })
    expect(world.send('POST', `${ENDPOINT}/listkeys`).json).toEqual({
      primaryKey: null,
      secondaryKey: null,
    })
    expect(world.send('DELETE', ENDPOINT).status).toBe(202)
    world.pass(HOUR)
    const gone = world.send('GET', ENDPOINT)
    expect([gone.status, member(gone.json, 'error.details.0.code')]).toEqual([
      404,
      'NoSuchEndpoint',
    ])
    expect(world.send('DELETE', ENDPOINT).status).toBe(204)
  })

  test.each([
    ['AuthMode', { authMode: 'Key' }],
    ['Defaults.DeploymentName', { defaults: { deploymentName: 'none' } }],
  ])('is refused for its %s', (name, properties) => {
    const sent = nightly().send('PUT', ENDPOINT, endpoint(properties))
    expect(sent.status).toBe(400)
    expect(faultsOf(sent)).toContain(`"PropertyName": "${name}"`)
  })

  test('keeps its old default until the switch has succeeded, and when it fails', () => {
    const world = nightly(['blue', 'green'])
    const now = () => member(world.send('GET', ENDPOINT).json, 'properties.defaults.deploymentName')
    const toGreen = endpoint({ defaults: { deploymentName: 'green' } })
    world.send('PUT', ENDPOINT, toGreen)
    expect(now()).toBe('blue')
    world.pass(HOUR)
    expect(now()).toBe('green')
    world.send('PUT', ENDPOINT, endpoint())
    world.pass(HOUR)
    expect(now()).toBeNull()
    expect(invoke(world).status).toBe(404)
  })

  test('says that it does not know what becomes of a default deployment that is deleted', () => {
    const world = nightly(['blue', 'green'])
    const refused = world.send('DELETE', `${ENDPOINT}/deployments/BLUE`)
    expect([refused.status, faultsOf(refused)]).toEqual([501, expect.stringContaining('default')])
    expect(world.send('DELETE', `${ENDPOINT}/deployments/green`).status).toBe(202)
    world.pass(HOUR)
    expect(world.send('DELETE', ENDPOINT).status).toBe(202)
  })

  test('says that it does not know of one name for an online endpoint, too', () => {
    const world = nightly()
    const online = { location: 'eastus', properties: { authMode: 'Key' } }
    const identity = { type: 'SystemAssigned' }
    const sent = world.send('PUT', 'onlineEndpoints/Nightly', { ...online, identity })
    expect([sent.status, faultsOf(sent)]).toEqual([501, expect.stringContaining('one name')])
    world.send('PUT', 'onlineEndpoints/shop', { ...online, identity })
    expect(world.send('PUT', 'batchEndpoints/shop', endpoint()).status).toBe(501)
    expect(world.send('PUT', ENDPOINT, endpoint()).status).toBe(200)
  })

  test('refuses a default that has never been provisioned', () => {
    const world = nightly()
    injectFault(world.state, { name: 'InternalServerError', count: 1 }, world.now)
    world.send('PUT', `${ENDPOINT}/deployments/green`, deployment())
    world.pass(HOUR)
    expect(stateOf(world.send('GET', `${ENDPOINT}/deployments/green`))).toBe('Failed')
    const sent = world.send('PUT', ENDPOINT, endpoint({ defaults: { deploymentName: 'green' } }))
    expect([sent.status, faultsOf(sent)]).toEqual([400, expect.stringContaining("state 'Failed'")])
  })

  test('takes one write at a time in its tree', () => {
    const world = nightly()
    world.send('PUT', `${ENDPOINT}/deployments/green`, deployment())
    expect(world.send('PUT', BLUE, deployment()).status).toBe(409)
    expect(world.send('PUT', ENDPOINT, endpoint()).status).toBe(409)
  })
})

describe('a batch deployment', () => {
  test('is filled with the documented defaults, and draws from the bucket of deployments', () => {
    const world = nightly([])
    const created = world.send('PUT', BLUE, deployment({ resources: { properties: {} } }))
    const left = created.headers['x-ms-ratelimit-remaining-subscription-resource-requests']
    expect([created.status, left]).toEqual([201, '24'])
    expect(created.json.properties).toMatchObject({
      errorThreshold: -1,
      retrySettings: { maxRetries: 3, timeout: 'PT30S' },
      miniBatchSize: 10,
      loggingLevel: 'Info',
      maxConcurrencyPerInstance: 1,
      outputAction: 'AppendRow',
      outputFileName: 'predictions.csv',
      resources: { instanceCount: 1, instanceType: null, properties: null },
      deploymentConfiguration: null,
    })
  })

  test('says every fault at once', () => {
    const sent = nightly([]).send('PUT', BLUE, {
      location: 'eastus',
      properties: {
        compute: `${WORKSPACE}/computes/none`,
        miniBatchSize: 0,
        errorThreshold: 1.5,
        outputAction: 'Append',
        retrySettings: { maxRetries: -1, timeout: 'soon' },
      },
    })
    expect(sent.status).toBe(400)
    const names = [...faultsOf(sent).matchAll(/"PropertyName": "([^"]+)"/g)].map(([, name]) => name)
    expect(names).toEqual([
      'ModelConfiguration.ModelReference',
      'ErrorThreshold',
      'MiniBatchSize',
      'RetrySettings.MaxRetries',
      'OutputAction',
      'RetrySettings.Timeout',
      'Compute',
    ])
  })

  test('whose model is not there is accepted and fails; it can only be deleted then', () => {
    const world = nightly([])
    const model = { ...MODEL, assetId: `${WORKSPACE}/models/none/versions/1` }
    const created = world.send('PUT', BLUE, deployment({ model }))
    world.pass(HOUR)
    const { status, error } = world.send('GET', created.headers['Azure-AsyncOperation'] ?? '').json
    expect([status, member(error, 'code')]).toEqual(['Failed', 'ModelRegistryError'])
    expect(world.send('PUT', BLUE, deployment()).status).toBe(400)
    expect(world.send('DELETE', BLUE).status).toBe(202)
  })

  test('is patched in its tags and description only', () => {
    const world = nightly()
    const properties = { description: 'new', miniBatchSize: 99 }
    expect(world.send('PATCH', BLUE, { tags: { a: 'b' }, properties }).status).toBe(202)
    world.pass(HOUR)
    const { json } = world.send('GET', BLUE)
    expect(json.tags).toEqual({ a: 'b' })
    expect(json.properties).toMatchObject({ description: 'new', miniBatchSize: 10 })
  })

  test('of a component in either form reads back without what only models have', () => {
    const world = nightly([])
    const deploymentConfiguration = {
      deploymentConfigurationType: 'PipelineComponent',
      componentId: { referenceType: 'Id', assetId: `${WORKSPACE}/components/c/versions/1` },
    }
    world.send('PUT', BLUE, deployment({ deploymentConfiguration, model: null }))
    world.pass(HOUR)
    expect(world.send('GET', BLUE).json.properties).toMatchObject({
      deploymentConfiguration,
      compute: null,
      miniBatchSize: 0,
      outputAction: 'SummaryOnly',
    })
  })
})

describe('a job of a batch endpoint', () => {
  test('goes on by time alone where nothing is run', () => {
    const world = nightly()
    const name = jobOf(invoke(world))
    const status = () => member(world.send('GET', `jobs/${name}`).json, 'properties.status')
    expect(status()).toBe('Preparing')
    world.pass(2000)
    expect(status()).toBe('Running')
    world.pass(HOUR)
    expect(status()).toBe('Completed')
    expect(jobViews(world.state, world.now)).toEqual([])
    const over = world.send('POST', `jobs/${name}/cancel`)
    expect(over.status).toBe(400)
    expect(world.send('GET', 'jobs?jobType=Pipeline').json.value).toHaveLength(1)
    expect(world.send('GET', 'jobs?jobType=Command').json.value).toEqual([])
    expect(world.send('GET', 'jobs/none').status).toBe(404)
  })

  test('is canceled by time alone, too', () => {
    const world = nightly()
    const name = jobOf(invoke(world))
    const canceled = world.send('POST', `jobs/${name}/cancel`)
    const location = canceled.headers.Location ?? ''
    expect([canceled.status, canceled.headers['x-ms-async-operation-timeout']]).toEqual([
      202,
      'PT1H',
    ])
    expect(location).toContain(
      `/mfeOperationResults/jc:${world.state.settings.workspaceId}:${name}`,
    )
    expect(world.send('GET', location)).toMatchObject({ status: 202, json: {} })
    world.pass(HOUR)
    expect(world.send('GET', location).status).toBe(200)
    expect(member(world.send('GET', `jobs/${name}`).json, 'properties.status')).toBe('Canceled')
  })

  test('is what its runner tells of it, until it is over', () => {
    const world = nightly(['blue'], { containers: 'runtime' })
    const name = jobOf(invoke(world))
    world.pass(HOUR)
    const [view] = jobViews(world.state, world.now)
    expect(view).toMatchObject({ name, endpoint: 'nightly', deployment: 'blue', workers: 1 })
    const startedAtMs = world.now
    setJob(world.state, name, { state: 'Running', startedAtMs })
    world.send('POST', `jobs/${name}/cancel`)
    const status = () => member(world.send('GET', `jobs/${name}`).json, 'properties.status')
    expect(status()).toBe('CancelRequested')
    expect(jobViews(world.state, world.now)[0]?.isCanceled).toBe(true)
    setJob(world.state, name, { state: 'Canceled', startedAtMs, endedAtMs: world.now })
    setJob(world.state, name, { state: 'Running', startedAtMs })
    expect(status()).toBe('Canceled')
    expect(jobViews(world.state, world.now)).toEqual([])
  })

  test('keeps to the deployment as it was, but for what the request itself sets', () => {
    const world = nightly(['blue'], { containers: 'runtime' })
    const inputData = {
      a: { uri: '/subscriptions/none', jobInputType: 'uri_file' },
      b: { value: '7', jobInputType: 'Literal' },
    }
    const compute = { instanceCount: 3 }
    const body = { properties: { inputData, miniBatchSize: 5, compute } }
    const first = invoke(world, { body, requestId: 'r' })
    world.send('PUT', BLUE, deployment({ miniBatchSize: 77 }))
    world.pass(HOUR)
    const [view] = jobViews(world.state, world.now)
    expect(view).toMatchObject({ miniBatchSize: 5, workers: 3, errorThreshold: -1 })
    expect(view?.inputs).toEqual([{ name: 'a', type: 'UriFile', uri: '/subscriptions/none' }])
    expect(jobOf(invoke(world, { body, requestId: 'r' }))).toBe(jobOf(first))
  })

  test('has a child that scores, which is there by its name, without properties', () => {
    const world = nightly(['blue'], { containers: 'runtime' })
    const name = jobOf(invoke(world))
    const childRunId = jobViews(world.state, world.now)[0]?.childRunId ?? ''
    const id = `${WORKSPACE}/jobs/${childRunId}`
    // Not held to the OpenAPI document, which knows no such job; azure-ai-ml tells by it that this is a child.
    const url = `${ORIGIN}${id}?api-version=2024-04-01`
    const asked = { method: 'GET', url, headers: {}, principal: { objectId: 'someone' } }
    const { status, body } = respond(world.state, asked, world.now).response
    expect(status).toBe(200)
    expect(body).toMatchObject({ id, name: childRunId, properties: null })
    expect(member(body, 'type')).toBe(world.send('GET', `jobs/${name}`).json.type)
  })

  test('is archived and restored by a PUT, which changes no more than may change', () => {
    const world = nightly()
    const name = jobOf(invoke(world))
    const listed = (view: string) =>
      world.send('GET', `jobs?listViewType=${view}`).json.value as { name: string }[]
    const job = world.send('GET', `jobs/${name}`).json as { properties: { [key: string]: Json } }
    const put = (more: { [key: string]: Json }) =>
      world.send('PUT', `jobs/${name}`, { properties: { ...job.properties, ...more } })
    expect(put({ isArchived: true, status: 'Failed' }).status).toBe(200)
    expect([listed('ActiveOnly'), listed('ArchivedOnly'), listed('All')]).toMatchObject([
      [],
      [{ name }],
      [{ name }],
    ])
    expect(world.send('GET', `jobs/${name}`).json).toMatchObject({
      properties: { ...job.properties, isArchived: true },
    })
    expect(put({ isArchived: 'true' }).status).toBe(400)
    expect(put({ isArchived: false, tags: { a: 1 } }).json).toMatchObject({
      properties: { isArchived: false, tags: { a: '1' } },
    })
    expect(listed('ActiveOnly')).toHaveLength(1)
    const fresh = world.send('PUT', 'jobs/fresh', { properties: { jobType: 'Command' } })
    expect([fresh.status, faultsOf(fresh)]).toEqual([501, expect.stringContaining('a new job')])
  })

  test('takes numbers that a client sends as texts', () => {
    const world = nightly(['blue'], { containers: 'runtime' })
    const inputData = { a: { uri: 'azureml:x:1', jobInputType: 'uri_folder' } }
    const properties = {
      ...{ inputData, miniBatchSize: '5', errorThreshold: '0', loggingLevel: 'debug' },
      compute: { instanceCount: '3' },
      retrySettings: { maxRetries: '1', timeout: 'PT7S' },
    }
    expect(invoke(world, { body: { properties } }).status).toBe(201)
    expect(jobViews(world.state, world.now)[0]).toMatchObject({
      ...{ miniBatchSize: 5, errorThreshold: 0, workers: 3, maxRetries: 1, timeoutMs: 7000 },
      loggingLevel: 'Debug',
    })
  })

  test.each([
    ['no input', {}],
    ['an input without a type', { inputData: { a: { uri: 'x' } } }],
    ['literals only', { inputData: { a: { value: '1', jobInputType: 'Literal' } } }],
    ...[
      { miniBatchSize: 0 },
      { miniBatchSize: 'ten' },
      { errorThreshold: 'x' },
      { errorThreshold: -2 },
      { maxConcurrencyPerInstance: 0 },
      { compute: { instanceCount: 1.5 } },
      { retrySettings: { maxRetries: true } },
      { retrySettings: { timeout: 'nonsense' } },
      { retrySettings: { timeout: 'PT0S' } },
      { outputFileName: 7 },
      { loggingLevel: 'loud' },
      { inputData: { a: { uri: 'x', jobInputType: 'Banana' } } },
      { inputData: { a: { uri: 7, jobInputType: 'UriFile' } } },
      { inputData: { a: { uri: '', jobInputType: 'UriFolder' } } },
      { inputData: { a: { jobInputType: 'UriFolder' } } },
      { inputData: [] },
    ].map(
      (wrong) =>
        [
          JSON.stringify(wrong),
          { inputData: { a: { uri: 'x', jobInputType: 'UriFile' } }, ...wrong },
        ] as const,
    ),
  ])('is not made of a request with %s', (_, properties) => {
    expect(invoke(nightly(), { body: { properties } }).status).toBe(400)
  })

  test('finds a registered data asset by its name and version', () => {
    const world = nightly(['blue'], { containers: 'runtime' })
    const dataUri = 'azureml://datastores/workspaceblobstore/paths/x'
    world.send('PUT', 'data/numbers/versions/1', {
      properties: { dataType: 'uri_folder', dataUri },
    })
    invoke(world)
    expect(jobViews(world.state, world.now)[0]?.inputs[0]?.uri).toMatch(
      /^azureml:\/\/subscriptions\/.*\/datastores\/workspaceblobstore\/paths\/x$/,
    )
  })
})
