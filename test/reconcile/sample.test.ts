import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { sandboxDoor, trust } from '../../src/cli/session.ts'
import { composeTelemetry } from '../../src/compose/telemetry.ts'
import { type Assembly, compose } from '../../src/compose.ts'
import { readConfig } from '../../src/config.ts'
import type { Report } from '../../src/core/model/report.ts'
import { loop } from '../../src/reconcile/loop.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts'
import { createGitRepository, type GitRepository } from '../support/git-repository.ts'
import { checkExchange } from '../support/openapi.ts'
import { SYNC } from '../support/world.ts'

const EXAMPLES = join(import.meta.dirname, '../fixtures/azure-ml/examples/cli/endpoints/online')

/** The programs that the examples leave out: the same interface, a model that is a list of numbers. */
const SCORE = `
import json, os
from pathlib import Path

def init():
    global weights
    folder = Path(os.environ["AZUREML_MODEL_DIR"])
    weights = json.loads(next(folder.rglob("weights.json")).read_text())

def run(raw_data):
    return [sum(w * x for w, x in zip(weights, row)) for row in json.loads(raw_data)["data"]]
`

let sandbox: Sandbox
let folder: string
let repository: GitRepository
let assembly: Assembly

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'verdigris-sample-'))
  sandbox = await startSandbox({ timeScale: 500, onExchange: checkExchange })
  await trust(sandbox.caFile)
  repository = await createGitRepository()
  const config = {
    ...readConfig({ VERDIGRIS_LOG_LEVEL: 'silent' }, false),
    dataDir: join(folder, 'data'),
    allowLocal: true,
  }
  const application = {
    name: 'sample',
    source: { repository: repository.url, revision: 'main', path: 'online' },
    workspace: { sandbox: true },
    sync: { ...SYNC, intervalMs: 1000 },
    variables: {},
  } as const
  assembly = compose(application, sandboxDoor(sandbox), config, composeTelemetry(config))
})

afterAll(async () => {
  await assembly?.close()
  await sandbox?.close()
  await repository?.remove()
  await rm(folder, { recursive: true, force: true })
})

async function commit(files: Readonly<Record<string, string>>): Promise<void> {
  const placed = Object.entries(files).map(([path, text]) => [`online/${path}`, text] as const)
  await repository.commit(Object.fromEntries(placed))
}

async function example(path: string): Promise<string> {
  return readFile(join(EXAMPLES, path), 'utf8')
}

async function settle(): Promise<Report> {
  const { application, reader, ports } = assembly
  const options = {
    application,
    reader,
    pollMs: 100,
    jitter: () => 0.5,
    until: ({ converged }: Report) => converged,
    onError: (error: unknown) => {
      throw error
    },
  }
  const report = await loop(ports, options, AbortSignal.timeout(60_000))
  if (report?.converged !== true) throw new Error(JSON.stringify(report?.conditions))
  return report
}

async function score(body: string, headers: Record<string, string> = {}): Promise<Response> {
  const url = `${sandbox.arm}/subscriptions/${sandbox.subscriptionId}/resourceGroups/${sandbox.resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${sandbox.workspace}/onlineEndpoints/my-endpoint`
  const token = await armToken()
  const ask = { headers: { authorization: `Bearer ${token}` } }
  const version = '?api-version=2024-10-01'
  const endpoint = await (await fetch(`${url}${version}`, ask)).json()
  const keys = await (await fetch(`${url}/listKeys${version}`, { ...ask, method: 'POST' })).json()
  const authorization = `Bearer ${(keys as { primaryKey: string }).primaryKey}`
  const { scoringUri } = (endpoint as { properties: { scoringUri: string } }).properties
  return fetch(scoringUri, { method: 'POST', headers: { authorization, ...headers }, body })
}

async function armToken(): Promise<string> {
  const { login, tenantId, clientId, clientSecret } = sandbox
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    scope: 'https://management.azure.com/.default',
  })
  const answer = await fetch(`${login}/${tenantId}/oauth2/v2.0/token`, { method: 'POST', body })
  return ((await answer.json()) as { access_token: string }).access_token
}

describe('Azure ML’s own sample endpoint, from a Git repository', () => {
  test('blue is made with its model, code and environment, and scores the sample request', async () => {
    const files = {
      'managed/sample/endpoint.yml': `${await example('managed/sample/endpoint.yml')}\ntraffic:\n  blue: 100\n`,
      'managed/sample/blue-deployment.yml': await example('managed/sample/blue-deployment.yml'),
      'model-1/environment/conda.yaml': await example('model-1/environment/conda.yaml'),
      'model-1/onlinescoring/score.py': SCORE,
      'model-1/model/weights.json': '[1, 1, 1, 1, 1, 1, 1, 1, 1, 1]',
    }
    await commit(files)
    await settle()
    const answer = await score(await example('managed/sample/sample-request.json'))
    expect(answer.headers.get('azureml-model-deployment')).toBe('blue')
    expect(await answer.json()).toEqual([55, 55])
  })

  test('green with another model takes over; blue answers until then, and by its header afterwards', async () => {
    const blue = await example('managed/sample/blue-deployment.yml')
    const green = blue
      .replace('name: blue', 'name: green')
      .replace('model-1/model/', 'model-2/model/')
    const endpoint = await example('managed/sample/endpoint.yml')
    await commit({
      'managed/sample/endpoint.yml': `${endpoint}\ntraffic:\n  green: 100\n`,
      'managed/sample/green-deployment.yml': green,
      'model-2/model/weights.json': '[1, 0, 0, 0, 0, 0, 0, 0, 0, 0]',
    })
    await settle()
    const request = await example('managed/sample/sample-request.json')
    expect(await (await score(request)).json()).toEqual([1, 10])
    const pinned = await score(request, { 'azureml-model-deployment': 'blue' })
    expect(await pinned.json()).toEqual([55, 55])
  })
})
