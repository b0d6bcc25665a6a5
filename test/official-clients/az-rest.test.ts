import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect } from '@jest/globals'
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts'
import { createFolder } from '../cli/program.ts'
import { endpointBody, tokenOf } from '../sandbox/shell/arm-client.ts'
import { testWith } from '../support/tools.ts'

const authorities = getCACertificates('default')
const folder = createFolder()
let sandbox: Sandbox
let token: string
beforeAll(async () => {
  sandbox = await startSandbox({ timeScale: 100_000 })
  setDefaultCACertificates([...authorities, readFileSync(sandbox.caFile, 'utf8')])
  token = await tokenOf(sandbox)
})
afterAll(async () => {
  setDefaultCACertificates(authorities)
  await sandbox.close()
  folder.remove()
})

/** `az rest` as a user calls it, with a token of one's own; gives what it prints as JSON. Rejects when it fails. */
async function azRest(method: string, path: string, body?: unknown): Promise<unknown> {
  const { armTls, subscriptionId, resourceGroup, workspace, caFile } = sandbox
  const id = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${workspace}`
  const parameters = [
    ...['rest', '--method', method, '--url', `${armTls}${id}${path}?api-version=2024-10-01`],
    ...['--headers', `Authorization=Bearer ${token}`],
    ...(body === undefined ? [] : ['--body', JSON.stringify(body)]),
  ]
  const { stdout } = await promisify(execFile)('az', parameters, {
    timeout: 60_000,
    env: {
      PATH: process.env.PATH,
      REQUESTS_CA_BUNDLE: caFile,
      AZURE_CONFIG_DIR: join(folder.path, 'azure'),
      AZURE_CORE_COLLECT_TELEMETRY: '0',
    },
  })
  return stdout.trim() === '' ? undefined : JSON.parse(stdout)
}

describe('az rest', () => {
  testWith(['az'], 'makes, reads, changes and deletes an endpoint', async () => {
    const endpoint = '/onlineEndpoints/churn'
    const made = { name: 'churn', properties: { provisioningState: 'Creating' } }
    expect(await azRest('put', endpoint, endpointBody)).toMatchObject(made)
    const read = { properties: { authMode: 'Key', provisioningState: 'Succeeded' } }
    expect(await azRest('get', endpoint)).toMatchObject(read)
    expect(await azRest('patch', endpoint, { tags: { team: 'retention' } })).toBeUndefined()
    expect(await azRest('get', endpoint)).toMatchObject({ tags: { team: 'retention' } })
    expect(await azRest('post', `${endpoint}/listKeys`)).toEqual({
      primaryKey: expect.any(String),
      secondaryKey: expect.any(String),
    })
    expect(await azRest('delete', endpoint)).toBeUndefined()
    await expect(azRest('get', endpoint)).rejects.toThrow('There is no endpoint with name: churn')
  })
})
