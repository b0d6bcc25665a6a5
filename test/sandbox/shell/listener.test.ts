import { afterEach, expect, test } from '@jest/globals'
import { type Listener, listen } from '../../../src/sandbox/http/listener.ts'
import type { HttpResponse } from '../../../src/sandbox/http/message.ts'

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
