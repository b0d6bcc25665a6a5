import { HOW_TO_APPLY } from '../model/observe.ts'
import type { Action, Held, Plan } from '../model/plan.ts'
import { blocked } from './held.ts'
import type { Decision } from './prune/recreate.ts'

/** What would be sent is told, and not sent; what is said beside a write is not so without it. */
export function observed({ action, ...told }: Decision): readonly Decision[] {
  if (action === undefined) return [told]
  const { held: _untrue, ...shown } = told
  return [shown, { held: notSent(action) }]
}

/** The same of a plan that was made without a word of Git. */
export function observedPlan(plan: Plan): Plan {
  return { ...plan, actions: [], held: [...plan.held, ...plan.actions.map(notSent)] }
}

function notSent({ ref, operation }: Action): Held {
  const message = `The Application only observes: ${operation} is not sent. To have it sent, ${HOW_TO_APPLY}.`
  return blocked(ref, 'Observed', message)
}

/** What waits for something that is only observed is only observed, too. Empty for all other causes. */
export function reasonBehind({ reason }: Held): Partial<Pick<Held, 'reason'>> {
  return reason === 'Observed' ? { reason } : {}
}
