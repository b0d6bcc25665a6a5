import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { AZURE_CLOUDS } from '../../../src/core/model/azure-cloud.ts'
import { createServerCertificate } from '../../../src/sandbox/identity/certificate.ts'
import { json, measureOne, question, serve } from './stage.ts'

const SUFFIX = 'prometheus.own.example'
const MANAGED = `ws-ab12.eastus.${SUFFIX}`
const HOSTS = [MANAGED, `eastus.${SUFFIX}`, 'ws-ab12.eastus.prometheus.other.example']
const answer = json({ status: 'success', data: { resultType: 'scalar', result: [0, '1'] } })
const NUMBER = question({
  ...{ provider: 'prometheus', wants: 'value' },
  query: { server: 'default', query: 'up', match: {} },
})

const authorities = getCACertificates('default')
/** The Authorization of each request. */
const told: (string | undefined)[] = []
let server: Server
let port: number
beforeAll(async () => {
  const { key, cert, ca } = await createServerCertificate(Date.now(), HOSTS)
  setDefaultCACertificates([...authorities, ca])
  server = createServer({ key, cert }, (request, response) => {
    told.push(request.headers.authorization)
    response.sendDate = false
    answer(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})
afterAll(() => {
  setDefaultCACertificates(authorities)
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  told.length = 0
})

/** What is asked of a server, by an identity that gets tokens or none; the scopes that it asked for. */
async function ask(url: string, token?: () => string, given: string | null = 'entra') {
  const scopes: unknown[] = []
  const credential = {
    async getToken(scope: string | string[]) {
      scopes.push(scope)
      return given === null ? null : { token: given, expiresOnTimestamp: 9e15 }
    },
  }
  const { measurement } = await measureOne(
    {
      prometheus: { default: { url, ...(token === undefined ? {} : { token }) } },
      azure: {
        credential,
        cloud: { ...AZURE_CLOUDS.public, prometheusSuffix: SUFFIX },
        workspaceId: '/w',
      },
      allowPrivate: true,
      resolve: async () => ['127.0.0.1'],
    },
    NUMBER,
  )
  return { measurement, scopes }
}

test('a server of the managed service gets a token of the identity, made for that service', async () => {
  const { scopes } = await ask(`https://${MANAGED}:${port}`)
  expect({ told, scopes }).toEqual({
    told: ['Bearer entra'],
    scopes: [`https://${SUFFIX}/.default`],
  })
})

test('a token of a file goes first', async () => {
  const { scopes } = await ask(`https://${MANAGED}:${port}`, () => 'of a file')
  expect({ told, scopes }).toEqual({ told: ['Bearer of a file'], scopes: [] })
})

test.each(HOSTS.slice(1))('no other host gets one: %s', async (host) => {
  const { scopes } = await ask(`https://${host}:${port}`)
  expect({ told, scopes }).toEqual({ told: [undefined], scopes: [] })
})

test('without TLS nobody gets one', async () => {
  const plain = await serve(answer)
  const { scopes } = await ask(`http://${MANAGED}:${plain.port}`)
  expect(plain.asked.map(({ headers }) => headers.authorization)).toEqual([undefined])
  expect(scopes).toEqual([])
})

test('an identity without a token is told as that, and nothing is asked', async () => {
  const { measurement } = await ask(`https://${MANAGED}:${port}`, undefined, null)
  expect(measurement).toMatchObject({
    is: 'noData',
    reason: 'Unauthorized',
    message: `The identity gets no token for https://${SUFFIX}.`,
  })
  expect(told).toEqual([])
})
