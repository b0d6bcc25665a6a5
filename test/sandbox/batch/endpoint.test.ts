import { readFileSync } from 'node:fs'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createBlobClient } from '../../../src/sandbox/blobs/client.ts'
import { send } from '../../../src/sandbox/http/send.ts'
import { type Sandbox, startSandbox } from '../../../src/sandbox/index.ts'
import { type ArmClient, connect, tokenOf } from '../shell/arm-client.ts'

const script = `
import os, time
def init(): print("init says hello")
def run(mini_batch):
    if any(path.endswith("wait.txt") for path in mini_batch):
        time.sleep(600)
    return [os.path.basename(path) for path in mini_batch]
`
const authorities = getCACertificates('default')
const datastore = 'azureml://datastores/workspaceblobstore/paths'

let sandbox: Sandbox
let client: ArmClient
let token: string
let container: string
let blobs: ReturnType<typeof createBlobClient>

beforeAll(async () => {
  sandbox = await startSandbox({ timeScale: 10_000, rateLimits: false })
  setDefaultCACertificates([...authorities, readFileSync(sandbox.caFile, 'utf8')])
  client = await connect(sandbox)
  token = await tokenOf(sandbox, 'https://ml.azure.com/.default')
  container = `azureml-blobstore-${sandbox.workspaceId}`
  blobs = await openBlobs()
  for (const name of ['a.txt', 'b.txt', 'c.txt']) await put(`data/${name}`, name)
  await put('model/m.txt', 'weights')
  await put('endless/wait.txt', '')
  await client.request('PUT', '/models/m/versions/1', {
    properties: { modelUri: `${datastore}/model`, modelType: 'custom_model' },
  })
  await client.request('PUT', '/data/numbers/versions/1', {
    properties: { dataType: 'uri_folder', dataUri: `${datastore}/data` },
  })
  const body = { location: 'norwayeast', properties: { authMode: 'AADToken' } }
  expect(await client.settle('PUT', '/batchEndpoints/nightly', body)).toBe('Succeeded')
}, 60_000)
afterAll(async () => {
  await sandbox.close()
  setDefaultCACertificates(authorities)
})

async function openBlobs() {
  const secrets = await client.request('POST', '/datastores/workspaceblobstore/listSecrets')
  const account = { accountName: 'sandboxstorage', accountKey: secrets.body.key as string }
  return createBlobClient({ account, origin: sandbox.blob, send, now: Date.now })
}

function put(name: string, text: string): Promise<void> {
  return blobs.put(container, name, Buffer.from(text))
}

async function deploy(name: string, properties: object = {}): Promise<string> {
  const codeId = await client.uploadCode(`batch-${name}`, { 'score.py': script })
  return client.settle('PUT', `/batchEndpoints/nightly/deployments/${name}`, {
    location: 'norwayeast',
    properties: {
      compute: `${client.workspacePath}/computes/cpu-cluster`,
      model: { referenceType: 'Id', assetId: `${client.workspacePath}/models/m/versions/1` },
      codeConfiguration: { codeId, scoringScript: 'score.py' },
      miniBatchSize: 2,
      ...properties,
    },
  })
}

interface Invoked {
  readonly status: number
  readonly text: string
  readonly headers: Headers
  readonly name: string
}

async function invoke(
  input: object = { uri: `${datastore}/data`, jobInputType: 'UriFolder' },
  headers: Record<string, string> = {},
): Promise<Invoked> {
  const { body } = await client.request('GET', '/batchEndpoints/nightly')
  const response = await fetch(body.properties.scoringUri, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ properties: { inputData: { UriFolder: input } } }),
  })
  const text = await response.text()
  const name = response.status === 201 ? JSON.parse(text).name : ''
  return { status: response.status, text, headers: response.headers, name }
}

async function ended(job: string): Promise<string> {
  const giveUpAt = Date.now() + 20_000
  for (;;) {
    const { body } = await client.request('GET', `/jobs/${job}`)
    const { status } = body.properties
    if (['Completed', 'Failed', 'Canceled'].includes(status)) return status
    if (Date.now() > giveUpAt) throw new Error(`${job} stays ${status}`)
  }
}

