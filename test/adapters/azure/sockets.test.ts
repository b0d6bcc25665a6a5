import { readFileSync } from 'node:fs'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { openAzure } from '../../../src/adapters/azure/cloud.ts'
import { createCredential } from '../../../src/adapters/azure/identity/credential.ts'
import { createClock } from '../../../src/adapters/clock.ts'
import type { Ref } from '../../../src/core/model/ref.ts'
import { startSandbox } from '../../../src/sandbox/index.ts'
import { actionFor, NO_CONTENT, NOTHING, samples, signal } from './stage.ts'

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

function cloudOf(clientSecret: string) {
  const { tenantId, clientId, subscriptionId, resourceGroup, workspace } = sandbox
  const taken = samples()
  const clock = createClock()
  const cloud = openAzure({
    workspace: { subscriptionId, resourceGroup, name: workspace },
    credential: createCredential(
      { authorityHost: sandbox.login, tenantId, clientId, clientSecret },
      { measure: { clock, meter: taken.meter } },
    ),
    endpoint: sandbox.arm,
    clock,
    meter: taken.meter,
  })
  return { cloud, ...taken }
}

const FRAUD: Ref = { kind: 'OnlineEndpoint', name: 'fraud' }
const MODEL: Ref = { kind: 'Model', name: 'm', version: '1' }

test('over sockets: token over TLS, plain http to loopback, an endpoint made and read', async () => {
  const { cloud, requests } = cloudOf(sandbox.clientSecret)
  const body = {
    location: sandbox.location,
    identity: { type: 'SystemAssigned' },
    properties: { authMode: 'Key' },
  }
  const outcome = await cloud.start(actionFor(FRAUD, undefined, body), NO_CONTENT, signal())
  expect(outcome).toMatchObject({ result: 'Started' })
  const world = await cloud.observe(NOTHING, signal())
  expect(world.resources).toMatchObject([{ ref: FRAUD, phase: 'Ready' }])
  expect(new Set(requests.map(({ api }) => api))).toEqual(new Set(['login', 'arm']))
})

test('over sockets: an upload with the account key, to a storage server of its own', async () => {
  const { cloud, requests } = cloudOf(sandbox.clientSecret)
  const files = ['a.txt', 'sub/b – ü.txt'].map((path) => ({ path, blob: path, size: 5 }))
  const upload = { name: 'model', isFolder: true, hash: 'ab'.repeat(32), files }
  const body = { properties: { modelType: 'custom_model', modelUri: 'azureml://x' } }
  const content = { blob: async () => Buffer.from('bytes') }
  const outcome = await cloud.start(
    { ...actionFor(MODEL, undefined, body), upload },
    content,
    signal(),
  )
  expect(outcome).toMatchObject({ result: 'Started' })
  const blobs = requests.filter(({ api }) => api === 'blob')
  expect(blobs.map(({ method, status }) => [method, status])).toEqual([
    ['HEAD', 404],
    ['PUT', 201],
    ['PUT', 201],
    ['PUT', 200],
  ])
})

test('over sockets: code by the SAS of a pending upload', async () => {
  const { cloud } = cloudOf(sandbox.clientSecret)
  const files = [{ path: 'score.py', blob: 'x', size: 5 }]
  const upload = { name: 'src', isFolder: true, hash: 'ab'.repeat(32), files }
  const code: Ref = { kind: 'Code', name: 'c', version: '1' }
  const action = { ...actionFor(code, undefined, { properties: {} }), upload }
  const outcome = await cloud.start(action, { blob: async () => Buffer.from('bytes') }, signal())
  expect(outcome).toMatchObject({ result: 'Started' })
})

test('over sockets: a wrong secret is said to be one, without showing it', async () => {
  const { cloud } = cloudOf('not-the-secret-at-all')
  const error = await cloud.observe(NOTHING, signal()).catch((thrown) => thrown)
  expect(error).toMatchObject({ reason: 'CredentialRefused', errorClass: 'auth' })
  expect(error.message).not.toContain('not-the-secret-at-all')
})
