import { readManifests } from '../core/manifests/read.ts'
import type { Application } from '../core/model/application.ts'
import type { Desired } from '../core/model/desired.ts'
import { hasErrors, type Problem } from '../core/model/problem.ts'
import { isDeployment, keyOf, scopeOf } from '../core/model/ref.ts'
import type { Snapshot } from '../core/model/snapshot.ts'
import { canonical } from '../core/model/values/json.ts'
import type { ReadManifests, Source, Understood } from './ports.ts'

/** How far back a good commit is looked for when the newest one cannot be understood. */
const MAX_COMMITS_BACK = 20
/** How many commits back count as lately: assets declared there are archived when they no longer are. */
const COMMITS_LATELY = 10
/** How many commits back the last word on a removed thing is looked for. */
const COMMITS_SEARCHED = 200
/** How many whole commits are kept understood: the last ones that were. */
const KEPT_READINGS = 32

/** A commit without errors. */
export interface GoodCommit {
  readonly snapshot: Snapshot
  readonly desired: readonly Desired[]
}

/** An Application's commits, understood; each is decoded once. First parents only: what the branch itself was. */
export interface History {
  /** Throws only when it is aborted. */
  understand(snapshot: Snapshot, signal: AbortSignal): Promise<Understood>
  /** The newest commit before this one that has no errors. Throws SourceError. */
  goodBefore(bad: Snapshot, signal: AbortSignal): Promise<GoodCommit | undefined>
  /**
   * What an earlier commit declares in these scopes, and maybe in more; undefined when the source has no history or does not
   * know it. Throws SourceError.
   */
  desiredAt(
    revision: string,
    scopes: ReadonlySet<string>,
    signal: AbortSignal,
  ): Promise<readonly Desired[] | undefined>
  /** Of earlier commits, only these are asked for in the next time. */
  keepOnly(revisions: ReadonlySet<string>): void
  /** Whether one commit lies in the history of another; undefined when the source has none. Throws SourceError. */
  isAncestor(ancestor: string, revision: string, signal: AbortSignal): Promise<boolean | undefined>
  /** By key, the newest declaration in this commit or the few before it. Throws SourceError. */
  lately(revision: string, signal: AbortSignal): Promise<ReadonlyMap<string, Desired>>
  /** What this commit and those before it put into these endpoints' deployments, each content once. Throws SourceError. */
  formerSlots(
    endpoints: readonly string[],
    revision: string,
    signal: AbortSignal,
  ): Promise<readonly (readonly Desired[])[]>
  /** Of these keys, the newest declaration in this commit or before it, however long ago. Throws SourceError. */
  lastSaid(
    keys: readonly string[],
    revision: string,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Desired>>
}

type Variables = Application['variables']

interface Read {
  readonly variables: Variables
  readonly reading: Understood
}

// A snapshot is a value: whoever has it in the same process need not read it again.
const readings = new WeakMap<Snapshot, Read>()

async function readingOf(
  snapshot: Snapshot,
  { variables, source }: Application,
  read: ReadManifests,
  signal: AbortSignal,
): Promise<Understood> {
  const known = readings.get(snapshot)
  if (known?.variables === variables) return known.reading
  const { exclude } = source
  const given = { snapshot, variables, ...(exclude === undefined ? {} : { exclude }) }
  const { desired, problems } = await read(given, signal)
  const isEmpty = desired.length === 0 && !hasErrors(problems)
  const reading = { desired, problems: isEmpty ? [...problems, NOTHING_DECLARED] : problems }
  readings.set(snapshot, { variables, reading })
  return reading
}

/** Of an earlier commit, what it declares for the things that it is recorded on: thousands of commits may be. */
interface Excerpt {
  readonly scopes: ReadonlySet<string>
  readonly desired: readonly Desired[]
}

export function createHistory(
  source: Source,
  application: Application,
  read: ReadManifests = readManifests,
): History {
  const understood = new Map<string, Understood>()
  let latest: { readonly of: string; readonly declared: ReadonlyMap<string, Desired> } | undefined

  async function understand(snapshot: Snapshot, signal: AbortSignal): Promise<Understood> {
    const known = understood.get(snapshot.revision)
    if (known !== undefined) return known
    const reading = await readingOf(snapshot, application, read, signal)
    const oldest = understood.keys().next().value
    if (understood.size >= KEPT_READINGS && oldest !== undefined) understood.delete(oldest)
    understood.set(snapshot.revision, reading)
    return reading
  }

  async function wholeAt(
    revision: string,
    signal: AbortSignal,
  ): Promise<readonly Desired[] | undefined> {
    const known = understood.get(revision)
    const snapshot = known === undefined ? await source.at(revision, signal) : undefined
    return (snapshot === undefined ? known : await understand(snapshot, signal))?.desired
  }

  async function* backwards(
    from: string | undefined,
    limit: number,
    signal: AbortSignal,
  ): AsyncGenerator<GoodCommit & Understood> {
    let next = from
    for (let back = 0; back < limit && next !== undefined; back += 1) {
      const snapshot: Snapshot | undefined = await source.at(next, signal)
      if (snapshot === undefined) return
      yield { snapshot, ...(await understand(snapshot, signal)) }
      next = snapshot.parent
    }
  }

  return {
    understand,
    async goodBefore(bad, signal) {
      for await (const { snapshot, desired, problems } of backwards(
        bad.parent,
        MAX_COMMITS_BACK,
        signal,
      ))
        if (!hasErrors(problems)) return { snapshot, desired }
      return undefined
    },
    ...rememberExcerpts(wholeAt),
    isAncestor: rememberAncestry(source),
    async lately(revision, signal) {
      if (latest?.of === revision) return latest.declared
      const declared = new Map<string, Desired>()
      for await (const { desired } of backwards(revision, COMMITS_LATELY + 1, signal))
        for (const one of desired)
          if (!declared.has(keyOf(one.ref))) declared.set(keyOf(one.ref), one)
      latest = { of: revision, declared }
      return declared
    },
    lastSaid: rememberLastSaid(backwards),
    formerSlots: rememberFormerSlots(backwards),
  }
}

/** A commit is understood whole, once, and what of it is asked for is kept. */
function rememberExcerpts(
  wholeAt: (revision: string, signal: AbortSignal) => Promise<readonly Desired[] | undefined>,
): Pick<History, 'desiredAt' | 'keepOnly'> {
  const excerpts = new Map<string, Excerpt>()
  return {
    async desiredAt(revision, scopes, signal) {
      const known = excerpts.get(revision)
      if (known !== undefined && [...scopes].every((scope) => known.scopes.has(scope)))
        return known.desired
      const whole = await wholeAt(revision, signal)
      if (whole === undefined) return undefined
      const wider = new Set([...scopes, ...(known?.scopes ?? [])])
      const desired = whole.filter(({ ref }) => wider.has(scopeOf(ref)))
      excerpts.set(revision, { scopes: wider, desired })
      return desired
    },
    keepOnly(revisions) {
      for (const revision of excerpts.keys())
        if (!revisions.has(revision)) excerpts.delete(revision)
    },
  }
}

/** What may be in the slots of these endpoints' rollouts, as this commit has it: a template's, or each deployment alone. */
function slotsIn(
  { desired, snapshot }: GoodCommit,
  endpoints: readonly string[],
): readonly (readonly Desired[])[] {
  const templates = desired
    .filter(({ ref }) => endpoints.includes(keyOf(ref)))
    .flatMap(({ rollout }) => (rollout?.slots === undefined ? [] : [rollout.slots]))
  const named = desired.filter(
    ({ ref }) => isDeployment(ref.kind) && endpoints.includes(scopeOf(ref)),
  )
  return [...templates, ...named.map((one) => [one])].map((slots) =>
    slots.map((slot) => ({ ...slot, commit: snapshot.revision })),
  )
}

/** A commit's slots do not change: they are gathered once for the newest commit and the endpoints asked for. */
function rememberFormerSlots(backwards: Backwards): History['formerSlots'] {
  let of = ''
  let known: readonly (readonly Desired[])[] = []
  return async (endpoints, revision, signal) => {
    if (endpoints.length === 0) return []
    const asked = [revision, ...endpoints].join(' ')
    if (of === asked) return known
    const found = new Map<string, readonly Desired[]>()
    for await (const reading of backwards(revision, COMMITS_SEARCHED, signal))
      for (const slots of slotsIn(reading, endpoints)) {
        const text = canonical(slots.map(({ ref, spec }) => [ref.name, spec]))
        found.set(text, found.get(text) ?? slots)
      }
    of = asked
    known = [...found.values()]
    return known
  }
}

type Backwards = (
  from: string,
  limit: number,
  signal: AbortSignal,
) => AsyncGenerator<GoodCommit & Understood>

/** Each key is looked for once per commit: a thing kept for long does not cost a walk through the history every turn. */
function rememberLastSaid(backwards: Backwards): History['lastSaid'] {
  let of = ''
  const known = new Map<string, Desired | undefined>()
  return async (keys, revision, signal) => {
    if (of !== revision) known.clear()
    of = revision
    const unknown = keys.filter((key) => !known.has(key))
    const found =
      unknown.length === 0
        ? new Map<string, Desired>()
        : await firstOf(unknown, backwards(revision, COMMITS_SEARCHED, signal))
    for (const key of unknown) known.set(key, found.get(key))
    return new Map([...known].flatMap(([key, one]) => (one === undefined ? [] : [[key, one]])))
  }
}

/** The first declaration of each key in readings that come one by one; no more are read than it takes. */
async function firstOf(
  keys: readonly string[],
  readings: AsyncIterable<Understood>,
): Promise<ReadonlyMap<string, Desired>> {
  const missing = new Set(keys)
  const found = new Map<string, Desired>()
  for await (const { desired } of readings) {
    for (const one of desired) if (missing.delete(keyOf(one.ref))) found.set(keyOf(one.ref), one)
    if (missing.size === 0) break
  }
  return found
}

/** Commits do not change: what was once learnt of a pair stays true, and what lies behind a commit lies behind its successors. */
function rememberAncestry(source: Source): History['isAncestor'] {
  let of = ''
  const known = new Map<string, boolean>()

  async function goOn(revision: string, signal: AbortSignal): Promise<void> {
    const isSuccessor = of !== '' && (await source.isAncestor(of, revision, signal)) === true
    for (const [ancestor, was] of known) if (!isSuccessor || !was) known.delete(ancestor)
    of = revision
  }

  return async (ancestor, revision, signal) => {
    if (of !== revision) await goOn(revision, signal)
    const answer = known.get(ancestor) ?? (await source.isAncestor(ancestor, revision, signal))
    if (answer !== undefined) known.set(ancestor, answer)
    return answer
  }
}

/** A commit that declares nothing is more likely a wrong path than a wish to delete everything (INVARIANTS P1, P5). */
const NOTHING_DECLARED: Problem = {
  severity: 'error',
  reason: 'NothingDeclared',
  message: 'No manifest was found here; check the Application’s path. Nothing is deleted.',
  at: { file: '.', line: 1, column: 1 },
}
