import type { Intent, RolloutTransition } from '../../model/rollout.ts'
import type { Row } from '../table/row.ts'
import type { RolloutDecision } from './decision.ts'

/** What a transition may look at beside the situation. */
export interface Cause {
  readonly row: Row
  /** What an operator said, where that is the event. */
  readonly intent?: Intent
  /** Why the rollout ends, where that is the event. */
  readonly why?: Why
}

export interface Why {
  readonly reason: string
  readonly message: string
  readonly trigger: RolloutTransition['trigger']
  /** It is held for a person, by the step's own policy. */
  readonly isPause?: true
}

/** A decision; a text = refused, and why; undefined = this event moves nothing, and the next one is looked at. */
export type Result = RolloutDecision | string | undefined

export const STABLE_GONE: Why = { reason: 'StableGone', message: 'It is gone.', trigger: 'health' }

export function messageOf(intent: Intent | undefined): string {
  const { who = 'Somebody', why = '', verb = '' } = intent ?? {}
  return why === '' ? `${who} said ${verb}.` : `${who} said ${verb}: ${why}`
}
