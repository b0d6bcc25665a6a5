import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import {
  type AddressInfo,
  createServer as createSilentServer,
  type Server as NetServer,
  type Socket,
} from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import { createPipelineRequest } from '@azure/core-rest-pipeline'
import { afterEach, describe, expect, test } from '@jest/globals'
import { openAzure } from '../../../src/adapters/azure/cloud.ts'
import { createCredential } from '../../../src/adapters/azure/identity/credential.ts'
import { tokenPolicy } from '../../../src/adapters/azure/identity/token.ts'
import { createClock } from '../../../src/adapters/clock.ts'
import { AZURE_CLOUDS } from '../../../src/core/model/azure-cloud.ts'
import type { Ref } from '../../../src/core/model/ref.ts'
import { valueAt } from '../../../src/core/model/values/pointer.ts'
import { CloudError } from '../../../src/reconcile/ports.ts'
import {
  ARM,
  actionFor,
  endpointBody,
  NO_CONTENT,
  NOTHING,
  ROOT,
  samples,
  signal,
  stage,
  tokens,
  virtualTime,
  WORKSPACE,
  WORKSPACE_BODY,
  workspaceOf,
} from './stage.ts'

const servers: Server[] = []
const children: ChildProcess[] = []
const silences: { readonly silent: NetServer; readonly sockets: readonly Socket[] }[] = []
afterEach(async () => {
  for (const { silent, sockets } of silences.splice(0)) {
    silent.close()
    for (const socket of sockets) socket.destroy()
  }
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

/** A workspace whose login host takes connections and says nothing. */
async function beforeSilence(timeoutMs: number) {
  const sockets: Socket[] = []
  const silent = createSilentServer((socket) => {
    sockets.push(socket.on('error', () => {}).resume())
  })
  silences.push({ silent, sockets })
  await once(silent.listen(0, '127.0.0.1'), 'listening')
  const authorityHost = `https://127.0.0.1:${(silent.address() as AddressInfo).port}`
  const who = { tenantId: 'a-tenant', clientId: 'a-client', clientSecret: 'a-secret' }
  const cloud = openAzure({
    ...{ workspace: WORKSPACE, endpoint: 'http://127.0.0.1:1' },
    credential: createCredential({ authorityHost, ...who }, { timeoutMs }),
    ...{ clock: createClock(), meter: samples().meter },
  })
  return { cloud, silent, sockets }
}

async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The adapter over sockets, before a service that answers by path below the workspace. */
async function onLoopback(answer: (path: string, origin: string) => [number, unknown, object?]) {
  const origin = await listen((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://x')
    const path = pathname.replace(`${ROOT}/`, '').replace(ROOT, '.')
    const [status, body, headers = {}] = answer(path, `http://${request.headers.host}`)
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body))
  })
  const taken = samples()
  const cloud = openAzure({
    workspace: WORKSPACE,
    credential: tokens(),
    endpoint: origin,
    clock: createClock(),
    meter: taken.meter,
    limits: { bodyBytesMax: 100_000 },
  })
  return { cloud, ...taken }
}

const FRAUD: Ref = { kind: 'OnlineEndpoint', name: 'fraud' }

