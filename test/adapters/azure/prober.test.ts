import { readFileSync } from 'node:fs'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { AzureOptions } from '../../../src/adapters/azure/connection.ts'
import { createCredential } from '../../../src/adapters/azure/identity/credential.ts'
import { openProber } from '../../../src/adapters/azure/scoring/prober.ts'
import { createClock } from '../../../src/adapters/clock.ts'
import type { FaultOf, Probe } from '../../../src/core/model/probes/probe.ts'
import type { GoldenRequest } from '../../../src/core/model/rollout.ts'
import type { JsonObject } from '../../../src/core/model/values/json.ts'
import type { Prober } from '../../../src/reconcile/ports.ts'
import { startSandbox } from '../../../src/sandbox/index.ts'
import {
  endpointBody,
  play,
  type Reply,
  type Seen,
  samples,
  signal,
  tokens,
  virtualTime,
  WORKSPACE,
} from './stage.ts'

const HOST = 'fraud.norwayeast.inference.ml.azure.com'
const URI = `https://${HOST}/score`
const ENDPOINT = 'onlineEndpoints/fraud'

function goldenOf(name: string): GoldenRequest {
  const expect = { is: 'anything' } as const
  return { name, request: { of: name }, status: 200, expect, maxLatencyMs: 500 }
}

function probeOf(...names: string[]): Probe {
  const requests = names.map((name) => ({ golden: goldenOf(name), timeoutMs: 1_000 }))
  return { endpoint: 'fraud', deployment: 'green', requests }
}

interface Service {
  readonly authMode?: string
  readonly scoringUri?: string
  /** Keys that Azure tells, one after the other. */
  readonly keys?: readonly string[]
  readonly options?: Partial<AzureOptions>
  score?(request: Seen): Reply | undefined | Promise<Reply | undefined>
}

/** Finds fault with every answer, and says what it was. */
const faultOf: FaultOf = (_, answer) => ({ is: 'content', message: JSON.stringify(answer) })

/** The answers as they were judged. */
function judged(prober: Prober): { ask(...given: Parameters<Prober['ask']>): Promise<object[]> } {
  return {
    async ask(...given) {
      const answers = await prober.ask(...given)
      return answers.map((one) => {
        if ('problem' in one) return one
        const { status, body, latencyMs } = JSON.parse(one.fault?.message ?? '')
        return { name: one.name, status, body, latencyMs }
      })
    },
  }
}

/** A prober before an endpoint that the test plays. */
function probing(given: Service = {}) {
  const { authMode = 'Key', scoringUri = URI, keys = ['key-canary-1', 'key-canary-2'] } = given
  const left = [...keys]
  const { transport, seen } = play((request) => {
    const isScoring = request.url.hostname !== 'management.azure.com'
    if (isScoring && request.path.endsWith('/score')) return given.score?.(request) ?? { body: 1 }
    if (request.path === ENDPOINT) return { body: endpointBody('fraud', { authMode, scoringUri }) }
    if (request.path === `${ENDPOINT}/listKeys`)
      return { body: { primaryKey: left.shift(), secondaryKey: 'other' } }
    if (request.path === `${ENDPOINT}/token`) return { body: { accessToken: 'aml-canary' } }
    return undefined
  })
  const clock = virtualTime()
  const credential = tokens()
  const prober = openProber({
    ...{ workspace: WORKSPACE, credential, transport, clock, meter: samples().meter, faultOf },
    ...given.options,
  })
  const scored = () => seen.filter(({ path }) => path.endsWith('/score'))
  return { prober: judged(prober), seen, clock, credential, scored }
}

