import { spawn } from 'node:child_process'
import type { Environment } from './environment.ts'

export interface GitRun {
  readonly args: readonly string[]
  readonly env: Environment
  readonly stdin?: string
  readonly totalMs: number
  /** Bytes of the largest file the processes may write. */
  readonly fileBytes: number
  /** Bytes of address space each of the processes may have. */
  readonly memoryBytes: number
  /** Objects the server may announce. */
  readonly objects: number
  readonly signal: AbortSignal
}

export type Stop = 'TimedOut' | 'Aborted' | 'TooManyObjects' | 'TooMuchOutput'

export interface GitEnd {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Present when we ended it. */
  readonly stopped?: Stop
}

const MAX_STDOUT = 1024 * 1024
const KEPT_STDERR = 16 * 1024
// POSIX counts file sizes in blocks of 512 bytes; without SIGXFSZ (25) git lives to say that a file became too large.
// Memory cannot be limited everywhere: then it is not.
const LIMITED = 'trap "" 25; ulimit -f "$1"; ulimit -v "$2" 2>/dev/null; shift 2; exec git "$@"'

/**
 * Runs a git command that speaks with a server. simple-git cannot do this safely: it kills only git itself, not the
 * helpers that hold the connection, and keeps all output in memory. Here the whole process group dies with the
 * limit or the signal, and the kernel bounds what a pack may take on disk. Never rejects for git's own failures.
 */
export function runGit(run: GitRun): Promise<GitEnd> {
  const { promise, resolve, reject } = Promise.withResolvers<GitEnd>()
  const blocks = Math.ceil(run.fileBytes / 512)
  const kib = Math.ceil(run.memoryBytes / 1024)
  const child = spawn('sh', ['-c', LIMITED, 'sh', `${blocks}`, `${kib}`, ...run.args], {
    cwd: '/',
    env: run.env,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let stopped: Stop | undefined
  let stdout = ''
  let stderr = ''
  let isCut = false

  function stop(why: Stop): void {
    stopped ??= why
    killGroup(child.pid)
  }
  const onAbort = () => stop('Aborted')
  const timer = setTimeout(stop, run.totalMs, 'TimedOut')
  run.signal.addEventListener('abort', onAbort, { once: true })
  if (run.signal.aborted) onAbort()

  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    if (stdout.length > MAX_STDOUT) stop('TooMuchOutput')
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    const said = stderr + text
    isCut ||= said.length > KEPT_STDERR
    stderr = said.slice(-KEPT_STDERR)
    if (announcedObjects(stderr) > run.objects) stop('TooManyObjects')
  })
  child.stdin.on('error', () => {}).end(run.stdin ?? '')
  child.on('error', (error) => {
    clearTimeout(timer)
    reject(error)
  })
  // Git may have left a helper behind.
  child.on('exit', () => killGroup(child.pid))
  child.on('close', (code) => {
    clearTimeout(timer)
    run.signal.removeEventListener('abort', onAbort)
    const said = isCut ? withoutFirstLine(stderr) : stderr
    resolve({ code, stdout, stderr: said, ...(stopped && { stopped }) })
  })
  return promise
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It ended by itself in the meantime.
  }
}

/** Of a text whose beginning is lost: half a line may hold half a secret, which nobody would know again. */
function withoutFirstLine(text: string): string {
  const end = text.search(/[\r\n]/)
  return end === -1 ? '' : text.slice(end + 1)
}

/** The pack's own object count, from git's progress line; 0 until it is known. */
function announcedObjects(stderr: string): number {
  const line = /(?:^|[\r\n])(?:Receiving|Indexing|Unpacking) objects: +\d+% \(\d+\/(\d+)\)/.exec(
    stderr,
  )
  return Number(line?.[1] ?? 0)
}
