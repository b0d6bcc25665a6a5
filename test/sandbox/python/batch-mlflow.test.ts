import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type BlobClient, createBlobClient } from '../../../src/sandbox/blobs/client.ts'
import { send } from '../../../src/sandbox/http/send.ts'
import { type Sandbox, startSandbox } from '../../../src/sandbox/index.ts'
import { run } from '../../../src/sandbox/python/command.ts'
import { type ArmClient, connect, tokenOf } from '../shell/arm-client.ts'
import { cacheFolder, slowMs, tellSkipped, venvWith } from './index-venv.ts'

const mlflow = ['mlflow-skinny==3.17.2', 'pandas', 'numpy']
const venv = await venvWith(mlflow)
if ('reason' in venv) tellSkipped('Batch jobs of MLflow models', venv.reason)
const slow = 'reason' in venv ? describe.skip : describe

// The model adds up two columns, which its signature types.
const maker = `
import sys
import mlflow.pyfunc
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema
mlflow.pyfunc.save_model(
    sys.argv[1], loader_module="adding", code_paths=[sys.argv[2]],
    pip_requirements=${JSON.stringify(mlflow)},
    signature=ModelSignature(inputs=Schema([ColSpec("double", "a"), ColSpec("long", "b")])),
)
`
const adding = `
def _load_pyfunc(path): return Adding()
class Adding:
    def predict(self, given, params=None): return (given["a"] + given["b"]).to_numpy()
`
const authorities = getCACertificates('default')
const datastore = 'azureml://datastores/workspaceblobstore/paths'
const tables = { 'north.csv': 'a,b\n1,2\n3,4\n', 'south.csv': 'a,b\n0.5,6\n' }

interface Stage {
  readonly sandbox: Sandbox
  readonly client: ArmClient
  readonly blobs: BlobClient
  readonly container: string
}

async function makeModel(folder: string): Promise<Record<string, string>> {
  const [code, program, made] = [
    join(folder, 'adding.py'),
    join(folder, 'make.py'),
    join(folder, 'adder'),
  ]
  await writeFile(code, adding)
  await writeFile(program, maker)
  const python = 'python' in venv ? venv.python : ''
  const args = [program, made, code]
  const { code: exit, output } = await run({ program: python, args, folder, timeoutMs: slowMs })
  if (exit !== 0) throw new Error(output)
  const files = await readdir(made, { recursive: true, withFileTypes: true })
  const texts: Record<string, string> = {}
  for (const file of files.filter((one) => one.isFile())) {
    const path = join(file.parentPath, file.name)
    texts[path.slice(made.length + 1)] = await readFile(path, 'utf8')
  }
  return texts
}

async function open(pythonEnvironment: 'venv' | 'system', model: object): Promise<Stage> {
  const sandbox = await startSandbox({
    ...{ timeScale: 10_000, rateLimits: false },
    ...{ pythonEnvironment, pythonCache: cacheFolder },
  })
  setDefaultCACertificates([...authorities, readCa(sandbox)])
  const client = await connect(sandbox)
  const { body } = await client.request('POST', '/datastores/workspaceblobstore/listSecrets')
  const account = { accountName: 'sandboxstorage', accountKey: body.key as string }
  const blobs = createBlobClient({ account, origin: sandbox.blob, send, now: Date.now })
  const container = `azureml-blobstore-${sandbox.workspaceId}`
  const put = (name: string, text: string) => blobs.put(container, name, Buffer.from(text))
  for (const [name, text] of Object.entries(model)) await put(`LocalUpload/1/adder/${name}`, text)
  for (const [name, text] of Object.entries(tables)) await put(`tables/${name}`, text)
  await put('notes/readme.txt', 'no table')
  await put('words/bad.csv', 'a,b\n1,two\n')
  const stage = { sandbox, client, blobs, container }
  await deploy(stage)
  return stage
}

function readCa({ caFile }: Sandbox): string {
  return readFileSync(caFile, 'utf8')
}