describe('a probe', () => {
  test('goes past all weights, in order, and is measured by the clock', async () => {
    const { prober, scored, clock } = probing({
      score: (request) => {
        clock.advance(25)
        return { body: JSON.parse(request.body) }
      },
    })
    const answers = await prober.ask(probeOf('a', 'b'), signal())
    expect(answers).toEqual([
      { name: 'a', status: 200, body: { of: 'a' }, latencyMs: 25 },
      { name: 'b', status: 200, body: { of: 'b' }, latencyMs: 25 },
    ])
    expect(scored().map(({ method, url }) => `${method} ${url}`)).toEqual(
      Array(2).fill(`POST ${URI}`),
    )
    expect(scored().map(({ headers }) => headers['azureml-model-deployment'])).toEqual([
      'green',
      'green',
    ])
  })

  test.each([
    ['Key', 'Bearer key-canary-1', ['https://management.azure.com/.default']],
    ['AMLToken', 'Bearer aml-canary', ['https://management.azure.com/.default']],
    [
      'AADToken',
      'Bearer token-1',
      ['https://management.azure.com/.default', 'https://ml.azure.com/.default'],
    ],
  ])('gets in by what the endpoint asks for: %s', async (authMode, authorization, scopes) => {
    const { prober, scored, credential } = probing({ authMode })
    await prober.ask(probeOf('a'), signal())
    expect(scored()[0]?.headers.authorization).toBe(authorization)
    expect(credential.asked).toEqual(scopes)
  })

  test('takes what a model says as it is, good or bad', async () => {
    const replies: Reply[] = [
      { status: 424, body: 'boom', headers: { 'azureml-model-deployment': 'green' } },
      { status: 408, body: 'upstream request timeout' },
      { status: 500, body: { error: 'x' } },
      { status: 200, body: '[1, 2' },
      { status: 404, body: 'no', headers: { 'azureml-model-deployment': 'green' } },
    ]
    const { prober } = probing({ score: () => replies.shift() })
    const answers = await prober.ask(probeOf('a', 'b', 'c', 'd', 'e'), signal())
    expect(
      answers.map((one) => ('status' in one && 'body' in one ? [one.status, one.body] : one)),
    ).toEqual([
      [424, undefined],
      [408, undefined],
      [500, { error: 'x' }],
      [200, undefined],
      [404, undefined],
    ])
  })

  test('does not take more of an answer than two megabytes', async () => {
    const large = JSON.stringify('x'.repeat(2 * 1024 * 1024))
    const { prober } = probing({ score: () => ({ body: large }) })
    expect(await prober.ask(probeOf('a'), signal())).toMatchObject([
      { name: 'a', problem: { reason: 'AnswerTooLarge' } },
    ])
  })

  test('renews a refused key once, and answers every request', async () => {
    const { prober, scored } = probing({
      score: ({ headers }) =>
        headers.authorization === 'Bearer key-canary-2'
          ? { body: 7 }
          : { status: 401, body: 'key_auth_access_denied' },
    })
    const answers = await prober.ask(probeOf('a', 'b'), signal())
    expect(answers).toMatchObject([
      { name: 'a', status: 200, body: 7 },
      { name: 'b', status: 200, body: 7 },
    ])
    expect(scored()).toHaveLength(3)
  })

  test('does not chase a key that is refused again and again', async () => {
    const { prober, scored, seen } = probing({
      keys: ['key-canary-1', 'key-canary-2', 'key-canary-3'],
      score: ({ headers, body }) =>
        headers.authorization === 'Bearer key-canary-2' && body.includes('a')
          ? { body: 7 }
          : { status: 401, body: '' },
    })
    expect(await prober.ask(probeOf('a', 'b', 'c'), signal())).toMatchObject([
      { name: 'a', status: 200 },
      { name: 'b', problem: { reason: 'Unauthorized' } },
      { name: 'c', problem: { reason: 'Unauthorized' } },
    ])
    expect(scored()).toHaveLength(3)
    expect(seen.filter(({ path }) => path.endsWith('/listKeys'))).toHaveLength(2)
  })

  test('renews a refused Entra token once', async () => {
    const { prober, scored } = probing({
      authMode: 'AADToken',
      score: ({ headers }) =>
        headers.authorization === 'Bearer token-2' ? { body: 7 } : { status: 401, body: '' },
    })
    expect(await prober.ask(probeOf('a'), signal())).toMatchObject([{ status: 200 }])
    expect(scored()).toHaveLength(2)
  })

  test('asks nothing of an endpoint for as long as that asks to be left alone', async () => {
    const replies: Reply[] = [{ status: 429, body: '', headers: { 'retry-after': '60' } }]
    const { prober, seen, clock } = probing({ score: () => replies.shift() ?? { body: 7 } })
    const throttled = [{ problem: { reason: 'Throttled' } }]
    expect(await prober.ask(probeOf('a'), signal())).toMatchObject(throttled)
    const before = seen.length
    clock.advance(59_000)
    expect(await prober.ask(probeOf('a'), signal())).toMatchObject(throttled)
    expect(seen).toHaveLength(before)
    clock.advance(1_000)
    expect(await prober.ask(probeOf('a'), signal())).toMatchObject([{ status: 200, body: 7 }])
  })

  // What keeps one request from being asked keeps the rest: [what, answer, reason, how many were sent].
  const obstacles: [string, Reply, string, number][] = [
    ['refused twice', { status: 401, body: 'key-canary-1' }, 'Unauthorized', 2],
    ['forbidden', { status: 403, body: '' }, 'Unauthorized', 1],
    ['throttled', { status: 429, body: '' }, 'Throttled', 1],
    ['redirected', { status: 307, headers: { location: 'https://evil.example' } }, 'Refused', 1],
    ['not routed yet', { status: 404, body: 'There is no deployment' }, 'NotRouted', 1],
  ]
  test.each(obstacles)(
    'that is %s says so for all its requests',
    async (_, reply, reason, sent) => {
      const { prober, scored, seen } = probing({ score: () => reply })
      const answers = await prober.ask(probeOf('a', 'b', 'c'), signal())
      expect(answers).toMatchObject(['a', 'b', 'c'].map((name) => ({ name, problem: { reason } })))
      expect(scored()).toHaveLength(sent)
      expect(seen.every(({ url }) => url.hostname !== 'evil.example')).toBe(true)
      expect(JSON.stringify(answers)).not.toContain('canary')
    },
  )

  test('gives one request up after its time, and asks the next', async () => {
    const { prober } = probing({
      score: ({ body }) => (body.includes('slow') ? new Promise(() => {}) : { body: 1 }),
    })
    const probe = probeOf('slow', 'quick')
    const requests = probe.requests.map((one) => ({ ...one, timeoutMs: 20 }))
    expect(await prober.ask({ ...probe, requests }, signal())).toMatchObject([
      { name: 'slow', problem: { reason: 'TimedOut' } },
      { name: 'quick', status: 200 },
    ])
  })

  test('of a host that hangs up is unreachable, and shows nothing of the request', async () => {
    const { prober } = probing({
      score: ({ headers }) => Promise.reject(new Error(`reset ${headers.authorization}`)),
    })
    const answers = await prober.ask(probeOf('a'), signal())
    expect(answers).toMatchObject([{ problem: { reason: 'Unreachable' } }])
    expect(JSON.stringify(answers)).not.toContain('canary')
  })

  test('of an endpoint that is not there has the reason of Azure', async () => {
    const { prober, scored } = probing()
    const answers = await prober.ask({ ...probeOf('a'), endpoint: 'churn' }, signal())
    expect(answers).toMatchObject([{ name: 'a', problem: { reason: expect.any(String) } }])
    expect(scored()).toEqual([])
  })
})

