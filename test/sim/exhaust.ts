import { explore, faultsAt } from './boundaries.ts'
import { check } from './checking.ts'
import { alone, endsWell, type Pair, Pending, playPacked, takesAnotherCourse } from './packed.ts'
import { kindOf } from './shrink.ts'
import type { Violation } from './trace.ts'
import type { Scenario } from './world/scenario.ts'

export interface Exhausted {
  readonly calls: number
  readonly boundaries: number
  /** Boundaries of the first tick that are tried in another workload. */
  readonly shared: number
  /** Pairs of a boundary and a fault: each of them was tried. */
  readonly pairs: number
  readonly runs: number
  readonly simulatedMs: number
  /** What was violated, each kind once; the run without faults included. */
  readonly found: readonly Found[]
}

export interface Found {
  readonly scenario: Scenario
  readonly violation: Violation
}

export interface ExhaustOptions {
  /** Every so manieth pair only. */
  readonly every: number
  /** Keys of boundaries that are tried in another workload. */
  readonly elsewhere: ReadonlySet<string>
  readonly onProgress?: (progress: Progress) => void
}

export interface Progress {
  readonly left: number
  readonly pairs: number
  readonly runs: number
}

/** Tries every fault at every boundary of a scenario. */
export async function exhaust(scenario: Scenario, options: ExhaustOptions): Promise<Exhausted> {
  const { calls, boundaries, violations } = await explore(scenario)
  const own = boundaries.filter(({ key }) => !options.elsewhere.has(key))
  const pairs = own
    .flatMap((boundary) => faultsAt(boundary).map((sort): Pair => ({ boundary, sort })))
    .filter((_, place) => place % options.every === 0)
  const ledger = new Ledger(scenario, violations, pairs.length, options.onProgress)
  for (const some of [pairs.filter(endsWell), pairs.filter((pair) => !endsWell(pair))]) {
    const pending = new Pending(some)
    await tryTogether(scenario, pending, ledger)
    for (const pair of pending.all()) await tryAlone(alone(scenario, pair), ledger)
  }
  const { runs, simulatedMs, found } = ledger
  const counts = { calls, boundaries: own.length, shared: boundaries.length - own.length }
  return { ...counts, pairs: pairs.length, runs, simulatedMs, found }
}

/** Until a play meets none of those that are left. */
async function tryTogether(scenario: Scenario, pending: Pending, ledger: Ledger): Promise<void> {
  // From the end, so that on the way to each there is much that is still to be tried.
  const lasts = pending.all().filter(takesAnotherCourse).reverse()
  while (pending.size > 0) {
    const last = lasts.find((pair) => pending.has(pair))
    const played = await playPacked(scenario, pending, last)
    const news = ledger.add(played, played.struck.length)
    if (news.length > 0) await blame(played.struck, news, played.scenario, ledger)
    if (played.struck.length === 0) return
  }
}

async function tryAlone(scenario: Scenario, ledger: Ledger): Promise<void> {
  const result = await check(scenario)
  for (const violation of ledger.add(result, 1)) ledger.found.push({ scenario, violation })
}

/** Finds the pairs that violate the same by themselves; where none does, it is all of them together. */
async function blame(
  struck: readonly Pair[],
  violations: readonly Violation[],
  together: Scenario,
  ledger: Ledger,
): Promise<void> {
  const open = new Map(violations.map((violation) => [kindOf(violation), violation]))
  for (const pair of struck) {
    if (open.size === 0) return
    const scenario = alone(ledger.scenario, pair)
    for (const violation of (await check(scenario)).violations)
      if (open.delete(kindOf(violation))) ledger.found.push({ scenario, violation })
  }
  for (const violation of open.values()) ledger.found.push({ scenario: together, violation })
}

/** What was done and found. */
class Ledger {
  readonly scenario: Scenario
  readonly found: Found[]
  runs = 1
  simulatedMs = 0
  readonly #known: Set<string>
  readonly #pairs: number
  readonly #onProgress: ExhaustOptions['onProgress']
  #left: number

  constructor(
    scenario: Scenario,
    base: readonly Violation[],
    pairs: number,
    onProgress: ExhaustOptions['onProgress'],
  ) {
    this.scenario = scenario
    this.found = base.map((violation) => ({ scenario, violation }))
    this.#known = new Set(base.map(kindOf))
    this.#pairs = pairs
    this.#left = pairs
    this.#onProgress = onProgress
  }

  /** One more play; gives the kinds of violations that no play before had. */
  add(
    { violations, simulatedMs }: { violations: readonly Violation[]; simulatedMs: number },
    tried: number,
  ): readonly Violation[] {
    this.runs += 1
    this.simulatedMs += simulatedMs
    this.#left -= tried
    this.#onProgress?.({ left: this.#left, pairs: this.#pairs, runs: this.runs })
    return violations.filter((violation) => {
      const kind = kindOf(violation)
      const isNew = !this.#known.has(kind)
      this.#known.add(kind)
      return isNew
    })
  }
}