describe('time', () => {
  test.each([
    ['before its head', () => {}],
    [
      'in its head',
      (response: ServerResponse) => void response.socket?.write('HTTP/1.1 200 OK\r\n'),
    ],
    [
      'in its body',
      (response: ServerResponse) =>
        void response.writeHead(200, { 'content-length': 9 }).write('{'),
    ],
  ])(
    'an answer that stops %s holds a reading until the time-out, and no longer',
    async (_, begin) => {
      const endpoint = await listen((_request, response) => begin(response))
      const cloud = openAzure({
        ...{ workspace: WORKSPACE, credential: tokens(), endpoint },
        ...{ clock: createClock(), meter: samples().meter, limits: { readTimeoutMs: 50 } },
      })
      const world = await cloud.observe(NOTHING, signal()).catch((error: unknown) => error)
      expect(world).toMatchObject({
        reason: 'TimedOut',
        message: expect.stringContaining('No whole answer came within 0.05 s.'),
      })
    },
  )

  test('a login host that takes connections and says nothing is given up', async () => {
    const { cloud } = await beforeSilence(50)
    await expect(cloud.observe(NOTHING, signal())).rejects.toThrow(
      'No token could be had: the login host gave no usable answer',
    )
  })

  test('a token that nobody waits for any more is given up, and asked for again by the next', async () => {
    const { cloud, silent, sockets } = await beforeSilence(3_600_000)
    for (const round of [1, 2]) {
      const patience = new AbortController()
      const observed = cloud.observe(NOTHING, patience.signal).catch((error: unknown) => error)
      if (sockets.length < round) await once(silent, 'connection')
      const ended = once(sockets[round - 1] as Socket, 'close')
      patience.abort()
      expect(await observed).toMatchObject({ reason: 'Aborted' })
      await ended
    }
  })

  test('a request that failed does not keep the process until its time-out, an hour later', async () => {
    const azure = pathToFileURL(join(import.meta.dirname, '../../../src/adapters/azure/http/')).href
    const program = `
      import { createDefaultHttpClient, createEmptyPipeline, createPipelineRequest } from '${azure}sdk.ts'
      import { wholeAnswerPolicy } from '${azure}whole-body.ts'
      const pipeline = createEmptyPipeline()
      pipeline.addPolicy(wholeAnswerPolicy(1_000))
      const to = { url: 'http://127.0.0.1:1', allowInsecureConnection: true, timeout: 3_600_000 }
      const sent = pipeline.sendRequest(createDefaultHttpClient(), createPipelineRequest(to))
      await sent.catch(({ code }) => console.log(code))
    `
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program])
    children.push(child)
    const said = text(child.stdout)
    expect(await once(child, 'close')).toEqual([0, null])
    expect(await said).toBe('ECONNREFUSED\n')
  })
})

describe('row 64: addresses that Azure answers with', () => {
  test.each([
    'https://evil.example/next',
    'http://management.azure.com/next',
    'https://management.azure.com:8443/next',
    'https://management.azure.com@evil.example/next',
    'https://user:password@management.azure.com/next',
    'https://management.azure.com.evil.example/next',
    '//evil.example/next',
    '/relative',
    'javascript:alert(1)',
    `https://management.azure.com/${'x'.repeat(20_000)}`,
  ])('nextLink %s is not followed; the list counts as incomplete', async (nextLink) => {
    const { cloud, seen } = stage((request) =>
      request.path === 'onlineEndpoints'
        ? { body: { value: [endpointBody('fraud')], nextLink } }
        : workspaceOf({ 'onlineEndpoints/fraud': endpointBody('fraud') })(request),
    )
    const world = await cloud.observe(NOTHING, signal())
    expect(world.complete).toBe(false)
    expect(world.resources).toHaveLength(1)
    expect(new Set(seen.map(({ url }) => url.origin))).toEqual(new Set([ARM]))
    expect(seen.filter(({ url }) => url.pathname === '/next')).toEqual([])
  })

  test('AzureAsyncOperationUri on another host is not followed; the failure has no reason', async () => {
    const failed = endpointBody('fraud', {
      provisioningState: 'Failed',
      properties: { AzureAsyncOperationUri: 'https://evil.example/operation' },
    })
    const { cloud, seen } = stage(workspaceOf({ 'onlineEndpoints/fraud': failed }))
    const world = await cloud.observe(NOTHING, signal())
    expect(world.resources).toEqual([{ ref: FRAUD, body: failed, phase: 'Failed' }])
    expect(seen.every(({ url }) => url.origin === ARM)).toBe(true)
  })

  test('Location and Azure-AsyncOperation of an accepted write are not asked at all', async () => {
    const live = endpointBody('fraud')
    const elsewhere = 'https://evil.example/operation'
    const handler = workspaceOf({ 'onlineEndpoints/fraud': live })
    const { cloud, sent } = stage((request) =>
      request.method === 'PUT'
        ? {
            status: 201,
            body: live,
            headers: { Location: elsewhere, 'Azure-AsyncOperation': elsewhere },
          }
        : handler(request),
    )
    await cloud.start(actionFor(FRAUD, live, { ...live, tags: { a: 'b' } }), NO_CONTENT, signal())
    expect(sent()).toEqual(['GET onlineEndpoints/fraud', 'PUT onlineEndpoints/fraud'])
  })

  test('a redirect to another host is not followed, and the token stays here', async () => {
    let stolen = 0
    const thief = await listen((_, response) => {
      stolen += 1
      response.end()
    })
    const { cloud } = await onLoopback(() => [307, '', { location: `${thief}/x` }])
    await expect(cloud.observe(NOTHING, signal())).rejects.toMatchObject({ reason: 'Redirected' })
    expect(stolen).toBe(0)
  })

  test('a redirect on the same host is not followed either', async () => {
    const { cloud, requests } = await onLoopback((_, origin) => [
      302,
      '',
      { location: `${origin}/x` },
    ])
    await expect(cloud.observe(NOTHING, signal())).rejects.toMatchObject({ reason: 'Redirected' })
    expect(requests).toHaveLength(1)
  })

  test('the token policy itself sends nothing elsewhere, whoever calls it', async () => {
    const options = { credential: tokens(), cloud: AZURE_CLOUDS.public, clock: virtualTime() }
    const policy = tokenPolicy({ ...options, origin: ARM })
    const request = createPipelineRequest({ url: 'https://evil.example/x' })
    const sent = policy.sendRequest(request, () => Promise.reject(new Error('was sent')))
    await expect(sent).rejects.toMatchObject({ reason: 'ForeignAddress' })
    expect(request.headers.has('authorization')).toBe(false)
  })

  test('over sockets, a nextLink to another port gets neither token nor request', async () => {
    let stolen = 0
    const thief = await listen((_, response) => {
      stolen += 1
      response.end()
    })
    const { cloud } = await onLoopback((path) =>
      path === '.'
        ? [200, WORKSPACE_BODY]
        : [200, { value: [], ...(path === 'onlineEndpoints' && { nextLink: `${thief}/x` }) }],
    )
    const world = await cloud.observe(NOTHING, signal())
    expect(world.complete).toBe(false)
    expect(stolen).toBe(0)
  })

  test.each([
    'http://management.azure.com',
    'http://10.0.0.1:8080',
    'http://169.254.169.254',
    'http://127.0.0.1.evil.example',
    'ftp://127.0.0.1',
    'https://user@management.azure.com',
    'https://management.azure.com/path',
  ])('the endpoint %s is refused before anything is sent', (endpoint) => {
    const options = { workspace: WORKSPACE, credential: tokens(), clock: createClock() }
    expect(() => openAzure({ ...options, endpoint, meter: samples().meter })).toThrow('endpoint')
  })
})

