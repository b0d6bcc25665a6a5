import { isFolderRevision } from '../../model/git/git-ref.ts'
import type { Held } from '../../model/plan.ts'
import { valueAt } from '../../model/values/pointer.ts'
import type { Assessment } from '../assess.ts'
import type { PlanContext } from '../context.ts'
import { blocked } from '../held.ts'
import { isOwnSlot } from '../ownership/own-slot.ts'
import { provenManifest } from '../ownership/proof.ts'
import { unapproved } from './approval.ts'

/** A tenth of a small workspace is less than one thing, so the share counts from here on. */
const SHARE_COUNTS_FROM = 10
const MAX_SHARE = 0.3

/** What is live, ours by its tags, of a kind that is deleted, and no longer declared. */
export function removalsOf(assessments: readonly Assessment[]): readonly Assessment[] {
  const unwanted = assessments.filter((one) => !isSlotInUse(one))
  return unwanted.filter(
    ({ desired, live, owner, kind }) =>
      desired === undefined &&
      live !== undefined &&
      owner.ownership === 'ours' &&
      kind.operations.delete !== undefined,
  )
}

/** A slot that a rollout needs is declared by its record, also where its source has no history to tell how. */
export function isSlotInUse({ ref, rolloutPlan }: Assessment): boolean {
  return (
    rolloutPlan?.rollout.slots !== undefined && rolloutPlan.retained.has(ref.name.toLowerCase())
  )
}

/** What lost its own manifest and goes as soon as the rollout has another in its place: a commit removed it with the others. */
export function removedLater(
  assessments: readonly Assessment[],
  input: PlanContext,
): readonly Assessment[] {
  const needed = assessments.filter(
    (one) => one.owner.ownership === 'ours' && isSlotInUse(one) && isOnItsWayOut(one),
  )
  return needed.filter((one) => !input.desiredAt.has(one.key) && !isOwnSlot(one, input))
}

function isOnItsWayOut({ ref, rolloutPlan }: Assessment): boolean {
  const { record } = rolloutPlan?.decision ?? {}
  return record?.phase !== 'aborted' && ref.name.toLowerCase() !== rolloutPlan?.wanted.slot
}

/** What is live, ours, of a kind that is archived, not declared any more and not archived yet. */
export function archivalsOf(assessments: readonly Assessment[]): readonly Assessment[] {
  return assessments.filter(
    ({ desired, live, owner, kind }) =>
      desired === undefined &&
      live?.phase === 'Ready' &&
      owner.ownership === 'ours' &&
      kind.operations.archive !== undefined &&
      valueAt(live.body, '/properties/isArchived') !== true,
  )
}

export const NOT_PRUNED = {
  reason: 'PruneDisabled',
  message: 'Pruning is not enabled (sync.prune.enabled).',
} as const

/** Those of the removals that are deletions for good. */
export function countedOf(
  removals: readonly Assessment[],
  input: PlanContext,
): readonly Assessment[] {
  // What is archived can be brought back: it has no budget.
  // So can a slot that a rollout is done with: its revision is in Git.
  return removals.filter(
    (removal) =>
      removal.kind.operations.delete !== undefined &&
      !isOwnSlot(removal, input) &&
      checkRetained(removal, input) === undefined,
  )
}

export interface Gate {
  readonly reason: string
  readonly message: string
  /** For their number: what is not counted goes on. */
  readonly isOfNumber?: true
}

/**
 * The one gate for deletions (INVARIANTS S14, S15): why these may not be deleted, or undefined. It speaks of all removals
 * of a commit together: a budget that was used up tick by tick would be none.
 */
export function gateFor(
  input: PlanContext,
  assessments: readonly Assessment[],
  deletions: readonly Assessment[],
): Gate | undefined {
  const freeze = input.freezes[0]
  const { prune } = input.sync
  const ours = assessments.filter(({ owner }) => owner.ownership === 'ours').length
  const count = deletions.length
  if (freeze !== undefined) return freeze
  if (!prune.enabled) return NOT_PRUNED
  if (input.desired.length === 0)
    return {
      reason: 'NothingDesired',
      message: 'Git declares nothing at all; nothing is deleted until a commit declares something.',
    }
  if (count > prune.maxDeletions)
    return {
      reason: 'TooManyDeletions',
      isOfNumber: true,
      message: `${count} deletions, ${prune.maxDeletions} allowed (sync.prune.maxDeletions).`,
    }
  if (ours >= SHARE_COUNTS_FROM && count > ours * MAX_SHARE)
    return {
      reason: 'TooManyDeletions',
      isOfNumber: true,
      message: `${count} of ${ours} resources would be deleted, ${MAX_SHARE * 100} % is the limit: remove them in several commits.`,
    }
  return unapproved(
    deletions.map(({ key }) => key),
    prune.confirm,
    input.approvals,
  )
}

const OF_A_FOLDER = 'A folder has no history that shows what it declared: it deletes nothing.'
const OF_NO_COMMIT = 'Its tags say it is ours, but the commit they name does not declare it.'
const HOW_TO_REMOVE =
  'To have it deleted, declare it in one commit of a Git repository and, when that is applied, remove it in a later one.'

/** Whether it keeps our tags for good; a date passes. */
export function isKeptForGood(removal: Assessment, input: PlanContext): boolean {
  const kept = checkRetained(removal, input)
  return kept !== undefined && kept.reason !== 'Suspended'
}

/** Why this very thing is kept: its manifest said so, or it cannot be shown that Git ever declared it. */
export function checkRetained(removal: Assessment, input: PlanContext): Held | undefined {
  const { ref, key } = removal
  const manifest = provenManifest(removal, input)
  if (manifest === undefined) {
    const why = isFolderRevision(input.revision) ? OF_A_FOLDER : OF_NO_COMMIT
    return blocked(ref, 'NotProven', `${why} ${HOW_TO_REMOVE}`)
  }
  // The commit recorded is the last that wrote; a later one may have said keep without a reason to write.
  const said = [manifest, input.lately.get(key)].map((declared) => declared?.policy)
  if (said.some((policy) => (policy?.suspendUntil ?? 0) > input.now))
    return blocked(
      ref,
      'Suspended',
      'Suspended until the time in its last annotation verdigris.dev/suspend-until.',
    )
  if (said.some((policy) => policy?.prune === 'disabled'))
    return blocked(
      ref,
      'PruneDisabled',
      'Its manifest had the annotation verdigris.dev/prune: disabled. To have it deleted, declare it without that in one commit, and remove it in a later one.',
    )
  return undefined
}
