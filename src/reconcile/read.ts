import { readManifests } from '../core/manifests/read.ts'
import type { Application } from '../core/model/application.ts'
import type { Desired } from '../core/model/desired.ts'
import { hasErrors, type Problem } from '../core/model/problem.ts'
import type { Snapshot } from '../core/model/snapshot.ts'
import type { Freeze } from '../core/plan/context.ts'
import type { SourceState } from '../core/report/report.ts'
import { type Source, SourceError } from './ports.ts'

/** How far back a good commit is looked for when the newest one cannot be understood. */
const MAX_COMMITS_BACK = 20
const KEPT_READINGS = 64

/** Desired state in force. `desired` is absent when nothing good was ever read: then nothing is planned. */
export interface Reading {
  readonly source: SourceState
  readonly desired?: readonly Desired[]
  readonly freezes: readonly Freeze[]
}

export interface Reader {
  /** The newest commit if it is good; else the newest good one before it, and no deletions. Never throws for a bad source. */
  read(signal: AbortSignal): Promise<Reading>
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

/** A commit that declares nothing is more likely a wrong path than a wish to delete everything (INVARIANTS P1, P5). */
const NOTHING_DECLARED: Problem = {
  severity: 'error',
  reason: 'NothingDeclared',
  message: 'No manifest was found here; check the Application’s path. Nothing is deleted.',
  at: { file: '.', line: 1, column: 1 },
}

interface Good {
  readonly snapshot: Snapshot
  readonly desired: readonly Desired[]
}

interface Understood {
  readonly desired: readonly Desired[]
  readonly problems: readonly Problem[]
}

/** Reads one Application's source. What it remembers (the last good reading) is Git's content and can be read again. */
export function createReader(source: Source, application: Application): Reader {
  const understood = new Map<string, Understood>()
  let lastGood: Good | undefined
  let searchedFrom: string | undefined

  function understand(snapshot: Snapshot): Understood {
    const known = understood.get(snapshot.revision)
    if (known !== undefined) return known
    const { desired, problems } = readManifests({ snapshot, variables: application.variables })
    const isEmpty = desired.length === 0 && !hasErrors(problems)
    const reading = { desired, problems: isEmpty ? [...problems, NOTHING_DECLARED] : problems }
    remember(understood, snapshot.revision, reading)
    return reading
  }

  async function goodBefore(bad: Snapshot, signal: AbortSignal): Promise<Good | undefined> {
    let parent = bad.parent
    for (let back = 0; back < MAX_COMMITS_BACK && parent !== undefined; back += 1) {
      const snapshot = await source.at(parent, signal).catch(() => undefined)
      if (snapshot === undefined) break
      const { desired, problems } = understand(snapshot)
      if (!hasErrors(problems)) return { snapshot, desired }
      parent = snapshot.parent
    }
    return undefined
  }

  return {
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
        const isAncestor = await source.isAncestor(revision, current, signal).catch(() => undefined)
        if (isAncestor === false && application.sync.rewrittenHistory !== 'follow')
          freezes.push(rewritten(revision))
        const snapshot = await source.at(revision, signal).catch(() => undefined)
        if (snapshot !== undefined) bases.set(revision, understand(snapshot).desired)
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

function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.set(key, value)
  const oldest = map.keys().next().value
  if (map.size > KEPT_READINGS && oldest !== undefined) map.delete(oldest)
}
