import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ROOT } from '../cli/program.ts'
import { get } from '../support/http.ts'

/**
 * A server as a process of its own, so that what it takes of the machine is its own.
 * It sends the bytes that it read of each connection as that ends and, when it is asked, those that it keeps.
 */
const PROGRAM = `
  const { subscribe } = await import('node:diagnostics_channel')
  subscribe('net.server.socket', ({ socket }) =>
    socket.once('close', () => process.send({ read: socket.bytesRead })))
  const from = (path) => import(${JSON.stringify(join(ROOT, 'src/'))} + path)
  const [{ createServer }, { createInbox }, { createJournal }] =
    await Promise.all(['server/server.ts', 'adapters/inbox/memory.ts', 'adapters/journal/memory.ts'].map(from))
  const inbox = createInbox()
  const server = createServer({
    applications: [{ name: 'fraud-prod', journal: createJournal({ history: 3 }), inbox }],
    metrics: async () => 'put_in ' + inbox.take().length,
    version: '0.1.0',
    apiToken: () => 'right',
    limits: { leverWaitMs: 10 },
  })
  const { collected } = await import(${JSON.stringify(join(ROOT, 'test/support/collected.ts'))})
  process.on('message', async () => {
    await collected()
    const { heapUsed, external } = process.memoryUsage()
    process.send({ kept: heapUsed + external })
  })
  process.send({ url: await server.listen({ port: 0 }) })`

const LEVER = '/api/v1/applications/fraud-prod/rollouts/fraud/abort'
const JSON_TYPE = { 'content-type': 'application/json' }
const KNOWN = { ...JSON_TYPE, authorization: 'Bearer right' }
const MIB = 1024 * 1024

interface Message {
  readonly url?: string
  readonly read?: number
  readonly kept?: number
}

let server: ChildProcess
let url = ''
let port = 0
/** Bytes that the server read of any one connection, at most. */
let readMost = 0
beforeAll(async () => {
  server = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  server.on('message', ({ read = 0 }: Message) => {
    readMost = Math.max(readMost, read)
  })
  url = (await message('url')) ?? ''
  port = Number(new URL(url).port)
})
afterAll(async () => {
  server.kill('SIGKILL')
  await once(server, 'close')
})

async function message<Name extends keyof Message>(name: Name): Promise<Message[Name]> {
  for (;;) {
    const [sent]: Message[] = await once(server, 'message')
    if (sent?.[name] !== undefined) return sent[name]
  }
}

/** Bytes of memory that the server keeps once what nobody needs any more is collected. */
async function kept(): Promise<number> {
  const answered = message('kept')
  server.send('kept')
  return (await answered) ?? Number.NaN
}

function post(body: string, headers: Readonly<Record<string, string>> = KNOWN) {
  const length = { 'content-length': String(Buffer.byteLength(body)) }
  return get(`${url}${LEVER}`, { method: 'POST', headers: { ...length, ...headers }, body })
}

/** Pours into a request whatever it takes; the status that it gets, and how many bytes went off. */
async function pour(head: string, piece: Buffer, most: number) {
  const { promise: closed, resolve: onClose } = Promise.withResolvers<void>()
  const socket = connect(port, '127.0.0.1')
    .on('error', () => {})
    .on('close', () => onClose())
  let [answer, sent] = ['', 0]
  socket.setEncoding('utf8').on('data', (text: string) => {
    answer += text
  })
  const more = (): void => {
    while (!socket.destroyed && sent < most) {
      sent += piece.length
      if (!socket.write(piece)) return
    }
  }
  socket.on('drain', more)
  socket.write(`POST ${LEVER} HTTP/1.1\r\nhost: localhost\r\n${head}\r\n\r\n`)
  more()
  await closed
  return { status: Number(answer.slice(9, 12)), sent }
}

