import { describe, expect, test } from '@jest/globals'
import { openAzure } from '../../../src/adapters/azure/cloud.ts'
import { createCredential } from '../../../src/adapters/azure/identity/credential.ts'
import type { Upload } from '../../../src/core/model/desired.ts'
import type { Action } from '../../../src/core/model/plan.ts'
import type { Ref } from '../../../src/core/model/ref.ts'
import type { JsonObject } from '../../../src/core/model/values/json.ts'
import { openSandbox } from '../../../src/sandbox/index.ts'
import { actionFor, ROOT, samples, signal, stage } from './stage.ts'

const FILES: Readonly<Record<string, string>> = {
  'score.py': 'def run(data): return data',
  'lib/helper – ü.py': 'x = 1',
  'Weights.bin': 'w'.repeat(10_000),
}

const blobOf = (path: string): string => Buffer.from(path).toString('hex')
const bytesOf = new Map(
  Object.entries(FILES).map(([path, text]) => [blobOf(path), Buffer.from(text)]),
)

const folder: Upload = {
  name: 'src',
  isFolder: true,
  hash: 'ab'.repeat(32),
  files: Object.entries(FILES).map(([path, text]) => ({
    path,
    blob: blobOf(path),
    size: Buffer.byteLength(text),
  })),
}
const one = folder.files[0] ?? { path: '', blob: '', size: 0 }
const file: Upload = { name: 'score.py', isFolder: false, hash: 'cd'.repeat(32), files: [one] }

const content = {
  blob: async (id: string): Promise<Uint8Array> => bytesOf.get(id) ?? Promise.reject(new Error(id)),
}

const MODEL: Ref = { kind: 'Model', name: 'm', version: '1' }
const CODE: Ref = { kind: 'Code', name: 'c', version: '1' }
const ENVIRONMENT: Ref = { kind: 'Environment', name: 'e', version: '1' }

const uploading = (ref: Ref, body: JsonObject, upload: Upload): Action => ({
  ...actionFor(ref, undefined, body),
  upload,
})

const model = (upload: Upload, version = '1'): Action => {
  const place = `LocalUpload/${upload.hash.slice(0, 32)}/${upload.name}`
  const modelUri = `azureml://datastores/workspaceblobstore/paths/${place}`
  const body = { properties: { modelType: 'custom_model', modelUri } }
  return uploading({ ...MODEL, version }, body, upload)
}

async function open(
  change: (request: { method: string; url: string }) => object | undefined = () => undefined,
) {
  const sandbox = await openSandbox()
  const sent: { method: string; url: string }[] = []
  const transport: typeof sandbox = {
    ...sandbox,
    handle(request) {
      sent.push(request)
      const body = change(request)
      if (body === undefined) return sandbox.handle(request)
      const text = JSON.stringify(body)
      return Promise.resolve({ status: 200, headers: {}, body: text, bytes: Buffer.from(text) })
    },
  }
  const { tenantId, clientId, clientSecret, subscriptionId, resourceGroup, workspace } = sandbox
  const taken = samples()
  const cloud = openAzure({
    workspace: { subscriptionId, resourceGroup, name: workspace },
    credential: createCredential(
      { authorityHost: sandbox.login, tenantId, clientId, clientSecret },
      { transport },
    ),
    transport,
    clock: { now: sandbox.clock.now, sleep: async (ms) => sandbox.clock.advance(ms) },
    meter: taken.meter,
  })
  const container = `azureml-blobstore-${sandbox.workspaceId}`
  const puts = () =>
    sent.filter(({ method, url }) => method === 'PUT' && url.startsWith(sandbox.blob)).length
  return { ...sandbox, ...taken, cloud, sent, container, puts }
}

