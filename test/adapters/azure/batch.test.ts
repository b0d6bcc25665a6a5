import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { readErrorBody } from '../../../src/adapters/azure/http/error-body.ts'
import { cloudErrorOf } from '../../../src/adapters/azure/http/errors.ts'
import type { Action } from '../../../src/core/model/plan.ts'
import { keyOf, type Ref } from '../../../src/core/model/ref.ts'
import type { JsonObject } from '../../../src/core/model/values/json.ts'
import {
  actionFor,
  NO_CONTENT,
  NOTHING,
  ROOT,
  signal,
  stage,
  WORKSPACE_BODY,
  workspaceOf,
} from './stage.ts'

const RECORDINGS = 'test/fixtures/azure-ml/recordings'

interface Exchange {
  readonly RequestUri: string
  readonly RequestMethod: string
  readonly StatusCode: number
  readonly ResponseBody: JsonObject
}

function recorded(file: string): readonly Exchange[] {
  return JSON.parse(readFileSync(`${RECORDINGS}/${file}`, 'utf8')).Entries
}

/** The last body that a recorded client was shown, by path below the workspace. */
function lastReadings(file: string): { readonly [path: string]: JsonObject } {
  const gets = recorded(`batch_services/e2etests/${file}`).filter(
    ({ RequestMethod, StatusCode }) => RequestMethod === 'GET' && StatusCode === 200,
  )
  const readings = gets.flatMap(({ RequestUri, ResponseBody }) => {
    const path = /\/workspaces\/[^/]+\/(batchEndpoints\/[^?]*)/.exec(RequestUri)?.[1]
    return path === undefined || path.endsWith('/deployments') ? [] : [[path, ResponseBody]]
  })
  return Object.fromEntries(readings)
}

const BATCH: Ref = { kind: 'BatchEndpoint', name: 'nightly' }
const ONE: Ref = { kind: 'BatchDeployment', name: 'one', parent: 'nightly' }
const DATA: Ref = { kind: 'Data', name: 'claims', version: '3' }

function body(name: string, properties: JsonObject = {}): JsonObject {
  return { name, location: 'eastus', properties: { provisioningState: 'Succeeded', ...properties } }
}

const PATHS = { 'batchEndpoints/nightly': body('nightly') }
const ALL = { ...PATHS, 'batchEndpoints/nightly/deployments/one': body('one') }

