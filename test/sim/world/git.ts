import { createHash } from 'node:crypto'
import { type Source, SourceError } from '../../../src/reconcile/ports.ts'
import { type Commits, createCommits, type Files } from '../../support/commits.ts'
import { partOf } from '../../support/part-of.ts'
import type { ApplicationSaid } from './scenario.ts'

/** One Application's repository, or its folder of one, with what can go wrong on the way to it. */
export interface Git {
  readonly source: Source
  /** Adds a commit, after so many have been taken off the branch, and says what it is to whom. */
  commit(files: Files, forced?: number): readonly Committed[]
  /** `shallow`: the newest commit can be read and no earlier one. */
  set(is: 'down' | 'slow' | 'shallow' | undefined): void
  /** The copy on disk is gone. */
  loseCopy(): void
}

/** A commit as one Application sees it, who may not be the one it is made for. */
interface Committed {
  readonly application: string
  readonly revision: string
  readonly files: Files
}

const SLOW_MS = 90_000

/** By Application. */
export function createGits(
  applications: readonly ApplicationSaid[],
  wait: (ms: number) => void,
): ReadonlyMap<string, Git> {
  const shared = new Map<string, Whole>()
  return new Map(
    applications.map(({ name, source, repository }) => {
      if (repository === undefined)
        return [name, ownGit(createGit(source === 'folder', wait), name)]
      const whole = shared.get(repository) ?? { ...createGit(false, wait), folders: new Map() }
      shared.set(repository, whole)
      return [name, folderOfGit(whole, name)]
    }),
  )
}

type Repository = Omit<Git, 'commit'> & {
  readonly commit: (files: Files, forced?: number) => string
}

interface Whole extends Repository {
  /** By Application. */
  readonly folders: Map<string, Files>
}

function ownGit(repository: Repository, application: string): Git {
  return {
    ...repository,
    commit: (files, forced) => [{ application, revision: repository.commit(files, forced), files }],
  }
}

/** A commit to a folder is one of the whole repository. */
function folderOfGit({ folders, ...whole }: Whole, name: string): Git {
  return {
    ...whole,
    source: partOf(whole.source, name),
    commit(files, forced) {
      folders.set(name, files)
      const all = [...folders].flatMap(([folder, own]) =>
        Object.entries(own).map(([path, text]) => [`${folder}/${path}`, text]),
      )
      const revision = whole.commit(Object.fromEntries(all), forced)
      return [...folders].map(([application, own]) => ({ application, revision, files: own }))
    },
  }
}

function createGit(isFolder: boolean, wait: (ms: number) => void): Repository {
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
    loseCopy: commits.loseCopy,
  }
}

/** As a folder is read: what lies there now, by its content, and nothing of what was. */
function folderOf(commits: Commits, read: Source['read']): Source {
  return {
    async read(signal) {
      const { parent, committedAt, ...snapshot } = await read(signal)
      const content = snapshot.files.map(({ path, blob }) => `${path} ${blob}`).join('\n')
      return { ...snapshot, revision: createHash('sha256').update(content).digest('hex') }
    },
    at: async () => undefined,
    isAncestor: async () => undefined,
    blob: commits.blob,
  }
}