describe('uploads', () => {
  test('a folder of a model lies where its content hash says, before the model is registered', async () => {
    const { cloud, blobs, container, requests } = await open()
    const outcome = await cloud.start(model(folder), content, signal())
    expect(outcome).toMatchObject({ result: 'Started' })
    const prefix = `LocalUpload/${'ab'.repeat(16)}/src`
    expect(await blobs.list(container, 'LocalUpload/')).toEqual(
      Object.keys(FILES)
        .map((path) => `${prefix}/${path}`)
        .sort(),
    )
    for (const [path, text] of Object.entries(FILES)) {
      expect((await blobs.read(container, `${prefix}/${path}`)).toString('utf8')).toBe(text)
    }
    const world = await cloud.observe({ assets: [MODEL], labels: [] }, signal())
    expect(world.resources).toHaveLength(1)
    expect(requests.filter(({ api }) => api === 'blob').length).toBe(1 + 3 + 1)
  })

  test('that somebody else was quicker with are not registered over his (S9)', async () => {
    let isThere = false
    const { cloud, sent } = await open(({ method, url }) => {
      if (method === 'PUT' && url.includes('.blob.')) isThere = true
      const isModel = method === 'GET' && url.includes('/models/m/versions/1')
      return isModel && isThere ? { name: '1', properties: { modelUri: 'theirs' } } : undefined
    })
    const outcome = await cloud.start(model(folder), content, signal())
    expect(isThere).toBe(true)
    expect(outcome).toMatchObject({ result: 'Failed', reason: 'Moved' })
    expect(sent.filter(({ method, url }) => method === 'PUT' && url.includes('/models/'))).toEqual(
      [],
    )
  })

  test('a single file lies at its own name', async () => {
    const { cloud, blobs, container } = await open()
    await cloud.start(model(file), content, signal())
    expect(await blobs.list(container, '')).toEqual([`LocalUpload/${'cd'.repeat(16)}/score.py`])
  })

  test('the same content is uploaded once, whoever needs it', async () => {
    const { cloud, puts } = await open()
    await cloud.start(model(folder), content, signal())
    const first = puts()
    await cloud.start(model(folder, '2'), content, signal())
    expect(first).toBe(4)
    expect(puts()).toBe(first)
  })

  test('what come together ask for the datastore and its key once, and what comes later asks again', async () => {
    const { cloud, sent, clock } = await open()
    const asked = () => sent.filter(({ url }) => url.includes('/datastores/')).length
    const versions = ['1', '2', '3']
    await Promise.all(versions.map((one) => cloud.start(model(folder, one), content, signal())))
    expect(asked()).toBe(2)
    clock.advance(60_000)
    await cloud.start(model(folder, '4'), content, signal())
    expect(asked()).toBe(4)
  })

  test('one that failed has the next one ask for the datastore and its key anew', async () => {
    const { cloud, sent } = await open()
    const asked = () => sent.filter(({ url }) => url.includes('/datastores/')).length
    const lost = { blob: () => Promise.reject(new Error('lost')) }
    expect(await cloud.start(model(folder), lost, signal())).toMatchObject({ result: 'Failed' })
    expect(asked()).toBe(2)
    await cloud.start(model(folder), content, signal())
    expect(asked()).toBe(4)
  })

  test('a crash in the middle is followed by the same upload, and then by none', async () => {
    const { cloud, puts, blobs, container } = await open()
    let left = 2
    const dying = {
      blob: (id: string) => (left-- > 0 ? content.blob(id) : Promise.reject(new Error('killed'))),
    }
    const outcome = await cloud.start(model(folder), dying, signal())
    expect(outcome).toMatchObject({ result: 'Failed', retry: 'Later' })
    const world = await cloud.observe({ assets: [MODEL], labels: [] }, signal())
    expect(world.resources).toEqual([])
    expect((await cloud.start(model(folder), content, signal())).result).toBe('Started')
    expect(await blobs.list(container, 'LocalUpload/')).toHaveLength(3)
    const done = puts()
    await cloud.start(model(folder, '2'), content, signal())
    expect(puts()).toBe(done)
  })

  test('code goes to a pending upload, and codeUri says where', async () => {
    const { cloud, blobs, blob } = await open()
    const body = { properties: { properties: { hash_sha256: 'x', hash_version: 'verdigris-1' } } }
    const outcome = await cloud.start(uploading(CODE, body, folder), content, signal())
    expect(outcome).toMatchObject({ result: 'Started' })
    const world = await cloud.observe({ assets: [CODE], labels: [] }, signal())
    const properties = world.resources[0]?.body.properties as JsonObject | undefined
    const codeUri = String(properties?.codeUri)
    expect(codeUri.startsWith(`${blob}/`)).toBe(true)
    const [container = '', ...prefix] = codeUri.slice(blob.length + 1).split('/')
    expect(prefix).toEqual(['src'])
    expect(await blobs.list(container, 'src/')).toHaveLength(3)
  })

  test('the build context of an environment becomes the https address of its folder', async () => {
    const { cloud, blob, container } = await open()
    const contextUri = `azureml://subscriptions/x/datastores/workspaceblobstore/paths/LocalUpload/${'ab'.repeat(16)}/src`
    const body = { properties: { build: { contextUri, dockerfilePath: 'Dockerfile' } } }
    await cloud.start(uploading(ENVIRONMENT, body, folder), content, signal())
    const world = await cloud.observe({ assets: [ENVIRONMENT], labels: [] }, signal())
    expect(world.resources[0]?.body.properties).toMatchObject({
      build: {
        contextUri: `${blob}/${container}/LocalUpload/${'ab'.repeat(16)}/src/`,
        dockerfilePath: 'Dockerfile',
      },
    })
  })

  test('nothing is uploaded for a thing that is already there', async () => {
    const { cloud, sent, blob } = await open()
    await cloud.start(model(folder), content, signal())
    sent.length = 0
    const outcome = await cloud.start(model(folder), content, signal())
    expect(outcome).toMatchObject({ reason: 'Moved' })
    expect(sent.filter(({ url }) => url.startsWith(blob))).toEqual([])
  })

  test('content that is not what was planned is refused', async () => {
    const { cloud } = await open()
    const other = { blob: async () => Buffer.from('other') }
    const outcome = await cloud.start(model(folder), other, signal())
    expect(outcome).toMatchObject({ reason: 'ContentChanged', retry: 'Never' })
  })
})

