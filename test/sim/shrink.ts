import type { Violation } from './trace.ts'
import { START_MS } from './world/azure.ts'
import { isFault, type Scenario, type SimEvent } from './world/scenario.ts'

/** Runs a scenario and gives what it violates. */
export type Judge = (scenario: Scenario) => Promise<readonly Violation[]>

/** The same kind of violation, however long it took and whoever it was. */
export function kindOf({ id, message }: Violation): string {
  return `${id} ${message.replace(/\d[\d.,]*/g, '#').replace(/\b(blue|green|[0-9a-f]{8})\b/g, '*')}`.slice(
    0,
    160,
  )
}

/** A shorter scenario that violates the same: less time, then fewer events, then simpler ones. */
export async function shrink(
  scenario: Scenario,
  violation: Violation,
  judge: Judge,
  budget = 40,
): Promise<Scenario> {
  let left = budget
  const fails = async (candidate: Scenario): Promise<boolean> => {
    if (left <= 0) return false
    left -= 1
    const found = await judge(candidate)
    return found.some((one) => one.id === violation.id && kindOf(one) === kindOf(violation))
  }
  const shorter = await shortened(scenario, violation, fails)
  const fewer = await dropped(shorter, violation, fails)
  return simplified(fewer, fails)
}

type Fails = (scenario: Scenario) => Promise<boolean>

/** Without what the end is measured by, the end says nothing. */
function mayDrop(event: SimEvent, { id }: Violation): boolean {
  return !(id.startsWith('L') && (event.do === 'commit' || event.do === 'users'))
}

async function dropped(scenario: Scenario, violation: Violation, fails: Fails): Promise<Scenario> {
  let best = scenario
  for (let size = Math.max(1, best.events.length >> 1); size >= 1; size >>= 1) {
    for (let from = best.events.length - size; from >= 0; from -= size) {
      const gone = best.events.slice(from, from + size)
      if (!gone.every((event) => mayDrop(event, violation))) continue
      const events = best.events.filter((event) => !gone.includes(event))
      const candidate = { ...best, events }
      if (await fails(candidate)) best = candidate
    }
  }
  return best
}

async function simplified(scenario: Scenario, fails: Fails): Promise<Scenario> {
  let best = scenario
  for (const [place, event] of scenario.events.entries()) {
    for (const simple of simplerThan(event)) {
      const events = best.events.map((one, at) => (at === place ? simple : one))
      const candidate = { ...best, events }
      if (await fails(candidate)) {
        best = candidate
        break
      }
    }
  }
  return best
}

function simplerThan(event: SimEvent): readonly SimEvent[] {
  if (!isFault(event)) return []
  if (event.do === 'call' && (event.times !== undefined || event.skip !== undefined)) {
    const { times, skip, ...rest } = event
    return [rest, { ...rest, ...(skip === undefined ? {} : { skip }) }]
  }
  if ('forMs' in event && event.forMs > 60_000) return [{ ...event, forMs: 60_000 }]
  return []
}

/** A run that shows it early need not go on; the ends of a run must be waited for. */
async function shortened(
  scenario: Scenario,
  violation: Violation,
  fails: Fails,
): Promise<Scenario> {
  if (violation.id.startsWith('L')) return scenario
  const sinceStartMs = violation.at - START_MS
  for (const minutes of [1, 10]) {
    const lengthMs = sinceStartMs + minutes * 60_000
    if (lengthMs >= scenario.lengthMs) return scenario
    const events = scenario.events.filter(({ at }) => at < lengthMs)
    // Faults go on to the end: what comes after it was not seen either.
    const { endsOn, ...others } = scenario.expectation
    const expectation = { ...others, converges: false }
    const candidate = { ...scenario, events, expectation, lengthMs, faultsForMs: lengthMs }
    if (await fails(candidate)) return candidate
  }
  return scenario
}