async function deploy({ client }: Stage): Promise<void> {
  const location = 'norwayeast'
  await client.request('PUT', '/models/adder/versions/1', {
    properties: { modelUri: `${datastore}/LocalUpload/1/adder`, modelType: 'mlflow_model' },
  })
  const endpoint = { authMode: 'AADToken' }
  await client.settle('PUT', '/batchEndpoints/sums', { location, properties: endpoint })
  const properties = {
    compute: `${client.workspacePath}/computes/cpu-cluster`,
    model: { referenceType: 'Id', assetId: `${client.workspacePath}/models/adder/versions/1` },
    ...{ miniBatchSize: 1, errorThreshold: 0, retrySettings: { maxRetries: 0, timeout: 'PT60S' } },
  }
  await client.settle('PUT', '/batchEndpoints/sums/deployments/blue', { location, properties })
  const defaults = { deploymentName: 'blue' }
  const withDefault = { location, properties: { ...endpoint, defaults } }
  await client.settle('PUT', '/batchEndpoints/sums', withDefault)
}

/** Runs a job on a folder of the store to its end. */
async function score(stage: Stage, folder: string): Promise<{ status: string; name: string }> {
  const { body } = await stage.client.request('GET', '/batchEndpoints/sums')
  const input = { uri: `${datastore}/${folder}`, jobInputType: 'UriFolder' }
  const response = await fetch(body.properties.scoringUri, {
    method: 'POST',
    headers: await headersFor(stage),
    body: JSON.stringify({ properties: { inputData: { tables: input } } }),
  })
  expect(response.status).toBe(201)
  const { name } = (await response.json()) as { name: string }
  const giveUpAt = Date.now() + 60_000
  for (;;) {
    const { status } = (await stage.client.request('GET', `/jobs/${name}`)).body.properties
    if (['Completed', 'Failed', 'Canceled'].includes(status)) return { status, name }
    if (Date.now() > giveUpAt) throw new Error(`${name} stays ${status}`)
  }
}

async function headersFor({ sandbox }: Stage): Promise<Record<string, string>> {
  const token = await tokenOf(sandbox, 'https://ml.azure.com/.default')
  return { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
}

// biome-ignore lint/suspicious/noExplicitAny: any JSON of run history
async function history(stage: Stage, path: string): Promise<any> {
  const { sandbox, client } = stage
  const url = `${sandbox.armTls}/history/v1.0${client.workspacePath}/runs/${path}`
  return (await fetch(url, { headers: await headersFor(stage) })).json()
}

let folder = ''
let model: Record<string, string> = {}
beforeAll(async () => {
  if ('reason' in venv) return
  folder = await mkdtemp(join(tmpdir(), `verdigris-models-${process.pid}-`))
  model = await makeModel(folder)
}, slowMs)
afterAll(async () => {
  setDefaultCACertificates(authorities)
  if (folder !== '') await rm(folder, { recursive: true, force: true, maxRetries: 3 })
})

slow('slow: a batch deployment of an MLflow model without a scoring script', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await open('venv', model)
  }, slowMs)
  afterAll(() => stage.sandbox.close())

  test('gives a row with its number, prediction and file name for each row of its tables', async () => {
    const { status, name } = await score(stage, 'tables')
    expect(status).toBe('Completed')
    const [child] = (await history(stage, `${name}/children`)).value
    const path = `azureml/${child.runId}/score/predictions.csv`
    const rows = (await stage.blobs.read(stage.container, path)).toString('utf8')
    expect(rows.split('\n').sort()).toEqual([
      '',
      '0,3.0,north.csv',
      '0,6.5,south.csv',
      '1,7.0,north.csv',
    ])
  })

  test.each(['notes', 'words'])(
    'fails a job on files that are no such tables: %s',
    async (name) => {
      expect((await score(stage, name)).status).toBe('Failed')
    },
  )
})

slow('slow: the same on the Python of the machine', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await open('system', model)
  }, slowMs)
  afterAll(() => stage.sandbox.close())

  test('fails its jobs, and says why', async () => {
    const { status, name } = await score(stage, 'tables')
    expect(status).toBe('Failed')
    const { error } = await history(stage, `${name}/details`)
    expect(error.error.message).toMatch(/MLflow models without a scoring script run only .* venvs/)
  })
})
