import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { promisify } from 'node:util'
import { ClientSecretCredential } from '@azure/identity'
import { afterAll, afterEach, describe, expect, test } from '@jest/globals'
import { type Sandbox, startSandbox } from '../../../src/sandbox/index.ts'
import type { SeriesAnswer } from '../../../src/sandbox/scoring/counters/history.ts'
import {
  type ArmClient,
  connect,
  deploymentBody,
  endpointBody,
  endpointWith,
  tokenOf,
} from './arm-client.ts'

const script = {
  'score.py': 'import os\ndef init(): pass\ndef run(raw): return os.environ["NAME"]\n',
}
const quick = { timeScale: 10_000 }
const authorities = getCACertificates('default')

const folder = mkdtempSync(join(tmpdir(), 'verdigris-test-'))
const running = new Set<Sandbox>()
const errors: unknown[] = []

async function start(options: Parameters<typeof startSandbox>[0] = quick): Promise<Sandbox> {
  const onError = (error: unknown) => errors.push(error)
  const sandbox = await startSandbox({ onError, ...options })
  running.add(sandbox)
  setDefaultCACertificates([...authorities, readFileSync(sandbox.caFile, 'utf8')])
  return sandbox
}

afterEach(async () => {
  for (const sandbox of running) await sandbox.close()
  running.clear()
  expect(errors).toEqual([])
})
afterAll(() => {
  setDefaultCACertificates(authorities)
  rmSync(folder, { recursive: true })
})

async function deploy(client: ArmClient, name: string): Promise<void> {
  const codeId = await client.uploadCode(name, script)
  const environmentVariables = { NAME: name }
  const body = deploymentBody(codeId, { environmentVariables })
  expect(await client.settle('PUT', `/onlineEndpoints/fraud/deployments/${name}`, body)).toBe(
    'Succeeded',
  )
}

async function createServing(client: ArmClient): Promise<void> {
  await client.settle('PUT', '/onlineEndpoints/fraud', endpointBody)
  await deploy(client, 'blue')
  await client.settle('PUT', '/onlineEndpoints/fraud', endpointWith({ blue: 100 }))
}

async function scorer(client: ArmClient) {
  const { body: endpoint } = await client.request('GET', '/onlineEndpoints/fraud')
  const { body: keys } = await client.request('POST', '/onlineEndpoints/fraud/listKeys')
  return async (key: string = keys.primaryKey) => {
    const headers = { authorization: `Bearer ${key}` }
    const response = await fetch(endpoint.properties.scoringUri, {
      method: 'POST',
      headers,
      body: '{}',
    })
    return { status: response.status, body: await response.text() }
  }
}

test('from nothing to an answered request: code uploaded, endpoint and deployment made, traffic set', async () => {
  const sandbox = await start()
  const client = await connect(sandbox)
  await createServing(client)
  const score = await scorer(client)
  expect(await score()).toEqual({ status: 200, body: '"blue"' })
  expect((await score('wrong')).status).toBe(401)
  const counters = sandbox.counters()
  expect(counters).toContainEqual(
    expect.objectContaining({ deployment: 'blue', status: 200, requests: 1, mirrored: false }),
  )
  const metrics = await (await fetch(`${sandbox.arm}/metrics`)).text()
  const labels = 'endpoint="fraud",deployment="blue",status="200",mirrored="false"'
  expect(metrics).toContain(`sandbox_scoring_requests_total{${labels}} 1`)
  expect(metrics).toContain(`sandbox_scoring_duration_seconds_bucket{${labels},le="+Inf"} 1`)
  const query = `endpoint=fraud&from=${Math.ceil(Date.now() / 1000) * 1000}&to=${Date.now() + 60_000}`
  const url = `${sandbox.arm}/sandbox/series?${query}&windowMs=1000`
  const series = async () => (await (await fetch(url)).json()) as SeriesAnswer
  // The second of the request must be over before it is told.
  let told = await series()
  while (told.deployments.blue?.at.length === 0) told = await series()
  expect(told.deployments.blue).toMatchObject({ requests: [1], errors: [0] })
})

test('blue to green to no blue under steady traffic: no request fails', async () => {
  const sandbox = await start({ timeScale: 2_000 })
  const client = await connect(sandbox)
  await createServing(client)
  const score = await scorer(client)
  const found = new Map<string, number>()
  let isStopped = false
  const traffic = Promise.all(
    [1, 2].map(async () => {
      while (!isStopped) {
        const { status, body } = await score()
        const key = status === 200 ? body : `${status} ${body}`
        found.set(key, (found.get(key) ?? 0) + 1)
      }
    }),
  )
  await deploy(client, 'green')
  for (const green of [10, 50, 100]) {
    const shares = { blue: 100 - green, green }
    await client.settle('PUT', '/onlineEndpoints/fraud', endpointWith(shares))
  }
  await client.settle('PUT', '/onlineEndpoints/fraud', endpointWith({ green: 100 }))
  expect(await client.settle('DELETE', '/onlineEndpoints/fraud/deployments/blue')).toBe('Gone')
  isStopped = true
  await traffic
  expect([...found.keys()].toSorted()).toEqual(['"blue"', '"green"'])
  expect(await score()).toEqual({ status: 200, body: '"green"' })
})

