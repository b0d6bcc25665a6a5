import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { createInbox } from '../../src/adapters/inbox/memory.ts'
import { createJournal } from '../../src/adapters/journal/memory.ts'
import { createMetrics } from '../../src/adapters/telemetry/metrics.ts'
import { createServer, type ServerOptions } from '../../src/server/server.ts'
import { get } from '../support/http.ts'
import * as a from '../support/report.ts'

const open: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

async function serve(options: Partial<ServerOptions> = {}) {
  const journal = createJournal({ history: 3 })
  const server = createServer({
    applications: [{ name: 'fraud-prod', journal }],
    metrics: async () => 'up 1\n',
    version: '0.1.0',
    ...options,
  })
  open.push(server)
  const url = await server.listen({ port: 0 })
  return { journal, server, url, port: Number(new URL(url).port) }
}

/** Sends bytes on a socket and gives what came back once the server has closed it. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    answer += chunk
  })
  socket.on('error', () => {})
  socket.write(text)
  await once(socket, 'close')
  return answer
}

describe('a client cannot use the server up (ATTACKS 51, 56)', () => {
  test('only GET and HEAD are answered; a body is not read', async () => {
    const { port } = await serve()
    const head = 'POST /api/v1/applications HTTP/1.1\r\nhost: localhost\r\n'
    const answer = await raw(
      port,
      `${head}transfer-encoding: chunked\r\n\r\n400\r\n${'x'.repeat(1024)}`,
    )
    expect(answer).toMatch(/^HTTP\/1.1 405 /)
    expect(answer.toLowerCase()).toContain('connection: close')
    expect(answer.toLowerCase()).toContain('allow: get, head')
  })

  test.each([
    ['content-length: 17179869184', 413],
    ['transfer-encoding: chunked', 413],
  ])('a GET with %s is cut before its body', async (header, status) => {
    const { port } = await serve()
    const answer = await raw(port, `GET /healthz HTTP/1.1\r\nhost: localhost\r\n${header}\r\n\r\n`)
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  })

  test('slow headers are cut off', async () => {
    const { port } = await serve({ limits: { headersTimeoutMs: 100, requestTimeoutMs: 200 } })
    const answer = await raw(port, 'GET /healthz HTTP/1.1\r\nhost: loc')
    expect(answer).toMatch(/^HTTP\/1.1 408 /)
  })

  test('headers have a size', async () => {
    const { port } = await serve({ limits: { headerBytes: 2048 } })
    const filler = `x-filler: ${'y'.repeat(4096)}`
    const answer = await raw(port, `GET /healthz HTTP/1.1\r\nhost: localhost\r\n${filler}\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1.1 431 /)
  })

  test('row 56: a body that comes by drops is cut off', async () => {
    const { port } = await serve({
      limits: { headersTimeoutMs: 100, requestTimeoutMs: 200 },
      apiToken: () => 'right',
      applications: [
        { name: 'fraud-prod', journal: createJournal({ history: 3 }), inbox: createInbox() },
      ],
    })
    const type = 'content-type: application/json\r\nauthorization: Bearer right'
    const lever = '/api/v1/applications/fraud-prod/rollouts/fraud/abort'
    const head = `POST ${lever} HTTP/1.1\r\nhost: localhost\r\n${type}\r\ncontent-length: 100\r\n\r\n{`
    expect(await raw(port, head)).toMatch(/^HTTP\/1.1 408 /)
  })

  const TWO = 'GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n'
  test.each([
    ['HTTP/2 without an upgrade', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['two different lengths', `content-length: 0\r\ncontent-length: ${TWO.length}\r\n\r\n${TWO}`],
    ['two lengths in one header', `content-length: 0, ${TWO.length}\r\n\r\n${TWO}`],
    ['chunks that are named twice', `transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n${TWO}`],
    ['chunks by a word with a space', `transfer-encoding : chunked\r\n\r\n0\r\n\r\n${TWO}`],
    ['chunks in another coding', `transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n${TWO}`],
    ['a length with a sign', `content-length: +0\r\n\r\n${TWO}`],
    ['a header that is folded', `x: a\r\n b: c\r\ncontent-length:\r\n 5\r\n\r\n${TWO}`],
    ['a null byte in a header', `x: a\0b\r\n\r\n${TWO}`],
  ])('row 56: %s gets one refusal, and nothing behind it is answered', async (_, rest) => {
    const { port } = await serve()
    const isWhole = rest.startsWith('PRI')
    const answer = await raw(
      port,
      isWhole ? rest : `GET /healthz HTTP/1.1\r\nhost: localhost\r\n${rest}`,
    )
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toHaveLength(1)
    expect(answer).toMatch(/^HTTP\/1.1 4\d\d /)
    expect(answer).not.toContain('up 1')
  })

  test('two lengths in one request are refused: nobody smuggles', async () => {
    const { port } = await serve()
    const both = 'content-length: 4\r\ntransfer-encoding: chunked'
    const answer = await raw(
      port,
      `GET /healthz HTTP/1.1\r\nhost: localhost\r\n${both}\r\n\r\n0\r\n\r\n`,
    )
    expect(answer).toMatch(/^HTTP\/1.1 4(?:00|13) /)
  })

  test('who holds more connections than there may be keeps nobody from an answer', async () => {
    const { port, url } = await serve({ limits: { connections: 20 } })
    const idle = Array.from({ length: 60 }, () => connect(port, '127.0.0.1').on('error', () => {}))
    await Promise.all(idle.map((socket) => once(socket, 'connect')))
    for (let probe = 0; probe < 20; probe += 1)
      expect((await get(`${url}/healthz`)).status).toBe(200)
    for (const socket of idle) socket.destroy()
  })

  test('where all connections are at work one more is refused', async () => {
    const { port, url } = await serve({ limits: { connections: 1 } })
    const busy = connect(port, '127.0.0.1')
    busy.write('GET /api/v1/events HTTP/1.1\r\nhost: localhost\r\n\r\n')
    await once(busy, 'data')
    await expect(get(`${url}/healthz`)).rejects.toThrow()
    busy.destroy()
  })
})

describe('rows 45, 52 to 55 and 57: nobody from outside tells the controller what is so', () => {
  const BODY = JSON.stringify({ ref: 'refs/heads/main', commits: [{ id: 'x' }] })
  const signatures = {
    'x-hub-signature-256': `sha256=${'0'.repeat(64)}`,
    'x-gitlab-token': 'x',
    'x-gogs-signature': 'x',
    'x-event-key': 'repo:push',
    'aeg-event-type': 'SubscriptionValidation',
  }

  test.each([
    ...['/webhook', '/webhooks', '/hooks', '/api/webhook', '/api/v1/webhook', '/api/v1/events'],
    ...['/hooks/github', '/hooks/gitlab', '/hooks/gogs', '/hooks/bitbucket', '/hooks/azure-devops'],
    ...['/hooks/event-grid', '/api/v1/hooks/github', '/api/webhooks/incoming/eventgrid'],
    ...['/api/v1/sources', '/api/v1/applications', '/api/v1/applications/fraud-prod', '/'],
  ])('%s takes no delivery, whoever signed it', async (path) => {
    const { url, journal } = await serve({ apiToken: () => 'right' })
    for (const type of ['application/json', 'application/x-www-form-urlencoded']) {
      const headers = { ...signatures, 'content-type': type, authorization: 'Bearer right' }
      const { status, text } = await get(url + path, { method: 'POST', headers, body: BODY })
      expect([404, 405]).toContain(status)
      expect(text).not.toContain('refs/heads')
    }
    expect(journal.latest()).toBeUndefined()
  })

  test.each(['PATCH', 'PUT', 'POST', 'DELETE'])('a patch by %s is none', async (method) => {
    const { url } = await serve({ apiToken: () => 'right' })
    const body = JSON.stringify([{ op: 'add', path: '/constructor/x', value: 1 }])
    for (const place of ['', '/plan', '/resources/OnlineEndpoint/fraud', '/rollouts/fraud']) {
      const { status } = await get(`${url}/api/v1/applications/fraud-prod${place}`, {
        method,
        headers: {
          'content-type': 'application/json-patch+json',
          'content-length': String(body.length),
          authorization: 'Bearer right',
        },
        body,
      })
      expect([404, 405]).toContain(status)
    }
    expect(Object.hasOwn(Object, 'x')).toBe(false)
  })
})

describe('what the server does not tell (ATTACKS 58, 59; S17)', () => {
  test('row 58: probes and metrics have no address, no commit and no text of anybody', async () => {
    const metrics = createMetrics({ version: '0.1.0', commit: 'abc', now: () => 0 })
    const { url, journal } = await serve({ metrics: () => metrics.render() })
    const canary = 'canary-https://user:hunter2@git.example/secret.git'
    const problem = a.problem({ message: canary })
    const report = a.report({ problems: [problem] })
    metrics.recordReport(report)
    journal.record(report)
    for (const path of ['/healthz', '/readyz', '/metrics']) {
      const { text, headers } = await get(url + path)
      expect(text).not.toMatch(/canary-https|hunter2|git\.example|secret\.git/)
      expect(JSON.stringify(headers)).not.toMatch(/fastify|node/i)
    }
  })

  test.each([
    ...['/debug/pprof', '/debug/pprof/heap', '/debug/vars', '/json/list', '/json/version'],
    ...['/heapdump', '/env', '/actuator/env', '/server-status', '/.env', '/config'],
  ])('row 58: %s is not there', async (path) => {
    const { url } = await serve()
    expect((await get(url + path)).status).toBe(404)
  })

  test('it listens on loopback unless told otherwise', async () => {
    const { server } = await serve()
    const addresses = server.addresses().map((one) => (typeof one === 'string' ? one : one.address))
    expect(addresses.every((address) => ['127.0.0.1', '::1'].includes(address))).toBe(true)
  })

  test('a name of another site for a loopback address is refused', async () => {
    const { url } = await serve()
    const answer = await get(`${url}/api/v1/applications`, { headers: { host: 'evil.example' } })
    expect(answer.status).toBe(421)
  })

  test.each([
    '/..%2f..%2fetc%2fpasswd',
    '/api/v1/applications/..%2f..%2fpackage.json',
    '/api/v1/applications/fraud-prod/resources/..%2F..%2F..%2Fpackage.json',
    '/api/v1/applications/%00',
    '/api/v1/applications/__proto__',
    '/api/v1/applications/constructor/plan',
    '/api/v1/applications/fraud-prod/resources/__proto__',
    '/debug/pprof',
    '//evil.example',
  ])('%s is not there', async (path) => {
    const { url } = await serve()
    const answer = await get(url + path)
    expect(answer.status).toBe(404)
    expect(JSON.parse(answer.text)).toMatchObject({ statusCode: 404, error: 'NotFound' })
  })

  test.each([
    ['that cannot be decoded', '%zzCANARY', 400, 'BadRequest'],
    ['of bytes that are no text', '%ffCANARY', 400, 'BadRequest'],
    ['with a part that is too long', 'CANARY'.repeat(50), 414, 'UriTooLong'],
  ])('a path %s is answered like every other, and not repeated', async (_, part, status, error) => {
    const observed: unknown[] = []
    const { url } = await serve({ observe: (...answer) => observed.push(answer) })
    const path = `${url}/api/v1/applications/${part}`
    const answer = await get(path)
    expect(answer.status).toBe(status)
    expect(JSON.parse(answer.text)).toMatchObject({ statusCode: status, error })
    expect(answer.text).not.toContain('CANARY')
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    })
    expect((await get(path, { headers: { host: 'evil.example' } })).status).toBe(421)
    expect((await get(path, { method: 'DELETE' })).status).toBe(405)
    expect(observed).toEqual([
      ['other', 'GET', status],
      ['other', 'GET', 421],
      ['other', 'DELETE', 405],
    ])
  })

  test('an error of ours is one sentence; its text goes to the log', async () => {
    const logged: unknown[] = []
    const { url } = await serve({
      metrics: () => Promise.reject(new Error('CANARY at /secret/path')),
      logger: { warn: () => {}, error: (fields) => logged.push(fields) },
    })
    const answer = await get(`${url}/metrics`)
    expect(answer.status).toBe(500)
    expect(answer.text).not.toMatch(/CANARY|secret|node_modules|\.ts/)
    expect(logged).toHaveLength(1)
  })

  test('texts with control characters and markup are escaped JSON of a type no browser runs', async () => {
    const { url, journal } = await serve()
    const message = '\u001b[31m<script>alert(1)</script>\r\nX-Injected: 1 \u202e'
    journal.record(a.report({ problems: [a.problem({ message })] }))
    const answer = await get(`${url}/api/v1/applications/fraud-prod/problems`)
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(answer.headers['x-content-type-options']).toBe('nosniff')
    expect(JSON.parse(answer.text).items[0].message).toBe(
      '\\u001b[31m<script>alert(1)</script>\\u000d\\u000aX-Injected: 1 \\u202e',
    )
  })
})
