import { Panel, type PanelBake } from '../../../src/core/judge/panel.ts'
import type { Window } from '../../../src/core/judge/windows.ts'
import { BAKES, type BakeScenario, bakeOf } from './bake-scenarios.ts'
import { alphaOf, type Sabotage } from './ours.ts'
import { BASELINE_WINDOWS, WINDOW_S } from './scenarios.ts'
import { Source, type Stream } from './stream.ts'

export interface BakeTask {
  readonly scenario: string
  readonly margin: number
  readonly sabotage?: Sabotage
  readonly seed: number
  readonly from: number
  readonly to: number
}

/** A check's share of false aborts for all windows, and for the bake: as `sharesOf` has them for one check. */
const ALPHA = 0.01
export const BAKE_SHARES = { alone: 1 / 3, withControl: 0.5 } as const
const BETA = 0.045

/** Bakes draw other random numbers than the scenarios without. */
const FIRST_PLACE = 500

/** What became of each run: the window after the start in which it was aborted (−1: none), and whether by the bake's own evidence. */
export interface BakeDecisions {
  readonly window: Int32Array
  readonly inBake: Uint8Array
}

export function bakes(task: BakeTask): BakeDecisions {
  const scenario = bakeOf(task.scenario)
  const source = new Source(scenario, FIRST_PLACE + BAKES.indexOf(scenario))
  const window = new Int32Array(task.to - task.from)
  const inBake = new Uint8Array(task.to - task.from)
  for (let run = task.from; run < task.to; run += 1) {
    const panel = panelOf(scenario, task)
    const blindFrom = task.sabotage === 'reference' ? scenario.full : Number.POSITIVE_INFINITY
    window[run - task.from] = decisionOf(source.run(task.seed, run), panel, blindFrom)
    inBake[run - task.from] = panel.hasFailedInBake ? 1 : 0
  }
  return { window, inBake }
}

function panelOf(scenario: BakeScenario, { margin, sabotage }: BakeTask): Panel {
  const { full, hasControl: isControlled } = scenario
  const hasControl = sabotage === 'reference' ? false : isControlled
  const share = isControlled ? BAKE_SHARES.withControl : BAKE_SHARES.alone
  const alpha = alphaOf({ alpha: ALPHA * share, sabotage })
  const bake: PanelBake = {
    // A judge that is deaf to the bake believes that it is still to come.
    fullMs: sabotage === 'deaf' ? Number.POSITIVE_INFINITY : full * WINDOW_S * 1000,
    hasControl,
    abortAt: Math.log((hasControl ? 1 : 2) / alpha),
    upperChance: sabotage === 'point' ? 0.5 : alpha / 2,
    lowerChance: BETA / 9,
  }
  const lines = {
    abortAt: Math.log(1 / alphaOf({ alpha: ALPHA * (1 - share), sabotage })),
    passAt: Math.log(1 / BETA),
  }
  const rules = { margin: sabotage === 'theta' ? margin * 0.9 : margin, worseBy: 1.5, alone: 0.5 }
  const events = [{ count: (delta: { readonly errors: number }) => delta.errors, isCommon: true }]
  return new Panel(events, 0, rules, lines, bake)
}

/** From `blindFrom` on stable is not looked at. */
function decisionOf(stream: Stream, panel: Panel, blindFrom: number): number {
  const { stableRequests, stableErrors, candidateRequests, candidateErrors } = stream
  for (let place = 0; place < stableRequests.length; place += 1) {
    const at = place - BASELINE_WINDOWS
    const stable = {
      requests: stableRequests[place] as number,
      errors: stableErrors[place] as number,
      within: [],
    }
    const window: Window = {
      startMs: at * WINDOW_S * 1000,
      endMs: (at + 1) * WINDOW_S * 1000,
      ...(at >= blindFrom ? {} : { stable }),
      candidate: {
        requests: candidateRequests[place] as number,
        errors: candidateErrors[place] as number,
        within: [],
      },
    }
    if (at < 0) panel.rehearse(window)
    else panel.take(window)
    if (panel.failedAt !== undefined) return at
  }
  return -1
}