describe('a key', () => {
  test.each([
    'https://evil.example/score',
    'https://fraud.norwayeast.inference.ml.azure.com.evil.example/score',
    'https://evil.example/fraud.norwayeast.inference.ml.azure.com/score',
    'https://user@fraud.norwayeast.inference.ml.azure.com/score',
    'https://fraud.norwayeast.inference.ml.azure.com:8443/score',
    'http://fraud.norwayeast.inference.ml.azure.com/score',
    'http://127.0.0.1:9/fraud/score',
    'http://169.254.169.254/score',
    'not an address',
  ])('is not asked for, and not sent, when the endpoint says it is at %s', async (scoringUri) => {
    const { prober, seen } = probing({ scoringUri })
    const answers = await prober.ask(probeOf('a'), signal())
    expect(answers).toMatchObject([{ problem: { reason: 'Refused' } }])
    expect(seen.map(({ path }) => path)).toEqual([ENDPOINT])
  })

  test.each(['us', 'cn'])('goes to no other cloud: not to .%s', async (end) => {
    const { prober, seen } = probing({
      scoringUri: `https://fraud.x.inference.ml.azure.${end}/score`,
    })
    const answers = await prober.ask(probeOf('a'), signal())
    expect(answers).toMatchObject([{ problem: { reason: 'Refused' } }])
    expect(seen.map(({ path }) => path)).toEqual([ENDPOINT])
  })

  test('with a line break in it gets into no header', async () => {
    const { prober, scored } = probing({ keys: ['key\r\nx: y'] })
    expect(await prober.ask(probeOf('a'), signal())).toMatchObject([
      { problem: { reason: 'Unauthorized' } },
    ])
    expect(scored()).toEqual([])
  })
})

