import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  commandLines,
  createGitBench,
  type GitBench,
  isQuiet,
  never,
  processesOn,
} from '../../support/git-bench.ts'
import type { GitServer } from '../../support/git-server.ts'
import { packServer } from '../../support/pack-server.ts'
import { sourceErrorOf } from '../../support/read-result.ts'

const TOKEN = 'canary-7f3a/secret+token'
const credentials = { token: () => TOKEN }

let bench: GitBench
beforeAll(async () => {
  bench = await createGitBench()
})
afterAll(() => bench.end())

/** A server that answers each request with `answer` and nothing else. */
function misbehaving(answer: (response: ServerResponse) => void): Promise<GitServer> {
  return bench.server({
    intercept(_request, response) {
      answer(response)
      return true
    },
  })
}

/** A port that accepts connections and never says a word. */
async function startMuteServer(): Promise<number> {
  const mute = createServer((socket) => socket.resume().on('error', () => {}))
  mute.listen(0, '127.0.0.1')
  await once(mute, 'listening')
  bench.atEnd(() => mute.close())
  return (mute.address() as AddressInfo).port
}

function pkt(text: string): string {
  return (text.length + 4).toString(16).padStart(4, '0') + text
}

const ADVERTISEMENT = `${pkt('# service=git-upload-pack\n')}0000`
const GIT = { 'content-type': 'application/x-git-upload-pack-advertisement' }

