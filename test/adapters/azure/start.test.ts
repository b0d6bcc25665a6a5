import { describe, expect, test } from '@jest/globals'
import { basisOf } from '../../../src/core/model/basis.ts'
import type { Ref } from '../../../src/core/model/ref.ts'
import {
  actionFor,
  endpointBody,
  NO_CONTENT,
  NOTHING,
  type Reply,
  type Seen,
  signal,
  stage,
  workspaceOf,
} from './stage.ts'

const FRAUD: Ref = { kind: 'OnlineEndpoint', name: 'fraud' }
const BLUE: Ref = { kind: 'OnlineDeployment', name: 'blue', parent: 'fraud' }
const LIVE = endpointBody('fraud', { traffic: { blue: 100 } })
const WANTED = { ...LIVE, tags: { a: 'b' } }

/** A workspace with one endpoint, where writes get `reply`. */
function workspaceWith(reply: (request: Seen) => Reply | Promise<Reply>, live = LIVE) {
  const read = workspaceOf({ 'onlineEndpoints/fraud': live })
  return stage((request) => (request.method === 'GET' ? read(request) : reply(request)))
}

const accepted = (status: number) => () => ({ status, body: LIVE })
const update = actionFor(FRAUD, LIVE, WANTED)

describe('starting an action', () => {
  test.each([200, 201, 202])('sends one PUT and no poll (answer %i)', async (status) => {
    const { cloud, sent } = workspaceWith(accepted(status))
    expect(await cloud.start(update, NO_CONTENT, signal())).toEqual({
      action: update,
      result: 'Started',
      mark: { body: basisOf(LIVE) },
    })
    expect(sent()).toEqual(['GET onlineEndpoints/fraud', 'PUT onlineEndpoints/fraud'])
  })

  test('gives the id of the operation that a write began, as the thing names it later', async () => {
    const operations = 'https://management.azure.com/subscriptions/s/providers/p/locations/l'
    const header = { 'Azure-AsyncOperation': `${operations}/mfeOperationsStatus/bd:w:42?t=1&s=2` }
    const { cloud } = workspaceWith(() => ({ status: 201, body: LIVE, headers: header }))
    const outcome = await cloud.start(update, NO_CONTENT, signal())
    expect(outcome).toMatchObject({ mark: { operation: '42' } })
  })

  test.each([200, 202, 204])('sends one DELETE and no poll (answer %i)', async (status) => {
    const { cloud, sent } = workspaceWith(accepted(status))
    const outcome = await cloud.start(actionFor(FRAUD, LIVE), NO_CONTENT, signal())
    expect(outcome.result).toBe('Started')
    expect(sent()).toEqual([
      'GET onlineEndpoints/fraud',
      'GET onlineEndpoints/fraud/deployments',
      'DELETE onlineEndpoints/fraud',
    ])
  })

  test('sends no DELETE of an endpoint that has a deployment which was not read with it', async () => {
    const bodies: Record<string, unknown> = { 'onlineEndpoints/fraud': LIVE }
    const { cloud, sent } = stage((request) =>
      request.method === 'DELETE' ? { status: 202 } : workspaceOf(bodies)(request),
    )
    await cloud.observe(NOTHING, signal())
    bodies['onlineEndpoints/fraud/deployments/theirs'] = { name: 'theirs' }
    const ended = () => cloud.start(actionFor(FRAUD, LIVE), NO_CONTENT, signal())
    expect(await ended()).toMatchObject({ result: 'Failed', reason: 'Moved', retry: 'Later' })
    expect(sent().filter((one) => one.startsWith('DELETE'))).toEqual([])
    const { resources } = await cloud.observe(NOTHING, signal())
    expect(resources.map(({ ref }) => ref.name)).toEqual(['fraud', 'theirs'])
    expect(await ended()).toMatchObject({ result: 'Started' })
  })

  test('creates where nothing is', async () => {
    const { cloud, sent } = workspaceWith(accepted(201))
    const outcome = await cloud.start(actionFor(BLUE, undefined, { a: 1 }), NO_CONTENT, signal())
    expect(outcome.result).toBe('Started')
    expect(sent().at(-1)).toBe('PUT onlineEndpoints/fraud/deployments/blue')
  })

  test.each([
    ['changed', { ...LIVE, properties: { authMode: 'Key', traffic: { green: 100 } } }, update],
    ['gone', undefined, actionFor(BLUE, { a: 1 }, { a: 2 })],
    ['already there', LIVE, actionFor(FRAUD, undefined, WANTED)],
    ['changed under a delete', { ...LIVE, tags: { keep: 'me' } }, actionFor(FRAUD, LIVE)],
  ])('sends nothing when what it was decided on is %s (attack 42)', async (_, live, action) => {
    const { cloud, seen } = workspaceWith(accepted(200), live)
    const outcome = await cloud.start(action, NO_CONTENT, signal())
    expect(outcome).toMatchObject({ reason: 'Moved', errorClass: 'conflict', retry: 'Later' })
    expect(seen.every(({ method }) => method === 'GET')).toBe(true)
  })

  test.each([400, 403, 410, 500])('makes nothing where a GET answers %i (S26)', async (status) => {
    const read = workspaceOf({})
    const azure = stage((request) =>
      request.method === 'GET' && request.path.endsWith('/blue')
        ? { status, body: { error: { code: 'X', message: 'x' } } }
        : (read(request) ?? { status: 201, body: {} }),
    )
    const create = actionFor(BLUE, undefined, { a: 1 })
    expect(await azure.cloud.start(create, NO_CONTENT, signal())).toMatchObject({
      result: 'Failed',
      // What a read was answered says nothing about the write.
      retry: 'Later',
    })
    expect(azure.seen.every(({ method }) => method === 'GET')).toBe(true)
  })

  test('makes no endpoint whose deployments are listed, though a late GET says that it is gone', async () => {
    const read = workspaceOf({ 'onlineEndpoints/fraud/deployments/blue': { name: 'blue' } })
    const { cloud, sent } = stage((request) =>
      request.method === 'GET' ? read(request) : { status: 200, body: LIVE },
    )
    const outcome = await cloud.start(actionFor(FRAUD, undefined, WANTED), NO_CONTENT, signal())
    expect(outcome).toMatchObject({ reason: 'Moved', retry: 'Later' })
    expect(sent()).toEqual(['GET onlineEndpoints/fraud', 'GET onlineEndpoints/fraud/deployments'])
  })

  test('makes no endpoint anew that was there a moment ago, until it was not found for a minute', async () => {
    let bodies: { readonly [path: string]: unknown } = { 'onlineEndpoints/fraud': LIVE }
    const { cloud, clock, seen } = stage((request) =>
      request.method === 'GET' ? workspaceOf(bodies)(request) : { status: 201, body: LIVE },
    )
    const create = () => cloud.start(actionFor(FRAUD, undefined, WANTED), NO_CONTENT, signal())
    await cloud.observe(NOTHING, signal())
    bodies = {}
    expect(await create()).toMatchObject({ reason: 'Moved', retry: 'Later' })
    expect(seen.every(({ method }) => method === 'GET')).toBe(true)
    await clock.sleep(60_000, signal())
    expect(await create()).toMatchObject({ result: 'Started' })
  })

  test.each([403, 500])(
    'makes no endpoint whose deployments cannot be listed (%i)',
    async (status) => {
      const read = workspaceOf({})
      const azure = stage((request) =>
        request.path === 'onlineEndpoints/fraud/deployments'
          ? { status, body: { error: { code: 'X', message: 'x' } } }
          : request.method === 'GET'
            ? read(request)
            : { status: 200, body: LIVE },
      )
      const create = actionFor(FRAUD, undefined, WANTED)
      expect(await azure.cloud.start(create, NO_CONTENT, signal())).toMatchObject({
        result: 'Failed',
      })
      expect(azure.seen.every(({ method }) => method === 'GET')).toBe(true)
    },
  )

  test("only the service's own book-keeping having moved is no change", async () => {
    const properties = {
      traffic: { blue: 100 },
      properties: { AzureAsyncOperationUri: 'https://x/2' },
    }
    const now = { ...endpointBody('fraud', properties), systemData: { lastModifiedAt: 'now' } }
    const then = endpointBody('fraud', { traffic: { blue: 100 }, properties: {} })
    const { cloud } = workspaceWith(accepted(200), now)
    const outcome = await cloud.start(actionFor(FRAUD, then, WANTED), NO_CONTENT, signal())
    expect(outcome.result).toBe('Started')
  })

  test.each(['Updating', 'Creating', 'Deleting', 'Scaling', 'Whatever'])(
    'leaves a thing that is %s alone (S12)',
    async (state) => {
      const moving = endpointBody('fraud', { provisioningState: state })
      const { cloud, seen } = workspaceWith(accepted(200), moving)
      const outcome = await cloud.start(actionFor(FRAUD, moving, WANTED), NO_CONTENT, signal())
      expect(outcome).toMatchObject({ reason: 'Conflict', retry: 'Later' })
      expect(seen).toHaveLength(1)
    },
  )

  test('a create that is stuck may be deleted', async () => {
    const stuck = endpointBody('fraud', { provisioningState: 'Creating' })
    const { cloud } = workspaceWith(accepted(202), stuck)
    const outcome = await cloud.start(actionFor(FRAUD, stuck), NO_CONTENT, signal())
    expect(outcome.result).toBe('Started')
  })

  test('a 409 is told and not sent again (S11)', async () => {
    const { cloud, seen } = workspaceWith(() => ({
      status: 409,
      body: { error: { code: 'Conflict' } },
    }))
    const outcome = await cloud.start(update, NO_CONTENT, signal())
    expect(outcome).toMatchObject({ reason: 'Conflict', errorClass: 'conflict', retry: 'Later' })
    expect(seen.filter(({ method }) => method === 'PUT')).toHaveLength(1)
  })

  test.each([500, 502, 503, 504])('a write answered %i is not sent again', async (status) => {
    const { cloud, seen } = workspaceWith(() => ({ status, body: {} }))
    const outcome = await cloud.start(update, NO_CONTENT, signal())
    expect(outcome).toMatchObject({ reason: 'Unavailable', retry: 'Later' })
    expect(seen.filter(({ method }) => method === 'PUT')).toHaveLength(1)
  })

  test('a lost answer is Unavailable, and the write is not sent again', async () => {
    const { cloud, seen, retries } = workspaceWith(() =>
      Promise.reject(new Error('socket hang up')),
    )
    const outcome = await cloud.start(update, NO_CONTENT, signal())
    expect(outcome).toMatchObject({
      reason: 'Unavailable',
      errorClass: 'retryable',
      retry: 'Later',
    })
    expect(seen.filter(({ method }) => method === 'PUT')).toHaveLength(1)
    expect(retries).toEqual([])
  })

  test("an answer that never comes ends with the caller's signal", async () => {
    const { cloud } = workspaceWith(() => new Promise<Reply>(() => {}))
    const controller = new AbortController()
    const outcome = cloud.start(update, NO_CONTENT, controller.signal)
    setImmediate(() => controller.abort())
    expect(await outcome).toMatchObject({ reason: 'Aborted', retry: 'Later' })
  })

  test('after a 429 no write is sent until the window is over (S18)', async () => {
    const { cloud, seen, clock } = workspaceWith(() => ({
      status: seen.filter(({ method }) => method === 'PUT').length === 1 ? 429 : 200,
      headers: { 'retry-after': '30' },
      body: LIVE,
    }))
    const first = await cloud.start(update, NO_CONTENT, signal())
    expect(first).toMatchObject({ reason: 'Throttled', retryAfterMs: 30_000 })
    const second = await cloud.start(update, NO_CONTENT, signal())
    expect(second).toMatchObject({ reason: 'Throttled', retry: 'Later' })
    expect(seen.filter(({ method }) => method === 'PUT')).toHaveLength(1)
    clock.advance(30_000)
    const third = await cloud.start(update, NO_CONTENT, signal())
    expect(third.result).toBe('Started')
  })

  test('a write that has to wait for others reads and sends nothing, and is no failure', async () => {
    const limits = { deploymentWrites: { burst: 1, perSecond: 0.1 } }
    const read = workspaceOf({ 'onlineEndpoints/fraud': LIVE })
    const reply = (request: Seen) => (request.method === 'GET' ? read(request) : accepted(200)())
    const { cloud, seen } = stage(reply, { limits })
    const deployment = actionFor(BLUE, undefined, { properties: {} })
    expect(await cloud.start(deployment, NO_CONTENT, signal())).toMatchObject({ result: 'Started' })
    const before = seen.length
    const queued = await cloud.start(deployment, NO_CONTENT, signal())
    expect(queued).toMatchObject({ reason: 'Queued', retry: 'Later', retryAfterMs: 10_000 })
    expect(seen.length).toBe(before)
  })

  test('a name that could lead elsewhere is refused before anything is sent', async () => {
    for (const name of ['../x', '..', 'a/b', 'a?b', 'a%2e', '']) {
      const { cloud, seen } = workspaceWith(accepted(200))
      const outcome = await cloud.start(
        actionFor({ kind: 'OnlineEndpoint', name }, undefined, {}),
        NO_CONTENT,
        signal(),
      )
      expect(outcome).toMatchObject({ reason: 'InvalidName', retry: 'Never' })
      expect(seen).toEqual([])
    }
  })
})