test('a script that fails at the start makes the deployment fail, and its words are in the log', async () => {
  const client = await connect(await start())
  await client.settle('PUT', '/onlineEndpoints/fraud', endpointBody)
  const codeId = await client.uploadCode('broken', {
    'score.py': 'def init(): raise RuntimeError("no weights")\ndef run(raw): pass\n',
  })
  const path = '/onlineEndpoints/fraud/deployments/broken'
  expect(await client.settle('PUT', path, deploymentBody(codeId))).toBe('Failed')
  const logs = await client.request('POST', `${path}/getLogs`, {
    containerType: 'InferenceServer',
    tail: 100,
  })
  expect(logs.body.content).toContain('no weights')
})

test('an answer has each header once', async () => {
  const client = await connect(await start())
  for (const path of ['/onlineEndpoints', '/onlineEndpoints/none']) {
    const { headers } = await client.request('GET', path)
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
  }
})

describe('over TLS', () => {
  test('the real credential gets a token that opens ARM, to those who trust its authority', async () => {
    const sandbox = await start()
    const { tenantId, clientId, clientSecret, login, armTls } = sandbox
    const credential = new ClientSecretCredential(tenantId, clientId, clientSecret, {
      authorityHost: login,
      disableInstanceDiscovery: true,
    })
    const { token } = await credential.getToken('https://management.azure.com/.default')
    const { workspacePath } = await connect(sandbox)
    const url = `${armTls}${workspacePath}?api-version=2024-10-01`
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
    expect(response.status).toBe(200)
    // A client that takes ARM's own address for the resource gets a token too.
    const own = await credential.getToken(`${armTls}/.default`)
    const again = await fetch(url, { headers: { authorization: `Bearer ${own.token}` } })
    expect(again.status).toBe(200)
    setDefaultCACertificates(authorities)
    const [error] = await once(get(armTls, { agent: false }), 'error')
    expect(error).toHaveProperty('code', 'SELF_SIGNED_CERT_IN_CHAIN')
  })
})

describe('roles', () => {
  test('a client without the action is 403, with it 200', async () => {
    const actions = ['Microsoft.MachineLearningServices/workspaces/onlineEndpoints/read']
    const client = await connect(await start({ ...quick, actions }))
    expect((await client.request('GET', '/onlineEndpoints')).status).toBe(200)
    const put = await client.request('PUT', '/onlineEndpoints/fraud', endpointBody)
    expect(put.status).toBe(403)
  })
})

