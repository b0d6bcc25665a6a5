import { basisOf } from '../../src/core/model/basis.ts'
import type { Desired } from '../../src/core/model/desired.ts'
import type { World } from '../../src/core/model/live.ts'
import type { Memory } from '../../src/core/model/memory.ts'
import type { Action, Plan } from '../../src/core/model/plan.ts'
import { keyOf, type Ref } from '../../src/core/model/ref.ts'
import type { IntentVerb } from '../../src/core/model/rollout.ts'
import type { Json, JsonObject } from '../../src/core/model/values/json.ts'
import { NO_ANSWERS } from '../../src/core/plan/context.ts'
import { commitsOn } from '../../src/core/plan/ownership/ownership.ts'
import { makePlan } from '../../src/core/plan/plan.ts'
import { bereftOf, unlistedIn } from '../../src/core/plan/prune/unlisted.ts'
import { queryId } from '../../src/core/rollout/judgements.ts'
import { ERRORS, FRAUD, intent, slotRef } from '../core/rollout/play.ts'
import { NOW, SYNC, world } from '../support/world.ts'
import { type Azure, SLOTS, type SlotName } from './azure.ts'
import { liveIn } from './live.ts'
import { withNames } from './memories.ts'
import { generationIn, untimed } from './time.ts'

/** What Git says, and its history, the newest last. */
export type Git = readonly { readonly revision: string; readonly desired: readonly Desired[] }[]

export const SAYS = { good: 0.01, bad: 0.5, nothing: undefined } as const
export type Says = keyof typeof SAYS

/** What a controller has in front of it when it plans. */
export interface View {
  readonly azure: Azure
  readonly git: Git
  readonly says: Says
  readonly verb?: IntentVerb
  /** A deployment that the lists do not show. */
  readonly unlisted?: SlotName
  /** Whether what the lists do not show is taken for gone without a GET; the product does not. */
  readonly trustsLists?: boolean
}

/** A write that was decided and not sent yet, with the bodies it was decided on. */
export interface Pending {
  readonly action: Omit<Action, 'basis' | 'grounds' | 'differences'>
  readonly ground: JsonObject | null
  /** What else must not have moved. */
  readonly beside: readonly { readonly ref: Ref; readonly body: JsonObject }[]
}

export interface Planned {
  readonly plan: Plan
  readonly memory: Memory
  readonly pending: Pending | undefined
}

export function planned(view: View, memory: Memory): Planned {
  const seen = worldOf(view)
  const { plan, memory: after } = makePlan({
    ...inputOf(view, seen),
    memory: withNames(memory, view.azure),
  })
  const [action, ...more] = plan.actions
  if (more.length > 0) throw new Error('two writes for one endpoint')
  return { plan, memory: after, pending: action && pendingOf(action, seen) }
}

function inputOf(
  { git, says, verb }: View,
  seen: World,
): Omit<Parameters<typeof makePlan>[0], 'memory'> {
  const newest = git.at(-1)
  if (newest === undefined) throw new Error('a Git has commits')
  const recorded = commitsOn(seen, 'app')
  const earlier = git.slice(0, -1)
  const slots = earlier.toReversed().map(({ desired, revision }) => {
    const declared = desired[0]?.rollout?.slots ?? []
    return declared.map((slot) => ({ ...slot, commit: revision }))
  })
  const id = queryId(FRAUD.name, ERRORS)
  const value = SAYS[says]
  const answer = { id, is: 'value', value: value ?? 0, at: NOW } as const
  return {
    application: 'app',
    sync: SYNC,
    ...newest,
    bases: new Map(
      git
        .filter(({ revision }) => recorded.has(revision))
        .map(({ revision, desired }) => [revision, desired]),
    ),
    lately: new Map(earlier.flatMap(({ desired }) => desired.map((one) => [keyOf(one.ref), one]))),
    former: bereftOf(seen, {}).length > 0 ? slots : [],
    freezes: [],
    world: seen,
    answers: { ...NO_ANSWERS, measurements: new Map(value === undefined ? [] : [[id, answer]]) },
    intents: verb === undefined ? [] : [{ ...intent(verb), id: verb }],
    now: NOW,
    pollMs: 5000,
  }
}

/** As `observeWorkspace` reads it: lists, and by GET what matters and is not on them. */
function worldOf({ azure, unlisted, trustsLists = false }: View): World {
  const all = [FRAUD, ...SLOTS.map(slotRef)].flatMap((ref) => liveIn(azure, ref) ?? [])
  const listed = all.filter(({ ref }) => ref.name !== unlisted)
  const asked = unlistedIn(listed, {})
  const found = trustsLists ? [] : asked.flatMap((ref) => liveIn(azure, ref) ?? [])
  const keys = new Set(found.map(({ ref }) => keyOf(ref)))
  return {
    ...world([...listed, ...found]),
    absent: new Set(asked.map(keyOf).filter((key) => !keys.has(key))),
  }
}

function pendingOf(action: Action, seen: World): Pending {
  const bodyAt = (ref: Ref) => seen.resources.find((one) => keyOf(one.ref) === keyOf(ref))?.body
  const ground = bodyAt(action.ref)
  if (basisOf(ground) !== action.basis) throw new Error('a write is based on what was read')
  const beside = (action.grounds ?? []).map(({ ref }) => ({ ref, body: bodyAt(ref) ?? {} }))
  const { basis: _, grounds: _grounds, differences: _differences, ...kept } = action
  return {
    action: action.ref.kind === 'OnlineEndpoint' ? withoutWatch(kept) : kept,
    ground: ground ?? null,
    beside,
  }
}

/** The same write, and the generation that it then has. */
function withoutWatch(action: Pending['action']): Pending['action'] {
  if (action.body === undefined) return action
  const generation = generationIn(action.body, action.generation)
  const text = JSON.stringify(untimed(action as unknown as Json))
  return JSON.parse(text.replaceAll(action.generation, generation))
}