describe('where credentials go', () => {
  test.each([301, 302, 303, 307, 308])(
    'row 8: a redirect (%i) to another host is not followed and the token not sent there',
    async (status) => {
      const repository = await bench.repository()
      await repository.commit({ 'a.yml': '1' })
      const other = await bench.server({ repository: repository.path })
      const server = await misbehaving((response) => {
        const location = `${other.url.replace('127.0.0.1', 'localhost')}/info/refs?service=git-upload-pack`
        response.writeHead(status, { location }).end()
      })
      const source = bench.source({ repository: server.url, credentials })
      const error = await sourceErrorOf(source.read(never))
      expect(error.reason).toBe('Refused')
      expect(error.message).toMatch(/redirects/)
      expect(other.requests).toEqual([])
    },
  )

  test('nor is a redirect of the second request, when the first one was answered', async () => {
    const repository = await bench.repository()
    await repository.commit({ 'a.yml': '1' })
    const other = await bench.server({ repository: repository.path, token: TOKEN })
    const server = await bench.server({
      repository: repository.path,
      token: TOKEN,
      intercept(request, response) {
        if (request.method !== 'POST') return false
        request.resume()
        response.writeHead(307, { location: `${other.url}/git-upload-pack` }).end()
        return true
      },
    })
    const source = bench.source({ repository: server.url, credentials })
    const error = await sourceErrorOf(source.read(never))
    expectClean(error)
    expect(server.requests.length).toBeGreaterThan(1)
    expect(other.requests).toEqual([])
  })

  test.each([
    ['401', 401, 'Unauthorized'],
    ['403', 403, 'Unauthorized'],
    ['404', 404, 'Unreachable'],
    ['500', 500, 'Unreachable'],
    ['429', 429, 'Unreachable'],
  ])('rows 6 and 19: %s is an error without the token in it', async (_name, status, reason) => {
    const server = await misbehaving((response) => {
      const basic = Buffer.from(`x-access-token:${TOKEN}`).toString('base64')
      const type = { 'content-type': 'text/plain', 'www-authenticate': 'Basic realm="git"' }
      response.writeHead(status, type).end(`no: ${TOKEN} Basic ${basic} \u001b[31m\n`)
    })
    const source = bench.source({ repository: server.url, credentials })
    const error = await sourceErrorOf(source.read(never))
    expect(error.reason).toBe(reason)
    expectClean(error)
  })

  test('row 6: the token is repeated by a server in git’s own words, and not by us', async () => {
    const server = await misbehaving((response) => {
      const text = `ERR ${TOKEN} ${encodeURIComponent(TOKEN)} https://a:${TOKEN}@host/`
      response.writeHead(200, GIT).end(`${ADVERTISEMENT}${pkt(`${text}\n`)}`)
    })
    const source = bench.source({ repository: server.url, credentials })
    expectClean(await sourceErrorOf(source.read(never)))
  })

  test('no part of a token is told where what a server says is too long to be kept', async () => {
    const said = `${TOKEN} denied `.repeat(1000)
    // What git says behind it is not always as long: wherever it is cut, a line that has lost its beginning is not told.
    for (let more = 0; more < `${TOKEN} denied `.length; more += 4) {
      const answer = { tip: '1'.repeat(40), said: `${said}${'x'.repeat(more)}`, pack: [] }
      const server = await bench.server(packServer(answer))
      const source = bench.source({ repository: server.url, credentials })
      const { message } = await sourceErrorOf(source.read(never))
      expect(message).toContain('git says')
      for (const part of ['token', '3a/secret', 'ret+tok']) expect(message).not.toContain(part)
    }
  })

  test('row 6: nor by its part behind a user name', async () => {
    const server = await misbehaving((response) => {
      response.writeHead(200, GIT).end(`${ADVERTISEMENT}${pkt(`ERR ${TOKEN} of bot\n`)}`)
    })
    const token = () => `bot:${TOKEN}`
    const source = bench.source({ repository: server.url, credentials: { token } })
    expectClean(await sourceErrorOf(source.read(never)))
  })

  test('row 6: the token is on no command line and in no file', async () => {
    const seen: string[] = []
    const repository = await bench.repository()
    await repository.commit({ 'a.yml': '1' })
    const dataDir = await bench.folder()
    const server = await bench.server({ repository: repository.path, token: TOKEN })
    const lines = bench.server({
      repository: repository.path,
      intercept(request, response) {
        commandLines().then((found) => {
          seen.push(...found.filter((line) => line.includes('git')))
          request.resume()
          response.writeHead(500).end()
        })
        return true
      },
    })
    await sourceErrorOf(bench.source({ repository: (await lines).url, credentials }).read(never))
    expect(seen.some((line) => line.includes('remote-http'))).toBe(true)
    expect(seen.join('\n')).not.toContain(TOKEN)
    await bench.source({ repository: server.url, credentials, dataDir }).read(never)
    const found = spawnSync('grep', ['-rlaF', TOKEN, dataDir], { encoding: 'utf8' })
    expect(found.stdout).toBe('')
  })

  test.each(['', 'a b', 'a\r\nx-evil: 1', 'é'])(
    'row 7: a token like %j is refused',
    async (token) => {
      const server = await misbehaving((response) => response.end())
      const source = bench.source({ repository: server.url, credentials: { token: () => token } })
      const error = await sourceErrorOf(source.read(never))
      expect(error.reason).toBe('Unauthorized')
      expect(server.requests).toEqual([])
    },
  )
})

