import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Sandbox, startSandbox } from '../../../src/sandbox/index.ts'
import { type ArmClient, connect } from './arm-client.ts'

const authorities = getCACertificates('default')
let sandbox: Sandbox
let ca: string
beforeAll(async () => {
  sandbox = await startSandbox({ timeScale: 10_000 })
  ca = readFileSync(sandbox.caFile, 'utf8')
  setDefaultCACertificates([...authorities, ca])
})
afterAll(async () => {
  setDefaultCACertificates(authorities)
  await sandbox.close()
})

/** What a client gets whose resolver knows that names under .localhost are loopback (RFC 6761). */
async function ask(method: string, address: string, body = '') {
  const { hostname, host, port, pathname, search } = new URL(address)
  const headers = {
    host,
    'content-length': body.length,
    ...(method === 'PUT' ? { 'x-ms-blob-type': 'BlockBlob', 'x-ms-version': '2022-11-02' } : {}),
  }
  const name = hostname === '127.0.0.1' ? {} : { servername: hostname }
  const options = { method, headers, port, path: pathname + search, ca, ...name }
  const sent = request({ host: '127.0.0.1', ...options }).end(body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return { status: response.statusCode, body: await text(response) }
}

test('tells clients which cloud it is, without a token', async () => {
  const { status, body } = await ask('GET', `${sandbox.armTls}/metadata/endpoints`)
  expect(status).toBe(200)
  expect(JSON.parse(body)).toMatchObject([
    {
      resourceManager: `${sandbox.armTls}/`,
      authentication: { loginEndpoint: `${sandbox.login}/` },
      suffixes: { storage: new URL(sandbox.blobTls).host.replace('sandboxstorage.blob.', '') },
    },
  ])
})

test('keeps the same blobs behind the host name that storage clients make for themselves', async () => {
  const container = `azureml-blobstore-${sandbox.workspaceId}`
  const unsigned = await ask('GET', `${sandbox.blobTls}/${container}/rows.csv`)
  expect(unsigned.status).toBe(403)
  const sas = await sasOf(await connect(sandbox))
  const put = await ask('PUT', `${sandbox.blobTls}/${container}/rows.csv?${sas}`, '1,2')
  expect(put).toEqual({ status: 201, body: '' })
  const got = await fetch(`${sandbox.blob}/${container}/rows.csv?${sas}`)
  expect(await got.text()).toBe('1,2')
})

/** The account's signature, as clients get it for an upload. */
async function sasOf(client: ArmClient): Promise<string> {
  const path = '/codes/src/versions/1/startPendingUpload'
  const body = { pendingUploadType: 'TemporaryBlobReference' }
  const answer = await client.request('POST', path, body)
  return new URL(answer.body.blobReferenceForConsumption.credential.sasUri).search.slice(1)
}
