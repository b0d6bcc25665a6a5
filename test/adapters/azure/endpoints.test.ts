import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { openEndpoints } from '../../../src/adapters/azure/endpoints/client.ts'
import { score } from '../../../src/adapters/azure/endpoints/score.ts'
import { createDefaultHttpClient } from '../../../src/adapters/azure/http/sdk.ts'
import { createClock } from '../../../src/adapters/clock.ts'
import type { Live } from '../../../src/core/model/live.ts'
import type { JsonObject } from '../../../src/core/model/values/json.ts'
import { CloudError } from '../../../src/reconcile/ports.ts'
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

const URI = 'https://fraud.norwayeast.inference.ml.azure.com/score'
const BODY = Buffer.from('{"a": 1}')
const CALL = { body: BODY, timeoutMs: 1_000, bytesMax: 1_000 }

function fraud(properties: JsonObject = {}): Live {
  const body = endpointBody('fraud', { scoringUri: URI, ...properties })
  return { ref: { kind: 'OnlineEndpoint', name: 'fraud' }, phase: 'Ready', body }
}

const KEYS = { primaryKey: 'key-canary-1', secondaryKey: 'key-canary-2' }

/** The client before a service that the test plays. */
function opened(handler: (request: Seen) => Reply | undefined = () => undefined) {
  const { transport, seen } = play((request) => {
    const answer = handler(request)
    if (answer !== undefined) return answer
    if (request.path.endsWith('/listKeys')) return { body: KEYS }
    if (request.path.endsWith('/token'))
      return { body: { accessToken: 'aml-canary', expiryTimeUtc: 1_700_000_000 } }
    return request.path.endsWith('/score') ? { body: '1' } : undefined
  })
  const credential = tokens()
  const clock = virtualTime()
  const { meter } = samples()
  const client = openEndpoints({ workspace: WORKSPACE, credential, transport, clock, meter })
  const scored = () => seen.filter(({ path }) => path.endsWith('/score'))
  return { client, seen, scored, credential }
}

async function refusalOf(promise: Promise<unknown>): Promise<CloudError> {
  const error = await promise.catch((one: unknown) => one)
  if (error instanceof CloudError) return error
  throw new Error(`It was not refused: ${String(error)}`)
}

describe('credentials', () => {
  test('of an endpoint with keys are both', async () => {
    const { client, seen } = opened()
    expect(await client.credentials(fraud(), signal())).toEqual({ form: 'keys', ...KEYS })
    expect(seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST onlineEndpoints/fraud/listKeys',
    ])
  })

  test('of one with tokens are a token of Azure ML, whose end comes in seconds', async () => {
    const { client } = opened()
    expect(await client.credentials(fraud({ authMode: 'AMLToken' }), signal())).toEqual({
      ...{ form: 'token', accessToken: 'aml-canary', expiresAt: 1_700_000_000_000 },
    })
  })

  test('of one with Entra authorisation are a token of the caller, for scoring', async () => {
    const { client, seen, credential } = opened()
    const given = await client.credentials(fraud({ authMode: 'aadToken' }), signal())
    expect(given).toMatchObject({ form: 'token', accessToken: 'token-1' })
    expect([seen, credential.asked]).toEqual([[], ['https://ml.azure.com/.default']])
  })

  test.each([
    ['an unknown way in', { authMode: 'Certificate' }, {}],
    ['nulls', {}, { primaryKey: null, secondaryKey: null }],
    ['a line break', {}, { primaryKey: 'a\r\nx: y', secondaryKey: 'b' }],
    ['no end', { authMode: 'AMLToken' }, { accessToken: 'a' }],
  ])('are refused where Azure tells %s', async (_, properties, body) => {
    const { client } = opened(({ path }) => (path.includes('/fraud/') ? { body } : undefined))
    const error = await refusalOf(client.credentials(fraud(properties), signal()))
    expect(error.reason).toBe('Unauthorized')
  })
})

