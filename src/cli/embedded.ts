import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Config } from '../config.ts'
import type { PythonMode, Sandbox } from '../sandbox/index.ts'
import { CommandError } from './errors.ts'
import type { TargetFlags } from './targets.ts'

/** Of deployments whose script needs what the machine's own Python does not have. */
const MISSING_MODULE =
  "The embedded workspace ran it with this machine's python3 as it is; with '--python-env venv' it gets the packages of its environment."

/** The embedded workspace keeps its state in the data directory, so that the next command finds it as it was. */
export async function embeddedSandbox(
  { timeScale, pythonEnv }: Pick<TargetFlags, 'timeScale' | 'pythonEnv'>,
  { dataDir }: Config,
): Promise<Sandbox> {
  const { startSandbox } = await import('../sandbox/index.ts')
  const stateFile = join(dataDir, 'sandbox.json')
  const pythonEnvironment = await pythonModeOf(`${stateFile}.python-env`, pythonEnv)
  const options = { timeScale, stateFile, pythonEnvironment, missingModuleHint: MISSING_MODULE }
  return startSandbox(options).catch((error: Error) => {
    throw new CommandError(`The embedded workspace could not be started: ${error.message}`)
  })
}

/** What is asked for, kept in the file; else what was asked for the last time. */
async function pythonModeOf(file: string, asked: PythonMode | undefined): Promise<PythonMode> {
  if (asked === undefined) {
    const kept = await readFile(file, 'utf8').catch(() => '')
    return kept.trim() === 'venv' ? 'venv' : 'system'
  }
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `${asked}\n`)
  return asked
}
