import type { Held } from '../../model/plan.ts'
import { valueAt } from '../../model/values/pointer.ts'
import { type Assessment, isFixed } from '../assess.ts'
import { howToAdopt } from './ownership.ts'

/** Why a thing of somebody else is not written, and the command that changes that. */
export function checkOwnership(assessment: Assessment): Held | undefined {
  const { ref, live, owner, desired } = assessment
  if (live === undefined || owner.ownership === 'ours') return undefined
  if (owner.ownership === 'theirs') {
    if (isLeftBehind(assessment)) return undefined
    const message = `It carries the tag of the Application ${owner.application}. When that keeps it no longer, or was renamed, take it over: ${howToAdopt(ref)}`
    return { ref, state: 'blocked', reason: 'OwnedByAnother', message }
  }
  if (desired?.policy.adopt === true) return undefined
  const why =
    owner.ownership === 'copied'
      ? 'Its tags were copied from another resource.'
      : 'It was made by somebody else, or its tags were removed.'
  const message = `${why} To take it over, write it as kind ${ref.kind} of verdigris.dev/v1 with the annotation verdigris.dev/adopt: "true", or: ${howToAdopt(ref)}`
  return { ref, state: 'blocked', reason: 'NotOurs', message }
}

/**
 * A version of an asset with the very content that Git declares, archived by the Application that kept it: that needs it no
 * more, and whoever declares it brings it back as his own. Until then it is shared, since it cannot be changed.
 */
function isLeftBehind({ kind, live, differences }: Assessment): boolean {
  const isArchived = live !== undefined && valueAt(live.body, '/properties/isArchived') === true
  return isArchived && kind.operations.archive !== undefined && !isFixed(kind, differences)
}

/** What is said while our record is written back to a thing that had lost it. */
export function restoredHeld({ ref, live }: Assessment): Held | undefined {
  if (live?.restored === undefined) return undefined
  const message = MESSAGES[live.restored.how]
  return { ref, state: 'waiting', reason: 'OwnershipRestored', message }
}

const MESSAGES = {
  proven:
    'Its tags of ownership were removed (an update without tags does that). A commit that was applied declares what is live, so it is taken back.',
  asked: 'An operator takes it over.',
  handedOver: 'Another Application kept it and declares it no longer, so it is taken over.',
} as const
