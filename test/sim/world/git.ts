import { type Source, SourceError } from '../../../src/reconcile/ports.ts'
import { type Commits, createCommits } from '../../support/commits.ts'
import { blobId } from '../../support/snapshot.ts'

/** One Application's repository, with what can go wrong on the way to it. */
export interface Git {
  readonly source: Source
  /** Adds a commit, after so many have been taken off the branch, and gives its id. */
  commit(files: Readonly<Record<string, string>>, forced?: number): string
  /** `shallow`: the newest commit can be read and no earlier one. */
  set(is: 'down' | 'slow' | 'shallow' | undefined): void
}

const SLOW_MS = 90_000

export function createGit(isFolder: boolean, wait: (ms: number) => void): Git {
  const commits = createCommits()
  const branch: string[] = []
  let fault: 'down' | 'slow' | 'shallow' | undefined
  const read: Source['read'] = async (signal) => {
    if (fault === 'slow') wait(SLOW_MS)
    return commits.read(signal)
  }
  return {
    source: isFolder ? folderOf(commits, read) : { ...commits, read },
    commit(files, forced = 0) {
      if (forced > 0) {
        branch.splice(Math.max(1, branch.length - forced))
        commits.resetTo(branch.at(-1) ?? '')
      }
      const revision = commits.commit(files)
      branch.push(revision)
      return revision
    },
    set(is) {
      fault = is
      commits.fail(is === 'down' ? new SourceError('Unreachable', 'Git is down.') : undefined)
      const isPastGone = is === 'shallow'
      commits.failPast(isPastGone ? new SourceError('Unreachable', 'Git is down.') : undefined)
    },
  }
}

/** As a folder is read: what lies there now, by its content, and nothing of what was. */
function folderOf(commits: Commits, read: Source['read']): Source {
  return {
    async read(signal) {
      const { parent, committedAt, ...snapshot } = await read(signal)
      const content = snapshot.files.map(({ path, blob }) => `${path} ${blob}`).join('\n')
      return { ...snapshot, revision: blobId(content) }
    },
    at: async () => undefined,
    isAncestor: async () => undefined,
    blob: commits.blob,
  }
}
