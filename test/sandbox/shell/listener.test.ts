import { afterEach, describe, expect, test } from '@jest/globals'
import { type Listener, listen } from '../../../src/sandbox/http/listener.ts'
import type { HttpHandler, HttpResponse } from '../../../src/sandbox/http/message.ts'

let listener: Listener | undefined
afterEach(() => listener?.close())

const PLAIN: HttpResponse = { status: 200, headers: {}, body: Buffer.from('well') }

test.each<[what: string, answer: Partial<HttpResponse>]>([
  ['an arrow in a header', { headers: { 'x-way': 'café → new' } }],
  ['a line end in a header', { headers: { 'x-way': 'a\r\nb' } }],
  ['a name that is none', { headers: { 'x way': 'a' } }],
  ['a status that is none', { status: 99 }],
  ['a trailer without what carries it', { headers: { trailer: 'x' } }],
])('a head with %s is a 500, is told, and the server goes on', async (_, answer) => {
  const told: unknown[] = []
  let next: HttpResponse = { ...PLAIN, ...answer }
  listener = await listen(async () => next, { port: 0, onError: (error) => told.push(error) })
  const first = await fetch(listener.origin)
  expect({ status: first.status, body: await first.json() }).toMatchObject({
    status: 500,
    body: { error: { code: 'InternalServerError' } },
  })
  expect(told).toHaveLength(1)
  next = PLAIN
  expect(await (await fetch(listener.origin)).text()).toBe('well')
})

describe('what a client sends is there whole', () => {
  const length: HttpHandler = async ({ body }) => ({
    ...PLAIN,
    body: Buffer.from(`${body.length}`),
  })
  const sends = async (init: RequestInit): Promise<string> => {
    listener = await listen(length, { port: 0, onError: () => {} })
    return (await fetch(listener.origin, init)).text()
  }

  test.each<[string, RequestInit, string]>([
    ['nothing', {}, '0'],
    ['nothing, and says so', { method: 'POST', body: '' }, '0'],
    ['a text', { method: 'PUT', body: 'é'.repeat(70_000) }, '140000'],
  ])('%s', async (_, init, bytes) => {
    expect(await sends(init)).toBe(bytes)
  })

  test('pieces, of which nobody said how many come', async () => {
    const body = ReadableStream.from(['one', 'two'].map((text) => Buffer.from(text)))
    expect(await sends({ method: 'POST', body, duplex: 'half' } as RequestInit)).toBe('6')
  })
})

test('a text is told by its bytes', async () => {
  const text = JSON.stringify({ what: 'é → ü' })
  const answer = { status: 200, headers: {}, text, body: Buffer.from(text) }
  listener = await listen(async () => answer, { port: 0, onError: () => {} })
  const response = await fetch(listener.origin)
  expect(response.headers.get('content-length')).toBe(String(Buffer.byteLength(text)))
  expect(await response.json()).toEqual({ what: 'é → ü' })
})
