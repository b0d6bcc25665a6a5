import type { Action, Held } from '../../model/plan.ts'
import { keyOf } from '../../model/ref.ts'
import { someOf } from '../../model/values/some-of.ts'
import type { CheckContext } from '../assess.ts'
import { blocked } from '../held.ts'
import type { Decision } from '../prune/recreate.ts'
import { repeatedUntil } from './repeats.ts'

/**
 * Whatever decided on it: a write that Azure accepts and does not carry out is sent ever later, and says so. Users who are
 * taken off a revision wait for nothing (INVARIANTS S27).
 */
export function withoutRepeats(decision: Decision, around: CheckContext): Decision {
  const { action, ...others } = decision
  if (action === undefined || action.isUrgent === true) return decision
  const held = notCarriedOut(action, around)
  return held === undefined ? decision : { ...others, held }
}

/** Corrections of drift, and what Azure did not take over, have pauses and reasons of their own. */
function notCarriedOut(action: Action, { all, input }: CheckContext): Held | undefined {
  const assessment = all.get(keyOf(action.ref))
  if (assessment === undefined || repeatedUntil(action, assessment, input) <= input.now)
    return undefined
  const count = input.memory[assessment.key]?.repeats?.count ?? 0
  return blocked(
    action.ref,
    'NotCarriedOut',
    `Azure accepted ${count} times ${saidOf(action)}. Look for what prevents it (a policy, a lock, the activity log of the workspace), or take it back in a commit. It is sent again, each time later, at least once an hour.`,
  )
}

/** What was asked for, and what is there all the same. */
function saidOf({ verb, reason, differences }: Action): string {
  if (verb === 'delete') return 'to delete it, and it is still there'
  if (verb === 'detach') return 'to take our tags off it, and they are still there'
  if (verb === 'archive') return 'to archive it, and it is not archived'
  if (verb === 'create') return 'to make it, and it is not there'
  if (reason === 'Prune') return 'to send it no more traffic, and it still gets some'
  if (reason === 'Adopt') return 'to put our tags on it, and they are not there'
  const paths = someOf(
    differences.map(({ path }) => path),
    NAMED,
  )
  return `to change ${paths}, and has what it had before`
}

const NAMED = 3
