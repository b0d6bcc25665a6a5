import type { ArmClient } from '../../src/adapters/azure/client.ts'
import { liveOf } from '../../src/adapters/azure/live.ts'
import { pathOf } from '../../src/adapters/azure/paths.ts'
import { startAction } from '../../src/adapters/azure/start.ts'
import { basisOf, lastWriteIn, lastWriteOf } from '../../src/core/model/basis.ts'
import type { Desired } from '../../src/core/model/desired.ts'
import type { Json, JsonObject } from '../../src/core/model/json.ts'
import type { Live, World } from '../../src/core/model/live.ts'
import type { KeyMemory, Memory, Tallies } from '../../src/core/model/memory.ts'
import type { Action, Plan } from '../../src/core/model/plan.ts'
import { valueAt, withValue } from '../../src/core/model/pointer.ts'
import { keyOf, type Ref } from '../../src/core/model/ref.ts'
import type { Outcome } from '../../src/core/model/report.ts'
import type { IntentVerb } from '../../src/core/model/rollout.ts'
import { NO_ANSWERS } from '../../src/core/plan/context.ts'
import { revisionsOf } from '../../src/core/plan/ownership.ts'
import { afterOutcomes } from '../../src/core/plan/patience.ts'
import { makePlan } from '../../src/core/plan/plan.ts'
import { bereftOf, unlistedIn } from '../../src/core/plan/unlisted.ts'
import { questionId } from '../../src/core/rollout/judgements.ts'
import { ROLLOUT_TAG } from '../../src/core/rollout/record.ts'
import { ERRORS, FRAUD, intent, slotRef } from '../core/rollout/play.ts'
import { NOW, SYNC, world } from '../support/world.ts'
import { type Azure, deploymentAt, type Sent, SLOTS, type SlotName, written } from './azure.ts'
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
  const lastWrite = nameOfLastWrite(view.azure)
  const { plan, memory: after } = makePlan({
    ...inputOf(view, seen),
    memory: mapMemory(memory, AS_NOW, lastWrite),
  })
  const [action, ...more] = plan.actions
  if (more.length > 0) throw new Error('two writes for one endpoint')
  return { plan, memory: after, pending: action && pendingOf(action, seen) }
}

/**
 * A memory knows by what the endpoint's last write is called whether it is still the last. Here that is a word: this one,
 * until the next write.
 */
const AS_NOW = 'as now'
const SINCE = 'another since'

function nameOfLastWrite(azure: Azure): string {
  const live = liveIn(azure, FRAUD)
  return live === undefined ? '' : lastWriteOf(live)
}

function mapMemory(memory: Memory, from: string, to: string): Memory {
  const entries = Object.entries(memory).map(([key, known]): [string, KeyMemory] => [
    key,
    {
      ...known,
      ...(known.idleAfter === from ? { idleAfter: to } : {}),
      ...(known.arrived?.after === from ? { arrived: { ...known.arrived, after: to } } : {}),
    },
  ])
  return Object.fromEntries(entries)
}

/** A memory when somebody has written to the endpoint. */
export function outdated(memory: Memory): Memory {
  return mapMemory(memory, AS_NOW, SINCE)
}

