import { createHash } from 'node:crypto'
import { isCommitId } from '../../core/model/git/git-ref.ts'
import { hostOf, schemeOf } from '../../core/model/git/repository-url.ts'
import { someOf } from '../../core/model/values/some-of.ts'
import { SourceError } from '../../reconcile/ports.ts'
import { CacheError, isLocalFault, sourceErrorOf } from './errors.ts'
import type { RepositoryLimits } from './limits.ts'
import { type Credentials, remoteEnvironment, secretsIn } from './process/environment.ts'
import { type GitEnd, runGit } from './process/process.ts'

/** Conversations with the server. All throw SourceError. */
export interface Remote {
  /** Brings a branch, tag or commit with its whole history of commits and trees; gives the local name it now has. */
  fetchRevision(revision: string, signal: AbortSignal): Promise<string>
  /** Brings the contents of blobs, in one request. */
  fetchBlobs(ids: readonly string[], signal: AbortSignal): Promise<void>
  /** Puts all packs into one. */
  repack(signal: AbortSignal): Promise<void>
}

export interface RemoteOptions {
  /** Checked by `checkRepository`; a folder is absolute. */
  readonly url: string
  readonly gitDir: string
  readonly credentials: Credentials
  readonly limits: RepositoryLimits
}

const FETCH = [
  'fetch',
  '--no-tags',
  '--no-write-fetch-head',
  '--no-auto-maintenance',
  '--recurse-submodules=no',
  '--no-show-forced-updates',
  '--progress',
]

export function openRemote(options: RemoteOptions): Remote {
  const where = `repository ${hostOf(options.url) ?? 'on this machine'}`
  const run = createRunner(options, where)

  /** Undefined where the server does not tell; of a repository without any ref, none. */
  async function refs(signal: AbortSignal): Promise<readonly string[] | undefined> {
    const { end, failure } = await run(['ls-remote', '--quiet', 'origin'], signal)
    if (failure !== undefined) return undefined
    return end.stdout.split('\n').flatMap((line) => line.split('\t')[1] ?? [])
  }

  return {
    async fetchRevision(revision, signal) {
      const local = `refs/verdigris/${createHash('sha1').update(revision).digest('hex')}`
      for (const name of namesOf(revision)) {
        const refspec = `+${name}:${local}`
        const { failure } = await run([...FETCH, '--end-of-options', 'origin', refspec], signal)
        if (failure === undefined) return local
        if (failure.reason !== 'RevisionNotFound') throw failure
      }
      const there = await refs(signal)
      if (there?.length === 0) {
        throw new SourceError('EmptyRepository', `${where} is empty: push a first commit to it`)
      }
      throw new SourceError(
        'RevisionNotFound',
        `${where} has no branch, tag or commit "${revision}"${branchesIn(there ?? [])}: correct the revision, or push it again`,
      )
    },
    async fetchBlobs(ids, signal) {
      const noop = ['-c', 'fetch.negotiationAlgorithm=noop']
      const args = [...noop, ...FETCH, '--stdin', '--end-of-options', 'origin']
      const { failure } = await run(args, signal, `${ids.join('\n')}\n`)
      if (failure !== undefined) throw failure
    },
    async repack(signal) {
      const { failure } = await run(['repack', '-a', '-d', '-q'], signal)
      if (failure !== undefined) throw new CacheError(failure.message)
    },
  }
}

type Run = (
  args: readonly string[],
  signal: AbortSignal,
  stdin?: string,
) => Promise<{ readonly end: GitEnd; readonly failure: SourceError | undefined }>

function createRunner({ url, gitDir, credentials, limits }: RemoteOptions, where: string): Run {
  const scheme = schemeOf(url) ?? 'folder'
  const { stallMs, totalMs, packBytes, objects } = limits
  // A folder is served by processes of this machine, which map its packs whole.
  const memoryBytes = scheme === 'folder' ? 8 * limits.memoryBytes : limits.memoryBytes
  return async (args, signal, stdin) => {
    const token = checkToken(await credentials.token?.())
    const env = remoteEnvironment({ url, scheme, gitDir, stallMs, token, credentials })
    const bounds = { totalMs, fileBytes: packBytes, memoryBytes, objects, signal }
    const ended = await runGit({ args, env, ...bounds, ...(stdin !== undefined && { stdin }) })
    const end = { ...ended, stderr: ended.stderr.replaceAll(gitDir, '.') }
    if (end.code === 0 && end.stopped === undefined) return { end, failure: undefined }
    const failure = sourceErrorOf(end, where, secretsIn(token))
    if (isLocalFault(failure, end)) throw new CacheError(failure.message, { cause: failure })
    return { end, failure }
  }
}

const BRANCHES_NAMED = 5

/** What may have been meant; others chose the names. */
function branchesIn(refs: readonly string[]): string {
  const branches = refs.flatMap((ref) => /^refs\/heads\/([\w./-]{1,100})$/.exec(ref)?.[1] ?? [])
  if (branches.length === 0) return ''
  return `; it has the branch${branches.length === 1 ? '' : 'es'} ${someOf(branches, BRANCHES_NAMED)}`
}

/** A plain name is a branch before it is a tag. */
function namesOf(revision: string): string[] {
  if (isCommitId(revision) || revision === 'HEAD' || revision.startsWith('refs/')) return [revision]
  return [`refs/heads/${revision}`, `refs/tags/${revision}`]
}

function checkToken(token: string | undefined): string | undefined {
  if (token === undefined) return undefined
  if (/^[\x21-\x7e]+$/.test(token)) return token
  throw new SourceError(
    'Unauthorized',
    'the token is empty or holds spaces, line ends or non-ASCII characters: check how the secret is stored',
  )
}
