import type { Application } from '../core/model/application.ts'
import type { Desired } from '../core/model/desired.ts'
import { isCommitId } from '../core/model/git/git-ref.ts'
import { hasErrors, type Problem } from '../core/model/problem.ts'
import { keyOf, type Ref, scopeOf } from '../core/model/ref.ts'
import type { Snapshot } from '../core/model/snapshot.ts'
import type { Freeze } from '../core/plan/context.ts'
import { declarationsOf } from '../core/plan/ownership/declarations.ts'
import { instantText } from '../core/report/instant-text.ts'
import type { SourceState } from '../core/report/report.ts'
import { createHistory, type GoodCommit, type History } from './history.ts'
import { type ReadManifests, type Source, SourceError } from './ports.ts'

/** Desired state in force. `desired` is absent when nothing good was ever read: then nothing is planned. */
export interface Reading {
  readonly source: SourceState
  readonly desired?: readonly Desired[]
  readonly freezes: readonly Freeze[]
}

export interface Reader {
  /**
   * The newest commit if it is good; else the newest good one before it, and no deletions. Out of reach: the last good one of
   * this process, or else of the copy on disk, and no deletions. Never throws for a bad source.
   */
  read(signal: AbortSignal): Promise<Reading>
  /** Keys of what the commit in force declared when it was last read here; undefined as long as none was. Reads nothing. */
  declared(): ReadonlySet<string> | undefined
  /** Assets that the commits just before this one declare: they may have to be archived. None while they cannot be read. */
  recentAssets(revision: string, signal: AbortSignal): Promise<readonly Ref[]>
  /** Desired state at the commits recorded on live resources, and a freeze when one of them left the history. */
  history(asked: Asked, signal: AbortSignal): Promise<Past>
}

interface Asked {
  /** Commits recorded on live resources that are ours, and on which. */
  readonly recorded: ReadonlyMap<string, readonly Ref[]>
  /** Commits on what may be taken over: none of them has to be one of ours. */
  readonly foreign: ReadonlyMap<string, readonly Ref[]>
  /** What is declared, and whose tags name nobody: any of the commits may have made it. */
  readonly unmarked: readonly Ref[]
  /** Keys of what is live and not declared now. */
  readonly gone: readonly string[]
  /** Keys of what is ours and carries no commit. */
  readonly unrecorded: readonly string[]
  /** Keys of endpoints whose rollout's stable deployment is gone. */
  readonly bereft: readonly string[]
  /** The commit in force. */
  readonly current: string
}

interface Past {
  readonly bases: ReadonlyMap<string, readonly Desired[]>
  /** By key, what was said last of the things that are gone. */
  readonly lately: ReadonlyMap<string, Desired>
  /** What was put into the slots of the endpoints whose stable deployment is gone; none while it cannot be read. */
  readonly former: readonly (readonly Desired[])[]
  readonly freezes: readonly Freeze[]
}

