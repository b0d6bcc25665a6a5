import { SourceError } from '../../reconcile/ports.ts'
import { type CacheFolder, openCacheFolder } from './cache-folder.ts'
import { createContents } from './contents.ts'
import type { Credentials } from './environment.ts'
import { CacheError } from './errors.ts'
import type { RepositoryLimits } from './limits.ts'
import { type Objects, openObjects } from './objects.ts'
import { openRemote, type Remote } from './remote.ts'
import { createSnapshots, type Snapshots } from './snapshots.ts'

/** A repository's local copy with everything that works on it. */
export interface Tools {
  readonly cache: CacheFolder
  readonly objects: Objects
  readonly remote: Remote
  readonly snapshots: Snapshots
}

export interface LocalCopy {
  /** Runs `work` alone; when the copy does not hold together, once more with a new one. Throws only SourceError. */
  use<T>(signal: AbortSignal, work: (tools: Tools, signal: AbortSignal) => Promise<T>): Promise<T>
  close(): void
}

export interface LocalCopyOptions {
  readonly url: string
  readonly path: string
  readonly gitDir: string
  readonly credentials: Credentials
  readonly limits: RepositoryLimits
}

export function openLocalCopy(options: LocalCopyOptions): LocalCopy {
  const closed = new AbortController()
  let tools = createTools(options)
  let last: Promise<unknown> = Promise.resolve()

  async function attempt<T>(
    work: (tools: Tools, signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    if (signal.aborted) throw new SourceError('TimedOut', 'the source was stopped')
    await tools.cache.prepare()
    return work(tools, signal)
  }

  return {
    use(signal, work) {
      const either = AbortSignal.any([signal, closed.signal])
      const turn = last.then(async () => {
        try {
          return await attempt(work, either)
        } catch (error) {
          if (!(error instanceof CacheError)) throw translated(error)
        }
        try {
          await tools.cache.discard()
          tools = createTools(options)
          return await attempt(work, either)
        } catch (error) {
          throw translated(error)
        }
      })
      last = turn.catch(() => {})
      return turn
    },
    close() {
      closed.abort()
    },
  }
}

function createTools({ gitDir, limits, url, path, credentials }: LocalCopyOptions): Tools {
  const cache = openCacheFolder(gitDir, limits.totalMs)
  const objects = openObjects(gitDir, limits)
  const remote = openRemote({ url, gitDir, credentials, limits })
  const contents = createContents(objects, remote, limits)
  const snapshots = createSnapshots({ objects, contents, path, limits })
  return { cache, objects, remote, snapshots }
}

/** Nothing but SourceErrors leaves this adapter. */
function translated(error: unknown): SourceError {
  if (error instanceof SourceError) return error
  if (error instanceof CacheError && error.cause instanceof SourceError) return error.cause
  const what = error instanceof Error ? error.message : 'unknown error'
  const code = (error as { code?: unknown } | undefined)?.code
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EROFS' || code === 'EACCES') {
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
