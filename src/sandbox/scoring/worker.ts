import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { validateHeaderName, validateHeaderValue } from 'node:http'
import { fileURLToPath } from 'node:url'
import type { HttpResponse } from '../http/message.ts'
import { createFrameReader, encodeFrame } from './frames.ts'

/** A request as the container gets it. */
export interface ContainerRequest {
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** One Python process that has loaded the user's script. */
export interface Worker {
  /** undefined = the process ended before it answered. */
  score(request: ContainerRequest): Promise<HttpResponse | undefined>
  /** Resolves as soon as no request is being answered. */
  whenIdle(): Promise<void>
  /** Resolves when the process is gone, for whatever reason. */
  readonly ended: Promise<void>
  /** Ends the process with its children, at the latest after a short grace. */
  stop(): Promise<void>
}

export interface WorkerOptions {
  readonly python: string
  /** The arguments of the runner: `script` and its path, or `mlflow`. */
  readonly runs: readonly string[]
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  readonly onLog: (text: string) => void
}

/** A script that could not be loaded, or whose init() raised. */
class ScriptFailed extends Error {}

const runner = fileURLToPath(new URL('runner.py', import.meta.url))
const graceMs = 1_000
const startTimeoutMs = 600_000

interface Pending {
  readonly over: Promise<HttpResponse | undefined>
  readonly resolve: (answer: HttpResponse | undefined) => void
}

type Message =
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly message: string }
  | {
      readonly type: 'answer'
      readonly id: number
      readonly status: number
      readonly headers: readonly (readonly [string, string])[]
      readonly body: string
    }

/** Starts the process and waits for init(). Rejects with ScriptFailed; no process is left then. */
export async function startWorker(options: WorkerOptions, signal: AbortSignal): Promise<Worker> {
  const child = spawn(options.python, ['-u', runner, ...options.runs], {
    cwd: options.folder,
    env: { ...options.env, PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own, so that children of the script are ended with it.
    detached: true,
  })
  const ended = endOf(child)
  const waiting = new Map<number, Pending>()
  child.stderr.on('data', (chunk: Buffer) => options.onLog(chunk.toString('utf8')))
  child.stdin.on('error', () => undefined)
  ended.then(() => {
    for (const { resolve } of waiting.values()) resolve(undefined)
    waiting.clear()
  })
  try {
    await readiness(child, ended, signal, waiting, options.onLog)
  } catch (error) {
    await stop(child, ended)
    throw error
  }
  return workerOf(child, ended, waiting)
}

function workerOf(
  child: ChildProcess,
  ended: Promise<void>,
  waiting: Map<number, Pending>,
): Worker {
  let requests = 0
  return {
    ended,
    async whenIdle() {
      while (waiting.size > 0) await Promise.all([...waiting.values()].map(({ over }) => over))
    },
    score({ method, target, headers, body }) {
      if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(undefined)
      requests += 1
      const id = requests
      const { promise: over, resolve } = Promise.withResolvers<HttpResponse | undefined>()
      waiting.set(id, { over, resolve })
      const message = { id, method, target, headers: Object.entries(headers) }
      child.stdin?.write(encodeFrame({ ...message, body: body.toString('base64') }))
      return over
    },
    stop: () => stop(child, ended),
  }
}

function readiness(
  child: ChildProcess,
  ended: Promise<void>,
  signal: AbortSignal,
  waiting: Map<number, Pending>,
  onLog: WorkerOptions['onLog'],
): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail('init() did not return in time'), startTimeoutMs)
    const fail = (why: string) => {
      clearTimeout(timer)
      reject(new ScriptFailed(why))
    }
    const hear = (message: Message) => {
      if (message.type === 'answer') {
        waiting.get(message.id)?.resolve(responseOf(message, onLog))
        waiting.delete(message.id)
        return
      }
      if (message.type === 'failed') return fail(message.message)
      clearTimeout(timer)
      resolve()
    }
    const read = createFrameReader((message) => hear(message as Message))
    child.stdout?.on('data', (chunk: Buffer) => {
      try {
        read(chunk)
      } catch {
        // What it says can no longer be told apart, so it cannot go on.
        killGroup(child)
      }
    })
    child.once('error', (error) => fail(error.message))
    ended.then(() => fail('the process ended before init() returned'))
    signal.addEventListener('abort', () => fail('it is no longer wanted'), { once: true })
    if (signal.aborted) fail('it is no longer wanted')
  })
}

type ScriptAnswer = Extract<Message, { type: 'answer' }>

/** What the script answers; what no server can send, as a header with an arrow in it, is a bare 500, and its log says why. */
function responseOf(answer: ScriptAnswer, onLog: WorkerOptions['onLog']): HttpResponse {
  try {
    return { ...headOf(answer), body: Buffer.from(answer.body, 'base64') }
  } catch (error) {
    onLog(`The answer of the script cannot be sent: ${(error as Error).message}\n`)
    const headers = { 'content-type': 'text/html' }
    return { status: 500, headers, body: Buffer.from('Internal Server Error') }
  }
}

/** What one connection and the next agree upon is the listener's to say. */
const HOP_BY_HOP = new Set([
  ...['connection', 'content-length', 'keep-alive', 'proxy-connection'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade'],
])

function headOf({ status, headers }: ScriptAnswer): Pick<HttpResponse, 'status' | 'headers'> {
  if (!Number.isInteger(status) || status < 200 || status > 999)
    throw new RangeError(`${status} is no status`)
  const joined: Record<string, string> = {}
  for (const [given, value] of headers) {
    validateHeaderName(given)
    validateHeaderValue(given, value)
    const name = given.toLowerCase()
    if (HOP_BY_HOP.has(name)) continue
    joined[name] = joined[name] === undefined ? value : `${joined[name]}, ${value}`
  }
  return { status, headers: joined }
}

async function endOf(child: ChildProcess): Promise<void> {
  // A program that could not be started gives 'error' and no 'exit'.
  await once(child, 'exit').catch(() => undefined)
  killGroup(child)
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  const timer = setTimeout(() => killGroup(child), graceMs)
  child.stdin?.end()
  await ended
  clearTimeout(timer)
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // ESRCH: everything in the group has ended already.
  }
}
