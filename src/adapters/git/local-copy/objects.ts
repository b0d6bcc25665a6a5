import type { SimpleGit } from 'simple-git'
import { mapInTurns } from '../../../lib/turns.ts'
import type { SourceError } from '../../../reconcile/ports.ts'
import { blobIdInTurns } from '../blob-id.ts'
import { CacheError, tooLargeCommit, tooLongPaths, tooManyEntries } from '../errors.ts'
import type { ListLimits, ObjectLimits } from '../limits.ts'
import { localEnvironment } from '../process/environment.ts'
import { saidBy } from '../process/redaction.ts'
import { parseTree, type TreeEntry } from '../tree.ts'

export interface Commit {
  readonly id: string
  readonly parent?: string
  /** Milliseconds since the epoch. */
  readonly committedAt: number
  /** Who wrote it, and the first line of its message; each at most 200 characters. */
  readonly author: string
  readonly subject: string
}

/** Reads what is already here; never the network. All throw CacheError when the cache does not hold together. */
export interface Objects {
  /** The commit behind a ref or id of ours, tags peeled; undefined when it is not here. */
  commit(name: string): Promise<Commit | undefined>
  /** Everything below `path` ('' is the root) in a commit that is here; throws LimitExceeded. */
  tree(commit: string, path: string): Promise<readonly TreeEntry[]>
  /** Bytes of each blob that is here. */
  sizes(ids: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** Contents of blobs that are here, proven by their ids. */
  contents(ids: readonly string[]): Promise<ReadonlyMap<string, Buffer>>
  isAncestor(ancestor: string, commit: string): Promise<boolean>
}

const BLOCK_MS = 60_000

interface Call {
  readonly stdin?: string
  /** Sees what it prints; beyond a limit it is stopped, and what it is stopped with is thrown. */
  readonly watch?: (git: SimpleGit, stop: (excess: SourceError) => void) => void
}

/**
 * simple-git runs these: they take nothing but object ids, our own ref names and, after `--`, a checked path, and the
 * environment allows no protocol.
 */
export function openObjects(gitDir: string, limits: ObjectLimits): Objects {
  async function call<T>(run: (git: SimpleGit) => PromiseLike<T>, call: Call = {}): Promise<T> {
    // Loaded with the first question: a folder on this machine needs no Git.
    const { simpleGit } = await import('simple-git')
    const abort = new AbortController()
    const env = localEnvironment(gitDir)
    const git = simpleGit({
      baseDir: gitDir,
      abort: abort.signal,
      allowEnvironment: Object.keys(env),
      // Only so that GIT_CONFIG_GLOBAL may point to nothing.
      unsafe: { allowUnsafeConfigPaths: true },
      timeout: { block: BLOCK_MS },
      ...(call.stdin !== undefined && { input: () => call.stdin }),
    }).env(env)
    call.watch?.(git, (excess) => abort.abort(excess))
    try {
      return await run(git)
    } catch (error) {
      if (abort.signal.aborted) throw abort.signal.reason
      throw new CacheError(saidBy(error instanceof Error ? error.message : '', []))
    }
  }

  const allEntries: Call = { watch: (git, stop) => stopAfter(git, limits, stop) }
  const oneCommit: Call = { watch: (git, stop) => stopBeyond(git, limits.commitBytes, stop) }

  async function batch(
    mode: '--batch' | '--batch-check',
    ids: readonly string[],
    more: Call = {},
  ): Promise<Buffer> {
    if (ids.length === 0) return Buffer.alloc(0)
    return call((git) => git.binaryCatFile([mode]), { ...more, stdin: `${ids.join('\n')}\n` })
  }

  return {
    async commit(name) {
      const [record] = parseBatch(await batch('--batch', [`${name}^{commit}`], oneCommit))
      if (record === undefined) return undefined
      return parseCommit(record.id, record.content.toString('utf8'))
    },
    async tree(commit, path) {
      const where = path === '' ? [] : [`${path}/`]
      const args = ['ls-tree', '-r', '-z', '--full-tree', commit, '--', ...where]
      const entries = await parseTree(await call((git) => git.raw(args), allEntries))
      if (entries.length > limits.entries) throw tooManyEntries(limits.entries)
      return entries
    },
    async sizes(ids) {
      return sizesIn(await batch('--batch-check', ids))
    },
    async contents(ids) {
      const contents = new Map<string, Buffer>()
      for (const { id, content } of parseBatch(await batch('--batch', ids))) {
        const isProven = (await blobIdInTurns(content)) === id
        if (!isProven) throw new CacheError(`blob ${id} is not what its id says`)
        contents.set(id, content)
      }
      return contents
    },
    async isAncestor(ancestor, commit) {
      const base = await call((git) => git.raw(['merge-base', ancestor, commit]))
      return base.trim() === ancestor
    },
  }
}

/** Of a list of NUL-terminated records. */
function stopAfter(
  git: SimpleGit,
  { entries, listBytes }: ListLimits,
  stop: (excess: SourceError) => void,
): void {
  let seen = 0
  let bytes = 0
  git.outputHandler((_command, stdout) => {
    stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      seen += recordsIn(chunk)
      if (seen > entries) stop(tooManyEntries(entries))
      else if (bytes > listBytes) stop(tooLongPaths(listBytes))
    })
  })
}

function stopBeyond(git: SimpleGit, most: number, stop: (excess: SourceError) => void): void {
  let bytes = 0
  git.outputHandler((_command, stdout) => {
    stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > most) stop(tooLargeCommit(most))
    })
  })
}

function recordsIn(chunk: Buffer): number {
  let ends = 0
  for (const byte of chunk) if (byte === 0) ends += 1
  return ends
}

/** `<id> blob <size>LF`, repeated; what is missing is left out. */
async function sizesIn(output: Buffer): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  await mapInTurns(output.toString('latin1').split('\n'), (line) => {
    const [, id, size] = /^([0-9a-f]{40}) blob ([0-9]+)$/.exec(line) ?? []
    if (id !== undefined) found.set(id, Number(size))
  })
  return found
}

/** `<id> <type> <size>LF<content>LF`, repeated; what is missing is left out. */
function* parseBatch(output: Buffer): Generator<{ readonly id: string; readonly content: Buffer }> {
  let at = 0
  while (at < output.length) {
    const end = output.indexOf(10, at)
    if (end === -1) throw new CacheError('git ended in the middle of an answer')
    const header = output.toString('latin1', at, end)
    at = end + 1
    const [, id, size] = /^([0-9a-f]{40}) [a-z]+ ([0-9]+)$/.exec(header) ?? []
    if (id === undefined) continue
    const after = at + Number(size)
    if (after >= output.length) throw new CacheError('git ended in the middle of an answer')
    yield { id, content: output.subarray(at, after) }
    at = after + 1
  }
}

const MAX_LINE = 200

function lineOf(text: string): string {
  return (/^.*/.exec(text)?.[0] ?? '').slice(0, MAX_LINE)
}

function parseCommit(id: string, text: string): Commit {
  const headers = text.slice(0, text.indexOf('\n\n'))
  const parent = /^parent ([0-9a-f]{40})$/m.exec(headers)?.[1]
  const seconds = /^committer .*> (-?[0-9]+) [+-][0-9]+$/m.exec(headers)?.[1]
  const author = /^author (.*) <[^<>]*> -?[0-9]+ [+-][0-9]+$/m.exec(headers)?.[1]
  return {
    id,
    committedAt: Number(seconds ?? 0) * 1000,
    author: lineOf(author ?? ''),
    subject: lineOf(text.slice(headers.length).trimStart()),
    ...(parent !== undefined && { parent }),
  }
}