describe('faults', () => {
  test('come from options, from a request, and go by a request', async () => {
    const sandbox = await start({ ...quick, faults: ['OutOfQuota:deployment=blue'] })
    const client = await connect(sandbox)
    await client.settle('PUT', '/onlineEndpoints/fraud', endpointBody)
    const codeId = await client.uploadCode('blue', script)
    const path = '/onlineEndpoints/fraud/deployments/blue'
    expect(await client.settle('PUT', path, deploymentBody(codeId))).toBe('Failed')
    expect((await fetch(`${sandbox.arm}/sandbox/faults`, { method: 'DELETE' })).status).toBe(204)
    await client.settle('DELETE', path)
    const environmentVariables = { NAME: 'blue' }
    const body = deploymentBody(codeId, { environmentVariables })
    expect(await client.settle('PUT', path, body)).toBe('Succeeded')
    const added = await postFault(sandbox, { fault: 'LostResponse:count=1' })
    expect(added.status).toBe(204)
    await expect(client.request('PUT', '/onlineEndpoints/other', endpointBody)).rejects.toThrow()
    expect((await client.request('GET', '/onlineEndpoints/other')).status).toBe(200)
  })

  test('with an unknown name, without a text, or as a web page could send it, are refused', async () => {
    const sandbox = await start()
    expect((await postFault(sandbox, { fault: 'NoSuchFault' })).status).toBe(400)
    expect((await postFault(sandbox, { fault: 7 })).status).toBe(400)
    const url = `${sandbox.arm}/sandbox/faults`
    const answer = await fetch(url, { method: 'POST', body: '{"fault":"LostResponse"}' })
    expect(answer.status).toBe(415)
  })

  function postFault(sandbox: Sandbox, body: unknown) {
    return fetch(`${sandbox.arm}/sandbox/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  }
})

describe('a state file', () => {
  test('brings the workspace back: addresses, tokens, blobs, keys, and what serves', async () => {
    const stateFile = join(folder, 'kept', 'state.json')
    const first = await start({ ...quick, stateFile })
    const client = await connect(first)
    await createServing(client)
    const token = await tokenOf(first)
    const score = await scorer(client)
    await first.close()
    const second = await start({ ...quick, stateFile })
    expect({ ...second, close: 0, ...functionless }).toEqual({
      ...first,
      close: 0,
      ...functionless,
    })
    expect(await score()).toEqual({ status: 200, body: '"blue"' })
    const again = await fetch(`${second.arm}${client.workspacePath}?api-version=2024-10-01`, {
      headers: { authorization: `Bearer ${token}` },
    })
    expect(again.status).toBe(200)
  })

  test('brings back what a container has printed: a request that failed is still in the log', async () => {
    const stateFile = join(folder, 'printed', 'state.json')
    const client = await connect(await start({ ...quick, stateFile }))
    const failing = 'def init(): pass\ndef run(raw): raise ValueError("no such column")\n'
    const codeId = await client.uploadCode('failing', { 'score.py': failing })
    const path = '/onlineEndpoints/fraud/deployments/blue'
    await client.settle('PUT', '/onlineEndpoints/fraud', endpointBody)
    expect(await client.settle('PUT', path, deploymentBody(codeId))).toBe('Succeeded')
    await client.settle('PUT', '/onlineEndpoints/fraud', endpointWith({ blue: 100 }))
    expect(await (await scorer(client))()).toMatchObject({ status: 424 })
    for (const sandbox of running) await sandbox.close()
    const again = await connect(await start({ ...quick, stateFile }))
    const logs = await again.request('POST', `${path}/getLogs`, { tail: 100 })
    expect(logs.body.content).toContain('ValueError: no such column')
  })

  const functionless = { counters: 0, injectFault: 0, clearFaults: 0 }

  test.each([
    ['is cut short', '{"format":"verdigris-sandbox/1","state":{'],
    ['is something else', '{"hello":"world"}'],
    ['is empty', ''],
  ])('that %s is a clear error, and is not touched', async (_, text) => {
    const stateFile = join(folder, 'damaged.json')
    writeFileSync(stateFile, text)
    await expect(startSandbox({ stateFile })).rejects.toThrow('is not a state file of this sandbox')
    expect(readFileSync(stateFile, 'utf8')).toBe(text)
  })

  test('of another workspace is a clear error', async () => {
    const stateFile = join(folder, 'other.json')
    await (await start({ ...quick, stateFile })).close()
    await expect(startSandbox({ stateFile, workspace: 'another' })).rejects.toThrow(
      'holds a workspace whose workspace is sandbox, not another',
    )
  })

  test('is held by one process at a time, and left when that has ended', async () => {
    const stateFile = join(folder, 'locked.json')
    const first = await start({ ...quick, stateFile })
    await expect(startSandbox({ stateFile })).rejects.toThrow('is in use by process')
    await first.close()
    await (await start({ ...quick, stateFile })).close()
    writeFileSync(`${stateFile}.lock`, '999999999')
    await (await start({ ...quick, stateFile })).close()
    // Of a container that was killed: this process has the number of the one that died.
    writeFileSync(`${stateFile}.lock`, String(process.pid))
    await (await start({ ...quick, stateFile })).close()
  })

  test('is readable by its owner only', async () => {
    const stateFile = join(folder, 'kept', 'state.json')
    const { stdout } = await promisify(execFile)('stat', ['-c', '%a', stateFile])
    expect(stdout.trim()).toBe('600')
  })
})

test('a port that is taken is an error when it was asked for, and leaves nothing behind', async () => {
  const temporaryFolder = mkdtempSync(join(folder, 'temporary-'))
  const sandbox = await start()
  const arm = Number(new URL(sandbox.arm).port)
  await expect(startSandbox({ ports: { arm }, temporaryFolder })).rejects.toThrow('EADDRINUSE')
  expect(readdirSync(temporaryFolder)).toEqual([])
})

test('closing removes every temporary file', async () => {
  const temporaryFolder = mkdtempSync(join(folder, 'temporary-'))
  const sandbox = await start({ ...quick, temporaryFolder })
  await createServing(await connect(sandbox))
  expect(readdirSync(temporaryFolder, { recursive: true }).join()).toContain('score.py')
  await sandbox.close()
  expect(readdirSync(temporaryFolder)).toEqual([])
})