function inputOf(
  { git, says, verb }: View,
  seen: World,
): Omit<Parameters<typeof makePlan>[0], 'memory'> {
  const newest = git.at(-1)
  if (newest === undefined) throw new Error('a Git has commits')
  const recorded = revisionsOf(seen, 'app')
  const earlier = git.slice(0, -1)
  const slots = earlier.toReversed().map(({ desired }) => desired[0]?.rollout?.slots ?? [])
  const id = questionId(FRAUD.name, ERRORS)
  const value = SAYS[says]
  const answer = { id, is: 'value', value: value ?? 0, at: NOW } as const
  return {
    application: 'app',
    sync: SYNC,
    ...newest,
    bases: new Map(
      git
        .filter(({ revision }) => recorded.includes(revision))
        .map(({ revision, desired }) => [revision, desired]),
    ),
    lately: new Map(earlier.flatMap(({ desired }) => desired.map((one) => [keyOf(one.ref), one]))),
    former: bereftOf(seen).length > 0 ? slots : [],
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
  const asked = unlistedIn(listed)
  const found = trustsLists ? [] : asked.flatMap((ref) => liveIn(azure, ref) ?? [])
  const keys = new Set(found.map(({ ref }) => keyOf(ref)))
  return {
    ...world([...listed, ...found]),
    absent: new Set(asked.map(keyOf).filter((key) => !keys.has(key))),
  }
}

function liveIn(azure: Azure, ref: Ref): Live | undefined {
  const isEndpoint = ref.kind === 'OnlineEndpoint'
  const thing = isEndpoint ? azure.endpoint : deploymentAt(azure, ref.name)
  if (thing === undefined) return undefined
  const body = withValue(thing.body, '/properties/provisioningState', thing.phase)
  const live = liveOf(isEndpoint ? FRAUD : slotRef(ref.name), body)
  const code = ('code' in thing ? thing.code : undefined) ?? 'InternalServerError'
  return live.phase === 'Failed' ? { ...live, failure: { code, message: 'It failed.' } } : live
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

/** How a write ended: what went out and was accepted, and what the controller makes of it. */
export interface Written {
  readonly azure: Azure
  readonly isAccepted: boolean
  readonly outcome: Outcome
}

export interface Sending {
  /** Whether the GET right before the write says what is there, or what was read. */
  readonly isChecked: boolean
  /** Somebody has written to the endpoint since the reading: its operation has another name. */
  readonly isRewritten: boolean
}

const OPERATION_AT = '/properties/properties/AzureAsyncOperationUri'

/** Sends a write by the product's own way: a GET right before it, and none on ground that has moved. */
export async function sent(
  { action: kept, ground, beside }: Pending,
  azure: Azure,
  { isChecked, isRewritten }: Sending,
): Promise<Written> {
  let after = azure
  let isAccepted = false
  const before = (ref: Ref): JsonObject | undefined =>
    keyOf(ref) === keyOf(kept.ref)
      ? (ground ?? undefined)
      : beside.find((one) => keyOf(one.ref) === keyOf(ref))?.body
  const client = {
    get: async (ref: Ref) => {
      const live = isChecked ? liveIn(azure, ref)?.body : before(ref)
      const isEndpoint = ref.kind === 'OnlineEndpoint'
      const body = live && isRewritten && isEndpoint ? withValue(live, OPERATION_AT, 'next') : live
      return {
        status: body === undefined ? 404 : 200,
        headers: {},
        text: JSON.stringify(body ?? {}),
      }
    },
    write: async (method: string, path: string, body: JsonObject | undefined) => {
      const slot = SLOTS.find((one) => pathOf(slotRef(one)) === path)
      const asked: Sent = { ...(slot && { slot }), ...(method === 'PUT' && body && { body }) }
      const result = written(azure, asked)
      if ('refused' in result) return REFUSALS[result.refused] ?? refusal(400, 'It is refused.')
      after = result
      isAccepted = true
      return { status: 202, headers: {}, text: '' }
    },
  } as Partial<ArmClient> as ArmClient
  const action: Action = {
    ...kept,
    differences: [],
    basis: basisOf(ground ?? undefined),
    grounds: beside.map(({ ref, body }) => ({ ref, lastWrite: lastWriteIn(body) })),
  }
  const doubts = { add: () => {}, drop: () => {}, about: () => [] }
  const uploads = { place: () => Promise.reject(new Error('nothing is uploaded')) }
  const clock = { now: () => NOW, sleep: () => Promise.resolve() }
  const content = { blob: () => Promise.reject(new Error('nothing is uploaded')) }
  const outcome = await startAction({ client, clock, uploads, doubts }, action, content, NEVER)
  return { azure: after, isAccepted, outcome }
}

const NEVER = new AbortController().signal

function refusal(status: number, message: string) {
  const text = JSON.stringify({
    error: { code: status === 409 ? 'Conflict' : 'UserError', message },
  })
  return { status, headers: {}, text }
}

const REFUSALS: { readonly [reason: string]: ReturnType<typeof refusal> } = {
  Conflict: refusal(409, 'Already running method on this endpoint.'),
  Unrecoverable: refusal(
    400,
    'Specified deployment [x] failed during initial provisioning and is in an unrecoverable state. Delete and re-create.',
  ),
}

/** What a process makes of how its write ended; an answer that was lost is told as any failure that may pass. */
export function learnt(memory: Memory, { outcome }: Written, isAnswerLost = false): Memory {
  const { action } = outcome
  const lost: Outcome = {
    action,
    result: 'Failed',
    reason: 'TimedOut',
    message: '',
    errorClass: 'retryable',
    retry: 'Later',
  }
  return afterOutcomes(memory, [isAnswerLost ? lost : outcome], NOW)
}

/**
 * A memory without what decides nothing here: how long something was watched or busy, and what belongs to another record
 * than the endpoint has now, which no reading will show again (every record of the product holds when it was written).
 */
export function essential(memory: Memory, azure: Azure): Memory {
  const { endpoint } = azure
  const lastWrite = nameOfLastWrite(azure)
  const text = valueAt(endpoint.body, `/tags/${ROLLOUT_TAG}`)
  const named = mapMemory(memory, lastWrite, AS_NOW)
  const ofOurs = Object.entries(named).filter(([key]) => key !== keyOf(slotRef('grey')))
  const entries = ofOurs.map(([key, known]): [string, KeyMemory] => {
    const { watched: _w, busySince: _b, driftedSince: _d, arrived, ...others } = known
    const { retry, rejected, corrections, tallies, ...kept } = others
    return [
      key,
      {
        ...kept,
        ...(arrived?.record === text ? { arrived } : {}),
        ...(retry === undefined ? {} : { retry: { ...retry, count: 1, message: '' } }),
        ...(rejected === undefined ? {} : { rejected: { ...rejected, message: '' } }),
        ...(corrections === undefined
          ? {}
          : { corrections: { ...corrections, count: Math.min(corrections.count, 3) } }),
        ...(tallies === undefined ? {} : { tallies: onceMissed(tallies) }),
      },
    ]
  })
  return Object.fromEntries(entries.filter(([, known]) => Object.keys(known).length > 0))
}

/** One miss is too many: how many more there were is nothing. */
function onceMissed({ startMs, checks }: Tallies): Tallies {
  const once = Object.entries(checks).map(([check, { at }]) => [check, { missed: 1, at }] as const)
  return { startMs, checks: Object.fromEntries(once) }
}