describe('scoring', () => {
  test.each([
    ['Key', 'Bearer key-canary-1'],
    ['AMLToken', 'Bearer aml-canary'],
    ['AADToken', 'Bearer token-1'],
  ])(
    'shows what an endpoint of %s asks for, by the weights or past them',
    async (authMode, bearer) => {
      const { client, scored } = opened()
      await client.score(fraud({ authMode }), CALL, signal())
      await client.score(fraud({ authMode }), { ...CALL, deployment: 'green' }, signal())
      expect(scored().map(({ url, body }) => [url.href, body])).toEqual(
        Array(2).fill([URI, BODY.toString()]),
      )
      expect(scored().map(({ headers }) => headers.authorization)).toEqual([bearer, bearer])
      expect(scored().map(({ headers }) => headers['azureml-model-deployment'])).toEqual([
        undefined,
        'green',
      ])
    },
  )

  test.each([
    'https://evil.example/score',
    'https://fraud.norwayeast.inference.ml.azure.com.evil.example/score',
    'https://user@fraud.norwayeast.inference.ml.azure.com/score',
    'https://fraud.norwayeast.inference.ml.azure.com:8443/score',
    'http://fraud.norwayeast.inference.ml.azure.com/score',
    'http://127.0.0.1:9/fraud/score',
    null,
  ])('asks for no key when the endpoint says that it is at %s', async (scoringUri) => {
    const { client, seen } = opened()
    const error = await refusalOf(client.score(fraud({ scoringUri }), CALL, signal()))
    expect([error.reason, seen]).toEqual(['Refused', []])
  })

  test('does not follow a redirect, and repeats nothing', async () => {
    const headers = { location: 'https://evil.example' }
    const { client, seen } = opened(({ path }) =>
      path.endsWith('/score') ? { status: 307, headers } : undefined,
    )
    const reply = await client.score(fraud(), CALL, signal())
    expect([reply.status, reply.errorText]).toEqual([307, ''])
    expect(seen).toHaveLength(2)
  })

  test('shows of an error the beginning, without the key that was sent', async () => {
    const body = `you sent key-canary-1\u001b[2J ${'x'.repeat(5_000)}`
    const headers = {
      'azureml-model-deployment': 'blue',
      'ms-azureml-model-error-statuscode': '500',
    }
    const { client } = opened(({ path }) =>
      path.endsWith('/score') ? { status: 424, headers, body } : undefined,
    )
    const reply = await client.score(fraud(), { ...CALL, bytesMax: 10_000 }, signal())
    expect(reply).toMatchObject({ status: 424, deployment: 'blue', modelStatus: '500' })
    expect(reply.errorText).toMatch(/^you sent \[redacted\]\\u001b\[2J x+… \(\d+ characters\)$/)
  })
})

describe('over sockets', () => {
  let server: Server | undefined
  afterEach(() => {
    server?.closeAllConnections()
    server?.close()
  })

  async function scored(listener: RequestListener, timeoutMs = 60_000) {
    server = createServer(listener).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/score`
    const means = { httpClient: createDefaultHttpClient(), clock: createClock() }
    const call = { body: BODY, timeoutMs, bytesMax: 100_000 }
    return score(means, { url, secret: 'key-canary-1' }, call, signal())
  }

  test('an answer is taken byte for byte', async () => {
    const bytes = Buffer.from([0, 255, 254, 10, 27])
    const reply = await scored((_, response) => response.end(bytes))
    expect([reply.status, Buffer.from(reply.body)]).toEqual([200, bytes])
  })

  test('an answer without an end is given up at the limit', async () => {
    const refusal = refusalOf(
      scored((_, response) => {
        const more = (): void => {
          while (!response.destroyed && response.write('x'.repeat(10_000)));
        }
        response.on('drain', more)
        more()
      }),
    )
    expect((await refusal).reason).toBe('AnswerTooLarge')
  })

  test('an answer that stands still in the middle is given up when time is up', async () => {
    const refusal = refusalOf(scored((_, response) => response.write('x'), 200))
    expect((await refusal).message).toBe('The endpoint gave no whole answer within 0.2 s.')
  })

  test('of a host that hangs up nothing is shown but the code of the socket', async () => {
    const error = await refusalOf(scored((request) => request.socket.destroy()))
    expect([error.reason, error.message]).toEqual([
      'Unreachable',
      expect.stringMatching(/^The endpoint could not be reached: [A-Z_]+\.$/),
    ])
  })
})

test('logs are asked for by container and number of lines', async () => {
  const { client, seen } = opened(({ path }) =>
    path.endsWith('/getLogs') ? { body: { content: 'text' } } : undefined,
  )
  const blue = { kind: 'OnlineDeployment', parent: 'fraud', name: 'blue' } as const
  const options = { container: 'StorageInitializer', tail: 7 } as const
  expect(await client.logs(blue, options, signal())).toBe('text')
  expect(seen.map(({ path, body }) => [path, JSON.parse(body)])).toEqual([
    [
      'onlineEndpoints/fraud/deployments/blue/getLogs',
      { containerType: 'StorageInitializer', tail: 7 },
    ],
  ])
})