describe('over sockets, at the sandbox', () => {
  let sandbox: Awaited<ReturnType<typeof startSandbox>>
  const authorities = getCACertificates('default')

  beforeAll(async () => {
    sandbox = await startSandbox({ runsScripts: false, progress: 'immediate' })
    setDefaultCACertificates([...authorities, readFileSync(sandbox.caFile, 'utf8')])
  })
  afterAll(async () => {
    setDefaultCACertificates(authorities)
    await sandbox.close()
  })

  function credentialOf() {
    const { login: authorityHost, tenantId, clientId, clientSecret } = sandbox
    return createCredential({ authorityHost, tenantId, clientId, clientSecret })
  }

  async function put(path: string, properties: JsonObject): Promise<void> {
    const { arm, subscriptionId, resourceGroup, workspace, location } = sandbox
    const token = await credentialOf().getToken('https://management.azure.com/.default')
    const root = `${arm}/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${workspace}`
    const response = await fetch(`${root}/${path}?api-version=2024-10-01`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token?.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        ...{ location, properties },
        ...(path.includes('deployments')
          ? { sku: { name: 'Default', capacity: 1 } }
          : { identity: { type: 'SystemAssigned' } }),
      }),
    })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  }

  test.each(['Key', 'AMLToken', 'AADToken'])('%s opens the front door', async (authMode) => {
    const endpoint = `e-${authMode.toLowerCase()}`
    await put(`onlineEndpoints/${endpoint}`, { authMode })
    await put(`onlineEndpoints/${endpoint}/deployments/green`, {
      endpointComputeType: 'Managed',
      instanceType: 'Standard_DS3_v2',
    })
    const { subscriptionId, resourceGroup, workspace: name, arm } = sandbox
    const prober = judged(
      openProber({
        workspace: { subscriptionId, resourceGroup, name },
        credential: credentialOf(),
        endpoint: arm,
        clock: createClock(),
        ...{ meter: samples().meter, faultOf },
      }),
    )
    const known = await prober.ask({ ...probeOf('a'), endpoint }, signal())
    // Nothing runs here: that the deployment itself says so shows that the request got to it.
    expect(known).toMatchObject([{ name: 'a', status: 424 }])
    const unknown = await prober.ask({ ...probeOf('a'), endpoint, deployment: 'blue' }, signal())
    expect(unknown).toMatchObject([{ problem: { reason: 'NotRouted' } }])
  })
})
