import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, test } from '@jest/globals'
import { startAzurite } from '../../../src/sandbox/blobs/azurite.ts'
import { createBlobClient } from '../../../src/sandbox/blobs/client.ts'
import { send } from '../../../src/sandbox/http/send.ts'
import { descendantsOf, isAlive, until } from '../../cli/program.ts'

const folder = mkdtempSync(join(tmpdir(), 'verdigris-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const accountKey = Buffer.from('a key of the tests').toString('base64')
const account = { accountName: 'sandboxstorage', accountKey }

const SOURCES = pathToFileURL(join(import.meta.dirname, '..', '..', '..', 'src', 'sandbox'))

/** Keeps a blob, and one more when a signal has come, as a command does that ends in good order. */
function programOf(location: string): string {
  return `
    const { startAzurite } = await import('${SOURCES}/blobs/azurite.ts')
    const { createBlobClient } = await import('${SOURCES}/blobs/client.ts')
    const { send } = await import('${SOURCES}/http/send.ts')
    const account = ${JSON.stringify(account)}
    const azurite = await startAzurite({ account, port: 0, location: ${JSON.stringify(location)} })
    const blobs = createBlobClient({ account, origin: azurite.origin, send, now: Date.now })
    let isEnding = false
    async function end() {
      if (isEnding) return
      isEnding = true
      await blobs.put('kept', 'after', Buffer.from('a signal'))
      await azurite.close()
      process.exit()
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end)
    await blobs.createContainer('kept')
    await blobs.put('kept', 'before', Buffer.from('a signal'))
    console.log('ready')`
}

async function namesKeptIn(location: string): Promise<string[]> {
  const { origin, close } = await startAzurite({ account, port: 0, location })
  try {
    return await createBlobClient({ account, origin, send, now: Date.now }).list('kept', '')
  } finally {
    await close()
  }
}

// A terminal sends its signal to the whole group, and a service manager to every process that it knows.
test.each([
  { signal: 'SIGINT', kept: ['after', 'before'] },
  { signal: 'SIGTERM', kept: ['after', 'before'] },
  { signal: 'SIGHUP', kept: ['after', 'before'] },
  { signal: 'SIGKILL', kept: ['before'] },
] as const)(
  'every blob that was stored outlives $signal, sent to all and twice',
  async ({ signal, kept }) => {
    const location = mkdtempSync(join(folder, 'blobs-'))
    const args = ['--input-type=module', '--eval', programOf(location)]
    const stdio = ['ignore', 'pipe', 'inherit'] as const
    const parent = spawn(process.execPath, args, { stdio: [...stdio], detached: true })
    const pid = parent.pid ?? 0
    const ended = once(parent, 'exit')
    try {
      await once(parent.stdout, 'data')
      const children = await descendantsOf(pid)
      expect(children).toHaveLength(1)
      const reached = signal === 'SIGKILL' ? [-pid] : [-pid, ...children, -pid, ...children]
      for (const one of reached) process.kill(one, signal)
      await ended
      await until(() => !children.some(isAlive))
    } finally {
      parent.kill('SIGKILL')
    }
    expect(await namesKeptIn(location)).toEqual(kept)
  },
)
