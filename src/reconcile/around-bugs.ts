import { PlanningBug } from '../core/plan/bug.ts'
import type { PlanInput } from '../core/plan/context.ts'
import { type Planned, withoutScopes, withScopes } from '../core/plan/unplanned.ts'

/** More of them are no faults of single things. */
const BUGS_MAX = 20

/** Plans; what cannot be planned, by a fault of ours, is left out with its scope, so that all others are kept in step. */
export async function aroundBugs(
  input: PlanInput,
  plan: (input: PlanInput) => Promise<Planned>,
): Promise<Planned> {
  const bugs = new Map<string, string>()
  for (;;) {
    try {
      if (bugs.size === 0) return await plan(input)
      return withScopes(await plan(withoutScopes(input, bugs)), input, bugs)
    } catch (error) {
      if (!(error instanceof PlanningBug)) throw error
      if (bugs.has(error.scope) || bugs.size >= BUGS_MAX) throw error
      bugs.set(error.scope, error.message)
    }
  }
}