describe('where content may go', () => {
  const sas = (sasUri: string) => ({
    blobReferenceForConsumption: {
      blobUri: sasUri.split('?')[0],
      credential: { credentialType: 'SAS', sasUri },
    },
  })
  const datastore = (properties: object) => ({
    properties: {
      accountName: 'account',
      containerName: 'container',
      endpoint: 'core.windows.net',
      protocol: 'https',
      credentials: { credentialsType: 'AccountKey' },
      ...properties,
    },
  })

  test.each([
    'http://account.blob.core.windows.net/c?sig=x',
    'http://169.254.169.254/c?sig=x',
    'http://127.0.0.1:10000/c?sig=x',
    'https://127.0.0.1:10000/c?sig=x',
    'ftp://account/c',
    'nonsense',
  ])('%s gets nothing, because Azure itself is not on loopback', async (sasUri) => {
    const { cloud, sent } = stage(({ method, path }) =>
      method === 'POST' && path.endsWith('startPendingUpload') ? { body: sas(sasUri) } : undefined,
    )
    const outcome = await cloud.start(uploading(CODE, {}, folder), content, signal())
    expect(outcome).toMatchObject({ reason: 'ForeignAddress' })
    expect(sent()).toEqual(['GET codes/c/versions/1', 'POST codes/c/versions/1/startPendingUpload'])
  })

  test.each([
    { endpoint: 'evil.example/x' },
    { endpoint: 'user@evil.example' },
    { accountName: 'a/b' },
    { containerName: '../other' },
    { protocol: 'http' },
    { protocol: 'http', endpoint: '127.0.0.1:10000' },
  ])('a datastore with %p gets nothing', async (properties) => {
    const { cloud, seen } = stage(({ method, path }) => {
      if (path === 'datastores/workspaceblobstore') return { body: datastore(properties) }
      return method === 'POST' ? { body: { secretsType: 'AccountKey', key: 'a2V5' } } : undefined
    })
    const outcome = await cloud.start(model(folder), content, signal())
    expect(outcome).toMatchObject({ reason: 'ForeignAddress' })
    expect(seen.every(({ url }) => url.pathname.startsWith(ROOT))).toBe(true)
  })

  test.each(['evil.example', 'core.usgovcloudapi.net', 'core.chinacloudapi.cn'])(
    "our own token goes to the cloud's own storage only, not to %s",
    async (endpoint) => {
      const properties = { endpoint, credentials: { credentialsType: 'None' } }
      const { cloud, seen } = stage(({ path }) =>
        path === 'datastores/workspaceblobstore' ? { body: datastore(properties) } : undefined,
      )
      const outcome = await cloud.start(model(folder), content, signal())
      expect(outcome).toMatchObject({ reason: 'ForeignAddress' })
      expect(seen.every(({ url }) => url.hostname === 'management.azure.com')).toBe(true)
    },
  )

  test('a datastore without keys is reached by our own identity', async () => {
    const store = datastore({ credentials: { credentialsType: 'None' } })
    const statuses: Readonly<Record<string, number>> = { HEAD: 404, PUT: 201, 'PUT metadata': 200 }
    const { cloud, seen } = stage(({ method, path, url }) => {
      if (path === 'datastores/workspaceblobstore') return { body: store }
      const comp = url.searchParams.get('comp')
      const status = statuses[comp === null ? method : `${method} ${comp}`]
      return status === undefined ? undefined : { status, body: '' }
    })
    expect((await cloud.start(model(folder), content, signal())).result).toBe('Started')
    const blobs = seen.filter(({ url }) => url.hostname === 'account.blob.core.windows.net')
    expect(blobs).toHaveLength(5)
    expect(new Set(blobs.map(({ headers }) => headers.authorization))).toEqual(
      new Set(['Bearer token-1']),
    )
    expect(seen.some(({ method }) => method === 'POST')).toBe(false)
  })
})
