import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Sandbox, startSandbox } from '../../../src/sandbox/index.ts'
import {
  type ArmClient,
  connect,
  deploymentBody,
  endpointBody,
  tokenOf,
} from '../shell/arm-client.ts'

const authorities = getCACertificates('default')
const folder = mkdtempSync(join(tmpdir(), `verdigris-venvs-${process.pid}-`))
const progress: string[] = []
let sandbox: Sandbox
let client: ArmClient

beforeAll(async () => {
  sandbox = await startSandbox({
    timeScale: 10_000,
    pythonEnvironment: 'venv',
    strictPython: true,
    pythonCache: folder,
    onProgress: (line) => progress.push(line),
  })
  setDefaultCACertificates([...authorities, readFileSync(sandbox.caFile, 'utf8')])
  client = await connect(sandbox)
  await client.settle('PUT', '/onlineEndpoints/fraud', endpointBody)
})
afterAll(async () => {
  setDefaultCACertificates(authorities)
  await sandbox.close()
  rmSync(folder, { recursive: true, force: true })
})

async function environment(name: string, condaFile: string): Promise<string> {
  const properties = { image: 'mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04', condaFile }
  const path = `/environments/${name}/versions/1`
  const { body } = await client.request('PUT', path, { properties })
  return body.id
}

async function deploy(name: string, environmentId: string): Promise<string> {
  const codeId = await client.uploadCode(name, {
    'score.py': 'import sys\ndef init(): print(sys.prefix)\ndef run(raw): return 1\n',
  })
  const body = deploymentBody(codeId, { environmentId })
  return client.settle('PUT', `/onlineEndpoints/fraud/deployments/${name}`, body)
}

async function logsOf(name: string): Promise<string> {
  const path = `/onlineEndpoints/fraud/deployments/${name}/getLogs`
  return (await client.request('POST', path, { tail: 100 })).body.content
}

test('a deployment runs in a venv made from its registered environment, and getLogs tells', async () => {
  const id = await environment('good', 'dependencies:\n- python>=3.8\n- pip\n')
  expect(await deploy('blue', id)).toBe('Succeeded')
  const log = await logsOf('blue')
  expect(log).toContain('UserContainerStart: Succeeded')
  expect(log).toContain('Preparing the environment of good:1.')
  expect(log).toContain(folder)
  expect(progress).toContain('blue: Preparing the environment of good:1.')
})

test('one that cannot be built fails the operation with ImageBuildFailure and the way to its log', async () => {
  const id = await environment('bad', 'dependencies:\n- python=3.99\n')
  expect(await deploy('green', id)).toBe('Failed')
  const { body } = await client.request('GET', '/onlineEndpoints/fraud/deployments/green')
  const address = new URL(body.properties.properties.AzureAsyncOperationUri)
  const path = address.pathname.slice(address.pathname.indexOf('/providers'))
  const { error } = (await statusOf(path)) as { error: { code: string; message: string } }
  expect(error.code).toBe('ImageBuildFailure')
  expect(error.message).toMatch(
    /^Image build failed: Python '=3\.99' is asked for; .* The build log is available in the workspace blob store "sandboxstorage" under the path "\/azureml\/ImageLogs\/\w+\/build\.log"\. Please see troubleshooting guide, available here: https:\/\/aka\.ms\/oe-tsg#error-imagebuildfailure$/,
  )
  expect(await logsOf('green')).toContain("Python '=3.99' is asked for")
})

async function statusOf(path: string): Promise<unknown> {
  const url = `${sandbox.arm}/subscriptions/${sandbox.subscriptionId}${path}?api-version=2024-10-01`
  const headers = { authorization: `Bearer ${await tokenOf(sandbox)}` }
  return (await fetch(url, { headers })).json()
}
