import type { Action, Held } from '../../model/plan.ts'
import { isNamedBy, keyOf } from '../../model/ref.ts'
import type { Intent, IntentAnswer } from '../../model/rollout.ts'
import type { Assessment } from '../assess.ts'
import { type Asking, keeperOf } from './adoption.ts'

type Answer = Pick<IntentAnswer, 'result' | 'message'>

/** What becomes of what operators take over, if the actions of this plan are accepted. */
export function adoptionAnswers(
  assessments: readonly Assessment[],
  actions: readonly Action[],
  held: readonly Held[],
  asking: Asking,
): readonly IntentAnswer[] {
  const sent = new Set(actions.map(({ ref }) => keyOf(ref)))
  return asking.intents
    .filter(({ verb }) => verb === 'adopt')
    .map((intent) => ({ intent, ...answerTo(intent, { assessments, sent, held, asking }) }))
}

interface Around {
  readonly assessments: readonly Assessment[]
  readonly sent: ReadonlySet<string>
  readonly held: readonly Held[]
  readonly asking: Asking
}

function answerTo(intent: Intent, { assessments, sent, held, asking }: Around): Answer {
  const named = assessments.filter(({ ref }) => isNamedBy(ref, intent.endpoint))
  const meant = named.filter(({ live }) => live !== undefined)
  const declared = meant.filter(({ desired }) => desired !== undefined)
  if (meant.length === 0)
    return refused(
      'The workspace has nothing of that name: give an endpoint, or Kind/name:version.',
    )
  if (declared.length === 0)
    return refused('This Application does not declare it: declare it in a commit first.')
  const keeper = declared
    .map(({ live }) => live && keeperOf(live, intent, asking))
    .find((one) => one !== undefined)
  if (keeper !== undefined)
    return refused(
      `The Application ${keeper} of this controller keeps it: remove it there first, or use --force.`,
    )
  // What a list does not show may be there, and somebody's: a word for all of an endpoint lasts until it is seen, or made.
  const open = named.filter(
    ({ desired, live, owner }) =>
      desired !== undefined &&
      (live === undefined || live.restored !== undefined || owner.ownership !== 'ours'),
  )
  const waits = open.filter(({ key }) => !sent.has(key))
  if (open.length === 0) return { result: 'accepted', message: 'It is kept by this Application.' }
  if (waits.length === 0) return { result: 'accepted', message: 'Its tags are written.' }
  return { result: 'pending', message: whyOf(waits, held) }
}

function refused(message: string): Answer {
  return { result: 'refused', message }
}

function whyOf(waits: readonly Assessment[], held: readonly Held[]): string {
  const keys = new Set(waits.map(({ key }) => key))
  const why = held.find(({ ref }) => keys.has(keyOf(ref)))
  return why?.message ?? 'Its turn has not come yet.'
}
