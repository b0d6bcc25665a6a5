import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import type { PythonMode, Sandbox } from '../sandbox/index.ts'
import { CommandError } from './errors.ts'
import type { TargetFlags } from './targets.ts'

/** For who has a script that needs what the machine's own Python does not have. */
const MISSING_MODULE =
  "The embedded workspace runs scripts with this machine's python3 as it is: give the command --python-env venv, and they run in a workspace of its own, with the packages of their environments."

/** For who has a controller in one terminal, and looks from another. */
const IN_USE =
  'One process at a time has the embedded workspace of a folder. Ask a controller that has it by --url http://127.0.0.1:9464 (status, rollout, adopt, approve), end the other process, or let the workspace be a process of its own for all of them: `verdigris sandbox --output json > sandbox.json`, and --sandbox sandbox.json with every command.'

/**
 * One for each way of running Python: a deployment that failed for want of a module cannot be mended in place. A workspace keeps
 * its state in the data directory, so that the next command finds it as it was.
 */
const STATE_FILES: { readonly [Mode in PythonMode]: string } = {
  system: 'sandbox.json',
  venv: 'sandbox-venv.json',
}

/** Starts the embedded workspace: the one for the Python that is asked for, else the one of the command before. */
export async function embeddedSandbox(
  { timeScale, pythonEnv }: Pick<TargetFlags, 'timeScale' | 'pythonEnv'>,
  { dataDir }: Config,
): Promise<Sandbox> {
  const { startSandbox, FileInUse } = await import('../sandbox/index.ts')
  const pythonEnvironment = await pythonModeOf(dataDir, pythonEnv)
  const stateFile = join(dataDir, STATE_FILES[pythonEnvironment])
  const options = { timeScale, stateFile, pythonEnvironment, missingModuleHint: MISSING_MODULE }
  return startSandbox(options).catch((error: Error) => {
    const remedy = error instanceof FileInUse ? ` ${IN_USE}` : ''
    throw new CommandError(`The embedded workspace could not be started: ${error.message}${remedy}`)
  })
}

async function pythonModeOf(dataDir: string, asked: PythonMode | undefined): Promise<PythonMode> {
  const file = join(dataDir, 'python-env')
  if (asked === undefined) {
    const last = await readFile(file, 'utf8').catch(() => '')
    return last.trim() === 'venv' ? 'venv' : 'system'
  }
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    await writeFile(file, `${asked}\n`)
  } catch (error) {
    throw new CommandError(
      `Nothing can be written to the data directory ${dataDir} (${(error as NodeJS.ErrnoException).code}): check who owns it, or name another one by VERDIGRIS_DATA_DIR.`,
    )
  }
  return asked
}
