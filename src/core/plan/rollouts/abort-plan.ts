import { KINDS } from '../../kinds/index.ts'
import { isAtRest, type Live, type World } from '../../model/live.ts'
import type { KeyMemory, Memory } from '../../model/memory.ts'
import type { Action, Plan } from '../../model/plan.ts'
import { isDeployment, keyOf, type Ref, scopeOf } from '../../model/ref.ts'
import {
  type Intent,
  type IntentAnswer,
  KEEP_MS,
  type RolloutTransition,
} from '../../model/rollout.ts'
import { bound, misdirected } from '../../rollout/decide/about.ts'
import { NO_DATA_MS } from '../../rollout/decide/advance.ts'
import {
  isUnderWay,
  type RolloutRecord,
  type Slot,
  unpaused,
  withdrawn,
} from '../../rollout/record.ts'
import { recordIn, recordTagIn } from '../../rollout/record-tag.ts'
import type { Weights } from '../../rollout/weights.ts'
import { ownershipOf } from '../ownership/ownership.ts'
import { takeBack } from '../traffic/take-back.ts'
import { flowsOf, isEndpoint } from '../traffic/traffic-plan.ts'

/**
 * The plan when Git has never been read: nothing but traffic that is taken back, by what operators say, by what the
 * records of aborted rollouts say, and where nobody has judged a candidate for too long. Where it goes stands in the
 * endpoint's own record, so `rollout abort` works when everything else is down; it is one write.
 */
export function abortPlan(
  world: World,
  { application, intents, memory, now }: Unread,
): { readonly plan: Plan; readonly memory: Memory } {
  const decided = intents.map((intent) => decide(world, application, intent, now))
  const owed = world.resources.flatMap((live) => owedBy(live, application))
  const blind = blindIn(world, application, memory, now)
  const known: Memory = { ...memory, ...recordsIn(world, application, memory) }
  const since = blind.map(({ live, blindSince }): [string, KeyMemory] => {
    const key = keyOf(live.ref)
    return [key, { ...known[key], blindSince }]
  })
  const given = blind.flatMap((one) => givenBack(one, application, now))
  const all = [...decided.flatMap(({ action }) => action ?? []), ...owed, ...given]
  // Said twice, it is done once.
  const actions = all.filter(({ ref }, place) => all.findIndex((one) => one.ref === ref) === place)
  const answers = decided.map(({ answer }) => answer)
  const plan = { findings: [], changes: actions, actions, held: [], answers }
  return { plan, memory: { ...known, ...Object.fromEntries(since) } }
}

/** The records that are read: should one be lost before Git can be read, this process knows what it said. */
function recordsIn(world: World, application: string, memory: Memory): Memory {
  const read = world.resources.flatMap((live): [string, KeyMemory][] => {
    const key = keyOf(live.ref)
    const record = recordOn(live, application) && recordTagIn(live.ref, live.body)
    return typeof record === 'string' ? [[key, { ...memory[key], record }]] : []
  })
  return Object.fromEntries(read)
}

/** What is known without Git. */
interface Unread {
  readonly application: string
  readonly intents: readonly Intent[]
  readonly memory: Memory
  readonly now: number
}

interface Blind {
  readonly live: Live
  readonly record: RolloutRecord
  readonly blindSince: number
}

/** Endpoints with users on a candidate, which nobody judges while the checks of its rollout are not known. */
function blindIn(world: World, application: string, memory: Memory, now: number): readonly Blind[] {
  return world.resources.flatMap((live) => {
    const record = recordOn(live, application)
    const slot = isUnderWay(record) ? record.candidate?.slot : undefined
    if (!isEndpoint(live.ref) || record === undefined || slot === undefined) return []
    const has = flowsOf(live.ref.kind, live.body).live[slot] ?? 0
    if (has === 0 || !isAtRest(live) || homeOf(world, live, record.stable) === undefined) return []
    return [{ live, record, blindSince: memory[keyOf(live.ref)]?.blindSince ?? now }]
  })
}

/** As where a provider does not answer (INVARIANTS S28): nothing is held against the candidate. */
function givenBack(
  { live, record, blindSince }: Blind,
  application: string,
  now: number,
): readonly Action[] {
  if (now - blindSince < NO_DATA_MS) return []
  const message =
    'Git could not be read, and nobody judged the candidate, for too long; it begins anew when it can.'
  const transition = {
    result: 'superseded',
    trigger: 'health',
    message,
    beganAt: record.beganMs,
  } as const
  return [backTo(live, application, withdrawn(record, now), transition)]
}

/** The deployment that traffic goes back to; undefined = it does not answer. */
export function homeOf(
  world: World,
  endpoint: Live,
  to: Pick<Slot, 'slot'> | undefined,
): Live | undefined {
  if (to === undefined) return undefined
  const home = world.resources.find(
    ({ ref }) => isPartOf(ref, endpoint.ref) && isNamed(ref, to.slot),
  )
  // Its last change may have failed: what ran before still answers.
  return isAtRest(home) ? home : undefined
}

