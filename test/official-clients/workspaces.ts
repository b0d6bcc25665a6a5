import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { type Sandbox, type StartSandboxOptions, startSandbox } from '../../src/sandbox/index.ts'
import { run } from '../cli/program.ts'
import { createGitRepository } from '../support/git-repository.ts'
import { runScript, type Said } from './microsoft.ts'

/** Starts a workspace of its own for a story, with its address in a file of `folder`; ends it with the story. */
export async function inSandbox(
  options: StartSandboxOptions,
  folder: string,
  name: string,
  story: (sandbox: Sandbox, addressFile: string) => Promise<Said>,
): Promise<Said> {
  const sandbox = await startSandbox(options)
  try {
    const file = join(folder, `${name}.json`)
    writeFileSync(file, `${JSON.stringify(sandbox)}\n`)
    return await story(sandbox, file)
  } finally {
    await sandbox.close()
  }
}

/** What all stories came to; rejects when all have ended and one of them badly, so that nothing runs on. */
export async function together(...stories: readonly Promise<Said>[]): Promise<Said[]> {
  await Promise.allSettled(stories)
  return Promise.all(stories)
}

/** Commits a project's manifests and lets `verdigris sync` bring them about; what Microsoft's client then sees. */
export async function syncProject(
  project: string,
  sandbox: Sandbox,
  addressFile: string,
): Promise<Said> {
  const repository = await createGitRepository()
  try {
    await repository.commit(filesIn(project))
    const parameters = ['sync', repository.url, '--sandbox', addressFile]
    const { code, stdout, stderr } = await run(dirname(addressFile), parameters)
    if (code !== 0) throw new Error(`sync ended with ${code}: ${stdout}${stderr}`)
    return await runScript('state.py', sandbox, addressFile)
  } finally {
    await repository.remove()
  }
}

/** Every file below a folder, by its path there. */
function filesIn(folder: string): Readonly<Record<string, Uint8Array>> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const paths = files.map((entry) => join(entry.parentPath, entry.name))
  return Object.fromEntries(paths.map((path) => [relative(folder, path), readFileSync(path)]))
}