describe.each(['onlineEndpoints', 'batchEndpoints'])('row 65: lists of %s', (collection) => {
  const page = (from: number, count: number, nextLink?: string) => ({
    value: Array.from({ length: count }, (_, index) => endpointBody(`e${from + index}`)),
    ...(nextLink && { nextLink }),
  })
  const link = (number: number | string) =>
    `${ARM}${ROOT}/${collection}?api-version=x&$skipToken=${number}`
  const nothing = { body: { value: [] } }

  function pages(answer: (token: string) => object, limits = {}) {
    return stage(
      ({ path, url }) => {
        if (path === '.') return { body: WORKSPACE_BODY }
        if (path !== collection) return nothing
        return { body: answer(url.searchParams.get('$skipToken') ?? '0') }
      },
      { limits },
    )
  }

  test('are followed to their end, and the link is used as it is, padding and all', async () => {
    const { cloud, seen } = pages((token) =>
      token === '0' ? page(0, 2, `${link('a+b==')}&$orderBy=createdtime+desc`) : page(2, 1),
    )
    const world = await cloud.observe(NOTHING, signal())
    expect(world.resources.map(({ ref }) => ref.name)).toEqual(['e0', 'e1', 'e2'])
    expect(world.complete).toBe(true)
    const followed = seen.find(({ url }) => url.search.includes('skipToken'))
    expect(followed?.url.search).toBe('?api-version=x&$skipToken=a+b==&$orderBy=createdtime+desc')
  })

  test('a link that repeats ends the reading: incomplete', async () => {
    const { cloud, seen } = pages(() => page(0, 1, link('same')))
    const world = await cloud.observe(NOTHING, signal())
    expect(world.complete).toBe(false)
    expect(seen.filter(({ path }) => path === collection)).toHaveLength(2)
  })

  test('a million pages end at the limit: incomplete', async () => {
    const { cloud, seen } = pages((token) => page(0, 1, link(Number(token) + 1)), { pagesMax: 7 })
    const world = await cloud.observe(NOTHING, signal())
    expect(world.complete).toBe(false)
    expect(seen.filter(({ path }) => path === collection)).toHaveLength(7)
  })

  test('an item on two pages is one item', async () => {
    const { cloud } = pages((token) => (token === '0' ? page(0, 3, link(1)) : page(1, 3)))
    const world = await cloud.observe(NOTHING, signal())
    expect(world.resources.map(({ ref }) => ref.name)).toEqual(['e0', 'e1', 'e2', 'e3'])
    expect(world.complete).toBe(true)
  })

  test.each<[string, object]>([
    ['no value', {}],
    ['a value that is no list', { value: 'x' }],
    ['items without a name', { value: [{ id: 'x' }, null, 5, 'text'] }],
    ['names that lead elsewhere', { value: [endpointBody('../x'), endpointBody('..')] }],
    ['a link that is no text', { value: [], nextLink: 5 }],
  ])('%s: incomplete, never empty', async (_, body) => {
    const { cloud } = pages(() => body)
    const world = await cloud.observe(NOTHING, signal())
    expect(world.complete).toBe(false)
    expect(world.resources).toEqual([])
  })

  test('a first page that fails is no empty list: it is told, and what belongs there is unread', async () => {
    const { cloud } = stage(({ path }) => {
      if (path === '.') return { body: WORKSPACE_BODY }
      return path === collection ? undefined : nothing
    })
    const { resources, complete, unread, failure } = await cloud.observe(NOTHING, signal())
    const kind = collection === 'onlineEndpoints' ? 'OnlineEndpoint' : 'BatchEndpoint'
    expect({ resources, complete, unread }).toEqual({
      resources: [],
      complete: false,
      unread: new Set([kind]),
    })
    expect(failure?.message).toBe(`LIST ${kind}: Azure answered 404 (NotFound). `)
  })

  test('a list that fails later: each endpoint that is due is read by itself, and one that is gone is gone', async () => {
    let isListed = true
    const one = (name: string) => ({ body: endpointBody(name, { description: 'fresh' }) })
    const answers: Readonly<Record<string, () => object>> = {
      '.': () => ({ body: WORKSPACE_BODY }),
      [collection]: () => (isListed ? { body: page(0, 3) } : { status: 500, body: {} }),
      [`${collection}/e0`]: () => one('e0'),
      [`${collection}/e1`]: () => ({ status: 404, body: {} }),
      [`${collection}/e2`]: () => one('e2'),
    }
    const { cloud, seen } = stage(({ path }) => answers[path]?.() ?? nothing)
    await cloud.observe(NOTHING, signal())
    isListed = false
    const { resources, complete, failure } = await cloud.observe(NOTHING, signal())
    expect({ complete, reason: failure?.reason }).toEqual({
      complete: false,
      reason: 'Unavailable',
    })
    expect(resources.map(({ ref, phase }) => `${ref.name} ${phase}`)).toEqual([
      'e0 Ready',
      'e2 Ready',
    ])
    expect(resources.map(({ body }) => valueAt(body, '/properties/description'))).toEqual([
      'fresh',
      'fresh',
    ])
    expect(seen.map(({ path }) => path)).toContain(`${collection}/e0`)
  })

  test('a later page that fails leaves the list incomplete', async () => {
    const { cloud } = stage(({ path, url }) => {
      if (path === '.') return { body: WORKSPACE_BODY }
      if (path !== collection) return nothing
      return url.search.includes('skipToken')
        ? { status: 500, body: {} }
        : { body: page(0, 2, link(1)) }
    })
    const world = await cloud.observe(NOTHING, signal())
    expect(world.resources).toHaveLength(2)
    expect(world.complete).toBe(false)
  })
})

