import { lastWriteIn } from '../../../core/model/basis.ts'
import { isAtRest, type Live } from '../../../core/model/live.ts'
import { isDeployment, keyOf, type Ref, scopeOf } from '../../../core/model/ref.ts'
import { monotonic } from '../../../lib/monotonic.ts'
import type { Clock } from '../../../reconcile/ports.ts'
import type { Audits, Budget } from '../throttle/budget.ts'

/**
 * When the deployments of each endpoint were read last, and when they are to be read again. One list shows every endpoint at
 * every look; what belongs to an endpoint is read when the list shows a change, when a write or an operation of it is under
 * way, when somebody wants to look closely, and in its turn: the oldest readings are renewed with a fixed share of the
 * reads that ARM allows. A workspace of a dozen endpoints is so read whole at every look.
 */
export interface Looks {
  /** Of all endpoints of a kind, of which some are to be looked at closely: the keys of those whose deployments are to be read now. */
  due(
    kind: Ref['kind'],
    endpoints: readonly Live[],
    closely: ReadonlySet<string>,
  ): ReadonlySet<string>
  /** Its deployments as they were read last, if they ever were. */
  known(endpoint: Live): readonly Live[] | undefined
  add(endpoint: Live, deployments: readonly Live[]): void
  /** What was read of its endpoint may not be so any more; `isSent`: because of a write of ours, which readings may not show yet. */
  disturb(ref: Ref, isSent: boolean): void
}

interface Look {
  readonly kind: Ref['kind']
  /** The endpoint by then: another mark in a list says that something was done to it. */
  readonly mark: string
  readonly deployments: readonly Live[]
  readonly at: number
  /** Since when Azure is seen at work on a deployment of it. */
  readonly busySince: number | undefined
  /** A write to a deployment that readings need not show yet. */
  readonly unseenUntil: number
}

/** How long a write may stay unseen. */
const UNSEEN_MS = 2 * 60_000
const DURATIONS_KEPT = 25

export function createLooks(
  clock: Pick<Clock, 'now' | 'settings'>,
  budget: Pick<Budget, 'audits'>,
): Looks {
  const now = monotonic(clock)
  const looks = new Map<string, Look>()
  const unseen = new Map<string, number>()
  const durations: number[] = []
  const audits: Partial<Record<Ref['kind'], Audits>> = {}
  const lookAt = ({ ref }: Live) => looks.get(keyOf(ref))

  function isDue(endpoint: Live): boolean {
    const look = lookAt(endpoint)
    if (look === undefined || now() < look.unseenUntil) return true
    const { at, busySince } = look
    // While Azure is at work on an endpoint, nothing else happens to it; when it is done, the mark is another one.
    if (isAtRest(endpoint) && look.mark !== markOf(endpoint)) return true
    return busySince !== undefined && now() >= nextPoll(at, busySince, durations)
  }

  /** Those whose turn it is; where Azure is at work, only when all others had theirs. */
  function audited(endpoints: readonly Live[], turns: Audits): readonly Live[] {
    const order = ({ busySince, at }: Look) => (busySince === undefined ? at : Infinity)
    const oldestFirst = endpoints
      .flatMap((endpoint) => {
        const look = lookAt(endpoint)
        return look === undefined ? [] : [{ endpoint, order: order(look) }]
      })
      .sort((a, b) => (a.order < b.order ? -1 : 1))
    return oldestFirst.slice(0, turns(oldestFirst.length)).map(({ endpoint }) => endpoint)
  }

  return {
    due(kind, endpoints, closely) {
      const kept = new Set(endpoints.map(({ ref }) => keyOf(ref)))
      for (const [key, look] of looks) if (look.kind === kind && !kept.has(key)) looks.delete(key)
      const asked = new Set(endpoints.filter((one) => closely.has(keyOf(one.ref)) || isDue(one)))
      const rest = endpoints.filter((one) => !asked.has(one))
      audits[kind] ??= budget.audits()
      return new Set([...asked, ...audited(rest, audits[kind])].map(({ ref }) => keyOf(ref)))
    },
    known: (endpoint) => lookAt(endpoint)?.deployments,
    add(endpoint, deployments) {
      const key = keyOf(endpoint.ref)
      const before = looks.get(key)?.busySince
      const isBusy = deployments.some((one) => !isAtRest(one))
      if (!isBusy && before !== undefined) durations.unshift(now() - before)
      durations.splice(DURATIONS_KEPT)
      if (isBusy) unseen.delete(key)
      looks.set(key, {
        kind: endpoint.ref.kind,
        mark: markOf(endpoint),
        deployments,
        at: now(),
        busySince: isBusy ? (before ?? now()) : undefined,
        unseenUntil: unseen.get(key) ?? 0,
      })
    },
    disturb(ref, isSent) {
      const key = scopeOf(ref)
      // The list shows what becomes of a write to an endpoint.
      if (!isSent) looks.delete(key)
      else if (isDeployment(ref.kind)) {
        looks.delete(key)
        unseen.set(key, now() + UNSEEN_MS)
      }
    },
  }
}

/** While Azure works: the next look, as a share of the time that has passed, and within these bounds. */
const SHARE = 0.05
const SOONEST_MS = 5_000
const LATEST_MS = 60_000

/** What a list says of an endpoint, without the service's own book-keeping. */
function markOf({ body, phase }: Live): string {
  return `${lastWriteIn(body)} ${phase}`
}

/** Nothing is looked at before most of the time has passed that the quickest of late took: of that, two minutes at most. */
const FIRST_SHARE = 0.6
const FIRST_MS_MAX = 2 * 60_000

/**
 * What is learnt puts off the first look only, and never for long: how long a thing took is known by when it was looked at, so
 * that a number which put off more would only ever grow.
 */
function nextPoll(at: number, busySince: number, durations: readonly number[]): number {
  const quickest = durations.length === 0 ? 0 : Math.min(...durations)
  const soon = at + Math.min(LATEST_MS, Math.max(SOONEST_MS, (at - busySince) * SHARE))
  return Math.max(soon, busySince + Math.min(FIRST_MS_MAX, quickest * FIRST_SHARE))
}