describe('reading', () => {
  test('a read that meets passing faults is tried twice more, and no longer', async () => {
    let faults = 2
    const flaky = stage((request) => {
      if (request.path === 'onlineEndpoints' && faults-- > 0) return { status: 503, body: '' }
      return workspaceOf({})(request)
    })
    await expect(flaky.cloud.observe(NOTHING, signal())).resolves.toMatchObject({ complete: true })
    expect(flaky.retries).toEqual(['arm server_error', 'arm server_error'])
    const broken = stage(({ path }) => (path === '.' ? { body: { nothing: 1 } } : undefined))
    await expect(broken.cloud.observe(NOTHING, signal())).rejects.toMatchObject({
      reason: 'UnreadableAnswer',
    })
    const down = stage(() => Promise.reject(new Error('no route')))
    await expect(down.cloud.observe(NOTHING, signal())).rejects.toMatchObject({
      reason: 'Unavailable',
    })
    expect(down.seen).toHaveLength(3)
  })

  test('each request is measured once, under a type of the closed set', async () => {
    const { cloud, requests } = stage(workspaceOf({ 'onlineEndpoints/fraud': LIVE }))
    await cloud.observe(
      { assets: [{ kind: 'Model', name: 'm', version: '1' }], labels: [] },
      signal(),
    )
    expect(
      requests.map(({ resourceType, method, status }) => [resourceType, method, status]),
    ).toEqual([
      ['workspaces', 'GET', 200],
      ['onlineEndpoints', 'GET', 200],
      ['onlineEndpoints/deployments', 'GET', 200],
      ['batchEndpoints', 'GET', 200],
      ['models', 'GET', 404],
    ])
    expect(requests.every(({ api }) => api === 'arm')).toBe(true)
  })

  test('an endpoint whose deployments cannot be read counts as moving, and as unread', async () => {
    const bodies = {
      'onlineEndpoints/good': endpointBody('good'),
      'onlineEndpoints/bad': endpointBody('bad'),
    }
    const { cloud } = stage((request) =>
      request.path === 'onlineEndpoints/bad/deployments'
        ? { status: 500, body: '' }
        : workspaceOf(bodies)(request),
    )
    const world = await cloud.observe(NOTHING, signal())
    expect(world.resources.map(({ ref, phase }) => [ref.name, phase])).toEqual([
      ['good', 'Ready'],
      ['bad', 'Provisioning'],
    ])
    expect([...world.unread]).toEqual(['OnlineEndpoint/bad'])
    expect(world.complete).toBe(true)
  })

  describe('when nothing speaks of an endpoint, and its turn has not come', () => {
    const LIST = 'GET onlineEndpoints/fraud/deployments'

    async function rested(reply: () => Reply) {
      const read = workspaceOf({
        'onlineEndpoints/fraud': LIVE,
        'onlineEndpoints/fraud/deployments/blue': { name: 'blue' },
      })
      const azure = stage((request) => (request.method === 'GET' ? read(request) : reply()), {
        limits: { auditShare: 0, reads: { burst: 10, perSecond: 25 } },
      })
      for (let look = 0; look < 6; look += 1) await azure.cloud.observe(NOTHING, signal())
      azure.seen.length = 0
      return azure
    }

    test('its deployments are what they were', async () => {
      const { cloud, sent } = await rested(accepted(200))
      const world = await cloud.observe(NOTHING, signal())
      expect(world.resources.map(({ ref }) => ref.name)).toEqual(['fraud', 'blue'])
      expect(world.complete).toBe(true)
      expect(sent()).not.toContain(LIST)
    })

    test('they are read where a rollout is under way', async () => {
      const { cloud, sent } = await rested(accepted(200))
      await cloud.observe({ ...NOTHING, closely: new Set(['OnlineEndpoint/fraud']) }, signal())
      expect(sent()).toContain(LIST)
    })

    test.each<[string, boolean, () => Reply]>([
      ['accepted', true, accepted(201)],
      ['answered by nobody', true, () => ({ status: 503, body: '' })],
      ['refused', true, () => ({ status: 409, body: { error: { code: 'Conflict' } } })],
      ['throttled', false, () => ({ status: 429, body: '', headers: { 'retry-after': '60' } })],
    ])('after a write that is %s they are read: %p', async (_, isRead, reply) => {
      const { cloud, sent } = await rested(reply)
      await cloud.start(actionFor(BLUE, { name: 'blue' }, { a: 1 }), NO_CONTENT, signal())
      await cloud.observe(NOTHING, signal())
      expect(sent().includes(LIST)).toBe(isRead)
    })
  })

  test('labels: latest is the newest by creation; what does not resolve is absent', async () => {
    const { cloud, seen } = stage((request) =>
      request.path === 'models/m/versions'
        ? { body: { value: [{ name: '12' }], nextLink: 'https://management.azure.com/more' } }
        : workspaceOf({})(request),
    )
    const label = (name: string, word: string) => ({ kind: 'Model' as const, name, label: word })
    const labels = [label('m', 'latest'), label('gone', 'latest'), label('m', 'production')]
    const world = await cloud.observe({ assets: [], labels }, signal())
    expect(world.labels).toEqual({ 'Model/m@latest': '12' })
    const asked = seen.find(({ path }) => path === 'models/m/versions')
    expect(asked?.url.searchParams.get('$orderBy')).toBe('createdtime desc')
    expect(asked?.url.searchParams.get('$top')).toBe('1')
  })

  test('the workspace is read once in ten minutes', async () => {
    const { cloud, seen, clock } = stage(workspaceOf({}))
    await cloud.observe(NOTHING, signal())
    await cloud.observe(NOTHING, signal())
    clock.advance(600_001)
    await cloud.observe(NOTHING, signal())
    expect(seen.filter(({ path }) => path === '.')).toHaveLength(2)
  })

  test('a workspace that is not there is said to be so', async () => {
    const { cloud } = stage(() => undefined)
    await expect(cloud.observe(NOTHING, signal())).rejects.toMatchObject({
      reason: 'WorkspaceNotFound',
    })
  })
})

