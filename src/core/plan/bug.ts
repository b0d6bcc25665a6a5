import { type Ref, scopeOf } from '../model/ref.ts'

/** Planning one thing came to no end: a bug of ours, which is to stop the planning of its scope and of nothing else. */
export class PlanningBug extends Error {
  readonly scope: string
  constructor(scope: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.name = 'PlanningBug'
    this.scope = scope
  }
}

/** What is worked out about one thing; throws a PlanningBug of its scope, whatever is thrown. */
export function about<Result>(ref: Ref, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    throw error instanceof PlanningBug ? error : new PlanningBug(scopeOf(ref), error)
  }
}
