import type { Held } from '../../model/plan.ts'
import type { Intent, IntentAnswer } from '../../model/rollout.ts'
import { hashOf } from '../../model/values/hash.ts'
import type { PlanInput } from '../context.ts'

/** Why these deletions wait for a person; undefined: they do not. `confirm`: as many go without one, absent = all do. */
export function unapproved(
  keys: readonly string[],
  confirm: number | undefined,
  approvals: readonly Intent[],
): { readonly reason: string; readonly message: string; readonly isOfNumber: true } | undefined {
  if (confirm === undefined || keys.length <= confirm || isApproved(keys, approvals))
    return undefined
  return {
    reason: 'NeedsApproval',
    isOfNumber: true,
    message: `${keys.length} deletions, more than ${confirm} (sync.prune.confirm), wait for a person: \`verdigris approve ${deletionsId(keys)}\` approves these, and no others.`,
  }
}

/** 8 hex digits that stand for these deletions, and for no others: what `verdigris approve` names. */
export function deletionsId(keys: readonly string[]): string {
  return hashOf([...keys].sort().join('\n'), 8)
}

/** Whether the deletions of that id wait for a person, as `unapproved` says it. */
export function isAwaited(held: readonly Pick<Held, 'reason' | 'message'>[], id: string): boolean {
  return held.some(
    ({ reason, message }) => reason === 'NeedsApproval' && message.includes(id.toLowerCase()),
  )
}

/** Whether a person has said yes to all of these deletions; what is left of some that he said yes to is approved with them. */
function isApproved(keys: readonly string[], intents: readonly Intent[]): boolean {
  return intents.some((intent) => covers(intent, keys))
}

function covers({ verb, endpoint, about }: Intent, keys: readonly string[]): boolean {
  if (verb !== 'approve') return false
  const { deletions } = about ?? {}
  if (deletions === undefined) return endpoint.toLowerCase() === deletionsId(keys)
  return keys.every((key) => deletions.includes(key))
}

/**
 * What becomes of the approvals of these deletions, keys of all that a commit asks for now: each is bound to what it was
 * said of, and asked again until nothing of that is left.
 */
export function approvalAnswers(
  keys: readonly string[],
  { intents, world }: Pick<PlanInput, 'intents' | 'world'>,
): readonly IntentAnswer[] {
  const isWhole = world.complete && world.unread.size === 0
  return intents
    .filter(({ verb }) => verb === 'approve')
    .map((intent) =>
      isWhole
        ? answerTo(intent, keys)
        : { intent, result: 'pending', message: 'The workspace could not be read whole.' },
    )
}

function answerTo(intent: Intent, keys: readonly string[]): IntentAnswer {
  const { deletions } = intent.about ?? {}
  const refused = (message: string): IntentAnswer => ({ intent, result: 'refused', message })
  if (keys.length === 0)
    return deletions === undefined
      ? refused('No deletion is due.')
      : { intent, result: 'accepted', message: 'Nothing of it is left to delete.' }
  if (!covers(intent, keys))
    return refused(
      `Other deletions are due now, those of ${deletionsId(keys)}: see \`verdigris plan\`.`,
    )
  // What a commit takes back is not approved for a later commit that removes it anew.
  const bound = { ...intent, about: { ...intent.about, deletions: keys } }
  return { intent: bound, result: 'pending', message: `Still to do: ${keys.length}.` }
}