describe('a list that does not show what a GET shows', () => {
  test.each<[string, (bodies: { value: object[] }) => { value: object[] }]>([
    ['leaves a thing out', () => ({ value: [] })],
    ['leaves a field out', () => ({ value: [endpointBody('fraud')] })],
  ])('that %s delays a write by one observation, and loses no field', async (_, lag) => {
    const read = workspaceOf({ 'onlineEndpoints/fraud': LIVE })
    const { cloud, sent } = stage((request) => {
      if (request.method === 'PUT') return { status: 200, body: LIVE }
      const reply = read(request) as Reply | undefined
      return request.path === 'onlineEndpoints' ? { body: lag({ value: [] }) } : reply
    })
    const seen = (await cloud.observe(NOTHING, signal())).resources[0]?.body
    const blind = await cloud.start(actionFor(FRAUD, seen, WANTED), NO_CONTENT, signal())
    expect(blind).toMatchObject({ reason: 'Moved', retry: 'Later' })
    const body = (await cloud.observe(NOTHING, signal())).resources[0]?.body
    expect(body).toEqual(LIVE)
    const sure = await cloud.start(actionFor(FRAUD, body, WANTED), NO_CONTENT, signal())
    expect(sure.result).toBe('Started')
    expect(sent().filter((one) => one.startsWith('PUT'))).toHaveLength(1)
  })

  test('and still lists what is gone is not believed twice', async () => {
    const { cloud } = stage((request) => {
      if (request.path === 'onlineEndpoints') return { body: { value: [LIVE] } }
      return workspaceOf({})(request)
    })
    await cloud.observe(NOTHING, signal())
    await cloud.start(actionFor(FRAUD, LIVE), NO_CONTENT, signal())
    const world = await cloud.observe(NOTHING, signal())
    expect(world).toMatchObject({ resources: [], complete: true })
  })

  test('once both agree, the thing is read from the list alone again', async () => {
    let listed: object[] = []
    const read = workspaceOf({ 'onlineEndpoints/fraud': LIVE })
    const { cloud, seen } = stage((request) =>
      request.path === 'onlineEndpoints' ? { body: { value: listed } } : read(request),
    )
    await cloud.start(actionFor(FRAUD, undefined, WANTED), NO_CONTENT, signal())
    listed = [LIVE]
    await cloud.observe(NOTHING, signal())
    seen.length = 0
    await cloud.observe(NOTHING, signal())
    expect(seen.map(({ path }) => path)).toEqual(['onlineEndpoints', 'batchEndpoints'])
  })
})
