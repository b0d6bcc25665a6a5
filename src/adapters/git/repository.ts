import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import { checkPath } from '../../core/model/git/git-path.ts'
import { checkRevision, isCommitId } from '../../core/model/git/git-ref.ts'
import { checkRepository, schemeOf } from '../../core/model/git/repository-url.ts'
import type { Snapshot } from '../../core/model/snapshot.ts'
import { type Meter, type Source, SourceError } from '../../reconcile/ports.ts'
import { isBlobId } from './blob-id.ts'
import { CacheError } from './errors.ts'
import { REPOSITORY_LIMITS, type RepositoryLimits } from './limits.ts'
import { openLocalCopy, type Tools } from './local-copy/local-copy.ts'
import type { Commit } from './local-copy/objects.ts'
import { measured } from './measured.ts'
import type { Credentials } from './process/environment.ts'

export interface RepositoryOptions {
  /** The Application's name: each has a copy of its own. */
  readonly name: string
  readonly repository: string
  readonly revision: string
  /** Folder inside the repository; '' is its root. */
  readonly path: string
  readonly dataDir: string
  readonly credentials?: Credentials
  readonly allowLocal: boolean
  readonly limits?: Partial<RepositoryLimits>
  readonly meter?: Pick<Meter, 'sourceFetch'>
}

export interface RepositorySource extends Source {
  /** Ends whatever runs; the copy stays for the next start. */
  close(): void
}

const MAX_PACKS = 50
const NEVER = new AbortController().signal

/**
 * A Git repository as a Source: a bare, partial copy without a work tree, so that nothing a repository holds is ever
 * run, followed or checked out. Deleting the copy changes no answer. Throws SourceError Refused for options that may
 * not be used, before any process is started.
 */
export function openRepository(options: RepositoryOptions): RepositorySource {
  checkOptions(options)
  const { repository, path, revision } = options
  let fetchedAt: number | undefined
  const local = openLocalCopy({
    url: schemeOf(repository) === 'folder' ? resolve(repository) : repository,
    path,
    gitDir: gitDirOf(options),
    credentials: options.credentials ?? {},
    limits: { ...REPOSITORY_LIMITS, ...options.limits },
  })

  return {
    read(signal) {
      return measured(options.meter, () =>
        local.use(signal, async (tools, either) => {
          const snapshot = await readNewest(tools, revision, either)
          fetchedAt = Date.now()
          const { revision: commit } = snapshot
          await tools.cache.note({ repository, revision, commit, at: fetchedAt })
          return snapshot
        }),
      )
    },
    copy: {
      read: (signal) =>
        local.peek(signal, async (tools, either) => {
          const noted = await tools.cache.lastFetched()
          // A copy without a note of ours, or with one about another repository or revision, is none.
          if (noted?.repository !== repository || noted.revision !== revision) return undefined
          fetchedAt = noted.at
          return readNoted(tools, noted.commit, either)
        }),
      fetchedAt: () => fetchedAt,
    },
    async at(wanted, signal) {
      if (!isCommitId(wanted)) return undefined
      return local.use(signal, async (tools, either) => {
        const commit = await findCommit(tools, wanted, either)
        return commit && tools.snapshots.of(commit, either)
      })
    },
    async isAncestor(ancestor, descendant, signal) {
      if (!isCommitId(ancestor) || !isCommitId(descendant)) return false
      return local.use(signal, (tools, either) => isInHistory(tools, ancestor, descendant, either))
    },
    async blob(id) {
      if (!isBlobId(id)) throw new SourceError('PathNotFound', 'this is not the id of a file')
      return local.use(NEVER, (tools, either) => tools.snapshots.blob(id, either))
    },
    close() {
      local.close()
    },
  }
}

async function readNewest(tools: Tools, revision: string, signal: AbortSignal): Promise<Snapshot> {
  const { remote, cache, objects, snapshots, server } = tools
  server.failure = undefined
  try {
    const tip = await remote.fetchRevision(revision, signal)
    if ((await cache.packs()) > MAX_PACKS) await remote.repack(signal)
    const commit = await objects.commit(tip)
    if (commit === undefined) throw new CacheError('the fetched commit is not here')
    return await snapshots.of(commit, signal)
  } catch (error) {
    if (error instanceof SourceError && isOutOfReach(error)) server.failure = error
    throw error
  }
}

function isOutOfReach({ reason }: SourceError): boolean {
  return ['Unreachable', 'TimedOut', 'Unauthorized', 'Refused'].includes(reason)
}

/** What the last whole fetch brought, without a word of the server. */
async function readNoted(
  { objects, snapshots }: Tools,
  id: string,
  signal: AbortSignal,
): Promise<Snapshot | undefined> {
  const commit = isCommitId(id) ? await objects.commit(id) : undefined
  return commit && snapshots.of(commit, signal)
}

/** The commit, if need be asked for at the server by its id; undefined when nobody has it. */
async function findCommit(
  { objects, remote, server }: Tools,
  id: string,
  signal: AbortSignal,
): Promise<Commit | undefined> {
  const here = await objects.commit(id)
  if (here !== undefined) return here
  if (server.failure !== undefined) throw server.failure
  try {
    return await objects.commit(await remote.fetchRevision(id, signal))
  } catch (error) {
    const isUnknown =
      error instanceof SourceError && /^(?:RevisionNotFound|EmptyRepository)$/.test(error.reason)
    if (isUnknown) return undefined
    throw error
  }
}

async function isInHistory(
  tools: Tools,
  ancestor: string,
  descendant: string,
  signal: AbortSignal,
): Promise<boolean> {
  if ((await findCommit(tools, descendant, signal)) === undefined) {
    throw new SourceError('RevisionNotFound', `the repository has no commit ${descendant}`)
  }
  // The whole history of a commit is fetched with it: what is not here is not in it.
  if ((await tools.objects.commit(ancestor)) === undefined) return false
  return tools.objects.isAncestor(ancestor, descendant)
}

function checkOptions({ repository, revision, path, allowLocal }: RepositoryOptions): void {
  const reason =
    checkRepository(repository, { allowLocal }) ??
    checkRevision(revision) ??
    (path === '' ? undefined : checkPath(path))
  if (reason !== undefined) throw new SourceError('Refused', reason)
}

function gitDirOf({ name, repository, dataDir }: RepositoryOptions): string {
  const hash = createHash('sha256').update(`${name}\0${repository}`).digest('hex').slice(0, 16)
  const readable = name.replaceAll(/[^A-Za-z0-9-]/g, '-').slice(0, 40)
  return join(resolve(dataDir), 'git', `${readable}-${hash}.git`)
}
