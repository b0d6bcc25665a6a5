import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { lockFile } from '../lock-file.ts'
import { run } from './command.ts'
import { findInterpreter, type Interpreter } from './interpreter.ts'
import type { PythonNeeds } from './needs.ts'

export interface VenvOptions {
  /** The machine's Python. */
  readonly python: string
  /** Another Python than what is needed is refused. */
  readonly strict: boolean
  readonly cacheFolder: string
  readonly onLine: (line: string) => void
  readonly signal: AbortSignal
}

export interface Venv {
  readonly executable: string
  readonly interpreter: Interpreter
  /** Names what is in it: equal needs of equal Pythons have the same. */
  readonly hash: string
}

/** A venv that could not be made; the log tells. */
export class BuildFailed extends Error {}

const buildMs = 30 * 60_000
const lockPollMs = 250

/** Gives a venv with what is needed, from the cache if it is there. Throws Unbuildable or BuildFailed. */
export async function venvFor(needs: PythonNeeds, options: VenvOptions): Promise<Venv> {
  const { python, strict, onLine, signal } = options
  const otherwise = strict ? { signal } : { signal, onInstead: onLine }
  const interpreter = await findInterpreter(needs.python, python, otherwise)
  const hash = hashOf(needs, interpreter)
  const folder = join(options.cacheFolder, hash)
  await mkdir(options.cacheFolder, { recursive: true })
  const executable = join(folder, 'bin', 'python')
  if (!isReady(folder)) await buildOnce(folder, needs, interpreter, options)
  return { executable, interpreter, hash }
}

function hashOf({ requirements }: PythonNeeds, { executable, version }: Interpreter): string {
  const content = JSON.stringify({ format: 1, executable, version, requirements })
  return createHash('sha256').update(content).digest('hex').slice(0, 32)
}

// Written last, so that a venv whose build was cut short is not taken for whole.
const readyMark = 'verdigris-ready'

function isReady(folder: string): boolean {
  return existsSync(join(folder, readyMark))
}

/** Of several processes that want the same venv, one builds it. */
async function buildOnce(
  folder: string,
  needs: PythonNeeds,
  interpreter: Interpreter,
  options: VenvOptions,
): Promise<void> {
  let unlock = tryLock(folder)
  if (!unlock) options.onLine('Another process is building this environment; waiting for it.')
  while (!unlock) {
    await sleep(lockPollMs, undefined, { signal: options.signal })
    unlock = tryLock(folder)
  }
  try {
    if (!isReady(folder)) await build(folder, needs, interpreter, options)
  } finally {
    unlock()
  }
}

function tryLock(folder: string): (() => void) | undefined {
  try {
    return lockFile(folder)
  } catch {
    return undefined
  }
}

async function build(
  folder: string,
  needs: PythonNeeds,
  interpreter: Interpreter,
  options: VenvOptions,
): Promise<void> {
  const { onLine, signal } = options
  // What a build that was cut short has left behind.
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  const step = async (program: string, args: readonly string[]) => {
    onLine(`$ ${['python', ...args].join(' ')}`)
    const { code } = await run({ program, args, onLine, signal, timeoutMs: buildMs })
    signal.throwIfAborted()
    if (code !== 0) throw new BuildFailed(`'python ${args.slice(0, 3).join(' ')}' failed`)
  }
  try {
    onLine(`Python ${interpreter.version.join('.')}; ${needs.requirements.length} requirement(s).`)
    await step(interpreter.executable, ['-m', 'venv', folder])
    if (needs.requirements.length > 0) {
      const list = join(folder, 'requirements.txt')
      await writeFile(list, `${needs.requirements.join('\n')}\n`)
      await step(join(folder, 'bin', 'python'), pipArguments(list))
    }
    await writeFile(join(folder, readyMark), '')
  } catch (error) {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
    throw error
  }
}

function pipArguments(list: string): string[] {
  const quiet = ['--no-input', '--disable-pip-version-check', '--progress-bar', 'off']
  return ['-m', 'pip', 'install', ...quiet, '--requirement', list]
}
