import { type Planned, PlanningBug, withoutScopes, withScopes } from '../core/plan/bug.ts'
import type { PlanInput } from '../core/plan/context.ts'

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
      if (!(error instanceof PlanningBug) || bugs.size >= BUGS_MAX) throw error
      bugs.set(error.scope, error.message)
    }
  }
}