/** Asks one of the region's services, which share ARM's address. */
async function regional(
  method: string,
  path: string,
  body?: unknown,
  // biome-ignore lint/suspicious/noExplicitAny: any JSON of these services
): Promise<{ status: number; body: any }> {
  const response = await fetch(`${sandbox.armTls}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: await response.json() }
}

describe('a batch endpoint', () => {
  test('without a default deployment routes nowhere, and says so', async () => {
    const answer = await invoke()
    expect(answer.status).toBe(404)
    expect(answer.text).toMatch(/^No valid deployments to route to\. Please check/)
  })

  test.each([
    [401, 'key_auth_bad_header_forbidden', ''],
    [401, 'key_auth_access_denied', 'Bearer nonsense'],
  ])('answers %d %s to a wrong caller', async (status, text, authorization) => {
    expect(await invoke(undefined, { authorization })).toMatchObject({ status, text })
  })

  test('does not take a token that is for ARM', async () => {
    const authorization = `Bearer ${await tokenOf(sandbox)}`
    expect((await invoke(undefined, { authorization })).status).toBe(401)
  })

  test('runs a job of its default deployment and keeps the rows where clients look for them', async () => {
    expect(await deploy('blue')).toBe('Succeeded')
    const properties = { authMode: 'AADToken', defaults: { deploymentName: 'blue' } }
    await client.settle('PUT', '/batchEndpoints/nightly', { location: 'norwayeast', properties })
    const invoked = await invoke()
    expect(invoked.status).toBe(201)
    expect(invoked.headers.get('azureml-model-deployment')).toBe('blue')
    expect(invoked.headers.get('location')).toMatch(
      /\/mferp\/managementfrontend\/.*\/batchEndpoints\/nightly\/deployments\/blue\?api-version=2020-09-01-dataplanepreview$/,
    )
    expect(JSON.parse(invoked.text).properties).toMatchObject({ status: 'Preparing' })
    expect(await ended(invoked.name)).toBe('Completed')

    const history = `/history/v1.0${client.workspacePath}`
    const children = await regional('GET', `${history}/runs/${invoked.name}/children`)
    const [child] = children.body.value
    expect(child).toMatchObject({ name: 'batchscoring', status: 'Completed' })
    const data = await regional('POST', `${history}/rundata`, { runId: child.runId })
    const { pathOnDataStore } = data.body.runDefinition.dataReferences.score
    const rows = await blobs.read(container, `${pathOnDataStore}/predictions.csv`)
    expect(rows.toString().split('\n').sort()).toEqual(['', 'a.txt', 'b.txt', 'c.txt'])

    const details = await regional('GET', `${history}/runs/${invoked.name}/details`)
    expect(details.body.status).toBe('Completed')
    const [log] = Object.values(details.body.logFiles as Record<string, string>)
    expect(await (await fetch(log ?? '')).text()).toContain('Files: 3')
  })

  test('lists its jobs in the region and in ARM', async () => {
    const path = `/mferp/managementfrontend${client.workspacePath}/batchEndpoints/nightly/jobs?api-version=2020-09-01-dataplanepreview`
    const jobs = await regional('GET', path)
    expect(jobs.body.value[0].properties).toMatchObject({ status: 'Completed' })
    const inArm = await client.request('GET', '/jobs')
    expect(inArm.body.value[0]).toMatchObject({ name: jobs.body.value[0].name })
  })

  test('takes a request that is repeated for the one it has taken already', async () => {
    const headers = { 'repeatability_request-id': '7f0c5a0e-0000-4000-8000-000000000001' }
    const [first, second] = [await invoke(undefined, headers), await invoke(undefined, headers)]
    expect(second.name).toBe(first.name)
    expect((await invoke()).name).not.toBe(first.name)
  })

  test('lets a request choose a deployment, and reads registered data', async () => {
    expect(await deploy('green', { outputFileName: 'rows.txt' })).toBe('Succeeded')
    const input = { uri: 'azureml:numbers:1', jobInputType: 'UriFolder' }
    const invoked = await invoke(input, { 'azureml-model-deployment': 'green' })
    expect(invoked.headers.get('azureml-model-deployment')).toBe('green')
    expect(await ended(invoked.name)).toBe('Completed')
    const missing = await invoke(input, { 'azureml-model-deployment': 'none' })
    expect(missing.status).toBe(404)
  })

  test('cancels a job, and no other time', async () => {
    const uri = `${sandbox.blob}/${container}/endless`
    const { name } = await invoke({ uri, jobInputType: 'UriFolder' })
    const canceled = await client.request('POST', `/jobs/${name}/cancel`)
    expect(canceled.status).toBe(202)
    expect(await ended(name)).toBe('Canceled')
    const poll = await fetch(canceled.headers.get('location') ?? '', {
      headers: { authorization: `Bearer ${await tokenOf(sandbox)}` },
    })
    expect([poll.status, await poll.text()]).toEqual([200, ''])
    const again = await client.request('POST', `/jobs/${name}/cancel`)
    expect(again.status).toBe(400)
    expect(JSON.stringify(again.body)).toContain('CancelPipelineRunInTerminalStatus')
  })

  test('tells why a job failed', async () => {
    const { name } = await invoke({ uri: `${datastore}/nothing`, jobInputType: 'UriFolder' })
    expect(await ended(name)).toBe('Failed')
    const details = await regional(
      'GET',
      `/history/v1.0${client.workspacePath}/runs/${name}/details`,
    )
    expect(details.body.error.error.message).toMatch(/no input/)
  })

  test('has services that ask for a token, but for the list of them', async () => {
    const listed = await fetch(`${sandbox.armTls}/discovery`)
    expect(await listed.json()).toMatchObject({ api: sandbox.armTls })
    const refused = await fetch(`${sandbox.armTls}/history/v1.0${client.workspacePath}/runs/x`)
    expect(refused.status).toBe(401)
    const none = await regional('GET', `/history/v1.0${client.workspacePath}/runs/x`)
    expect(none.status).toBe(404)
  })
})
