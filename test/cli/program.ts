import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Sandbox } from '../../src/sandbox/index.ts'

export const ROOT = join(import.meta.dirname, '..', '..')
export const SAMPLE = join(ROOT, 'manifests', 'workspace')
export const MAIN = join(ROOT, 'src', 'verdigris.js')
/** Starting the program is most of what these tests do; Node keeps what it compiled here. */
const COMPILED = join(tmpdir(), 'verdigris-compiled')

export interface Ended {
  /** null when a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Resolves when the text was written to either output; rejects when the program ends without it. */
  says(text: string): Promise<string>
}

type Environment = Readonly<Record<string, string>>

const started = new Set<ChildProcess>()

/** A folder of this test file; `remove` also ends the programs that a failed test left running. */
export function createFolder(): { readonly path: string; next(): string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'verdigris-cli-'))
  let count = 0
  return {
    path,
    /** One in it for each test, which is not made yet. */
    next() {
      count += 1
      return join(path, String(count))
    },
    remove() {
      for (const child of started) child.kill('SIGKILL')
      rmSync(path, { recursive: true, force: true })
    },
  }
}

/**
 * Starts the program as a user would, in `folder`, with nothing of this process' environment but the path. `before` is a command
 * that starts what stands behind it.
 */
export function start(
  folder: string,
  args: readonly string[],
  environment: Environment = {},
  input?: string,
  before: readonly string[] = [],
): Running {
  const [command = '', ...given] = [...before, process.execPath, MAIN, ...args]
  const child = spawn(command, given, {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: COMPILED,
      VERDIGRIS_DATA_DIR: join(folder, 'data'),
      VERDIGRIS_POLL_INTERVAL_MS: '100',
      ...environment,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.end(input)
  started.add(child)
  child.once('exit', () => started.delete(child))
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text
      child.emit('said')
    })
  }
  const ended = once(child, 'close').then(([code]): Ended => ({ code, ...said }))
  return {
    child,
    ended,
    async says(text) {
      let isOver = false
      void ended.then(() => {
        isOver = true
      })
      while (!`${said.stdout}${said.stderr}`.includes(text)) {
        if (isOver) throw new Error(`It never said '${text}': ${said.stdout}${said.stderr}`)
        await Promise.race([once(child, 'said'), ended])
      }
      return said.stdout
    },
  }
}

/** Runs the program to its end. */
export function run(
  folder: string,
  args: readonly string[],
  environment?: Environment,
  input?: string,
): Promise<Ended> {
  return start(folder, args, environment, input).ended
}

export interface SandboxLine {
  readonly arm: string
  readonly armTls: string
  readonly caFile: string
  readonly login: string
  readonly blob: string
  readonly subscriptionId: string
  readonly resourceGroup: string
  readonly workspace: string
  readonly tenantId: string
  readonly clientId: string
  readonly clientSecret: string
  readonly cloud: Sandbox['cloud']
}

export interface RunningSandbox {
  readonly line: SandboxLine
  /** Holds the line, for `--sandbox`. */
  readonly file: string
  readonly running: Running
  stop(): Promise<Ended>
}

/** `verdigris sandbox` as a process, ready. */
export async function startSandboxProgram(
  folder: string,
  args: readonly string[] = ['--time-scale', '5000'],
): Promise<RunningSandbox> {
  const running = start(folder, ['sandbox', '--port', '0', '--output', 'json', ...args])
  // What is said of Python on stderr may come first.
  const stdout = await running.says('}\n')
  const file = join(mkdtempSync(join(folder, 'sandbox-')), 'line.json')
  writeFileSync(file, stdout)
  return {
    line: JSON.parse(stdout),
    file,
    running,
    stop() {
      running.child.kill('SIGINT')
      return running.ended
    },
  }
}

/** What a client of a workspace in Azure would have in its environment. */
export function clientEnvironment(line: SandboxLine): Environment {
  return {
    VERDIGRIS_ARM_ENDPOINT: line.armTls,
    AZURE_AUTHORITY_HOST: line.login,
    AZURE_TENANT_ID: line.tenantId,
    AZURE_CLIENT_ID: line.clientId,
    AZURE_CLIENT_SECRET: line.clientSecret,
    NODE_EXTRA_CA_CERTS: line.caFile,
  }
}

/** Where the workspace is, as flags. */
export function workspaceFlags(line: SandboxLine): readonly string[] {
  const { subscriptionId, resourceGroup, workspace } = line
  return [
    ...['--subscription-id', subscriptionId],
    ...['--resource-group', resourceGroup, '--workspace', workspace],
  ]
}

/** A copy of the sample workspace that a test may change; texts replace whole files. */
export function sampleIn(folder: string, name: string, files: Environment = {}): string {
  const place = join(folder, name)
  cpSync(SAMPLE, place, { recursive: true })
  return writeFiles(place, files)
}

export function writeFiles(place: string, files: Environment): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(place, path)), { recursive: true })
    writeFileSync(join(place, path), text)
  }
  return place
}

/** Every process below one. */
export async function descendantsOf(pid: number): Promise<readonly number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid='])
  const pairs = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
  const below = (parent: number): number[] =>
    pairs.filter(([, ppid]) => ppid === parent).flatMap(([own = 0]) => [own, ...below(own)])
  return below(pid)
}

/** Whether a process still runs; one that is dead and not yet collected does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

export async function until(condition: () => boolean): Promise<void> {
  const giveUpAt = Date.now() + 10_000
  while (!condition()) {
    if (Date.now() > giveUpAt) throw new Error('It did not come to pass in 10 s')
    await new Promise((resolve) => setImmediate(resolve))
  }
}