test('neither list of endpoints can be had: that is thrown', async () => {
  const { cloud } = stage(({ path }) => {
    if (path === '.') return { body: WORKSPACE_BODY }
    return /^(?:online|batch)Endpoints$/.test(path) ? { status: 500, body: {} } : undefined
  })
  await expect(cloud.observe(NOTHING, signal())).rejects.toBeInstanceOf(CloudError)
})

describe('operations (attack 67)', () => {
  const failed = (uri: string) =>
    endpointBody('fraud', {
      provisioningState: 'Failed',
      properties: { AzureAsyncOperationUri: uri },
    })
  const operation = `${ARM}/subscriptions/sub/providers/Microsoft.MachineLearningServices/locations/eastus/mfeOperationsStatus/oe:1:2?api-version=2024-04-01&t=1&s=sig%2Bnature==`

  function withOperation(reply: object | undefined) {
    return stage((request) =>
      request.url.pathname.includes('mfeOperationsStatus')
        ? reply
        : workspaceOf({ 'onlineEndpoints/fraud': failed(operation) })(request),
    )
  }

  test('the reason of a failure is read from its operation, by the address as it is', async () => {
    const error = { code: 'OutOfQuota', message: 'Not enough quota.' }
    const { cloud, seen } = withOperation({ body: { status: 'Failed', error } })
    const world = await cloud.observe(NOTHING, signal())
    expect(world.resources[0]?.failure).toEqual({
      code: 'OutOfQuota',
      message: 'Not enough quota.',
    })
    const asked = seen.find(({ url }) => url.pathname.includes('mfeOperationsStatus'))
    expect(asked?.url.href).toBe(operation)
  })

  test('of the 2023 generation too, and asked for once only', async () => {
    const error = { code: null, message: 'ResourceNotReady: User container has crashed' }
    const { cloud, seen } = withOperation({ body: { status: 'Failed', error } })
    await cloud.observe(NOTHING, signal())
    const world = await cloud.observe(NOTHING, signal())
    expect(world.resources[0]?.failure?.code).toBe('ResourceNotReady')
    expect(seen.filter(({ url }) => url.pathname.includes('mfeOperations'))).toHaveLength(1)
  })

  test.each<[string, object | undefined]>([
    ['is gone', undefined],
    [
      'is forbidden',
      { status: 403, body: { error: { code: 'AuthorizationFailed', message: '' } } },
    ],
    ['still says that it runs', { body: { status: 'InProgress' } }],
    ['says Succeeded while the resource is Failed', { body: { status: 'Succeeded' } }],
    ['is not JSON', { body: '<html>' }],
    ['is broken', { status: 500, body: '' }],
  ])(
    "an operation that %s leaves the failure without a reason; the state is the resource's",
    async (_, reply) => {
      const { cloud } = withOperation(reply)
      const world = await cloud.observe(NOTHING, signal())
      expect(world.resources[0]).toMatchObject({ phase: 'Failed' })
      expect(world.resources[0]).not.toHaveProperty('failure')
      expect(world.complete).toBe(true)
    },
  )

  test('a state word that nobody knows means that something is under way', async () => {
    const moving = endpointBody('fraud', { provisioningState: 'Rejuvenating' })
    const { cloud } = stage(workspaceOf({ 'onlineEndpoints/fraud': moving }))
    const world = await cloud.observe(NOTHING, signal())
    expect(world.resources[0]?.phase).toBe('Provisioning')
  })
})

