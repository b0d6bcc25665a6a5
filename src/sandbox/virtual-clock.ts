import type { EndpointView } from './core/contract.ts'
import { createKeptViews, nextEventAt, type State } from './core/machine.ts'
import type { Watcher } from './rehearsal/stage.ts'

/** A clock that moves only when told to. */
export interface VirtualClock {
  now(): number
  advance(ms: number): void
}

export interface WatchedClock extends VirtualClock {
  /** Has the watcher told of what the clock passes over, until the function given back is called. */
  watch(watcher: Watcher): () => void
  /** How the workspace is now; the same array as long as that is so. */
  views(): readonly EndpointView[]
}

/** A clock for a workspace: those who watch it learn how the workspace was at every moment that it passes. */
export function createVirtualClock(state: State, startMs: number): WatchedClock {
  const watchers = new Set<Watcher>()
  const viewsAt = createKeptViews(state)
  let nowMs = startMs

  // Between two events, and without a write, the workspace stays as it is.
  function passUntil(targetMs: number): void {
    while (nowMs < targetMs && watchers.size > 0) {
      const views = viewsAt(nowMs)
      const untilMs = Math.min(nextEventAt(state, nowMs) ?? targetMs, targetMs)
      for (const watcher of watchers) watcher(views, nowMs, untilMs)
      nowMs = untilMs
    }
    nowMs = targetMs
  }

  return {
    now: () => nowMs,
    views: () => viewsAt(nowMs),
    advance(ms) {
      if (!(ms >= 0)) throw new RangeError(`A clock goes only forward, not by ${ms} ms`)
      passUntil(nowMs + ms)
    },
    watch(watcher) {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
  }
}
