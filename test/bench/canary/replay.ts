import { type JudgeRules, judge } from '../../../src/core/judge/judge.ts'
import { START_MS, seriesOf, WINDOW_MS } from './counters.ts'
import { comparisonOf } from './ours.ts'
import { BASELINE_WINDOWS, scenarioOf } from './scenarios.ts'
import { Source } from './stream.ts'

export interface ReplayTask {
  readonly scenario: string
  readonly seed: number
  readonly run: number
  readonly margin: number
}

export interface Replay {
  /** The judge's evidence after each window, bit for bit: numbers are written so that they read back the same. */
  readonly evidence: readonly string[]
  /** Windows after which the stepping of this benchmark and `judge` on the series so far differ in any bit. */
  readonly differences: number
}

/** A controller that is killed after every window: each time the judge sees the series anew, from its beginning. */
export function replayed({ scenario: id, seed, run, margin }: ReplayTask): Replay {
  const stream = new Source(scenarioOf(id)).run(seed, run)
  const series = seriesOf(stream)
  const comparison = comparisonOf({ margin, alpha: 0.01, passes: true })
  const rules: JudgeRules = {
    metric: 'errors',
    margin,
    alpha: 0.01,
    beta: 0.05,
    worseBy: 1.5,
    minRequests: 0,
    latenessMs: 0,
  }
  const evidence: string[] = []
  let most = 0
  let differences = 0
  for (let place = 0; place < stream.stableRequests.length; place += 1) {
    const endMs = START_MS + (place + 1 - BASELINE_WINDOWS) * WINDOW_MS
    comparison.step({
      startMs: endMs - WINDOW_MS,
      endMs,
      stableRequests: stream.stableRequests[place] as number,
      stableEvents: stream.stableErrors[place] as number,
      candidateRequests: stream.candidateRequests[place] as number,
      candidateEvents: stream.candidateErrors[place] as number,
    })
    if (endMs <= START_MS) continue
    most = Math.max(most, Math.log(comparison.abort))
    const judged = judge(series, { startMs: START_MS, endMs }, rules)
    const isSame =
      Object.is(judged.logAbort, most) &&
      Object.is(judged.logPass, comparison.pass) &&
      Object.is(judged.eta, comparison.eta)
    if (!isSame) differences += 1
    evidence.push(JSON.stringify(judged))
  }
  return { evidence, differences }
}
