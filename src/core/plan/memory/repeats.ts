import { isAtWork } from '../../model/live.ts'
import type { KeyMemory } from '../../model/memory.ts'
import type { Action } from '../../model/plan.ts'
import { hashOf } from '../../model/values/hash.ts'
import { canonical, type Json } from '../../model/values/json.ts'
import { valueAt } from '../../model/values/pointer.ts'
import type { Assessment } from '../assess.ts'
import { isRecord } from '../compare/diff.ts'
import type { PlanContext } from '../context.ts'
import { isOwed } from '../traffic/rollback-target.ts'
import { isEndpoint, servingDeployments } from '../traffic/traffic-plan.ts'
import { againAfter, againAt, backoffMs } from './backoff.ts'

type Repeats = NonNullable<KeyMemory['repeats']>

/** So often the same accepted write is sent without a pause of its own: the first may have been lost. */
const FREE = 1
const FIRST_MS = 2 * 60_000

/** What a write is to change, and from what: the same as long as Git and the live values of it stay as they are. */
function printOf({ verb, operation, reason, content, differences }: Action): string {
  const changes = differences.map(({ path, live, desired }): Json => {
    // A rollout's record holds times.
    return isRecord(path) ? [path] : [path, live ?? null, desired ?? null]
  })
  return hashOf(canonical([verb, operation, reason, content, changes]), 16)
}

/** After an accepted write. Corrections of drift are counted as such. */
export function repeatsAfter(
  action: Action,
  before: KeyMemory['repeats'],
  now: number,
): Pick<KeyMemory, 'repeats'> {
  if (action.reason === 'Drift') return {}
  const { verb, content } = action
  const print = printOf(action)
  const count = before?.print === print ? before.count + 1 : 1
  return { repeats: { print, verb, content, count, at: now } }
}

/** The count ends when what was asked for came about, or Git asks for something else; the pause begins when Azure is done. */
export function repeatsOf(
  assessment: Assessment,
  { memory, now }: PlanContext,
): KeyMemory['repeats'] {
  const { live, content, key } = assessment
  const known = memory[key]?.repeats
  if (known === undefined || known.content !== content) return undefined
  if (isAtWork(live)) return { ...known, at: now }
  return isAskedStill(assessment, known) ? known : undefined
}

function isAskedStill(assessment: Assessment, { verb }: Repeats): boolean {
  const { ref, desired, live, owner, reason } = assessment
  if (desired !== undefined) {
    // Failed operations of what is declared are counted as failures.
    if (live?.phase === 'Failed') return verb === 'delete'
    return reason !== undefined
  }
  if (owner.ownership !== 'ours' || live === undefined) return false
  if (verb === 'archive') return valueAt(live.body, '/properties/isArchived') !== true
  return verb !== 'update' || (isEndpoint(ref) && servingDeployments(ref.kind, live.body).size > 0)
}

/** Until when this write is not sent again; 0 = it may be. */
export function repeatedUntil(
  action: Action,
  assessment: Assessment,
  context: PlanContext,
): number {
  const known = context.memory[assessment.key]?.repeats
  return known?.print === printOf(action) ? (repeatsAt(assessment, context) ?? 0) : 0
}

/** When a write that was repeated may be sent again: twice as long each time, up to an hour; what users are owed two minutes at most. */
export function repeatsAt(assessment: Assessment, context: PlanContext): number | undefined {
  const known = context.memory[assessment.key]?.repeats
  if (known === undefined || known.count <= FREE) return undefined
  return againAt(
    againAfter(known.at, backoffMs(FIRST_MS, known.count)),
    isOwed(assessment, context),
  )
}