/** Users of a revision that was taken back are still on it: that was recorded, and did not take effect. */
function owedBy(live: Live, application: string): readonly Action[] {
  const record = recordOn(live, application)
  if (record === undefined || isUnderWay(record) || !isAtRest(live)) return []
  return leavesUsers(live, record) ? [backTo(live, application, record)] : []
}

/**
 * Whether users are on the deployment that a record leaves, or is to leave, without them; not on one whose content was to
 * change in place.
 */
export function leavesUsers({ ref, body }: Live, record: RolloutRecord): boolean {
  const { phase, stable, candidate } = record
  const slot = phase === 'stable' ? record.withdrawn?.slot : candidate?.slot
  if (!isEndpoint(ref) || slot === undefined || slot === stable.slot) return false
  const { live, mirror } = flowsOf(ref.kind, body)
  return (live[slot] ?? 0) + (mirror[slot] ?? 0) > 0
}

function isNamed({ name }: Ref, endpoint: string): boolean {
  return name.toLowerCase() === endpoint.toLowerCase()
}

interface Decided {
  readonly action?: Action
  readonly answer: IntentAnswer
}

function decide(world: World, application: string, said: Intent, now: number): Decided {
  const answer = (result: IntentAnswer['result'], message: string, intent = said): Decided => ({
    answer: { intent, result, message },
  })
  if (said.verb !== 'abort')
    return answer('refused', 'Git cannot be read, and without it only an abort is possible.')
  const live = world.resources.find(({ ref }) => isEndpoint(ref) && isNamed(ref, said.endpoint))
  const record = live && recordOn(live, application)
  const isMoving = isUnderWay(record)
  if (live === undefined || record === undefined || !isMoving)
    return answer('refused', 'No rollout of this Application is under way there.')
  const standing = { record, wanted: record.candidate ?? record.stable }
  const stray = misdirected(said, standing)
  if (stray !== undefined) return { answer: stray }
  const intent = bound(said, standing)
  if (!isAtRest(live)) return answer('pending', 'Azure is at work on the endpoint.', intent)
  const { slot } = record.stable
  if (homeOf(world, live, record.stable) === undefined)
    return answer('pending', `${slot} does not serve now, so no traffic is moved to it.`, intent)
  const { who, why } = intent
  const message = `${who} said abort${why === '' ? '.' : `: ${why}`}`
  const aborted: RolloutRecord = {
    ...unpaused(record),
    phase: 'aborted',
    untilMs: now + KEEP_MS,
    sinceMs: now,
  }
  const transition = {
    result: 'aborted',
    trigger: 'manual',
    message,
    beganAt: record.beganMs,
  } as const
  const action = backTo(live, application, aborted, transition)
  return { action, ...answer('accepted', 'Traffic goes back.', intent) }
}

function isPartOf(deployment: Ref, endpoint: Ref): boolean {
  return isDeployment(deployment.kind) && scopeOf(deployment) === keyOf(endpoint)
}

/** The record on an endpoint of this Application; undefined for all else. */
export function recordOn(live: Live, application: string): RolloutRecord | undefined {
  const { ref, body } = live
  if (!isEndpoint(ref)) return undefined
  const { ownership } = ownershipOf(KINDS[ref.kind], live, application)
  return ownership === 'ours' ? recordIn(ref, body) : undefined
}

/** All traffic on the record's stable deployment. */
function backTo(
  live: Live,
  application: string,
  record: RolloutRecord,
  transition?: Sent['transition'],
): Action {
  return sentTo(live, application, { weights: { [record.stable.slot]: 100 }, record, transition })
}

/** Where users are sent, and what is recorded of it. */
export interface Sent {
  readonly weights: Weights
  readonly record: RolloutRecord | undefined
  /** What that means, where it has not been said before. */
  readonly transition?:
    | Pick<RolloutTransition, 'result' | 'trigger' | 'message' | 'beganAt'>
    | undefined
}

export function sentTo(
  live: Live,
  application: string,
  { weights, record, transition }: Sent,
): Action {
  const { ref } = live
  if (!isEndpoint(ref)) throw new Error(`${ref.kind} is no endpoint`)
  const isAborted = transition?.result === 'aborted'
  return takeBack(live, {
    application,
    weights,
    mirror: {},
    record,
    ...(isAborted ? { why: `AbortedByHand: ${transition.message}`.slice(0, 250) } : {}),
    revision: ownershipOf(KINDS[ref.kind], live, application).revision ?? '',
    change: { ref, verb: 'update', reason: 'Update', differences: [] },
    extra:
      transition === undefined
        ? {}
        : { turn: { endpoint: ref, strategy: 'canary', ...transition } },
  })
}