describe('batch endpoints', () => {
  test.each([
    'test_batch_deployment.pyTestBatchDeploymenttest_batch_job_download.json',
    'test_batch_endpoint.pyTestBatchEndpointtest_batch_component.json',
    'test_batch_endpoint.pyTestBatchEndpointtest_batch_invoke.json',
  ])('recorded in %s are read with their deployments, bodies as they came', async (file) => {
    const readings = lastReadings(file)
    const { cloud } = stage(workspaceOf(readings))
    const world = await cloud.observe(NOTHING, signal())
    expect(world.complete).toBe(true)
    expect(world.resources.map(({ body: one }) => one)).toEqual(Object.values(readings))
    expect(world.resources.map(({ ref, phase }) => [ref.kind, phase])).toEqual([
      ['BatchEndpoint', 'Ready'],
      ['BatchDeployment', 'Ready'],
    ])
    expect(world.resources[1]?.ref.parent).toBe(world.resources[0]?.ref.name)
  })

  test('stand beside online ones of the same name', async () => {
    const { cloud } = stage(workspaceOf({ ...ALL, 'onlineEndpoints/nightly': body('nightly') }))
    const world = await cloud.observe(NOTHING, signal())
    expect(world.resources.map(({ ref }) => keyOf(ref))).toEqual([
      'OnlineEndpoint/nightly',
      'BatchEndpoint/nightly',
      'BatchDeployment/nightly/one',
    ])
  })

  test.each<[string, number, unknown]>([
    ['a fault', 500, ''],
    ['no list', 200, 'text'],
    ['not found', 404, { error: { code: 'NotFound' } }],
  ])(
    'with deployments that cannot be read (%s) count as moving, and as unread',
    async (_, status, answer) => {
      const { cloud } = stage((request) =>
        request.path.endsWith('/deployments')
          ? { status, body: answer }
          : workspaceOf(ALL)(request),
      )
      const world = await cloud.observe(NOTHING, signal())
      expect(world.resources.map(({ ref, phase }) => [ref, phase])).toEqual([
        [BATCH, 'Provisioning'],
      ])
      expect([...world.unread]).toEqual([keyOf(BATCH)])
    },
  )

  test('a list that lags: what it left out is read by GET after a write met it', async () => {
    let isListed = false
    const { cloud } = stage((request) =>
      request.path === 'batchEndpoints' && !isListed
        ? { body: { value: [] } }
        : workspaceOf(PATHS)(request),
    )
    expect((await cloud.observe(NOTHING, signal())).resources).toEqual([])
    const create = actionFor(BATCH, undefined, body('nightly'))
    expect(await cloud.start(create, NO_CONTENT, signal())).toMatchObject({ reason: 'Moved' })
    expect((await cloud.observe(NOTHING, signal())).resources).toHaveLength(1)
    isListed = true
    expect((await cloud.observe(NOTHING, signal())).resources).toHaveLength(1)
  })

  test('a failed deployment tells why', async () => {
    const link = `https://management.azure.com${ROOT}/mfeOperationsStatus/bd`
    const failed = body('one', {
      provisioningState: 'Failed',
      properties: { AzureAsyncOperationUri: link },
    })
    const { cloud } = stage((request) =>
      request.path === 'mfeOperationsStatus/bd'
        ? { body: { status: 'Failed', error: { code: 'BadArgument', message: 'No such model.' } } }
        : workspaceOf({ ...ALL, 'batchEndpoints/nightly/deployments/one': failed })(request),
    )
    const world = await cloud.observe(NOTHING, signal())
    expect(world.resources[1]).toMatchObject({
      ref: ONE,
      phase: 'Failed',
      failure: { code: 'BadArgument', message: 'No such model.' },
    })
  })
})

describe('data assets', () => {
  test('are read when wanted, archived or not; one that is not there is absent', async () => {
    const archived = { name: '3', properties: { isArchived: true, dataType: 'uri_file' } }
    const { cloud } = stage(workspaceOf({ 'data/claims/versions/3': archived }))
    const gone: Ref = { ...DATA, version: '4' }
    const world = await cloud.observe({ assets: [DATA, gone, DATA], labels: [] }, signal())
    expect(world.resources).toEqual([{ ref: DATA, body: archived, phase: 'Ready' }])
    expect(world.complete).toBe(true)
  })
})

describe('labels of environments', () => {
  const version = (name: string, labels?: string): JsonObject => ({
    name,
    properties: { properties: labels === undefined ? {} : { 'azureml.labels': labels } },
  })
  const label = { kind: 'Environment', name: 'sk', label: 'prod' } as const

  test.each<[string, readonly JsonObject[], string | undefined]>([
    ['is the version that carries it', [version('2', 'latest'), version('1', 'prod')], '1'],
    ['may stand beside others', [version('2', 'latest, prod'), version('1')], '2'],
    ['is none when no version carries it', [version('2', 'latest'), version('1')], undefined],
    ['is none when two carry it', [version('2', 'prod'), version('1', 'prod')], undefined],
  ])('%s', async (_, versions, expected) => {
    const { cloud } = stage((request) =>
      request.path === 'environments/sk/versions'
        ? { body: { value: versions } }
        : workspaceOf({})(request),
    )
    const { labels } = await cloud.observe({ assets: [], labels: [label] }, signal())
    expect(labels['Environment/sk@prod']).toBe(expected)
  })

  test('a list that cannot be read to its end settles nothing', async () => {
    const { cloud } = stage((request) =>
      request.path === 'environments/sk/versions'
        ? { body: { value: [version('1', 'prod')], nextLink: 'https://elsewhere.example/' } }
        : workspaceOf({})(request),
    )
    const { labels } = await cloud.observe({ assets: [], labels: [label] }, signal())
    expect(labels).toEqual({})
  })
})