describe('servers that never come to an end', () => {
  const limits = { totalMs: 1500, stallMs: 60_000 }

  test.each<[string, (response: ServerResponse) => void]>([
    ['says nothing', () => {}],
    ['sends a byte a second', (response) => drip(response.writeHead(200, GIT), '0', 200)],
    ['sends its refs for ever', (response) => flood(response.writeHead(200, GIT), refLine)],
    ['sends progress for ever', (response) => flood(response.writeHead(200, GIT), progressLine)],
    ['sends headers for ever', (response) => drip(response, 'x-more: 1\r\n', 20)],
  ])('row 15: one that %s is given up in time, and nothing of it stays', async (_what, answer) => {
    const server = await misbehaving(answer)
    const dataDir = await bench.folder()
    const source = bench.source({ repository: server.url, dataDir, limits })
    // Where it is not given up, this comes to no end.
    const error = await sourceErrorOf(source.read(never))
    expect(['TimedOut', 'Refused', 'LimitExceeded', 'Unreachable']).toContain(error.reason)
    expect(error.message.length).toBeLessThan(1000)
    expect(await isQuiet(dataDir)).toBe(true)
  })

  test('row 15: a stalled transfer ends before the total time', async () => {
    const server = await misbehaving((response) => {
      response.writeHead(200, GIT).write(ADVERTISEMENT)
    })
    const source = bench.source({
      repository: server.url,
      limits: { totalMs: 3_600_000, stallMs: 1000 },
    })
    expect((await sourceErrorOf(source.read(never))).reason).toBe('TimedOut')
  })

  test('row 15: a server that hangs in the TLS greeting is given up', async () => {
    const port = await startMuteServer()
    const dataDir = await bench.folder()
    const source = bench.source({ repository: `https://127.0.0.1:${port}/x`, dataDir, limits })
    expect((await sourceErrorOf(source.read(never))).reason).toBe('TimedOut')
    expect(await isQuiet(dataDir)).toBe(true)
  })

  test('row 15: while one hangs, other sources are read', async () => {
    const hanging = await misbehaving(() => {})
    const repository = await bench.repository()
    await repository.commit({ 'a.yml': '1' })
    const stop = new AbortController()
    const stuck = sourceErrorOf(bench.source({ repository: hanging.url }).read(stop.signal))
    const other = await bench.source({ repository: repository.url }).read(never)
    expect(other.files).toHaveLength(1)
    stop.abort()
    expect((await stuck).reason).toBe('TimedOut')
  })

  test('row 15: an ssh server that hangs before its greeting is given up, and nothing is asked', async () => {
    const port = await startMuteServer()
    const dataDir = await bench.folder()
    const repository = `ssh://git@127.0.0.1:${port}/models.git`
    const credentials = {
      ssh: { identityFile: "/none/it's 100% a key", knownHostsFile: '/none/hosts' },
    }
    const source = bench.source({ repository, dataDir, limits, credentials, allowLocal: false })
    expect((await sourceErrorOf(source.read(never))).reason).toBe('TimedOut')
    expect(await isQuiet(dataDir)).toBe(true)
  })

  test('row 19: an ssh server that is not there is unreachable', async () => {
    const repository = 'git@127.0.0.1:models.git'
    const error = await sourceErrorOf(bench.source({ repository }).read(never))
    expect(['Unreachable', 'Refused']).toContain(error.reason)
  })

  test('a close ends what runs at once', async () => {
    const asked = Promise.withResolvers<void>()
    const hanging = await misbehaving(() => asked.resolve())
    const dataDir = await bench.folder()
    const source = bench.source({ repository: hanging.url, dataDir })
    const reading = sourceErrorOf(source.read(never))
    await asked.promise
    expect(await processesOn(dataDir)).toBeGreaterThan(0)
    source.close()
    expect((await reading).reason).toBe('TimedOut')
    expect(await isQuiet(dataDir)).toBe(true)
    expect((await sourceErrorOf(source.read(never))).reason).toBe('TimedOut')
  })
})

function refLine(n: number): string {
  return pkt(`${n.toString(16).padStart(40, '0')} refs/heads/b${n}\n`)
}

function progressLine(n: number): string {
  return pkt(`\u0002Counting objects: ${n}\r`)
}

/** As fast as the other side takes it, until it hangs up. */
function flood(response: ServerResponse, line: (n: number) => string): void {
  let n = 0
  const more = () => {
    while (!response.destroyed) {
      n += 1
      if (!response.write(line(n))) return
    }
  }
  response.write(ADVERTISEMENT)
  response.on('drain', more)
  more()
}

function drip(response: ServerResponse, text: string, everyMs: number): void {
  const socket = response.socket
  if (!response.headersSent) socket?.write('HTTP/1.1 200 OK\r\n')
  const timer = setInterval(() => socket?.write(text), everyMs)
  socket?.on('close', () => clearInterval(timer))
}

function expectClean(error: Error): void {
  const text = `${error.message}\n${error.stack}\n${JSON.stringify(error)}`
  for (const form of [TOKEN, encodeURIComponent(TOKEN)]) expect(text).not.toContain(form)
  expect(text).not.toContain(Buffer.from(`x-access-token:${TOKEN}`).toString('base64'))
  // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is what is tested
  expect(error.message).not.toMatch(/[\u0000-\u001f]/)
}
