import type { EndpointView } from '../contract.ts'
import { nextWordAt, settle } from '../operations/operations.ts'
import type { Resource, State } from '../state.ts'
import { list } from '../store.ts'
import { changesOf } from './changes.ts'
import { endpointViews } from './views.ts'

interface Kept {
  readonly views: readonly EndpointView[]
  readonly changes: number
  readonly seen: readonly unknown[]
  readonly untilMs: number
}

/** Views that are the same array as long as nothing that they show has changed, by a request, by time, or by hand. */
export function createKeptViews(state: State): (nowMs: number) => readonly EndpointView[] {
  let kept: Kept | undefined
  return (nowMs) => {
    settle(state, nowMs)
    if (kept !== undefined && holds(kept, state, nowMs)) return kept.views
    const views = endpointViews(state, nowMs)
    const untilMs = Math.min(nextWordAt(state, nowMs), nextExpiry(views, state, nowMs))
    kept = { views, changes: changesOf(state), seen: seenIn(state), untilMs }
    return views
  }
}

function holds({ changes, seen, untilMs }: Kept, state: State, nowMs: number): boolean {
  if (nowMs >= untilMs || changes !== changesOf(state)) return false
  const now = seenIn(state)
  return now.length === seen.length && now.every((one, place) => one === seen[place])
}

/** What somebody may change by hand, beside all requests: what is there, and what it is. */
function seenIn(state: State): readonly unknown[] {
  const seen: unknown[] = [state.faults, state.faults.length]
  for (const endpoint of list(state, 'onlineEndpoints')) {
    add(seen, endpoint)
    for (const one of list(state, `onlineEndpoints/${endpoint.name}/deployments`)) add(seen, one)
  }
  return seen
}

function add(seen: unknown[], resource: Resource): void {
  seen.push(resource, resource.body, resource.inForce, resource.operation)
}

/** Tokens leave the views when their time is over. */
function nextExpiry(views: readonly EndpointView[], state: State, nowMs: number): number {
  if (views.every(({ tokens }) => tokens.length === 0)) return Number.POSITIVE_INFINITY
  const all = list(state, 'onlineEndpoints').flatMap(({ tokens = [] }) => tokens)
  return Math.min(...all.map(({ expiresAtMs }) => expiresAtMs).filter((at) => at > nowMs))
}
