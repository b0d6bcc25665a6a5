import { SourceError } from '../../../reconcile/ports.ts'
import { CacheError } from '../errors.ts'
import type { RepositoryLimits } from '../limits.ts'
import type { Credentials } from '../process/environment.ts'
import { openRemote, type Remote } from '../remote.ts'
import { type CacheFolder, openCacheFolder } from './cache-folder.ts'
import { createContents } from './contents.ts'
import { type Objects, openObjects } from './objects.ts'
import { createSnapshots, type Snapshots } from './snapshots.ts'

/** A repository's local copy with everything that works on it. */
export interface Tools {
  readonly cache: CacheFolder
  readonly objects: Objects
  readonly remote: Remote
  readonly snapshots: Snapshots
  readonly server: ServerReach
}

/** Whether the server can be reached: a read that failed spares all other calls the same wait. */
export interface ServerReach {
  /** Why the last read did not reach it; while it is there, nothing but the next read asks the server. */
  failure: SourceError | undefined
}

export interface LocalCopy {
  /**
   * Runs `work` alone; when the copy does not hold together, once more with a new one, which takes the place of the old one
   * if that succeeds. Throws only SourceError.
   */
  use<T>(signal: AbortSignal, work: Work<T>): Promise<T>
  /** Runs `work` alone on the copy as it is; undefined when it does not hold together. Throws only SourceError. */
  peek<T>(signal: AbortSignal, work: Work<T>): Promise<T | undefined>
  close(): void
}

type Work<T> = (tools: Tools, signal: AbortSignal) => Promise<T>

export interface LocalCopyOptions {
  readonly url: string
  readonly path: string
  readonly gitDir: string
  readonly credentials: Credentials
  readonly limits: RepositoryLimits
}

export function openLocalCopy(options: LocalCopyOptions): LocalCopy {
  const closed = new AbortController()
  const server: ServerReach = { failure: undefined }
  let tools = createTools(options, server)
  let last: Promise<unknown> = Promise.resolve()

  async function attempt<T>(work: Work<T>, signal: AbortSignal): Promise<T> {
    if (signal.aborted) throw new SourceError('TimedOut', 'the source was stopped')
    await tools.cache.prepare()
    return work(tools, signal)
  }

  async function anew<T>(work: Work<T>, signal: AbortSignal): Promise<T> {
    await tools.cache.setAside()
    tools = createTools(options, server)
    try {
      const value = await attempt(work, signal)
      await tools.cache.settle('new')
      return value
    } catch (error) {
      // A server that is out of reach, or sends what is broken, takes away nothing that is here.
      await tools.cache.settle('before')
      tools = createTools(options, server)
      throw error
    }
  }

  function alone<T>(run: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    const either = AbortSignal.any([signal, closed.signal])
    const turn = last
      .then(() => run(either))
      .catch((error: unknown) => {
        throw translated(error)
      })
    last = turn.catch(() => {})
    return turn
  }

  return {
    use: (signal, work) =>
      alone(async (either) => {
        try {
          return await attempt(work, either)
        } catch (error) {
          if (!(error instanceof CacheError)) throw error
          return anew(work, either)
        }
      }, signal),
    peek: (signal, work) =>
      alone(async (either) => {
        try {
          return await attempt(work, either)
        } catch (error) {
          if (error instanceof CacheError) return undefined
          throw error
        }
      }, signal),
    close() {
      closed.abort()
    },
  }
}

function createTools(options: LocalCopyOptions, server: ServerReach): Tools {
  const { gitDir, limits, url, path, credentials } = options
  const cache = openCacheFolder(gitDir, limits.totalMs)
  const objects = openObjects(gitDir, limits)
  const remote = openRemote({ url, gitDir, credentials, limits })
  const contents = createContents(objects, whileReached(remote, server), limits)
  const snapshots = createSnapshots({ objects, contents, path, limits })
  return { cache, objects, remote, snapshots, server }
}

/** Contents that are not here are asked for only as long as the server answers. */
function whileReached(
  remote: Pick<Remote, 'fetchBlobs'>,
  server: ServerReach,
): Pick<Remote, 'fetchBlobs'> {
  return {
    async fetchBlobs(ids, signal) {
      if (server.failure !== undefined) throw server.failure
      return remote.fetchBlobs(ids, signal)
    },
  }
}

/** A full disk, a quota, a limit of the process's files, a disk or folder that is not to be written. */
const UNWRITABLE: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EACCES'])

/** Nothing but SourceErrors leaves this adapter. */
function translated(error: unknown): SourceError {
  if (error instanceof SourceError) return error
  if (error instanceof CacheError && error.cause instanceof SourceError) return error.cause
  const what = error instanceof Error ? error.message : 'unknown error'
  const code = (error as { code?: unknown } | undefined)?.code
  if (typeof code === 'string' && UNWRITABLE.has(code)) {
    return new SourceError(
      'LimitExceeded',
      `the data directory cannot be written (${code}): make room on its disk, or correct its owner`,
    )
  }
  return new SourceError(
    'Unreachable',
    `the local copy of the repository cannot be used: ${what.slice(0, 300)}`,
  )
}