describe('writes', () => {
  const uri = (path: string): string => `PUT ${path}`

  test.each<[Ref, string]>([
    [BATCH, 'batchEndpoints/nightly'],
    [ONE, 'batchEndpoints/nightly/deployments/one'],
    [DATA, 'data/claims/versions/3'],
  ])('of %j go to its path, with the whole body', async (ref, path) => {
    // An endpoint that has deployments is there, whatever a GET says.
    const looks = ref === BATCH ? [`GET ${path}`, `GET ${path}/deployments`] : [`GET ${path}`]
    const { cloud, sent, seen } = stage((request) =>
      request.method === 'PUT' ? { status: 201, body: {} } : workspaceOf({})(request),
    )
    const wanted = body('x', { somethingNew: { kept: true } })
    const outcome = await cloud.start(actionFor(ref, undefined, wanted), NO_CONTENT, signal())
    expect(outcome.result).toBe('Started')
    expect(sent()).toEqual([...looks, uri(path)])
    expect(JSON.parse(seen.at(-1)?.body ?? '')).toEqual(wanted)
  })

  test.each<[Ref, string]>([
    [BATCH, 'batchEndpoints/nightly'],
    [ONE, 'batchEndpoints/nightly/deployments/one'],
  ])('a delete of %j is one DELETE', async (ref, path) => {
    const { cloud, sent } = stage((request) =>
      request.method === 'DELETE' ? { status: 202 } : workspaceOf(ALL)(request),
    )
    const live = (ALL as { readonly [path: string]: JsonObject })[path]
    await cloud.observe(NOTHING, signal())
    const outcome = await cloud.start(actionFor(ref, live), NO_CONTENT, signal())
    expect(outcome.result).toBe('Started')
    expect(sent().at(-1)).toBe(`DELETE ${path}`)
  })

  test.each<Ref>([
    DATA,
    { kind: 'Model', name: 'claims', version: '3' },
    { kind: 'Environment', name: 'claims', version: '3' },
  ])('an asset is archived by a PUT and never deleted: %j', async (ref) => {
    const live = { name: '3', properties: { isArchived: false, tags: {} } }
    const archived = { ...live, properties: { ...live.properties, isArchived: true } }
    const { cloud, seen } = stage(({ method, path }) => {
      if (path === '.') return { body: WORKSPACE_BODY }
      return method === 'PUT' ? { status: 200, body: archived } : { body: live }
    })
    const archive: Action = { ...actionFor(ref, live, archived), verb: 'archive' }
    expect(await cloud.start(archive, NO_CONTENT, signal())).toMatchObject({ result: 'Started' })
    expect(seen.map(({ method }) => method)).toEqual(['GET', 'PUT'])
    const deleted = await cloud.start(actionFor(ref, live), NO_CONTENT, signal())
    expect(deleted).toMatchObject({ result: 'Failed' })
    expect(seen.map(({ method }) => method)).not.toContain('DELETE')
  })
})

describe('a batch deployment that is refused', () => {
  const [refused] = recorded('errors-from-older-versions.json').filter(
    ({ StatusCode }) => StatusCode === 400,
  )
  const text = JSON.stringify(refused?.ResponseBody)

  test('tells field and reason in one sentence, and is the author’s to mend', () => {
    const error = cloudErrorOf({ status: 400, headers: {}, text }, 'create', 0)
    expect(error).toMatchObject({ reason: 'Invalid', errorClass: 'user', retry: 'Never' })
    expect(error.message).toContain(
      "ModelConfiguration.ModelReference: 'Model Reference' must not be empty.",
    )
    expect(error.message).not.toContain('PropertyName')
  })

  test('a list of errors that is none leaves the text as it is', () => {
    const message = 'has errors.\nErrors:\n[{"PropertyName": '
    expect(readErrorBody(JSON.stringify({ error: { message } })).message).toBe(message)
  })
})