describe('bodies (attacks 46, 48)', () => {
  test('a body larger than the limit is not read to its end', async () => {
    const big = Buffer.alloc(50_000_000, 'x')
    const { cloud, requests } = await onLoopback((path) =>
      path === '.' ? [200, WORKSPACE_BODY] : [500, big],
    )
    const failure = cloud.observe(NOTHING, signal())
    await expect(failure).rejects.toMatchObject({ reason: 'AnswerTooLarge' })
    expect(requests.length).toBeGreaterThan(1)
  })

  test('what is not JSON is an error of the service, without its text', async () => {
    const { cloud } = await onLoopback(() => [200, '{"key": "supersecretvalue'])
    const failure = await cloud.observe(NOTHING, signal()).catch((error) => error)
    expect(failure).toMatchObject({ reason: 'UnreadableAnswer', retry: 'Later' })
    expect(String(failure)).not.toContain('supersecretvalue')
  })

  test('the message of a failure is cleaned', async () => {
    const uri = `${ARM}/mfeOperationsStatus/1`
    const body = endpointBody('fraud', {
      provisioningState: 'Failed',
      properties: { AzureAsyncOperationUri: uri },
    })
    const message = `\u001b[31mAccountKey=${'Ab1+'.repeat(21)}Ab==;\r\nfake: line`
    const { cloud } = stage((request) =>
      request.url.href === uri
        ? { body: { status: 'Failed', error: { code: 'BadArgument', message } } }
        : workspaceOf({ 'onlineEndpoints/fraud': body })(request),
    )
    const { resources } = await cloud.observe(NOTHING, signal())
    const shown = resources[0]?.failure?.message ?? ''
    expect(shown).not.toContain('Ab1+Ab1+')
    expect([...shown].every((character) => character >= ' ')).toBe(true)
  })
})
