import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface Command {
  readonly program: string
  readonly args: readonly string[]
  readonly folder?: string
  /** Told of every line of either output. */
  readonly onLine?: (line: string) => void
  readonly signal?: AbortSignal
  readonly timeoutMs: number
}

/** How a program ended. */
export interface Ended {
  /** undefined = it could not be started, or was ended by a signal. */
  readonly code: number | undefined
  /** The end of what it said. */
  readonly output: string
}

const outputMax = 256 * 1024

/** Runs a program in a process group of its own, to its end; aborting, or time being up, ends the group. */
export async function run(command: Command): Promise<Ended> {
  const child = spawn(command.program, command.args, {
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    ...(command.folder === undefined ? {} : { cwd: command.folder }),
  })
  let output = ''
  const hear = (line: string) => {
    output = `${output}${line}\n`.slice(-outputMax)
    command.onLine?.(line)
  }
  const readers = [child.stdout, child.stderr].map((stream) => {
    const lines = createInterface({ input: stream })
    lines.on('line', hear)
    return once(lines, 'close')
  })
  const limit = AbortSignal.timeout(command.timeoutMs)
  const stop = AbortSignal.any(command.signal ? [limit, command.signal] : [limit])
  const end = () => endGroup(child.pid)
  stop.addEventListener('abort', end, { once: true })
  if (stop.aborted) end()
  const code = await once(child, 'close').then(
    ([exit]) => (exit ?? undefined) as number | undefined,
    (error: Error) => {
      hear(error.message)
      return undefined
    },
  )
  stop.removeEventListener('abort', end)
  if (code !== undefined) await Promise.all(readers)
  if (limit.aborted) hear(`It took longer than ${command.timeoutMs / 1000} s and was ended.`)
  return { code, output }
}

// Proxies, certificates and pip's own settings are to be heeded; another Python's are not.
const othersPython = ['PYTHONPATH', 'PYTHONHOME', 'PYTHONSTARTUP', 'VIRTUAL_ENV', 'CONDA_PREFIX']

function environment(): NodeJS.ProcessEnv {
  const env = { ...process.env, PYTHONUNBUFFERED: '1' }
  return Object.fromEntries(Object.entries(env).filter(([name]) => !othersPython.includes(name)))
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // ESRCH: everything in the group has ended already.
  }
}
