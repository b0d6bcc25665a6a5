import { afterAll, describe, expect, test } from '@jest/globals'
import { endpointViews } from '../../../src/sandbox/core/machine.ts'
import { createDataPlane, type DataPlane } from '../shell/data-plane.ts'
import { MINUTE, type RehearsalStage, type Scoring, START, setStage, tokenOf } from './stage.ts'

const ANSWER = { 'sandbox.answer': '{"score": 0.5}' }

/** Blue answers, green is broken, red was never provisioned; blue has all the weight unless it is said. */
async function staged(traffic: Readonly<Record<string, number>> = { blue: 100 }) {
  const stage = await setStage()
  await stage.deploy('blue', { tags: { ...ANSWER, 'sandbox.latency_ms': '20' } })
  await stage.deploy('green', { tags: { 'sandbox.broken': 'true', 'sandbox.latency_ms': '1' } })
  await stage.deploy('slow', {
    tags: { 'sandbox.latency_ms': '1200', 'sandbox.latency_sigma': '0' },
    requestTimeout: 'PT1S',
  })
  await stage.deploy('red', { tags: { 'sandbox.error_ratio': 'x' } })
  await stage.weigh(traffic)
  return stage
}

const planes: DataPlane[] = []
afterAll(() => Promise.all(planes.map(({ runtime }) => runtime.close())))

/** The data plane of real time, showing the same workspace. */
async function inRealTime({ sandbox }: RehearsalStage): Promise<DataPlane> {
  const plane = createDataPlane()
  planes.push(plane)
  await plane.show(...endpointViews(sandbox.state, sandbox.clock.now()))
  return plane
}

const pinned = (name: string) => ({ headers: { 'azureml-model-deployment': name } })
const VOLATILE = ['x-request-id', 'x-ms-request-id', 'ms-azureml-model-time']

function lasting(answer: { status: number; headers: Readonly<Record<string, string>> }) {
  const kept = Object.entries(answer.headers).filter(([name]) => !VOLATILE.includes(name))
  return { ...answer, headers: Object.fromEntries(kept) }
}

describe('the front door in virtual time answers as the one in real time', () => {
  test.each<[string, Scoring, number]>([
    ['a request', {}, 200],
    ['a pinned request', pinned('blue'), 200],
    ['a pinned request in capitals', pinned('BLUE'), 200],
    ['a broken deployment', pinned('green'), 424],
    ['a deployment that is too slow', pinned('slow'), 408],
    ['a deployment that was never provisioned', pinned('red'), 404],
    ['a deployment that does not exist', pinned('grey'), 404],
    ['a path that the container lacks', { path: '/other' }, 424],
    ['a look at its health', { method: 'GET', path: '/' }, 200],
    ['a wrong key', { headers: { authorization: 'Bearer wrong' } }, 401],
    ['no key', { headers: { authorization: '' } }, 401],
  ])('%s', async (_, request, status) => {
    const stage = await staged()
    const plane = await inRealTime(stage)
    const { primaryKey } = (await stage.arm('POST', 'onlineEndpoints/fraud/listKeys')).json
    const headers = { authorization: `Bearer ${primaryKey}`, ...request.headers }
    const real = await plane.post('', { ...request, headers })
    const { text: body, json: _json, ...virtual } = await stage.score(request)
    expect(lasting({ ...virtual, body } as typeof real)).toEqual(lasting(real))
    expect(virtual.status).toBe(status)
  })

  test('a weight that names its deployment in capitals', async () => {
    const stage = await staged({ BLUE: 100 })
    expect((await stage.score()).headers['azureml-model-deployment']).toBe('blue')
    stage.sandbox.clock.advance(MINUTE)
    const at = stage.sandbox.clock.now()
    expect((await stage.series(at, at, 1000)).blue?.requests).toEqual([1])
  })

  test('no weight at all', async () => {
    const stage = await staged({})
    const answer = await stage.score()
    expect(answer.status).toBe(404)
    expect(answer.text).toContain('No valid deployments to route to.')
  })

  test('an endpoint with Entra authorisation, for a caller with the right audience', async () => {
    const stage = await staged()
    await stage.arm('PUT', 'onlineEndpoints/fraud', {
      location: 'norwayeast',
      identity: { type: 'SystemAssigned' },
      properties: { authMode: 'AADToken', traffic: { blue: 100 } },
    })
    const scoring = await tokenOf(stage.sandbox, 'https://ml.azure.com/.default')
    const management = await tokenOf(stage.sandbox, 'https://management.azure.com/.default')
    const by = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
    expect((await stage.score(by(scoring))).status).toBe(200)
    expect((await stage.score(by(management))).status).toBe(401)
  })
})

