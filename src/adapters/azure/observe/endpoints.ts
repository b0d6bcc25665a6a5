import { isAtRest, type Live } from '../../../core/model/live.ts'
import { distinct, keyOf, type Ref } from '../../../core/model/ref.ts'
import { monotonic } from '../../../lib/monotonic.ts'
import type { Clock, Wanted } from '../../../reconcile/ports.ts'
import { unchanged, unchangedIn } from './kept.ts'
import { createPolls, workOn } from './polls.ts'
import { createUnseen } from './unseen.ts'

/**
 * The endpoints of each sort as they were read last, and how they are to be read now. All of them are looked at as often as the
 * Application is; in between, when the plan waits for something, only those are that move: by a GET each, or by their list
 * where that takes fewer requests.
 */
export interface Endpoints {
  turn(kind: Ref['kind'], wanted: Turning, stale: readonly Ref[]): Turn
  known(kind: Ref['kind']): readonly Live[] | undefined
  /** All of a sort, by a list. */
  listed(kind: Ref['kind'], endpoints: readonly Live[], list: List): void
  /** One of them, by a GET. */
  read(endpoint: Live): void
  /** A GET of it tells nothing: for a while its list is asked instead, so that others do not wait for it. */
  hide(ref: Ref): void
  /** It was written to; `isSent`: readings may not show that yet. Otherwise what was read of it may not be so any more. */
  disturb(ref: Ref, isSent: boolean): void
  /** A look at all of them is due, and was put off for those that are looked at closely. */
  isPutOff(): boolean
}

type Turning = Pick<Wanted, 'closely' | 'wholeAfterMs'>

interface List {
  readonly pages: number
  readonly complete: boolean
  /** All else was looked at with them. */
  readonly isWhole: boolean
}

export type Turn =
  /** `isWhole`: what nothing speaks of is looked at, too. */
  | { readonly by: 'list'; readonly isWhole: boolean }
  | { readonly by: 'get'; readonly refs: readonly Ref[] }

interface Kept {
  readonly endpoints: Map<string, Live>
  readonly pages: number
  readonly complete: boolean
  /** When all of them were looked at last. */
  readonly wholeAt: number
  isPutOff: boolean
}

const HIDDEN_MS = 10 * 60_000
const HIDDEN_MAX = 1000
const WHOLE: Turn = { by: 'list', isWhole: true }
const NONE: ReadonlySet<string> = new Set()

export function createEndpoints(clock: Pick<Clock, 'now' | 'settings'>): Endpoints {
  const now = monotonic(clock)
  const sorts = new Map<Ref['kind'], Kept>()
  const polls = createPolls(now)
  const unseen = createUnseen(now)
  const hiddenUntil = new Map<string, number>()
  const isHidden = (ref: Ref): boolean => now() < (hiddenUntil.get(keyOf(ref)) ?? 0)

  function note(endpoint: Live): void {
    polls.read(keyOf(endpoint.ref), isAtRest(endpoint) ? undefined : workOn(endpoint))
    unseen.read(endpoint)
  }

  function movingIn({ endpoints, pages }: Kept, closely: ReadonlySet<string>): readonly Ref[] {
    const moves = (key: string) => closely.has(key) || polls.isDue(key, pages)
    return [...endpoints].flatMap(([key, { ref }]) => (moves(key) ? [ref] : []))
  }

  return {
    turn(kind, { closely = NONE, wholeAfterMs = 0 }, stale) {
      const kept = sorts.get(kind)
      if (kept === undefined) return WHOLE
      const { pages } = kept
      const isDue = now() - kept.wholeAt >= wholeAfterMs
      kept.isPutOff = isDue && mayPutOff(kept, closely, wholeAfterMs)
      if (isDue && !kept.isPutOff) return WHOLE
      const moving = distinct([...movingIn(kept, closely), ...unseen.refs(kind), ...stale])
      const isShorter = moving.length >= pages || moving.some(isHidden)
      return isShorter ? { by: 'list', isWhole: false } : { by: 'get', refs: moving }
    },
    known(kind) {
      const kept = sorts.get(kind)
      return kept && [...kept.endpoints.values()]
    },
    listed(kind, lives, list) {
      const before = sorts.get(kind)
      const known = unchangedIn([...(before?.endpoints.values() ?? [])], lives)
      const endpoints = new Map(known.map((one) => [keyOf(one.ref), one]))
      for (const key of before?.endpoints.keys() ?? []) if (!endpoints.has(key)) polls.delete(key)
      for (const one of lives) note(one)
      const { pages, complete } = list
      sorts.set(kind, { endpoints, pages, complete, ...wholenessOf(list, before, now()) })
    },
    read(endpoint) {
      const key = keyOf(endpoint.ref)
      const known = sorts.get(endpoint.ref.kind)?.endpoints
      known?.set(key, unchanged(known.get(key), endpoint))
      note(endpoint)
    },
    hide(ref) {
      if (hiddenUntil.size >= HIDDEN_MAX) hiddenUntil.clear()
      hiddenUntil.set(keyOf(ref), now() + HIDDEN_MS)
    },
    disturb(ref, isSent) {
      const kept = sorts.get(ref.kind)
      if (kept !== undefined) unseen.add(ref, kept.endpoints.get(keyOf(ref)), isSent)
    },
    isPutOff: () => [...sorts.values()].some((kept) => kept.isPutOff),
  }
}

/** Once, for what is looked at closely; not where somebody waits for all, nor what is not known to be all. */
function mayPutOff(
  { endpoints, pages, complete, isPutOff }: Kept,
  closely: ReadonlySet<string>,
  wholeAfterMs: number,
): boolean {
  if (pages === 1 || !complete || isPutOff || wholeAfterMs === 0) return false
  return [...closely].some((key) => endpoints.has(key))
}

const LONG_AGO = Number.NEGATIVE_INFINITY

/** A list that did not come to its end is no look at all of them. */
function wholenessOf(
  { complete, isWhole }: List,
  before: Kept | undefined,
  now: number,
): Pick<Kept, 'wholeAt' | 'isPutOff'> {
  if (!complete) return { wholeAt: LONG_AGO, isPutOff: false }
  if (isWhole || before === undefined) return { wholeAt: now, isPutOff: false }
  const { wholeAt, isPutOff } = before
  return { wholeAt, isPutOff }
}