/** Reads one Application's source. What it remembers (the last good reading) is Git's content and can be read again. */
export function createReader(
  source: Source,
  application: Application,
  readManifests?: ReadManifests,
): Reader {
  const history = createHistory(source, application, readManifests)
  const { understand } = history
  let lastGood: GoodCommit | undefined
  let searchedFrom: string | undefined
  let isFresh = false

  /** The newest good commit before a bad one; never one that lies before, or beside, what was good already. */
  async function goodBefore(bad: Snapshot, signal: AbortSignal): Promise<GoodCommit | undefined> {
    const found = await history.goodBefore(bad, signal)
    if (found === undefined || lastGood === undefined) return found ?? lastGood
    const { revision } = found.snapshot
    const isLater = await history.isAncestor(lastGood.snapshot.revision, revision, signal)
    return isLater === false ? lastGood : found
  }

  /** Takes up a commit: it is in force if it is good, else the newest good one before it. Gives its problems. */
  async function settle(snapshot: Snapshot, signal: AbortSignal): Promise<readonly Problem[]> {
    const { desired, problems } = await understand(snapshot, signal)
    if (!hasErrors(problems)) {
      lastGood = { snapshot, desired }
    } else if (searchedFrom !== snapshot.revision) {
      const found = await goodBefore(snapshot, signal).catch(failureOf)
      // Not having been able to look is no answer: the next turn looks again.
      searchedFrom = isFailure(found) ? undefined : snapshot.revision
      if (!isFailure(found)) lastGood = found
    }
    return problems
  }

  /** After a restart, what the copy on disk holds: rollouts under way are judged, and nothing is deleted. */
  async function readCopy(signal: AbortSignal): Promise<void> {
    const copy = await source.copy?.read(signal).catch(failureOf)
    if (copy !== undefined && !isFailure(copy)) await settle(copy, signal)
  }

  return {
    declared: () => lastGood && new Set(declarationsOf(lastGood.desired).keys()),

    async recentAssets(revision, signal) {
      const lately = await history.lately(revision, signal).catch(failureOf)
      if (isFailure(lately)) return []
      return [...lately.values()]
        .map(({ ref }) => ref)
        .filter(({ version }) => version !== undefined)
    },

    async read(signal) {
      const snapshot = await source.read(signal).catch(failureOf)
      isFresh = !isFailure(snapshot)
      if (isFailure(snapshot)) {
        if (lastGood === undefined) await readCopy(signal)
        return unreadable(snapshot, lastGood, source.copy?.fetchedAt())
      }
      const problems = await settle(snapshot, signal)
      return inForce(snapshot, lastGood, problems)
    },

    async history(asked, signal) {
      const past = await pastOf(history, asked, signal)
      // What follows a rewritten history must be known to be one: an old copy looks the same.
      const isHalted = application.sync.rewrittenHistory !== 'follow' || !isFresh
      const freezes = past.freezes.filter(({ reason }) => isHalted || reason !== 'HistoryRewritten')
      return { ...past, freezes }
    },
  }
}

/** What cannot be read of the past freezes every write: without a base, or the last word, a write may be the wrong one. */
async function pastOf(history: History, asked: Asked, signal: AbortSignal): Promise<Past> {
  const { recorded, foreign, gone, unrecorded, bereft, current } = asked
  history.keepOnly(new Set([...recorded.keys(), ...foreign.keys()]))
  const own = await ownCommits(history, asked, signal)
  // Of what is not ours yet, only what is in this history counts.
  const others = await commitsOf(history, foreign, { ...asked, isOurs: false }, signal)
  // Of an endpoint, too, that left before its deployments: what it said is said of them.
  const declared = [...own.known.values()].flat().flatMap(({ ref }) => [keyOf(ref), scopeOf(ref)])
  const once = new Set([...declared, ...unrecorded])
  const removed = gone.filter((key) => once.has(key))
  const lately = await history.lastSaid(removed, current, signal).catch(failureOf)
  const former = await history.formerSlots(bereft, current, signal).catch(failureOf)
  const [failure] = isFailure(lately) ? [...own.lost, lately] : own.lost
  const unread: readonly Freeze[] = failure === undefined ? [] : [{ what: 'writes', ...failure }]
  return {
    bases: new Map([...others.known, ...own.known]),
    lately: isFailure(lately) ? new Map() : lately,
    former: isFailure(former) ? [] : former,
    freezes: [
      ...own.rewritten.map(rewritten),
      ...unread,
      ...(isFailure(former) ? [formerUnread(former)] : []),
    ],
  }
}

interface Commits {
  readonly known: ReadonlyMap<string, readonly Desired[]>
  readonly rewritten: readonly string[]
  readonly lost: readonly Failure[]
}

/** Where a commit does not declare what it is recorded on, any other one may have. */
async function ownCommits(history: History, asked: Asked, signal: AbortSignal): Promise<Commits> {
  const { recorded, unmarked } = asked
  const first = await commitsOf(history, recorded, { ...asked, isOurs: true }, signal)
  const strays = [...recorded].flatMap(([revision, refs]) => {
    const declared = first.known.get(revision)
    return declared === undefined
      ? []
      : refs.filter((ref) => !declarationsOf(declared).has(keyOf(ref)))
  })
  if (strays.length === 0) return first
  const widened = { ...asked, unmarked: [...unmarked, ...strays], isOurs: true }
  return commitsOf(history, recorded, widened, signal)
}

