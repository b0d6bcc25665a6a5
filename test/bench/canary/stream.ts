import { draw, type Table, Tables, uniform } from './random.ts'
import { BASELINE_WINDOWS, SCENARIOS, type Scenario, type Stretch, WINDOW_S } from './scenarios.ts'

/** One run of a scenario: what both sides counted, window by window, the baseline first. */
export interface Stream {
  readonly stableRequests: Int32Array
  readonly stableErrors: Int32Array
  readonly candidateRequests: Int32Array
  readonly candidateErrors: Int32Array
}

/** Of one window and side: Poisson traffic of independent requests is independent Poisson errors and successes. */
interface Side {
  readonly errors: Table
  readonly successes: Table
}

/** Runs of a scenario, each from its own seed: rules that are compared see the very same ones. */
export class Source {
  readonly stream: Stream
  private readonly place: number
  private readonly sides: readonly { readonly stable: Side; readonly candidate: Side }[]

  constructor(scenario: Scenario) {
    const length = BASELINE_WINDOWS + scenario.windows
    const tables = new Tables()
    this.place = SCENARIOS.indexOf(scenario)
    this.stream = {
      stableRequests: new Int32Array(length),
      stableErrors: new Int32Array(length),
      candidateRequests: new Int32Array(length),
      candidateErrors: new Int32Array(length),
    }
    this.sides = Array.from({ length }, (_, place) => {
      const window = place - BASELINE_WINDOWS
      const stretches = scenario.at(window).map((stretch) => ({
        ...stretch,
        weight: window < 0 ? 0 : stretch.weight,
      }))
      return sidesOf(stretches, scenario, tables)
    })
  }

  /** Fills `stream` with a run. */
  run(seed: number, run: number): Stream {
    const random = uniform(seed, this.place + 1, run)
    const { stableRequests, stableErrors, candidateRequests, candidateErrors } = this.stream
    for (let place = 0; place < this.sides.length; place += 1) {
      const { stable, candidate } = this.sides[place] as (typeof this.sides)[number]
      const x0 = draw(stable.errors, random())
      const x1 = draw(candidate.errors, random())
      stableErrors[place] = x0
      candidateErrors[place] = x1
      stableRequests[place] = x0 + draw(stable.successes, random())
      candidateRequests[place] = x1 + draw(candidate.successes, random())
    }
    return this.stream
  }
}

function sidesOf(
  stretches: readonly Stretch[],
  { ratio, cv, windowS = WINDOW_S }: Scenario,
  tables: Tables,
) {
  const means = [0, 0, 0, 0] as [number, number, number, number]
  for (const { part, rps, weight, rate } of stretches) {
    const requests = part * rps * windowS
    const worse = ratio === Number.POSITIVE_INFINITY ? 1 : Math.min(1, rate * ratio)
    means[0] += requests * (1 - weight) * rate
    means[1] += requests * (1 - weight) * (1 - rate)
    means[2] += requests * weight * worse
    means[3] += requests * weight * (1 - worse)
  }
  return {
    stable: { errors: tables.of(means[0], cv), successes: tables.of(means[1]) },
    candidate: { errors: tables.of(means[2], cv), successes: tables.of(means[3]) },
  }
}
