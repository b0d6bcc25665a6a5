import { type Boundary, createAims, createKeys, type Sort } from './boundaries.ts'
import { check } from './checking.ts'
import { comesRight, expectedWith, PASSING, withFaults } from './mix.ts'
import type { TraceEvent, Violation } from './trace.ts'
import { START_MS } from './world/azure.ts'
import type { CallFault, Scenario, SimEvent } from './world/scenario.ts'
import type { Aimed } from './world/strikes.ts'
import type { Answered } from './world/wire.ts'

/**
 * One play tries many pairs of a call and a fault, one after another: a call at which the run without faults was found to ask
 * and to be answered the same, is struck as soon as the last fault lies some ticks back.
 */
export interface Pair {
  readonly boundary: Boundary
  readonly sort: Sort
}

export interface Packed {
  readonly struck: readonly Pair[]
  /** The same as a scenario of its own. */
  readonly scenario: Scenario
  readonly violations: readonly Violation[]
  readonly simulatedMs: number
}

/** Between two faults, so that the controller has met each by itself. */
const CALM_TICKS = 2
const TICKS = 3000
const SETTLES_MS = 15 * 60_000

/** Which pairs are still to be tried, by what their calls ask. */
export class Pending {
  readonly #pairs = new Map<string, Pair[]>()
  #size = 0

  constructor(pairs: readonly Pair[]) {
    for (const pair of pairs) {
      const { asked } = pair.boundary
      const some = this.#pairs.get(asked) ?? []
      some.push(pair)
      this.#pairs.set(asked, some)
      this.#size += 1
    }
  }

  get size(): number {
    return this.#size
  }

  has(pair: Pair): boolean {
    return this.#of(pair.boundary.asked).includes(pair)
  }

  all(): readonly Pair[] {
    return [...this.#pairs.values()].flat()
  }

  /** The first one at such a call that may be tried. How the call is answered matters only where there may be one. */
  async take(
    asked: string,
    keyOf: () => Promise<string>,
    may: (pair: Pair) => boolean,
  ): Promise<Pair | undefined> {
    const some = this.#of(asked)
    if (some.length === 0) return undefined
    const key = await keyOf()
    const place = some.findIndex((pair) => pair.boundary.key === key && may(pair))
    if (place < 0) return undefined
    this.#size -= 1
    return some.splice(place, 1)[0]
  }

  #of(asked: string): Pair[] {
    return this.#pairs.get(asked) ?? []
  }
}

/** Tries as many as one play holds, among them at most one after which the run takes another course: `last`. */
export async function playPacked(
  scenario: Scenario,
  pending: Pending,
  last: Pair | undefined,
  onEvent?: (event: TraceEvent) => void,
): Promise<Packed> {
  const struck: { readonly pair: Pair; readonly fault: CallFault }[] = []
  const keys = createKeys()
  const aims = createAims()
  const calm = createCalm()
  // As the printed scenario has it: no fault strikes later.
  const faultsEndAt = START_MS + scenario.lengthMs
  const may = (pair: Pair): boolean => pair === last || (calm.is() && !takesAnotherCourse(pair))
  const strikeAt = async (call: Aimed, answered: Answered): Promise<CallFault | undefined> => {
    calm.count(call)
    if (call.at >= faultsEndAt) return undefined
    const pair = await pending.take(keys.asked(call), () => keys.of(call, answered), may)
    const aim = aims.at(call)
    keys.passed(call)
    if (pair === undefined) {
      aims.passed(call)
      return undefined
    }
    calm.end()
    const fault = { ...pair.sort, ...aim(pair.sort.is) }
    struck.push({ pair, fault })
    return fault
  }
  const any = last ?? pending.all()[0]
  const long = lengthened(scenario, any === undefined ? [] : [eventOf(any.sort)])
  const options = { strikeAt, onStruck: aims.passed, ticks: TICKS, ...(onEvent && { onEvent }) }
  const { violations, simulatedMs } = await check(long, options)
  const faults = struck.map(({ fault }) => eventOf(fault))
  return {
    struck: struck.map(({ pair }) => pair),
    scenario: { ...withFaults(long, faults), lengthMs: long.lengthMs },
    violations,
    simulatedMs,
  }
}

/** One pair by itself, where the run without faults has its call. */
export function alone(scenario: Scenario, { boundary, sort }: Pair): Scenario {
  const fault = eventOf({ ...sort, ...boundary.aim(sort.is) })
  const long = lengthened(scenario, [fault])
  return { ...withFaults(long, [fault]), lengthMs: long.lengthMs }
}

/** Whether all must be as without the fault, once it is over: such pairs are tried among themselves. */
export function endsWell({ sort }: Pair): boolean {
  return comesRight(eventOf(sort))
}

function eventOf(fault: CallFault): SimEvent {
  return { at: 0, do: 'call', ...fault }
}

/** Faults wait for their calls from the start on, and are not taken away before the end. */
export function lengthened(scenario: Scenario, faults: readonly SimEvent[]): Scenario {
  const { lengthMs } = scenario
  return {
    ...scenario,
    expectation: expectedWith(scenario, faults),
    faultsForMs: lengthMs,
    lengthMs: lengthMs + SETTLES_MS,
  }
}

/** What is refused for good, or never ends, is not repeated: what comes after it is not what came after it without. */
export function takesAnotherCourse({ boundary: { call }, sort }: Pair): boolean {
  if (call.method === 'GET') return false
  if (sort.is === 'fails') return !PASSING.has(sort.with ?? '')
  return ['400', '404', '412', 'neverEnds'].includes(sort.is)
}

function createCalm() {
  const ticks = new Map<string, number>()
  let since = CALM_TICKS
  return {
    count({ controller, tick }: Aimed): void {
      if (ticks.get(controller) === tick) return
      ticks.set(controller, tick)
      since += 1
    },
    is: () => since >= CALM_TICKS,
    end(): void {
      since = 0
    },
  }
}
