import { type Decision, type JudgeSettings, judged } from './ours.ts'
import { minutesOf, PEERS, type PeerName } from './peers.ts'
import { scenarioOf } from './scenarios.ts'
import { Source } from './stream.ts'

/** Runs of a scenario by one rule: the judge, or a peer. */
export interface Task {
  readonly scenario: string
  readonly rule: JudgeSettings | PeerName
  readonly seed: number
  readonly from: number
  readonly to: number
}

/** What became of the runs, one after the other. */
export interface Decisions {
  readonly window: Int32Array
  readonly requests: Float64Array
  readonly errors: Float64Array
  readonly pass: Int32Array
  /** Candidate requests before the window of the decision. */
  readonly before: Float64Array
}

export function emptyDecisions(runs: number): Decisions {
  return {
    window: new Int32Array(runs),
    requests: new Float64Array(runs),
    errors: new Float64Array(runs),
    pass: new Int32Array(runs),
    before: new Float64Array(runs),
  }
}

export function simulate({ scenario, rule, seed, from, to }: Task): Decisions {
  const source = new Source(scenarioOf(scenario))
  const decisions = emptyDecisions(to - from)
  for (let run = from; run < to; run += 1) {
    const stream = source.run(seed, run)
    const decision: Decision =
      typeof rule === 'string' ? PEERS[rule](minutesOf(stream)) : judged(stream, rule)
    decisions.window[run - from] = decision.window
    decisions.requests[run - from] = decision.requests
    decisions.errors[run - from] = decision.errors
    decisions.pass[run - from] = decision.pass
    decisions.before[run - from] = decision.requests - decision.last
  }
  return decisions
}
