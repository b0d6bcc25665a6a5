import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import type { StorageAccount } from './signature.ts'

/** A running Azurite. `origin` ends with the account: `http://127.0.0.1:10000/account`. */
export interface Azurite {
  readonly origin: string
  close(): Promise<void>
}

export interface AzuriteOptions {
  readonly account: StorageAccount
  /** 0 = a free port. */
  readonly port: number
  /** Folder that keeps the blobs; absent = in memory. */
  readonly location?: string
}

/** How long it may take to write what it keeps. */
const CLOSE_TIMEOUT_MS = 15_000

// Azurite's index helps only the first condition of a query, and it asks for the account first, which all blobs share:
// every look-up would walk over them all. A blob's name is put first, unless it is a pattern.
const lookUpByName = `
const loki = require(require.resolve('lokijs', { paths: [process.argv[1]] }))
const { find } = loki.Resultset.prototype
loki.Resultset.prototype.find = function (query, firstOnly) {
  const { name, ...rest } = query ?? {}
  return find.call(this, typeof name === 'string' ? { name, ...rest } : query, firstOnly)
}
`

// The child ends when our end of its standard input closes, so it never outlives us, even after a SIGKILL. Nothing else
// ends it: a signal that is meant for all of us (Ctrl-C in a terminal) would close it while the sandbox still writes, and
// a second one would end it before it has written what it keeps. A connection that stays open must not hold it up.
const program = `${lookUpByName}
const withoutEffect = () => {}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, withoutEffect)
process.on('newListener', (event, listener) => {
  if (String(event).startsWith('SIG')) queueMicrotask(() => process.off(event, listener))
})
const { log } = console
console.log = (...said) => {
  log(...said)
  if (String(said[0]).includes('successfully closed')) process.exit(0)
}
process.stdin.on('end', () => {
  if (!process.emit('message', 'shutdown')) process.exit(0)
  setTimeout(() => process.exit(1), ${CLOSE_TIMEOUT_MS}).unref()
}).resume()
require(process.argv[1])`
const require = createRequire(import.meta.url)
const startTimeoutMs = 30_000

/** Starts Azurite's blob service on loopback and waits until it listens. */
export async function startAzurite(options: AzuriteOptions): Promise<Azurite> {
  const { accountName, accountKey } = options.account
  const entry = entryPoint()
  const keeping = options.location ? ['--location', options.location] : ['--inMemoryPersistence']
  const flags = ['--disableTelemetry', '--skipApiVersionCheck', '--silent', ...keeping]
  const address = ['--blobHost', '127.0.0.1', '--blobPort', String(options.port)]
  const child = spawn(process.execPath, ['-e', program, entry, ...flags, ...address], {
    env: { PATH: process.env.PATH, AZURITE_ACCOUNTS: `${accountName}:${accountKey}` },
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own, out of the reach of what a terminal sends.
    detached: true,
  })
  try {
    const origin = await listening(child, options.location)
    return { origin: `${origin}/${accountName}`, close: () => end(child) }
  } catch (error) {
    await end(child)
    throw error
  }
}

/** It is most of what an installation takes, and nothing but a sandbox needs it: it may have been left out. */
function entryPoint(): string {
  try {
    return require.resolve('azurite/dist/src/blob/main.js')
  } catch {
    const remedy = 'install it with `npm install azurite@3` beside verdigris'
    throw new Error(`The sandbox keeps files in Azurite, which is not installed: ${remedy}.`)
  }
}

function listening(child: ChildProcess, location: string | undefined): Promise<string> {
  const remedy = location
    ? ` Its files are in ${location}: where they are damaged, move them and the state file beside them away to start with an empty workspace.`
    : ''
  return new Promise((resolve, reject) => {
    let said = ''
    const timer = setTimeout(() => fail('did not listen in time'), startTimeoutMs)
    function fail(why: string): void {
      clearTimeout(timer)
      reject(
        new Error(
          `The blob service (Azurite) ${why}. It said: ${said.slice(-2000).trim()}${remedy}`,
        ),
      )
    }
    function hear(chunk: Buffer): void {
      said = (said + chunk).slice(-10_000)
      const origin = /successfully listens on (http:\/\/\S+)/.exec(said)?.[1]
      if (!origin) return
      clearTimeout(timer)
      resolve(origin)
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    child.once('error', (error) => fail(`could not be started: ${error.message}`))
    child.once('exit', (code) => fail(`ended with ${code}`))
  })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const ended = once(child, 'exit')
  const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_TIMEOUT_MS)
  child.stdin?.end()
  await ended
  clearTimeout(timer)
}
