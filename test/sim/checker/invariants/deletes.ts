import { hashOf } from '../../../../src/core/model/values/hash.ts'
import type { TraceEvent, WorldState } from '../../trace.ts'
import type { Call } from '../call.ts'
import { type Commit, declaredInstances, declares, roadOf } from '../git.ts'
import { hasLetGo, isTakenByHand } from '../handover.ts'
import type { History } from '../history.ts'
import { acceptedWriteIn, type Invariant, NOTHING } from '../invariant.ts'
import { recordKeyOf } from '../target.ts'
import {
  capacityIn,
  deploymentIn,
  deploymentsIn,
  endpointIn,
  mirrorOf,
  recordOfEndpoint,
  requestTimeoutMs,
  targetIn,
  weightsIn,
  weightsOf,
} from '../world.ts'

/** S3, S8, S14: what may be deleted, and when. */
export const DELETES: readonly Invariant[] = [
  {
    id: 'S3',
    title:
      'Nothing is deleted, or scaled below its floor, that takes traffic or took any within the drain window',
    observe: (history, event) => [...stillServes(history, event), ...belowFloor(history, event)],
  },
  {
    id: 'S8',
    title:
      'Traffic is seen to be away before a delete, and a deployment is seen to be up before it gets traffic',
    observe: unseenBefore,
  },
  {
    id: 'S14',
    title:
      'A delete is of what is owned, absent from the newest commits, not protected, looked at, and within the budget',
    observe: (history, event) => [...undeclaredOnly(history, event), ...overBudget(history, event)],
  },
]

/** Clocks may run 1 % fast. */
const TOLERANCE = 0.98

export function deleteIn(history: History, event: TraceEvent): Call | undefined {
  const call = acceptedWriteIn(history, event)
  const isOurs = call?.target.kind === 'endpoint' || call?.target.kind === 'deployment'
  return call?.method === 'DELETE' && isOurs ? call : undefined
}

/** A delete that begins something: an answer of 204 says that nothing was there. */
export function realDeleteIn(history: History, event: TraceEvent): Call | undefined {
  const call = deleteIn(history, event)
  return call !== undefined && targetIn(history.state, call.target) !== undefined ? call : undefined
}

export function sharesIn(state: WorldState, endpoint: string): Readonly<Record<string, number>> {
  const found = endpointIn(state, endpoint)
  return { ...mirrorOf(found), ...weightsOf(found) }
}

/** The deployments that a delete takes away. */
function victimsOf(history: History, { target }: Call): readonly string[] {
  const { endpoint = '', deployment } = target
  return deployment === undefined ? deploymentsIn(history.state, endpoint) : [deployment]
}

function stillServes(history: History, event: TraceEvent): readonly string[] {
  const call = realDeleteIn(history, event)
  if (call === undefined) return NOTHING
  const { endpoint = '', route } = call.target
  const during = history.statesDuring(call)
  return victimsOf(history, call).flatMap((name) => {
    const shares = during.map((state) => sharesIn(state, endpoint)[name] ?? 0)
    if (Math.min(...shares) > 0)
      return [`DELETE ${call.target.key}: ${name} takes ${shares.at(-1)} %`]
    if (route === 'batch') return []
    const last = history.lastTraffic.get(`${endpoint}/${name}`)
    const window = requestTimeoutMs(deploymentIn(history.state, endpoint, name))
    if (last === undefined || call.at - last.at >= window * TOLERANCE) return []
    const seconds = Math.round((call.at - last.at) / 1000)
    return [
      `DELETE ${call.target.key}: ${name} had traffic ${seconds} s ago, its requests may take ${window / 1000} s`,
    ]
  })
}

/** What carries users is not made smaller than its share of what anybody declared lately. */
function belowFloor(history: History, event: TraceEvent): readonly string[] {
  const call = acceptedWriteIn(history, event)
  const asked = call && call.method !== 'DELETE' ? capacityIn(call.requestBody) : undefined
  if (call === undefined || asked === undefined || call.target.kind !== 'deployment') return NOTHING
  const { endpoint = '', deployment = '' } = call.target
  const during = history.statesDuring(call)
  const weight = Math.min(...during.map((state) => sharesIn(state, endpoint)[deployment] ?? 0))
  const has = Math.min(
    ...during.map((state) => deploymentIn(state, endpoint, deployment)?.instances ?? 0),
  )
  if (weight === 0 || asked >= has) return NOTHING
  const declared = history
    .commitsInForce(call.application)
    .flatMap((commit) => declaredInstances(commit, endpoint, deployment) ?? [])
  const floor = declared.length === 0 ? has : Math.ceil((Math.min(...declared) * weight) / 100)
  if (asked < floor)
    return [
      `${call.target.key} has ${weight} % and is scaled from ${has} to ${asked}, below ${floor}`,
    ]
  return shrinksStable(history, call, asked)
}

/** Until the bake is over stable keeps what it needs for all traffic. */
function shrinksStable(history: History, call: Call, asked: number): readonly string[] {
  const { endpoint = '', deployment = '' } = call.target
  const record = recordOfEndpoint(history.state, endpoint)
  const isMoving = record?.phase === 'progressing' || record?.phase === 'baking'
  if (!isMoving || record.stable.slot !== deployment) return NOTHING
  return [
    `${call.target.key} is stable in a rollout that is under way, and is scaled down to ${asked}`,
  ]
}

