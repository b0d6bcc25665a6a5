import { describe, expect, test } from '@jest/globals'
import {
  type OpenSandbox,
  type OpenSandboxOptions,
  openSandbox,
} from '../../../src/sandbox/index.ts'
import { deploymentBody, endpointBody } from './arm-client.ts'

interface Client {
  readonly sandbox: OpenSandbox
  request(method: string, path: string, body?: unknown): Promise<{ status: number; body: string }>
  stateOf(path: string): Promise<string>
}

async function open(options: OpenSandboxOptions = {}): Promise<Client> {
  const sandbox = await openSandbox(options)
  const { arm, login, tenantId, clientId, clientSecret } = sandbox
  const form = {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    scope: 'https://management.azure.com/.default',
  }
  const granted = await sandbox.handle({
    method: 'POST',
    url: `${login}/${tenantId}/oauth2/v2.0/token`,
    headers: {},
    body: new URLSearchParams(form).toString(),
  })
  const headers = { Authorization: `Bearer ${JSON.parse(granted.body).access_token}` }
  const { subscriptionId, resourceGroup, workspace } = sandbox
  const workspacePath = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${workspace}`
  const request: Client['request'] = (method, path, body) =>
    sandbox.handle({
      method,
      url: `${arm}${workspacePath}${path}?api-version=2024-10-01`,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  return {
    sandbox,
    request,
    stateOf: async (path) =>
      JSON.parse((await request('GET', path)).body).properties.provisioningState,
  }
}

describe('a workspace in process', () => {
  test('moves only when its clock is told to', async () => {
    const { sandbox, request, stateOf } = await open()
    await request('PUT', '/onlineEndpoints/fraud', endpointBody)
    expect(await stateOf('/onlineEndpoints/fraud')).toBe('Creating')
    sandbox.clock.advance(60_000)
    expect(await stateOf('/onlineEndpoints/fraud')).toBe('Succeeded')
    expect(() => sandbox.clock.advance(-1)).toThrow(RangeError)
  })

  test('makes deployments ready by time alone', async () => {
    const { sandbox, request, stateOf } = await open()
    await request('PUT', '/onlineEndpoints/fraud', endpointBody)
    sandbox.clock.advance(60_000)
    const codes = sandbox.blobs
    const created = await request('PUT', '/codes/c/versions/1', {
      properties: { codeUri: `${sandbox.blob}/code/c` },
    })
    expect(created.status).toBe(201)
    await codes.createContainer('code')
    const path = '/onlineEndpoints/fraud/deployments/blue'
    const put = await request('PUT', path, deploymentBody(JSON.parse(created.body).id))
    expect(put.status).toBe(201)
    sandbox.clock.advance(3_600_000)
    expect(await stateOf(path)).toBe('Succeeded')
  })

  test('tells of every exchange, with what was answered', async () => {
    const seen: string[] = []
    const { request } = await open({
      onExchange: ({ method, principal }, { status }) =>
        seen.push(`${method} ${status} ${principal ? 'known' : 'unknown'}`),
    })
    await request('PUT', '/onlineEndpoints/fraud', endpointBody)
    await request('GET', '/onlineEndpoints/nobody')
    expect(seen).toEqual(['PUT 201 known', 'GET 404 known'])
  })

  test('breaks the connection on a lost response, though the write is done', async () => {
    const { sandbox, request } = await open({ faults: ['LostResponse:count=1'] })
    const put = request('PUT', '/onlineEndpoints/fraud', endpointBody)
    await expect(put).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect((await request('GET', '/onlineEndpoints/fraud')).status).toBe(200)
    sandbox.injectFault('LostResponse')
    sandbox.clearFaults()
    sandbox.clock.advance(60_000)
    expect((await request('DELETE', '/onlineEndpoints/fraud')).status).toBe(202)
  })

  test('goes on from its own state', async () => {
    const first = await open()
    await first.request('PUT', '/onlineEndpoints/fraud', endpointBody)
    const state = structuredClone(first.sandbox.state)
    const second = await open({ state, now: first.sandbox.clock.now() + 60_000 })
    expect(await second.stateOf('/onlineEndpoints/fraud')).toBe('Succeeded')
  })

  test('gives the same answers for the same seed', async () => {
    const [one, two] = [await open({ seed: 7 }), await open({ seed: 7 })]
    const put = await one.request('PUT', '/onlineEndpoints/fraud', endpointBody)
    expect(await two.request('PUT', '/onlineEndpoints/fraud', endpointBody)).toEqual(put)
  })

  test('takes an upload by the SAS of a pending upload, into a container it has just made', async () => {
    const { sandbox, request } = await open()
    const pending = await request('POST', '/codes/c/versions/1/startPendingUpload', {
      pendingUploadType: 'TemporaryBlobReference',
    })
    const { credential, blobUri } = JSON.parse(pending.body).blobReferenceForConsumption
    const url = new URL(credential.sasUri)
    url.pathname += '/src/score.py'
    const content = new Uint8Array([0, 200, 255])
    const headers = { 'x-ms-blob-type': 'BlockBlob' }
    const put = await sandbox.handle({ method: 'PUT', url: url.href, headers, body: content })
    expect(put.status).toBe(201)
    const read = await sandbox.handle({ method: 'GET', url: url.href, headers: {} })
    expect([...read.bytes]).toEqual([...content])
    const container = new URL(blobUri).pathname.slice(1)
    expect(await sandbox.blobs.list(container, 'src/')).toEqual(['src/score.py'])
  })

  test('answers a body that is no JSON with 400', async () => {
    const { sandbox } = await open()
    const url = `${sandbox.arm}/subscriptions?api-version=2024-10-01`
    const response = await sandbox.handle({ method: 'PUT', url, headers: {}, body: '{' })
    expect(response.status).toBe(400)
    expect(JSON.parse(response.body).error.code).toBe('InvalidRequestContent')
  })
})
