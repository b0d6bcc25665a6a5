import { createHash } from 'node:crypto'
import { check } from './checking.ts'
import { PASSING, withFaults } from './mix.ts'
import { kindOf } from './shrink.ts'
import type { TraceEvent, Violation } from './trace.ts'
import type { CallFault, CallFaultName, Scenario, SimEvent } from './world/scenario.ts'
import { type Aimed, CALL_FAULTS, canStrike } from './world/strikes.ts'

/** One call of a run at which something can go wrong, as a fault aims at it in a run that is the same until then. */
export interface Boundary {
  readonly on: string
  readonly skip: number
  readonly call: Aimed
}

export interface Explored {
  /** All calls of the run, and those among them that are not like an earlier one. */
  readonly calls: number
  readonly boundaries: readonly Boundary[]
  /** What the run violates without any fault. */
  readonly violations: readonly Violation[]
}

/**
 * The boundaries of a workload's run. Calls that ask the same, are answered alike and lie between the same two writes differ
 * in nothing but the time: the first stands for all of them, unless every single one is wanted.
 */
export async function explore(scenario: Scenario, isComplete: boolean): Promise<Explored> {
  const boundaries: Boundary[] = []
  const counts = new Map<string, number>()
  const seen = new Set<string>()
  let writes = 0
  let waiting: Boundary | undefined
  const onCall = (call: Aimed): void => {
    const on = `${call.method} ${call.type}`
    const skip = counts.get(on) ?? 0
    counts.set(on, skip + 1)
    waiting = { on, skip, call }
  }
  const onEvent = (event: TraceEvent): void => {
    if (event.type !== 'call' || waiting === undefined) return
    const key = `${writes} ${event.method} ${event.path} ${event.status} ${bodyOf(waiting, event)}`
    if (event.method !== 'GET') writes += 1
    if (isComplete || !seen.has(key)) boundaries.push(waiting)
    seen.add(key)
    waiting = undefined
  }
  const { violations, calls } = await check(scenario, { onCall, onEvent })
  return { calls, boundaries, violations }
}

/** Metrics grow with every request: what they say is no difference. */
function bodyOf(
  { call }: Boundary,
  { responseBody }: Extract<TraceEvent, { type: 'call' }>,
): string {
  if (call.type === 'series' || responseBody === undefined) return ''
  return createHash('sha1').update(JSON.stringify(responseBody)).digest('base64')
}

const WITH: Partial<Record<CallFaultName, readonly (string | number)[]>> = {
  stale: [1, 3],
  omits: [0, 1],
  fails: [...PASSING, 'OutOfQuota', 'ImageBuildFailure', 'ResourceNotReady', 'BadArgument'],
}

/** Every fault that can strike at a boundary, with each of its sorts. */
export function faultsAt({ on, skip, call }: Boundary): readonly CallFault[] {
  return CALL_FAULTS.filter((is) => canStrike(is, call)).flatMap((is): readonly CallFault[] =>
    (WITH[is] ?? [undefined]).map((further) => ({
      ...{ is, on },
      ...(skip === 0 ? {} : { skip }),
      ...(further === undefined ? {} : { with: further }),
    })),
  )
}

/** The scenario with one fault at one boundary. */
export function struck(scenario: Scenario, fault: CallFault): Scenario {
  const event: SimEvent = { at: 0, do: 'call', ...fault }
  const spoilt = withFaults(scenario, [event])
  // It waits for its call from the start on, and must not be taken away before.
  return { ...spoilt, faultsForMs: scenario.lengthMs, lengthMs: scenario.lengthMs + SETTLES_MS }
}

const SETTLES_MS = 15 * 60_000

/** What a run violates that it did not violate without the fault. */
export function beyond(
  violations: readonly Violation[],
  base: readonly Violation[],
): readonly Violation[] {
  const known = new Set(base.map(kindOf))
  return violations.filter((one) => !known.has(kindOf(one)))
}