describe('scoring in process', () => {
  test('answers what is declared, with its latency told and counted, in no time', async () => {
    const stage = await staged()
    const answer = await stage.score()
    expect(answer.json).toEqual({ score: 0.5 })
    expect(answer.headers['azureml-model-deployment']).toBe('blue')
    expect(Number(answer.headers['ms-azureml-model-time'])).toBeGreaterThan(5)
    expect(stage.sandbox.clock.now()).toBe(START)
    const [counter] = stage.sandbox.stage.counters.read()
    const told = Number(answer.headers['ms-azureml-model-time'])
    expect(Math.round(counter?.latencySumMs ?? 0)).toBe(told)
  })

  test('takes virtual time when it was asked to', async () => {
    const stage = await setStage({ scoringTakesTime: true })
    await stage.deploy('blue', { tags: ANSWER })
    await stage.weigh({ blue: 100 })
    const told = Number((await stage.score()).headers['ms-azureml-model-time'])
    expect(told).toBeGreaterThan(0)
    expect(stage.sandbox.clock.now()).toBe(START + told)
  })

  test('splits by weight and gives the same answers for the same seed', async () => {
    async function hundred(seed: number) {
      const stage = await setStage({ seed })
      for (const name of ['blue', 'green'])
        await stage.deploy(name, { tags: { 'sandbox.error_ratio': '0.2' } })
      await stage.weigh({ blue: 90, green: 10 })
      const answers = []
      for (let sent = 0; sent < 100; sent += 1) answers.push(await stage.score())
      return answers
    }
    const once = await hundred(1)
    const byGreen = once.filter((answer) => answer.headers['azureml-model-deployment'] === 'green')
    expect(byGreen).toHaveLength(10)
    expect(await hundred(1)).toEqual(once)
    expect((await hundred(2)).map(({ status }) => status)).not.toEqual(
      once.map(({ status }) => status),
    )
  })

  test('counts in the history what weights have routed, and no golden request', async () => {
    const stage = await staged({ blue: 100 })
    for (let sent = 0; sent < 5; sent += 1) {
      await stage.score()
      await stage.score(pinned('green'))
      await stage.score({ headers: { authorization: 'Bearer wrong' } })
    }
    stage.sandbox.clock.advance(MINUTE)
    const at = stage.sandbox.clock.now()
    const { blue, green } = await stage.series(at, at, 1000)
    expect([blue?.requests, blue?.errors]).toEqual([[5], [0]])
    expect([green?.requests, green?.errors]).toEqual([[0], [0]])
  })

  test('leaves copies of live requests out of the history', async () => {
    const stage = await staged()
    const properties = { authMode: 'Key', traffic: { blue: 100 }, mirrorTraffic: { green: 50 } }
    const body = { location: 'norwayeast', identity: { type: 'SystemAssigned' }, properties }
    await stage.arm('PUT', 'onlineEndpoints/fraud', body)
    for (let sent = 0; sent < 10; sent += 1) await stage.score()
    stage.sandbox.clock.advance(MINUTE)
    const at = stage.sandbox.clock.now()
    expect((await stage.series(at, at, 1000)).green?.requests).toEqual([0])
    const mirrored = { deployment: 'green', status: 424, mirrored: true, requests: 5 }
    expect(stage.sandbox.stage.counters.read()).toContainEqual(expect.objectContaining(mirrored))
  })

  test('is what the management routes tell of', async () => {
    const stage = await staged()
    await stage.score()
    const ask = (path: string, method = 'GET') =>
      stage.sandbox.handle({ method, url: `${stage.sandbox.arm}${path}`, headers: {} })
    expect((await ask('/metrics')).body).toContain('deployment="blue",status="200"')
    expect(JSON.parse((await ask('/sandbox/counters')).body)).toHaveLength(1)
    const refused = await ask('/sandbox/series?endpoint=fraud&from=1&to=2')
    expect(refused.status).toBe(400)
    expect(refused.body).toContain('windowMs')
    const traffic = { method: 'POST', url: `${stage.sandbox.arm}/sandbox/traffic` }
    const headers = { 'content-type': 'application/json' }
    const body = '{"endpoint":"fraud","rate":10,"arrivals":"even"}'
    expect((await stage.sandbox.handle({ ...traffic, headers, body })).status).toBe(204)
    stage.sandbox.clock.advance(MINUTE)
    expect(JSON.parse((await ask('/sandbox/traffic')).body)).toMatchObject({
      fraud: { requests: 600, failed: 0, byDeployment: { blue: { requests: 600 } } },
    })
    expect((await ask('/sandbox/traffic', 'DELETE')).status).toBe(204)
    stage.sandbox.injectFault('FailingModel')
    expect((await stage.score()).status).toBe(424)
    expect((await ask('/sandbox/faults', 'DELETE')).status).toBe(204)
    expect((await stage.score()).status).toBe(200)
  })
})