describe('a body without end', () => {
  const chunk = Buffer.from(`10000\r\n${'x'.repeat(0x10000)}\r\n`)
  const known = 'content-type: application/json\r\nauthorization: Bearer right'
  test.each([
    ['of 16 GB', `${known}\r\ncontent-length: 17179869184`, Buffer.alloc(0x10000, 'x'), 413],
    ['in chunks', `${known}\r\ntransfer-encoding: chunked`, chunk, 413],
    ['of 16 GB, from nobody', 'content-length: 17179869184', Buffer.alloc(0x10000, 'x'), 413],
    ['in chunks, from nobody', 'transfer-encoding: chunked', chunk, 413],
  ])('%s is cut before it is held', async (_, head, piece, status) => {
    const before = await kept()
    for (let time = 0; time < 20; time += 1) {
      const poured = await pour(head, piece, 256 * MIB)
      expect(poured.sent).toBeLessThan(32 * MIB)
      // A client that sends on may lose the answer, and never gets another one.
      expect([status, 0]).toContain(poured.status)
    }
    expect(readMost).toBeLessThan(MIB)
    expect((await kept()) - before).toBeLessThan(4 * MIB)
    expect((await get(`${url}/healthz`)).status).toBe(200)
  })
})

describe('what is said by the API', () => {
  const SAID = JSON.stringify({ who: 'anna', why: 'x' })

  test.each<[string, Readonly<Record<string, string>>]>([
    ['nobody', {}],
    ['another token', { authorization: 'Bearer wrong' }],
    ['the signature of GitHub', { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }],
    ['the token of GitLab', { 'x-gitlab-token': 'right' }],
    ['the signature of Gogs', { 'x-gogs-signature': 'right', 'x-gogs-event': 'push' }],
    ['the event of Bitbucket', { 'x-event-key': 'repo:push', 'x-hub-signature': 'right' }],
    ['the password of Azure DevOps', { authorization: `Basic ${btoa('x:right')}` }],
    ['the greeting of Event Grid', { 'aeg-event-type': 'SubscriptionValidation' }],
  ])('by %s is refused before it is read', async (_, headers) => {
    for (const body of [SAID, '{', '{"__proto__":', ''])
      expect((await post(body, { ...JSON_TYPE, ...headers })).status).toBe(401)
  })

  test.each([
    ...['null', '[]', '0', '""', 'true', '{}', '{"who":null,"why":null}', '{"who":1,"why":[]}'],
    ...['{"who":{},"why":"x"}', '{"who":["anna"],"why":"x"}', '{"who":"anna","why":"x","more":1}'],
    ...['{"who":"anna","why":"x","__proto__":{"a":1}}', '{"constructor":{"prototype":{"a":1}}}'],
    ...[
      '{"who":"anna","why":"x","revision":{}}',
      '{"who":"anna","why":"x","revison":"0123abcd"}',
      '[['.repeat(900),
      '{"who":"\\ud800","why":1e999}',
    ],
    JSON.stringify({ who: 'anna', commits: Array.from({ length: 200 }, () => ({ id: 'x' })) }),
  ])('%s with the right token is refused, and nobody pulls a lever', async (body) => {
    const { status, text } = await post(body)
    expect([status, text.length < 4096]).toEqual([400, true])
    expect((await get(`${url}/metrics`)).text).toBe('put_in 0')
  })

  test('ten thousand commits are too much for any lever', async () => {
    const commits = Array.from({ length: 10_000 }, (_, n) => ({ id: `${n}` }))
    expect((await post(JSON.stringify({ who: 'anna', why: 'x', commits }))).status).toBe(413)
  })

  test('again and again, by nobody, is refused each time, and costs no memory that stays', async () => {
    const before = await kept()
    for (let round = 0; round < 100; round += 1) {
      const answers = await Promise.all(Array.from({ length: 50 }, () => post(SAID, JSON_TYPE)))
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]))
    }
    expect((await kept()) - before).toBeLessThan(4 * MIB)
    expect((await get(`${url}/metrics`)).text).toBe('put_in 0')
  })
})

test('ten thousand connections that say nothing keep nobody from an answer', async () => {
  const before = await kept()
  const idle: ReturnType<typeof connect>[] = []
  for (let batch = 0; batch < 20; batch += 1) {
    const some = Array.from({ length: 500 }, () => connect(port, '127.0.0.1').on('error', () => {}))
    await Promise.all(some.map((socket) => once(socket, 'connect')))
    idle.push(...some)
    expect((await get(`${url}/healthz`)).status).toBe(200)
  }
  for (const socket of idle) socket.destroy()
  expect((await kept()) - before).toBeLessThan(4 * MIB)
})
