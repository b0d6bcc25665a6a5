import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, expect, test } from '@jest/globals'
import { createFolder, run } from './program.ts'

/** What is asked by --url is a controller of another version, or none at all; or who asks has set the token wrongly. */

const folder = createFolder()
const ends: (() => void)[] = []
afterAll(() => {
  for (const end of ends) end()
  folder.remove()
})

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  ends.push(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const NAMED = { name: 'a', converged: true, conditions: [] }
const bodies: Record<string, string> = {
  'an object of others': '{}',
  nothing: 'null',
  'things that are none': '{"items":[null]}',
  'another version': JSON.stringify({ items: [NAMED] }),
  'times that are none': JSON.stringify({
    items: [{ ...NAMED, conditions: [{ type: 'Ready', lastTransitionTime: 7 }] }],
  }),
}

test.each(Object.keys(bodies))('status of %s is a sentence', async (name) => {
  const url = await serve((_request, response) => response.end(bodies[name]))
  const { code, stdout, stderr } = await run(folder.path, ['status', '--url', url])
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toMatch(
    /^What http:\/\/127\.0\.0\.1:\d+ answers is not understood \(.+\): is a controller of this version running there\?\n$/,
  )
})

test.each([
  [['rollout', 'status']],
  [['rollout', 'abort', 'fraud', '--why', 'x']],
  [['adopt', 'fraud', '--why', 'x']],
])('and so is %j', async (command) => {
  const url = await serve((_request, response) => response.end('{"items":[{}]}'))
  const { code, stderr } = await run(folder.path, [...command, '--url', url])
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^(?:What|The controller) .+\n$/)])
})

test('an answer that breaks off is told, and not as a fault of this program', async () => {
  const url = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': 1000 })
    response.write('{"items":[', () => response.destroy())
  })
  const { code, stderr } = await run(folder.path, ['status', '--url', url])
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^The answer of .+ broke off \(.+\n$/)])
})

test('a refusal without a reason of text is told without one', async () => {
  const url = await serve((_request, response) => {
    response.writeHead(403).end('{"message":{"a":1}}')
  })
  const { stderr } = await run(folder.path, ['status', '--url', url])
  expect(stderr).toBe(`The controller at ${url} refuses (403).\n`)
})

test.each([
  ['VERDIGRIS_API_TOKEN', 'ab\ncd hunter2', 'cannot be sent: it may have letters'],
  ['VERDIGRIS_API_TOKEN', 'hunter2\u2122', 'cannot be sent: it may have letters'],
  ['VERDIGRIS_API_TOKEN_FILE', '/no/such/hunter2', 'cannot be read (ENOENT): check the file'],
])('%s=%j is told without being repeated, and nothing is sent', async (name, value, message) => {
  let asked = 0
  const url = await serve((_request, response) => {
    asked += 1
    response.end('{}')
  })
  const { code, stderr } = await run(folder.path, ['status', '--url', url], { [name]: value })
  expect([code, stderr, asked]).toEqual([1, expect.stringContaining(message), 0])
  expect(stderr).toMatch(/^The token of the controller .+\n$/)
  expect(stderr).not.toContain('hunter2')
})