/** What these commits declare for what they are recorded on. One that cannot be read hides no other. */
async function commitsOf(
  history: History,
  commits: ReadonlyMap<string, readonly Ref[]>,
  among: Among,
  signal: AbortSignal,
): Promise<Commits> {
  const known = new Map<string, readonly Desired[]>()
  const rewritten: string[] = []
  const lost: Failure[] = []
  for (const [revision, refs] of commits) {
    if (!isCommitId(revision)) continue
    const scopes = new Set([...refs, ...among.unmarked].map(scopeOf))
    const base = await baseAt(history, { revision, scopes }, among, signal).catch(failureOf)
    if (isFailure(base)) lost.push(base)
    else if (base.isRewritten) rewritten.push(revision)
    if (!isFailure(base) && base.desired !== undefined) known.set(revision, base.desired)
  }
  return { known, rewritten, lost }
}

interface Among extends Pick<Asked, 'current' | 'unmarked'> {
  readonly isOurs: boolean
}

async function baseAt(
  history: History,
  { revision, scopes }: { readonly revision: string; readonly scopes: ReadonlySet<string> },
  { current, isOurs }: Among,
  signal: AbortSignal,
): Promise<{ readonly isRewritten: boolean; readonly desired?: readonly Desired[] | undefined }> {
  const isAncestor = await history.isAncestor(revision, current, signal)
  // A folder has no history, and what this process happens to remember of it is no proof.
  if (isAncestor === undefined) return { isRewritten: false }
  if (!isAncestor && !isOurs) return { isRewritten: true }
  return { isRewritten: !isAncestor, desired: await history.desiredAt(revision, scopes, signal) }
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

function unreadable(
  failure: Failure,
  lastGood: GoodCommit | undefined,
  lastReadAt: number | undefined,
): Reading {
  const since = lastReadAt === undefined ? '' : ` Last read ${instantText(lastReadAt)};`
  const { reason } = failure
  const message =
    lastGood === undefined || since === ''
      ? failure.message
      : `${failure.message}.${since} commit ${lastGood.snapshot.revision.slice(0, 12)} stays in force and nothing is deleted.`
  const freeze: Freeze = { what: 'deletes', reason, message }
  const told = { reason, message }
  if (lastGood === undefined) return { source: { problems: [], failure: told }, freezes: [freeze] }
  const { snapshot, desired } = lastGood
  const source = { appliedRevision: snapshot.revision, problems: [], failure: told }
  return { source, desired, freezes: [freeze] }
}

function inForce(
  newest: Snapshot,
  good: GoodCommit | undefined,
  problems: readonly Problem[],
): Reading {
  const source: SourceState = {
    attemptedRevision: newest.revision,
    problems,
    ...(newest.committedAt === undefined ? {} : { committedAt: newest.committedAt }),
    ...(newest.author === undefined ? {} : { author: newest.author }),
    ...(newest.subject === undefined ? {} : { subject: newest.subject }),
    ...(good === undefined ? {} : { appliedRevision: good.snapshot.revision }),
  }
  const freeze: Freeze = {
    what: 'deletes',
    reason: 'ManifestProblems',
    message:
      'The newest commit has problems; the last good one stays in force and nothing is deleted.',
  }
  const freezes = hasErrors(problems) ? [freeze] : []
  return { source, freezes, ...(good === undefined ? {} : { desired: good.desired }) }
}

function formerUnread({ reason, message }: Failure): Freeze {
  const why = 'A stable deployment is gone, and what it was cannot be read from Git’s history'
  const how =
    'It is made again when that can be read; a commit that declares it as it was, or the new content under another name, needs no history.'
  return { what: 'remakes', reason, message: `${why}: ${message} ${how}` }
}

function rewritten(revision: string): Freeze {
  return {
    what: 'writes',
    reason: 'HistoryRewritten',
    message: `Commit ${revision.slice(0, 12)}, which is applied, is not in the history of the commit in force (a forced push, a broken merge, or another repository under the same Application name? While Git is out of reach, it may be newer). Restore it, give each repository a name of its own (--application), or set sync.rewrittenHistory: follow.`,
  }
}
