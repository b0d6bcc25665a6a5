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
  /** Errors while the rate is lower, and higher: see `Scenario.swing`. */
  readonly swung?: readonly [Table, Table]
  readonly successes: Table
}

/** Runs of a scenario, each from its own seed: rules that are compared see the very same ones. */
export class Source {
  readonly stream: Stream
  private readonly place: number
  private readonly swingWindows: number
  private readonly sides: readonly { readonly stable: Side; readonly candidate: Side }[]

  /** `place`: which random numbers it draws, among all scenarios. */
  constructor(scenario: Scenario, place = SCENARIOS.indexOf(scenario)) {
    const length = BASELINE_WINDOWS + scenario.windows
    const tables = new Tables()
    this.place = place
    this.swingWindows = scenario.swing?.windows ?? Number.POSITIVE_INFINITY
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
      const ratio = scenario.ratioAt?.(window) ?? scenario.ratio
      return sidesOf(stretches, { ...scenario, ratio }, tables)
    })
  }

  /** Fills `stream` with a run. */
  run(seed: number, run: number): Stream {
    const random = uniform(seed, this.place + 1, run)
    const { stableRequests, stableErrors, candidateRequests, candidateErrors } = this.stream
    let coins = [0, 0]
    for (let place = 0; place < this.sides.length; place += 1) {
      const { stable, candidate } = this.sides[place] as (typeof this.sides)[number]
      if (place % this.swingWindows === 0 && stable.swung !== undefined) {
        coins = [Math.round(random()), Math.round(random())]
      }
      const x0 = draw(stable.swung?.[coins[0] as 0 | 1] ?? stable.errors, random())
      const x1 = draw(candidate.swung?.[coins[1] as 0 | 1] ?? candidate.errors, random())
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
  { ratio, cv, swing, windowS = WINDOW_S }: Scenario,
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
  const sideOf = (errors: number, successes: number): Side => ({
    errors: tables.of(errors, cv),
    successes: tables.of(successes),
    ...(swing && {
      swung: [tables.of(errors * (1 - swing.by)), tables.of(errors * (1 + swing.by))],
    }),
  })
  return { stable: sideOf(means[0], means[1]), candidate: sideOf(means[2], means[3]) }
}