function unseenBefore(history: History, event: TraceEvent): readonly string[] {
  const call = realDeleteIn(history, event)
  if (call === undefined || call.target.kind !== 'deployment') return NOTHING
  const { endpoint = '', deployment = '', route = 'online', key } = call.target
  const last = history.lastTraffic.get(`${endpoint}/${deployment}`)
  if (last === undefined) return NOTHING
  const view = history.viewOf(call.controller, `${route}/${endpoint}`)
  const isSeen = view !== undefined && view.seq > last.seq && view.is === 'there'
  if (isSeen && (weightsIn(view.body, route)[deployment] ?? 0) === 0) return NOTHING
  if (endpointIn(history.state, endpoint) === undefined) return NOTHING
  return [`DELETE ${key}: nobody looked at ${endpoint} since its traffic went`]
}

/** The Application whose newest commit declares it, through the whole of the tick. */
function holderOf(history: History, call: Call): Commit | undefined {
  const { endpoint = '', deployment } = call.target
  const declaring = ({ application }: Commit, among: readonly Commit[]) =>
    among.some((one) => one.application === application && declares(one, endpoint, deployment))
  const then = history.newestOfAll(history.tickStart(call))
  return history
    .newestOfAll()
    .find((commit) => declaring(commit, [commit]) && declaring(commit, then))
}

/** A slot of a rollout: filled and freed by the rollout, not by what is declared. */
function isSlot(history: History, { application, target }: Call): boolean {
  return history.commitsInForce(application).some((commit) => {
    const road = roadOf(commit, target.endpoint ?? '')
    return target.deployment !== undefined && road?.slots.includes(target.deployment) === true
  })
}

/** A create that never came to anything may be deleted to be made again. */
export function neverWas(history: History, { target }: Call): boolean {
  const { endpoint = '', deployment } = target
  if (deployment === undefined) return !history.lineages.of(endpoint).hasServedSinceMade
  const found = deploymentIn(history.state, endpoint, deployment)
  return found?.isServing === false && found.provisioningState !== 'Succeeded'
}

function undeclaredOnly(history: History, event: TraceEvent): readonly string[] {
  const call = realDeleteIn(history, event)
  if (call === undefined) return NOTHING
  const { endpoint = '', deployment, key } = call.target
  const problems: string[] = []
  const say = (what: string) => problems.push(`DELETE ${key}: ${what}`)
  const view = history.viewOf(call.controller, key)
  const start = history.tickStart(call)
  if (view === undefined || view.how !== 'get' || view.seq < start)
    say('nobody looked at it by a GET in this tick')
  if (!mayGo(history, call)) say('its tags do not say that it is ours')
  if (isSlot(history, call)) return problems
  const other = holderOf(history, call)
  if (other !== undefined && !neverWas(history, call)) say(`${other.application} declares it`)
  const own = history.newest(call.application)
  if (own !== undefined && own.declared.length === 0)
    say('the newest commit declares nothing at all')
  const last = history
    .commitsOf(call.application)
    .findLast((commit) => declares(commit, endpoint, deployment))
  const said = last && declares(last, endpoint, deployment)?.annotations['verdigris.dev/prune']
  if (said === 'disabled') say('its last manifest forbids it')
  return problems
}

/** Its tags say that it is ours, or it was taken over and is made again instead of getting them. */
function mayGo(history: History, call: Call): boolean {
  const { application, target } = call
  const { endpoint = '', deployment, route = 'online' } = target
  const mark = ownerMark(application, route, endpoint, deployment)
  const tags = history.statesDuring(call).map((state) => targetIn(state, target)?.tags ?? {})
  const isOurs = tags.some(
    (one) => one['verdigris.application'] === application && one['verdigris.owner'] === mark,
  )
  const holder = tags.at(-1)?.['verdigris.application'] ?? ''
  return isOurs || isTakenByHand(history, call) || hasLetGo(history, holder, call)
}

function ownerMark(
  application: string,
  route: 'online' | 'batch',
  endpoint: string,
  deployment: string | undefined,
): string {
  const key = recordKeyOf(route, endpoint)
  const full =
    deployment === undefined ? key : `${key.replace('Endpoint/', 'Deployment/')}/${deployment}`
  return hashOf(`${application}\n${full}`, 12)
}

/** What `sync.prune.maxDeletions` is by default. */
const MOST_DELETIONS = 3

function overBudget(history: History, event: TraceEvent): readonly string[] {
  const call = realDeleteIn(history, event)
  if (call === undefined || isSlot(history, call) || neverWas(history, call)) return NOTHING
  const commit = history.newest(call.application)
  const counts = history.memo('S14', () => new Map<string, Set<string>>())
  const id = `${call.application}|${commit?.revision}`
  const deleted = counts.get(id) ?? new Set()
  counts.set(id, deleted.add(call.target.key))
  if (deleted.size <= MOST_DELETIONS) return NOTHING
  return [
    `DELETE ${call.target.key}: number ${deleted.size} of one commit, ${MOST_DELETIONS} allowed`,
  ]
}
