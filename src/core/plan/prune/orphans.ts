import type { Held, Orphan } from '../../model/plan.ts'
import { isDeployment, keyOf, type Ref } from '../../model/ref.ts'
import { valueAt } from '../../model/values/pointer.ts'
import type { Assessment } from '../assess.ts'
import { about } from '../bug.ts'
import type { PlanContext } from '../context.ts'
import { howToAdopt } from '../ownership/ownership.ts'
import { isEndpoint } from '../traffic/traffic-plan.ts'
import { isSlotInUse, NOT_PRUNED } from './gate.ts'

/**
 * What is live and declared by no Git that is known here: nobody's, another Application's that this process does not keep,
 * or ours that stays. `removals` say what is held of what is to go: what waits for its end only is no orphan.
 */
export function orphansOf(
  assessments: readonly Assessment[],
  removals: readonly Held[],
  input: PlanContext,
): readonly Orphan[] {
  const staying = new Map(removals.flatMap((held) => staysBy(held, input)))
  return assessments
    .filter((one) => isLeftAlone(one) && !isFellows(one, input))
    .flatMap((one) => about(one.ref, () => orphanOf(one, staying.get(one.key))) ?? [])
    .sort((a, b) => (a.key < b.key ? -1 : 1))
}

/** Why a removal is for good none: a freeze passes, and hides a policy that does not. */
function staysBy(
  { ref, state, reason, message }: Held,
  { freezes, sync }: PlanContext,
): readonly (readonly [string, Why])[] {
  if (state === 'waiting') return []
  if (!freezes.some((freeze) => freeze.reason === reason))
    return [[keyOf(ref), { reason, message }]]
  return sync.prune.enabled ? [] : [[keyOf(ref), NOT_PRUNED]]
}

type Why = Pick<Held, 'reason' | 'message'>

/** Live, not on its way out, and neither declared nor in the hands of a rollout. What is archived is put away already. */
function isLeftAlone(assessment: Assessment): boolean {
  const { desired, live, kind } = assessment
  if (desired !== undefined || live === undefined || live.phase === 'Deleting') return false
  const isArchived =
    kind.operations.archive !== undefined && valueAt(live.body, '/properties/isArchived') === true
  const isContent = kind.operations.delete === undefined && kind.operations.archive === undefined
  return !isArchived && !isContent && !isSlotInUse(assessment)
}

/** Another Application of this process keeps it or declares it: that one answers for it. */
function isFellows({ key, owner }: Assessment, { fellows }: PlanContext): boolean {
  if (fellows === undefined || owner.ownership === 'ours') return false
  if (owner.ownership === 'theirs' && fellows.has(owner.application ?? '')) return true
  return [...fellows.values()].some((declared) => declared.has(key))
}

function orphanOf({ ref, key, owner }: Assessment, stays: Why | undefined): Orphan | undefined {
  if (owner.ownership === 'ours') {
    if (stays === undefined) return undefined
    const message = `Ours, and no commit in force declares it. It stays: ${stays.message} To keep it, declare it again in a commit.`
    return { ref, key, owner: 'ours', reason: stays.reason, message }
  }
  const takeOver = `${howToDeclare(ref)}, then take it over (${howToAdopt(ref)})`
  if (owner.ownership === 'theirs') {
    const { application = '' } = owner
    const message = `It carries the tag of the Application ${application}, which this process does not keep. Leave it to that one; if nobody keeps that any more: ${takeOver}.`
    return { ref, key, owner: 'another', application, reason: 'OwnedByAnother', message }
  }
  const whose =
    owner.ownership === 'copied'
      ? 'Nobody’s: its tags were copied from another resource.'
      : 'Nobody’s: no Application has its tags on it.'
  const message = `${whose} It is never changed or deleted, so it may be left. To keep it in Git: ${takeOver}.`
  return { ref, key, owner: 'nobody', reason: 'NotOurs', message }
}

function howToDeclare(ref: Ref): string {
  const isPart = isEndpoint(ref) || isDeployment(ref.kind)
  return isPart
    ? `write it as a manifest (verdigris import <folder> --endpoint ${ref.parent ?? ref.name})`
    : 'declare it in a commit'
}
