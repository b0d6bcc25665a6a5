import type { Application } from '../core/model/application.ts'
import type { Desired } from '../core/model/desired.ts'
import { hasErrors, type Problem } from '../core/model/problem.ts'
import { keyOf, type Ref } from '../core/model/ref.ts'
import type { Snapshot } from '../core/model/snapshot.ts'
import type { Freeze } from '../core/plan/context.ts'
import type { SourceState } from '../core/report/report.ts'
import { createHistory, type Good, type History } from './history.ts'
import { type Source, SourceError } from './ports.ts'

/** Desired state in force. `desired` is absent when nothing good was ever read: then nothing is planned. */
export interface Reading {
  readonly source: SourceState
  readonly desired?: readonly Desired[]
  readonly freezes: readonly Freeze[]
}

export interface Reader {
  /** The newest commit if it is good; else the newest good one before it, and no deletions. Never throws for a bad source. */
  read(signal: AbortSignal): Promise<Reading>
  /** Assets that the commits just before this one declare: they may have to be archived. None while they cannot be read. */
  recentAssets(revision: string, signal: AbortSignal): Promise<readonly Ref[]>
  /** Desired state at the commits recorded on live resources, and a freeze when one of them left the history. */
  history(asked: Asked, signal: AbortSignal): Promise<Past>
}

interface Asked {
  /** Commits recorded on live resources. */
  readonly recorded: readonly string[]
  /** Keys of what is live and not declared now. */
  readonly gone: readonly string[]
  /** The commit in force. */
  readonly current: string
}

interface Past {
  readonly bases: ReadonlyMap<string, readonly Desired[]>
  /** By key, what was said last of the things that are gone. */
  readonly lately: ReadonlyMap<string, Desired>
  readonly freezes: readonly Freeze[]
}

/** Reads one Application's source. What it remembers (the last good reading) is Git's content and can be read again. */
export function createReader(source: Source, application: Application): Reader {
  const history = createHistory(source, application)
  const { understand } = history
  let lastGood: Good | undefined
  let searchedFrom: string | undefined

  /** The newest good commit before a bad one; never one that lies before, or beside, what was good already. */
  async function goodBefore(bad: Snapshot, signal: AbortSignal): Promise<Good | undefined> {
    const found = await history.goodBefore(bad, signal)
    if (found === undefined || lastGood === undefined) return found ?? lastGood
    const { revision } = found.snapshot
    const isLater = await history.isAncestor(lastGood.snapshot.revision, revision, signal)
    return isLater === false ? lastGood : found
  }

  return {
    async recentAssets(revision, signal) {
      const lately = await history.lately(revision, signal).catch(failureOf)
      if (isFailure(lately)) return []
      return [...lately.values()]
        .map(({ ref }) => ref)
        .filter(({ version }) => version !== undefined)
    },

    async read(signal) {
      const snapshot = await source.read(signal).catch(failureOf)
      if (isFailure(snapshot)) return unreadable(snapshot, lastGood)
      const { desired, problems } = understand(snapshot)
      if (!hasErrors(problems)) {
        lastGood = { snapshot, desired }
        return inForce(snapshot, snapshot, desired, problems)
      }
      if (searchedFrom !== snapshot.revision) {
        const found = await goodBefore(snapshot, signal).catch(failureOf)
        // Not having been able to look is no answer: the next turn looks again.
        searchedFrom = isFailure(found) ? undefined : snapshot.revision
        if (!isFailure(found)) lastGood = found
      }
      return inForce(snapshot, lastGood?.snapshot, lastGood?.desired, problems)
    },

    async history(asked, signal) {
      const past = await pastOf(history, asked, signal)
      const isHalted = application.sync.rewrittenHistory !== 'follow'
      const freezes = past.freezes.filter(({ reason }) => isHalted || reason !== 'HistoryRewritten')
      return { ...past, freezes }
    },
  }
}

/** What cannot be read of the past freezes every write: without a base, or the last word, a write may be the wrong one. */
async function pastOf(
  history: History,
  { recorded, gone, current }: Asked,
  signal: AbortSignal,
): Promise<Past> {
  const bases = new Map<string, readonly Desired[]>()
  const freezes: Freeze[] = []
  let lately: Past['lately'] = new Map()
  try {
    for (const revision of recorded.filter(isRevision)) {
      const isAncestor = await history.isAncestor(revision, current, signal)
      // A folder has no history, and what this process happens to remember of it is no proof.
      if (isAncestor === undefined) continue
      if (!isAncestor) freezes.push(rewritten(revision))
      const desired = await history.desiredAt(revision, signal)
      if (desired !== undefined) bases.set(revision, desired)
    }
    const once = new Set([...bases.values()].flat().map(({ ref }) => keyOf(ref)))
    const removed = gone.filter((key) => once.has(key))
    lately = await history.lastSaid(removed, current, signal)
  } catch (error) {
    freezes.push({ what: 'writes', ...failureOf(error) })
  }
  return { bases, lately, freezes }
}

/** What somebody wrote into a tag by hand names no commit; the thing that carries it then has no base and no proof. */
function isRevision(revision: string): boolean {
  return /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(revision)
}

interface Failure {
  readonly reason: string
  readonly message: string
}

function failureOf(error: unknown): Failure {
  if (error instanceof SourceError) return { reason: error.reason, message: error.message }
  throw error
}

function isFailure(value: object | undefined): value is Failure {
  return value !== undefined && 'reason' in value
}

function unreadable(failure: Failure, lastGood: Good | undefined): Reading {
  const freeze: Freeze = { what: 'deletes', ...failure }
  if (lastGood === undefined) return { source: { problems: [], failure }, freezes: [freeze] }
  const { snapshot, desired } = lastGood
  const source = { appliedRevision: snapshot.revision, problems: [], failure }
  return { source, desired, freezes: [freeze] }
}

function inForce(
  newest: Snapshot,
  good: Snapshot | undefined,
  desired: readonly Desired[] | undefined,
  problems: readonly Problem[],
): Reading {
  const source: SourceState = {
    attemptedRevision: newest.revision,
    problems,
    ...(newest.committedAt === undefined ? {} : { committedAt: newest.committedAt }),
    ...(good === undefined ? {} : { appliedRevision: good.revision }),
  }
  const freeze: Freeze = {
    what: 'deletes',
    reason: 'ManifestProblems',
    message:
      'The newest commit has problems; the last good one stays in force and nothing is deleted.',
  }
  const freezes = hasErrors(problems) ? [freeze] : []
  return { source, freezes, ...(desired === undefined ? {} : { desired }) }
}

function rewritten(revision: string): Freeze {
  return {
    what: 'writes',
    reason: 'HistoryRewritten',
    message: `Commit ${revision.slice(0, 12)}, which is applied, is not in the history of the commit in force (a forced push, or a broken merge?). Restore it, or set sync.rewrittenHistory: follow.`,
  }
}
