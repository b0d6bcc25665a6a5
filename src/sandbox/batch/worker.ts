import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createFrameReader, encodeFrame } from '../scoring/frames.ts'

/** What the user's run() made of a mini-batch. */
export type Outcome =
  | { readonly kind: 'rows'; readonly rows: readonly string[] }
  | { readonly kind: 'raised'; readonly message: string }
  /** The process ended before it answered, or was ended because it took too long. */
  | { readonly kind: 'died' | 'timeout' }

/** One Python process that has loaded the user's batch script; it takes one mini-batch at a time. */
export interface BatchWorker {
  run(files: readonly string[], timeoutMs: number): Promise<Outcome>
  /** Ends the process with its children. */
  stop(): Promise<void>
}

export interface BatchWorkerOptions {
  readonly python: string
  readonly script: string
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  readonly onLog: (text: string) => void
}

/** The script could not be loaded, or its init() raised. */
export class InitFailed extends Error {}

const runner = fileURLToPath(new URL('runner.py', import.meta.url))
const initTimeoutMs = 600_000

interface Message {
  readonly ready?: true
  readonly failed?: string
  readonly id?: number
  readonly rows?: readonly string[]
  readonly error?: string
}

/** Starts the process and waits for init(). Rejects with InitFailed; no process is left then. */
export async function startBatchWorker(
  options: BatchWorkerOptions,
  signal: AbortSignal,
): Promise<BatchWorker> {
  const child = spawn(options.python, ['-u', runner, options.script], {
    cwd: options.folder,
    env: { ...options.env, PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own, so that children of the script are ended with it.
    detached: true,
  })
  const ended = endOf(child)
  const messages = listen(child)
  child.stderr.on('data', (chunk: Buffer) => options.onLog(chunk.toString('utf8')))
  child.stdin.on('error', () => undefined)
  const stop = async () => {
    killGroup(child)
    await ended
  }
  const first = await within(messages, ended, initTimeoutMs, signal)
  if (typeof first === 'object' && first.ready === true) {
    return { run: (files, ms) => runOne(child, messages, ended, files, ms, signal), stop }
  }
  await stop()
  if (typeof first === 'object') throw new InitFailed(first.failed ?? 'init() did not return')
  throw new InitFailed(
    first === 'died' ? 'The process ended in init().' : 'init() did not return in time.',
  )
}

let requests = 0

async function runOne(
  child: ChildProcess,
  messages: Messages,
  ended: Promise<void>,
  files: readonly string[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Outcome> {
  requests += 1
  child.stdin?.write(encodeFrame({ id: requests, files }))
  const answer = await within(messages, ended, timeoutMs, signal)
  if (answer === 'timeout') killGroup(child)
  if (typeof answer === 'string') return { kind: answer }
  if (answer.rows !== undefined) return { kind: 'rows', rows: answer.rows }
  return { kind: 'raised', message: answer.error ?? 'run() gave nothing' }
}

/** The next message, unless the process ends or time runs out before; an aborted signal counts as time run out. */
async function within(
  messages: Messages,
  ended: Promise<void>,
  ms: number,
  signal: AbortSignal,
): Promise<Message | 'died' | 'timeout'> {
  const over = new AbortController()
  try {
    return await Promise.race([
      messages.next(),
      ended.then(() => 'died' as const),
      timeout(ms, AbortSignal.any([signal, over.signal])),
    ])
  } finally {
    over.abort()
  }
}

interface Messages {
  next(): Promise<Message>
}

/** Messages in their order; there is never more than one that nobody waits for. */
function listen(child: ChildProcess): Messages {
  const early: Message[] = []
  let waiting: ((message: Message) => void) | undefined
  const read = createFrameReader((given) => {
    const message = given as Message
    if (waiting === undefined) early.push(message)
    else waiting(message)
    waiting = undefined
  })
  child.stdout?.on('data', (chunk: Buffer) => {
    try {
      read(chunk)
    } catch {
      // What it says can no longer be told apart, so it cannot go on.
      killGroup(child)
    }
  })
  return {
    next() {
      const message = early.shift()
      if (message !== undefined) return Promise.resolve(message)
      return new Promise((resolve) => {
        waiting = resolve
      })
    },
  }
}

/** `timeout` after so long, or when the signal aborts. */
function timeout(ms: number, signal: AbortSignal): Promise<'timeout'> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve('timeout')
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
  })
}

async function endOf(child: ChildProcess): Promise<void> {
  // A program that could not be started gives 'error' and no 'exit'.
  await once(child, 'exit').catch(() => undefined)
  killGroup(child)
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // ESRCH: everything in the group has ended already.
  }
}
