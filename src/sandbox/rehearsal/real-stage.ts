import { BROKEN } from '../core/answers/behaviour.ts'
import type { EndpointView } from '../core/contract.ts'
import type { Counters } from '../scoring/counters/counters.ts'
import type { Stage, Watcher } from './stage.ts'

export interface RealStageOptions {
  readonly seed: number
  readonly counters: Counters
  readonly views: () => readonly EndpointView[]
  readonly now: () => number
}

/** A change of weights is seen this late at most. */
const LOOKS_EVERY_MS = 200

/** A stage whose time passes by itself; it keeps no process alive. */
export function createRealStage({ seed, counters, views, now }: RealStageOptions): Stage {
  return {
    seed,
    counters,
    watch(watcher: Watcher) {
      let doneMs = now()
      const look = () => {
        const nowMs = now()
        // A wall clock may be set back: nothing is told twice.
        if (nowMs <= doneMs) return
        watcher(views().map(answering), doneMs, nowMs)
        doneMs = nowMs
      }
      const timer = setInterval(look, LOOKS_EVERY_MS).unref()
      return () => clearInterval(timer)
    },
  }
}

/** What declares nothing answers nothing, as at the front door of real time. */
function answering(endpoint: EndpointView): EndpointView {
  const deployments = endpoint.deployments.map((view) => ({ behaviour: BROKEN, ...view }))
  return { ...endpoint, deployments }
}
