import { KINDS } from '../kinds/index.ts'
import type { Live } from '../model/live.ts'
import { isDeployment, type KindName, keyOf, type Ref, scopeOf } from '../model/ref.ts'
import type { Intent } from '../model/rollout.ts'
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
      isMeant(live.ref, intent.endpoint) &&
      keeperOf(live, intent, asking) === undefined,
  )
}

/** `fraud` is an endpoint with all its deployments; `OnlineDeployment/fraud/blue` and `Model/fraud:3` are one thing. */
export function isMeant(ref: Ref, target: string): boolean {
  const wanted = target.toLowerCase()
  if (wanted.includes('/')) return keyOf(ref).toLowerCase() === wanted
  const isPart = isDeployment(ref.kind) || ENDPOINTS.includes(ref.kind)
  return isPart && scopeOf(ref).toLowerCase().endsWith(`/${wanted}`)
}

const ENDPOINTS: readonly KindName[] = ['OnlineEndpoint', 'BatchEndpoint']

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
