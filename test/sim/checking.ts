import { createChecker } from './checker/create.ts'
import type { Violation } from './trace.ts'
import { type RunOptions, type RunResult, run } from './world/run.ts'
import type { Scenario } from './world/scenario.ts'

/** A run under the checker. */
export function check(
  scenario: Scenario,
  options: Omit<RunOptions, 'createChecker'> = {},
): Promise<RunResult> {
  return run(scenario, { ...options, createChecker })
}

/** Plays a scenario that was found once, and gives what it violates now: nothing, as it should be. */
export async function replay(scenario: Scenario): Promise<readonly Violation[]> {
  return (await check(scenario)).violations
}
