import { homedir } from 'node:os'
import { join } from 'node:path'
import type { EnvironmentView } from '../core/contract.ts'
import { needsOfConda, pythonInConda } from './conda.ts'
import { checkMachines } from './interpreter.ts'
import { nothingNeeded, type PythonNeeds, Unbuildable } from './needs.ts'
import { createShared } from './shared.ts'
import { BuildFailed, type Venv, venvFor } from './venv.ts'

/** `system`: the machine's Python, whatever is asked for. `venv`: one made from the registered environment. */
export type PythonMode = 'system' | 'venv'

export interface PythonOptions {
  readonly mode: PythonMode
  /** The machine's Python: a name on the PATH or a path. Absent = `python3`. */
  readonly python?: string
  /** Refuses what asks for a Python that this machine does not have, instead of using the one at hand. */
  readonly strict?: boolean
  /** Where venvs are kept by what is in them; absent = `verdigris/python` in the user's cache folder. */
  readonly cacheFolder?: string
  /** A sentence for whoever has a script that found no module, in mode `system`. */
  readonly missingModuleHint?: string
  /** Told of every line of a build. */
  readonly onProgress?: (line: string) => void
  readonly signal?: AbortSignal
}

/** A Python that code can be run with. */
export interface PythonEnvironment {
  readonly executable: string
  /** One line for logs. */
  readonly description: string
}

/** No Python could be had. The message is one sentence; `log` is the whole build log. */
export class EnvironmentFailed extends Error {
  readonly log: string

  constructor(message: string, log: string) {
    super(message)
    this.log = log
  }
}

const builds = createShared<Venv>()

/** Gives the Python that stands for a registered environment. Rejects with EnvironmentFailed, or the signal's reason. */
export function pythonFor(
  environment: EnvironmentView | undefined,
  options: PythonOptions,
): Promise<PythonEnvironment> {
  const name = environment?.name ?? 'no environment'
  if (options.mode === 'venv') return pythonWith(() => needsOf(environment), name, options)
  return logged(options, (onLine, signal) => machinesPython(environment, options, onLine, signal))
}

/** A venv for needs that come from elsewhere, e.g. from an MLflow model; `name` is for the log. */
export function pythonWith(
  findNeeds: () => PythonNeeds | Promise<PythonNeeds>,
  name: string,
  options: PythonOptions,
): Promise<PythonEnvironment> {
  const { python = 'python3', strict = false, cacheFolder = defaultCacheFolder() } = options
  return logged(options, async (onLine, signal) => {
    const needs = await findNeeds()
    onLine(`Preparing the environment of ${name}.`)
    for (const remark of needs.remarks) onLine(remark)
    const key = JSON.stringify([python, strict, cacheFolder, needs.python, needs.requirements])
    const task = (say: (line: string) => void, stop: AbortSignal) =>
      venvFor(needs, { python, strict, cacheFolder, onLine: say, signal: stop })
    const venv = await builds.join(key, task, onLine, signal)
    const description = descriptionOf(venv, needs)
    onLine(`Ready: ${description}.`)
    return { executable: venv.executable, description }
  })
}

/** The machine's Python as it is, having said that it is another than what is asked for. */
async function machinesPython(
  environment: EnvironmentView | undefined,
  { python = 'python3', strict = false }: PythonOptions,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<PythonEnvironment> {
  try {
    const asked = pythonInConda(environment?.condaFile ?? '')
    if (asked !== '') await checkMachines(asked, python, signal)
  } catch (error) {
    if (strict || !(error instanceof Unbuildable)) throw error
    onLine(`${error.message} It is used all the same.`)
  }
  return { executable: python, description: `the machine's ${python}; no packages are promised` }
}

/** Does what may fail for want of a Python; all lines are told, and are the log of the failure. */
async function logged(
  { onProgress = () => undefined, signal = new AbortController().signal }: PythonOptions,
  act: (onLine: (line: string) => void, signal: AbortSignal) => Promise<PythonEnvironment>,
): Promise<PythonEnvironment> {
  const log: string[] = []
  const onLine = (line: string) => {
    log.push(line)
    onProgress(line)
  }
  try {
    return await act(onLine, signal)
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof Unbuildable || error instanceof BuildFailed)) throw error
    onLine(error.message)
    throw new EnvironmentFailed(error.message, `${log.join('\n')}\n`)
  }
}

function needsOf(environment: EnvironmentView | undefined): PythonNeeds {
  if (environment === undefined) return nothingNeeded
  if (environment.hasBuildContext) {
    throw new Unbuildable(
      `The environment ${environment.name} is built from a Dockerfile, which the sandbox does not run.`,
    )
  }
  const needs = environment.condaFile ? needsOfConda(environment.condaFile) : nothingNeeded
  if (environment.condaFile) return needs
  const image = environment.image ?? environment.name
  const remark = `The image ${image} is not run, so what it holds is not there; there is no conda file.`
  return { ...needs, remarks: [remark] }
}

function descriptionOf({ interpreter, hash }: Venv, { requirements }: PythonNeeds): string {
  const version = interpreter.version.join('.')
  return `Python ${version} with ${requirements.length} requirement(s), environment ${hash.slice(0, 12)}`
}

function defaultCacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  return join(base, 'verdigris', 'python')
}
