import { isAtRest, type Live } from '../../../core/model/live.ts'
import { isDeployment, keyOf, type Ref, scopeOf } from '../../../core/model/ref.ts'
import { monotonic } from '../../../lib/monotonic.ts'
import type { Clock } from '../../../reconcile/ports.ts'
import type { Audits, Budget } from '../throttle/budget.ts'
import { createPolls, workOn } from './polls.ts'
import { markOf, UNSEEN_MS } from './unseen.ts'

/**
 * When the deployments of each endpoint were read last, and when they are to be read again. One list shows every endpoint at
 * every look; what belongs to an endpoint is read when the list shows a change, when a write or an operation of it is under
 * way, when somebody wants to look closely, and in its turn: the oldest readings are renewed with a fixed share of the
 * reads that ARM allows. A workspace of a dozen endpoints is so read whole at every look.
 */
export interface Looks {
  /**
   * Of all endpoints of a kind, of which some are to be looked at closely: the keys of those whose deployments are to be read
   * now, and of the others those whose turn it is.
   */
  due(
    kind: Ref['kind'],
    endpoints: readonly Live[],
    closely: ReadonlySet<string>,
    turns: Turns,
  ): ReadonlySet<string>
  /** Its deployments as they were read last, if they ever were. */
  known(endpoint: Live): readonly Live[] | undefined
  add(endpoint: Live, deployments: readonly Live[]): void
  /** What was read of its endpoint may not be so any more; `isSent`: because of a write of ours, which readings may not show yet. */
  disturb(ref: Ref, isSent: boolean): void
}

/** Who may have a turn: nobody, who has deployments, or everyone. What has none serves nobody, and has its turn rarely. */
export type Turns = 'none' | 'serving' | 'all'

interface Look {
  readonly kind: Ref['kind']
  /** The endpoint by then: another mark in a list says that something was done to it. */
  readonly mark: string
  readonly deployments: readonly Live[]
  readonly at: number
  /** A write to a deployment that readings need not show yet. */
  readonly unseenUntil: number
}

/** Between two turns of an endpoint without deployments. */
const EMPTY_MS = 10 * 60_000

export function createLooks(
  clock: Pick<Clock, 'now' | 'settings'>,
  budget: Pick<Budget, 'audits'>,
): Looks {
  const now = monotonic(clock)
  const looks = new Map<string, Look>()
  const unseen = new Map<string, number>()
  const polls = createPolls(now)
  const audits: Partial<Record<Ref['kind'], Audits>> = {}
  const lookAt = ({ ref }: Live) => looks.get(keyOf(ref))
  const forget = (key: string): void => {
    looks.delete(key)
    polls.delete(key)
  }

  function isDue(endpoint: Live): boolean {
    const look = lookAt(endpoint)
    if (look === undefined || now() < look.unseenUntil) return true
    // While Azure is at work on an endpoint, nothing else happens to it; when it is done, the mark is another one.
    if (isAtRest(endpoint) && look.mark !== markOf(endpoint)) return true
    return polls.isDue(keyOf(endpoint.ref))
  }

  /** Those whose turn it is; where Azure is at work, only when all others had theirs. */
  function audited(endpoints: readonly Live[], audits: Audits): readonly Live[] {
    const oldestFirst = endpoints
      .flatMap((endpoint) => {
        const look = lookAt(endpoint)
        const isBusy = polls.isBusy(keyOf(endpoint.ref))
        return look === undefined ? [] : [{ endpoint, order: isBusy ? Infinity : look.at }]
      })
      .sort((a, b) => (a.order < b.order ? -1 : 1))
    return oldestFirst.slice(0, audits(oldestFirst.length)).map(({ endpoint }) => endpoint)
  }

  return {
    due(kind, endpoints, closely, turns) {
      const kept = new Set(endpoints.map(({ ref }) => keyOf(ref)))
      for (const [key, look] of looks) if (look.kind === kind && !kept.has(key)) forget(key)
      const asked = new Set(endpoints.filter((one) => closely.has(keyOf(one.ref)) || isDue(one)))
      const rest = endpoints.filter(
        (one) => !asked.has(one) && mayHaveTurn(lookAt(one), turns, now()),
      )
      audits[kind] ??= budget.audits()
      return new Set([...asked, ...audited(rest, audits[kind])].map(({ ref }) => keyOf(ref)))
    },
    known: (endpoint) => lookAt(endpoint)?.deployments,
    add(endpoint, deployments) {
      const key = keyOf(endpoint.ref)
      const busy = deployments.find((one) => !isAtRest(one))
      polls.read(key, busy && workOn(busy))
      if (busy !== undefined) unseen.delete(key)
      looks.set(key, {
        kind: endpoint.ref.kind,
        mark: markOf(endpoint),
        deployments,
        at: now(),
        unseenUntil: unseen.get(key) ?? 0,
      })
    },
    disturb(ref, isSent) {
      const key = scopeOf(ref)
      // The list shows what becomes of a write to an endpoint.
      if (isSent && !isDeployment(ref.kind)) return
      forget(key)
      if (isSent) unseen.set(key, now() + UNSEEN_MS)
    },
  }
}

function mayHaveTurn(look: Look | undefined, turns: Turns, now: number): boolean {
  if (turns !== 'serving') return turns === 'all'
  const { at = 0, deployments = [] } = look ?? {}
  return deployments.length > 0 || now - at >= EMPTY_MS
}
