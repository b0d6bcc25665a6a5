import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

export type Files = { readonly [path: string]: string | Uint8Array }

export interface CommitOptions {
  /** `main` unless told. */
  readonly branch?: string
  readonly message?: string
  /** Paths to take away. */
  readonly remove?: readonly string[]
  /** Begin with an empty tree instead of the branch's latest. */
  readonly replace?: boolean
  /** The parent; null makes an unrelated history. The branch's tip unless told. */
  readonly from?: string | null
  /** Modes other than 100644: 100755, 120000 (content is the target), 160000 (content is a commit id). */
  readonly modes?: { readonly [path: string]: string }
}

/** A real bare repository in a temporary folder. Identity and time are fixed: the same calls give the same commits. */
export interface GitRepository {
  readonly path: string
  readonly url: string
  /** Adds a commit with these files to a branch (moved by force when `from` says so); gives its id. */
  commit(files: Files, options?: CommitOptions): Promise<string>
  /** Runs git in the repository; gives what it prints. */
  git(...args: string[]): Promise<string>
  gitWithInput(input: string | Uint8Array, ...args: string[]): Promise<string>
  /** A commit of a tree made by `git mktree`, entry by entry, with names no other tool would write. */
  commitTree(entries: readonly TreeLine[], branch?: string): Promise<string>
  remove(): Promise<void>
}

export interface TreeLine {
  readonly name: string
  readonly content?: string
  readonly mode?: string
  /** Instead of content: an object that is already there. */
  readonly id?: string
}

const IDENTITY = {
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  LC_ALL: 'C',
}
const START = 1_767_225_600
const run = promisify(execFile)

export async function createGitRepository(): Promise<GitRepository> {
  const path = await mkdtemp(join(tmpdir(), 'repository-'))
  let seconds = START

  async function git(...args: string[]): Promise<string> {
    const env = { PATH: process.env.PATH, ...IDENTITY, GIT_DIR: path }
    const { stdout } = await run('git', args, { cwd: path, env, maxBuffer: 1 << 28 })
    return stdout.trim()
  }

  async function gitWithInput(input: string | Uint8Array, ...args: string[]): Promise<string> {
    const date = `${seconds} +0000`
    const dates = { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date }
    const env = { PATH: process.env.PATH, ...IDENTITY, ...dates, GIT_DIR: path }
    const child = spawn('git', args, { cwd: path, env, stdio: ['pipe', 'pipe', 'inherit'] })
    child.stdin.end(input)
    let out = ''
    for await (const chunk of child.stdout.setEncoding('utf8')) out += chunk
    const code = child.exitCode ?? (await new Promise((done) => child.on('close', done)))
    if (code !== 0) throw new Error(`git ${args[0]} ended with ${code}`)
    return out.trim()
  }

  async function tip(branch: string): Promise<string | undefined> {
    return git('rev-parse', '--verify', '--quiet', `refs/heads/${branch}`).catch(() => undefined)
  }

  await git('init', '--quiet', '--bare', '--template=', '--initial-branch=main', path)
  await git('config', 'uploadpack.allowFilter', 'true')
  await git('config', 'gc.auto', '0')

  return {
    path,
    url: `file://${path}`,
    git,
    gitWithInput,
    async commit(files, options = {}) {
      const branch = options.branch ?? 'main'
      const from = options.from === undefined ? await tip(branch) : options.from
      seconds += 60
      const stream = importStream(files, { ...options, branch, from: from ?? null }, seconds)
      await gitWithInput(stream, 'fast-import', '--quiet', '--force')
      return git('rev-parse', `refs/heads/${branch}`)
    },
    async commitTree(entries, branch = 'main') {
      const lines: string[] = []
      for (const { name, content, mode = '100644', id } of entries) {
        const blob = id ?? (await gitWithInput(content ?? '', 'hash-object', '-w', '--stdin'))
        const type = { '160000': 'commit', '040000': 'tree' }[mode] ?? 'blob'
        lines.push(`${mode} ${type} ${blob}\t${name}\0`)
      }
      const tree = await gitWithInput(lines.join(''), 'mktree', '-z', '--missing')
      const parent = await tip(branch)
      seconds += 60
      const parents = parent === undefined ? [] : ['-p', parent]
      const commit = await gitWithInput('by hand\n', 'commit-tree', tree, ...parents)
      await git('update-ref', `refs/heads/${branch}`, commit)
      return commit
    },
    async remove() {
      await rm(path, { recursive: true, force: true })
    },
  }
}

function importStream(
  files: Files,
  options: CommitOptions & { branch: string; from: string | null },
  seconds: number,
): Buffer {
  const message = Buffer.from(options.message ?? 'a commit')
  const parts: (string | Uint8Array)[] = []
  if (options.from === null) parts.push(`reset refs/heads/${options.branch}\n\n`)
  parts.push(
    `commit refs/heads/${options.branch}\n`,
    `committer Ada <ada@example.com> ${seconds} +0000\n`,
    `data ${message.length}\n`,
    message,
    '\n',
  )
  if (options.from !== null) parts.push(`from ${options.from}\n`)
  if (options.replace) parts.push('deleteall\n')
  for (const path of options.remove ?? []) parts.push(`D ${quoted(path)}\n`)
  for (const [path, content] of Object.entries(files)) {
    const mode = options.modes?.[path] ?? '100644'
    if (mode === '160000') {
      parts.push(`M 160000 ${content} ${quoted(path)}\n`)
      continue
    }
    const bytes = Buffer.from(content)
    parts.push(`M ${mode} inline ${quoted(path)}\ndata ${bytes.length}\n`, bytes, '\n')
  }
  return Buffer.concat(parts.map((part) => Buffer.from(part)))
}

function quoted(path: string): string {
  const escaped = path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
  return `"${escaped}"`
}
