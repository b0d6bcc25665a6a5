import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  openRepository,
  type RepositoryOptions,
  type RepositorySource,
} from '../../src/adapters/git/repository.ts'
import { createGitRepository, type GitRepository } from './git-repository.ts'
import { type GitServer, type GitServerOptions, startGitServer } from './git-server.ts'

/** Repositories, servers and sources of one test file; `end` closes and removes all of them. */
export interface GitBench {
  repository(): Promise<GitRepository>
  server(options: GitServerOptions): Promise<GitServer>
  /** A source with a data directory of its own, unless one is given. */
  source(options: Partial<RepositoryOptions> & { readonly repository: string }): RepositorySource
  folder(): Promise<string>
  atEnd(close: () => unknown): void
  end(): Promise<void>
}

export const never = new AbortController().signal

export async function createGitBench(): Promise<GitBench> {
  const base = await mkdtemp(join(tmpdir(), 'git-'))
  const ends: (() => unknown)[] = []
  let count = 0

  return {
    async repository() {
      const repository = await createGitRepository()
      ends.push(repository.remove)
      return repository
    },
    async server(options) {
      const server = await startGitServer(options)
      ends.push(server.close)
      return server
    },
    source(options) {
      count += 1
      const source = openRepository({
        name: 'app',
        revision: 'main',
        path: '',
        dataDir: join(base, `data-${count}`),
        allowLocal: true,
        ...options,
      })
      ends.push(source.close)
      return source
    },
    folder() {
      return mkdtemp(join(base, 'folder-'))
    },
    atEnd(close) {
      ends.push(close)
    },
    async end() {
      for (const end of ends.reverse()) await end()
      await rm(base, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** How many processes work on repositories below `dataDir` (Linux: they carry it in their environment). */
export async function processesOn(dataDir: string): Promise<number> {
  return (await processFiles('environ')).filter((text) => text.includes(dataDir)).length
}

/** Whether all processes below `dataDir` have ended, within two seconds. */
export async function isQuiet(dataDir: string): Promise<boolean> {
  const deadline = performance.now() + 2000
  while (performance.now() < deadline) {
    if ((await processesOn(dataDir)) === 0) return true
  }
  return false
}

/** The command lines of all processes one may look at. */
export async function commandLines(): Promise<string[]> {
  return processFiles('cmdline')
}

async function processFiles(name: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))
  return Promise.all(
    pids
      .filter((pid) => pid !== String(process.pid))
      .map((pid) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')),
  )
}
