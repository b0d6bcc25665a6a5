import { KINDS } from '../../kinds/index.ts'
import type { Live } from '../../model/live.ts'
import { isNamedBy, keyOf } from '../../model/ref.ts'
import type { Intent } from '../../model/rollout.ts'
import type { Neighbours } from './neighbours.ts'
import { TAGS, tagsOf } from './ownership.ts'

/** What an operator's word is held against. */
export interface Asking {
  readonly application: string
  readonly intents: readonly Intent[]
  readonly neighbours?: Neighbours
}

/** Whether an operator takes this very thing over, and may. */
export function isAskedFor(live: Live, asking: Asking): boolean {
  return asking.intents.some(
    (intent) =>
      intent.verb === 'adopt' &&
      isNamedBy(live.ref, intent.endpoint) &&
      keeperOf(live, intent, asking) === undefined,
  )
}

/** The other Application of this process that keeps it, from which it is taken by force only. */
export function keeperOf(
  { ref, body }: Live,
  { isForced }: Intent,
  { application, neighbours }: Asking,
): string | undefined {
  const owner = tagsOf(KINDS[ref.kind], body)[TAGS.application]
  const neighbour = neighbours?.get(owner ?? '')
  if (neighbour === undefined || owner === application || isForced) return undefined
  return neighbour.isFresh && !neighbour.declared.has(keyOf(ref)) ? undefined : owner
}
