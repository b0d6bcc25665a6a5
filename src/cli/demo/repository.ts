import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A Git repository with a work tree beside it, for committing to as a user would. */
export interface DemoRepository {
  readonly url: string
  readonly workTree: string
  /** Copies a folder's content over the work tree. */
  copy(folder: string): Promise<void>
  /** Replaces text in a file; throws when it is not there, so that the story cannot silently go wrong. */
  edit(file: string, from: string, to: string): Promise<void>
  /** Commits everything and pushes; gives the commit id. */
  merge(message: string): Promise<string>
}

export async function createRepository(folder: string): Promise<DemoRepository> {
  const origin = join(folder, 'origin.git')
  const workTree = join(folder, 'work')
  await mkdir(workTree, { recursive: true })
  const git = (...args: string[]): Promise<{ stdout: string }> =>
    run('git', args, { cwd: workTree, env: { ...process.env, ...IDENTITY } })
  await git('init', '--quiet', '--bare', '--initial-branch=main', origin)
  await git('-C', origin, 'config', 'uploadpack.allowFilter', 'true')
  await git('init', '--quiet', '--initial-branch=main')
  await git('remote', 'add', 'origin', origin)
  return {
    url: pathToFileURL(origin).href,
    workTree,
    copy: (from) => cp(from, workTree, { recursive: true }),
    async edit(file, from, to) {
      const path = join(workTree, file)
      const text = await readFile(path, 'utf8')
      if (!text.includes(from)) throw new Error(`${file} does not hold '${from}'`)
      await writeFile(path, text.replace(from, to))
    },
    async merge(message) {
      await git('add', '--all')
      await git('commit', '--quiet', '--message', message)
      await git('push', '--quiet', 'origin', 'main')
      return (await git('rev-parse', 'HEAD')).stdout.trim()
    },
  }
}

/** The demo commits as itself, whatever the user's own Git configuration says. */
const IDENTITY = {
  GIT_AUTHOR_NAME: 'Verdigris demo',
  GIT_AUTHOR_EMAIL: 'demo@verdigris.invalid',
  GIT_COMMITTER_NAME: 'Verdigris demo',
  GIT_COMMITTER_EMAIL: 'demo@verdigris.invalid',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
}
