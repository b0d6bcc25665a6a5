import type { Application } from '../core/model/application.ts'
import type { Desired } from '../core/model/desired.ts'
import { hasErrors, type Problem } from '../core/model/problem.ts'
import type { Ref } from '../core/model/ref.ts'
import type { Snapshot } from '../core/model/snapshot.ts'
import type { Freeze } from '../core/plan/context.ts'
import type { SourceState } from '../core/report/report.ts'
import { createHistory, type Good } from './history.ts'
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
  /** Assets that the commits just before this one declare: they may have to be archived. Looked up once per commit. */
  recentAssets(revision: string, signal: AbortSignal): Promise<readonly Ref[]>
  /** Desired state at the commits recorded on live resources, and a freeze when one of them left the history. */
  history(
    revisions: readonly string[],
    current: string,
    signal: AbortSignal,
  ): Promise<{
    readonly bases: ReadonlyMap<string, readonly Desired[]>
    readonly freezes: readonly Freeze[]
  }>
}

/** Reads one Application's source. What it remembers (the last good reading) is Git's content and can be read again. */
export function createReader(source: Source, application: Application): Reader {
  const { understand, goodBefore, desiredAt, assetsBefore } = createHistory(source, application)
  const assets = new Map<string, readonly Ref[]>()
  let lastGood: Good | undefined
  let searchedFrom: string | undefined
  let ancestry: { readonly of: string; readonly known: Map<string, boolean> } | undefined

  /** Commits do not change: what was once learnt of a pair stays true. */
  async function comesBefore(
    revision: string,
    current: string,
    signal: AbortSignal,
  ): Promise<boolean | undefined> {
    if (ancestry?.of !== current) ancestry = { of: current, known: new Map() }
    const { known } = ancestry
    const answer =
      known.get(revision) ??
      (await source.isAncestor(revision, current, signal).catch(() => undefined))
    if (answer !== undefined) known.set(revision, answer)
    return answer
  }

  return {
    async recentAssets(revision, signal) {
      const found = assets.get(revision) ?? (await assetsBefore(revision, signal))
      assets.clear()
      assets.set(revision, found)
      return found
    },

    async read(signal) {
      const snapshot = await source.read(signal).catch(failureOf)
      if (isFailure(snapshot)) return unreadable(snapshot, lastGood)
      const { desired, problems } = understand(snapshot)
      if (!hasErrors(problems)) {
        lastGood = { snapshot, desired }
        searchedFrom = undefined
        return inForce(snapshot, snapshot, desired, problems)
      }
      if (searchedFrom !== snapshot.revision)
        lastGood = (await goodBefore(snapshot, signal)) ?? lastGood
      searchedFrom = snapshot.revision
      return inForce(snapshot, lastGood?.snapshot, lastGood?.desired, problems)
    },

    async history(revisions, current, signal) {
      const bases = new Map<string, readonly Desired[]>()
      const freezes: Freeze[] = []
      for (const revision of revisions) {
        const isAncestor = await comesBefore(revision, current, signal)
        // A folder has no history, and what this process happens to remember of it is no proof.
        if (isAncestor === undefined) continue
        if (!isAncestor && application.sync.rewrittenHistory !== 'follow')
          freezes.push(rewritten(revision))
        const desired = await desiredAt(revision, signal)
        if (desired !== undefined) bases.set(revision, desired)
      }
      return { bases, freezes }
    },
  }
}

interface Failure {
  readonly reason: string
  readonly message: string
}

function failureOf(error: unknown): Failure {
  if (error instanceof SourceError) return { reason: error.reason, message: error.message }
  throw error
}

function isFailure(value: Snapshot | Failure): value is Failure {
  return 'reason' in value
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
    message: `Commit ${revision.slice(0, 12)}, which is applied, is not in the branch's history any more (a forced push?). Restore it, or set sync.rewrittenHistory: follow.`,
  }
}
