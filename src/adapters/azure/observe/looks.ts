import { isAtRest, type Live } from '../../../core/model/live.ts'
import { isDeployment, keyOf, type Ref, scopeOf } from '../../../core/model/ref.ts'
import { monotonic } from '../../../lib/monotonic.ts'
import type { Clock } from '../../../reconcile/ports.ts'
import type { Audits, Budget } from '../throttle/budget.ts'
import { unchangedIn } from './kept.ts'
import { createPolls, workOn } from './polls.ts'
import { markOf, UNSEEN_MS } from './unseen.ts'

/**
 * When the deployments of each endpoint were read last, and when they are to be read again: when the endpoint shows a change,
 * when a write or an operation of it is under way, when somebody wants to look closely, and in its turn. The oldest readings
 * are renewed with a fixed share of the reads that ARM allows, by which a workspace of a dozen endpoints is read whole in
 * every look at all of it.
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
  known(endpoint: Ref): readonly Live[] | undefined
  /** Its deployments as they were read now: the objects of before, where they are the same. */
  add(endpoint: Live, deployments: readonly Live[]): readonly Live[]
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

/** A write to a deployment of ours that is not seen yet. */
interface Write {
  readonly ref: Ref
  /** As the deployment was before; absent = not known. */
  readonly mark: string | undefined
  readonly until: number
}

/** Between two turns of an endpoint without deployments. */
const EMPTY_MS = 10 * 60_000

export function createLooks(
  clock: Pick<Clock, 'now' | 'settings'>,
  budget: Pick<Budget, 'audits'>,
): Looks {
  const now = monotonic(clock)
  const looks = new Map<string, Look>()
  const unseen = new Map<string, Write>()
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

  /** Where Azure is at work, only when all others had their turn. */
  function lastReadAt({ ref }: Live): number {
    const key = keyOf(ref)
    return polls.isBusy(key) ? Infinity : (looks.get(key)?.at ?? Infinity)
  }

  return {
    due(kind, endpoints, closely, turns) {
      const kept = new Set(endpoints.map(({ ref }) => keyOf(ref)))
      for (const [key, look] of looks) if (look.kind === kind && !kept.has(key)) forget(key)
      const asked = new Set(endpoints.filter((one) => closely.has(keyOf(one.ref)) || isDue(one)))
      const rest = endpoints
        .filter((one) => !asked.has(one) && mayHaveTurn(lookAt(one), turns, now()))
        .sort((a, b) => (lastReadAt(a) < lastReadAt(b) ? -1 : 1))
      audits[kind] ??= budget.audits()
      const inTurn = rest.slice(0, audits[kind](rest.length))
      return new Set([...asked, ...inTurn].map(({ ref }) => keyOf(ref)))
    },
    known: (ref) => looks.get(keyOf(ref))?.deployments,
    add(endpoint, read) {
      const key = keyOf(endpoint.ref)
      const deployments = unchangedIn(looks.get(key)?.deployments ?? [], read)
      const busy = deployments.find((one) => !isAtRest(one))
      polls.read(key, busy && workOn(busy))
      const write = unseen.get(key)
      if (busy !== undefined || isSeen(write, deployments)) unseen.delete(key)
      looks.set(key, {
        kind: endpoint.ref.kind,
        mark: markOf(endpoint),
        deployments,
        at: now(),
        unseenUntil: unseen.get(key)?.until ?? 0,
      })
      return deployments
    },
    disturb(ref, isSent) {
      const key = scopeOf(ref)
      // The list shows what becomes of a write to an endpoint.
      if (isSent && !isDeployment(ref.kind)) return
      const before = looks.get(key)?.deployments
      forget(key)
      if (isSent)
        unseen.set(key, { ref, mark: before && markIn(before, ref), until: now() + UNSEEN_MS })
    },
  }
}

/** It is not as it was before. */
function isSeen(write: Write | undefined, deployments: readonly Live[]): boolean {
  return write?.mark !== undefined && write.mark !== markIn(deployments, write.ref)
}

function markIn(deployments: readonly Live[], ref: Ref): string {
  const found = deployments.find((one) => keyOf(one.ref) === keyOf(ref))
  return found === undefined ? 'absent' : markOf(found)
}

function mayHaveTurn(look: Look | undefined, turns: Turns, now: number): boolean {
  if (turns !== 'serving') return turns === 'all'
  const { at = 0, deployments = [] } = look ?? {}
  return deployments.length > 0 || now - at >= EMPTY_MS
}
