import type { Held } from '../model/plan.ts'
import type { Ref } from '../model/ref.ts'

/** It ends by itself. */
export function waiting(ref: Ref, reason: string, message: string): Held {
  return { ref, state: 'waiting', reason, message }
}

/** Only somebody, or a commit, ends it. */
export function blocked(ref: Ref, reason: string, message: string): Held {
  return { ref, state: 'blocked', reason, message }
}
