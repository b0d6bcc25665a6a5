import type { IntentVerb } from '../../src/core/model/rollout.ts'
import { withValue } from '../../src/core/model/values/pointer.ts'
import {
  type Azure,
  deploymentAt,
  mirrorOf,
  placed,
  type SlotName,
  trafficOf,
  written,
} from './azure.ts'
import type { Git, Pending, Says } from './controller.ts'
import { recordAt } from './laws.ts'
import type { Mind, Past, State } from './states.ts'

/** What may happen, and how often. */
export interface Bounds {
  /** What Git has had, oldest first: each history is reached from a shorter one by a commit. */
  readonly gits: readonly Git[]
  /** What a person commits where a message says that another commit leads on. */
  readonly last: Git
  readonly says: readonly Says[]
  readonly hands: readonly ('deletes' | 'moves' | 'breaks')[]
  readonly left: State['left']
  readonly faults: readonly ('crash' | 'lostAnswer' | 'silentList')[]
  readonly verbs: readonly IntentVerb[]
  readonly controllers: 1 | 2
  /** Guards that are taken out, to see whether it is noticed. */
  readonly without?: 'groundCheck' | 'directGet'
}

export interface Edge {
  /** What happens, for people; asked for a few only. */
  readonly label: () => string
  readonly to: State
  readonly broken: readonly string[]
}

export function edge(label: string, to: State): Edge {
  return { label: () => label, to, broken: [] }
}

export function mindOf(state: State, who: number): Mind {
  const mind = state.minds[who]
  if (mind === undefined) throw new Error(`no controller ${who}`)
  return mind
}

export function withMind(state: State, who: number, mind: Mind): State {
  const [one, other] = state.minds
  return { ...state, minds: who === 0 ? [mind, other] : [one, mind] }
}

export function spent(state: State, what: keyof State['left']): State {
  return { ...state, left: { ...state.left, [what]: state.left[what] - 1 } }
}

export function isUsed({ endpoint }: Azure, slot: SlotName): boolean {
  return (trafficOf(endpoint)[slot] ?? 0) > 0 || (mirrorOf(endpoint)[slot] ?? 0) > 0
}

export function handled(
  azure: Azure,
  what: Bounds['hands'][number],
  slot: SlotName,
): Azure | undefined {
  const target = deploymentAt(azure, slot)
  if (target === undefined) return undefined
  const code = 'ResourceNotReady'
  if (what === 'breaks')
    return target.runs === undefined
      ? undefined
      : placed(azure, slot, { ...target, phase: 'Failed', code })
  const body = withValue(azure.endpoint.body, '/properties/traffic', { [slot]: 100 })
  const after = what === 'deletes' ? written(azure, { slot }) : written(azure, { body })
  const isIdle = what === 'moves' && trafficOf(azure.endpoint)[slot] === 100
  return 'refused' in after || isIdle ? undefined : after
}

export function pastAfter(past: Past, { action }: Pending, after: Azure): Past {
  if (action.ref.kind !== 'OnlineEndpoint') return past
  const record = recordAt(after.endpoint.body)
  const { result, trigger } = action.turn ?? {}
  const runs = (slot: string | undefined) => deploymentAt(after, slot ?? '')?.runs ?? ''
  const isProven = record?.phase === 'stable'
  const isOut = result === 'aborted' || (result === 'rolled_back' && trigger === 'manual')
  return {
    ...past,
    isSettled: false,
    proven: isProven ? joined(past.proven, runs(record?.stable.slot)) : past.proven,
    blocked:
      result === 'retried'
        ? ''
        : isOut
          ? joined(past.blocked, runs(record?.candidate?.slot))
          : past.blocked,
  }
}

function joined(models: string, model: string): string {
  return models.includes(model) ? models : [...models, model].sort().join('')
}

/** `step update fraud {"blue":50,"green":50}`. */
export function toldOf({ action }: Pending): string {
  const { verb, ref, body, turn, reason } = action
  const flows =
    ref.kind === 'OnlineEndpoint' && body ? ` ${JSON.stringify(trafficOf({ body }))}` : ''
  return `${turn?.result ?? reason} ${verb} ${ref.name}${flows}`
}
