import { isObject } from '../../../../src/core/model/values/json.ts'
import type { TraceEvent, WorldState } from '../../trace.ts'
import type { Call, CallEvent } from '../call.ts'
import type { History } from '../history.ts'
import { type Invariant, NOTHING, writeIn } from '../invariant.ts'
import { targetOf, treeOf } from '../target.ts'
import type { View } from '../views.ts'
import {
  deploymentIn,
  deploymentsIn,
  endpointIn,
  isTerminal,
  propertiesOf,
  recordIn,
  tagsIn,
  weightsIn,
  weightsOf,
} from '../world.ts'
import { isMeasurement } from './reactions.ts'

/** S11, S12, S17, S18: the order of calls, and what they may carry. */
export const ORDER: readonly Invariant[] = [
  {
    id: 'S11',
    title: 'At most one write in flight per endpoint tree; after a 409 one looks again',
    observe: (history, event) => [...whileBusy(history, event, 'S11'), ...resent(history, event)],
  },
  {
    id: 'S12',
    title: 'Nothing is changed while Azure works on it, but for a create that is stuck',
    observe: (history, event) => whileBusy(history, event, 'S12'),
  },
  { id: 'S17', title: 'No secret in a report, or in what is sent', observe: secretsTold },
  { id: 'S18', title: 'Nothing is asked again before Retry-After is over', observe: tooSoonAgain },
]

/** A write to a tree in which something was at work through the whole tick, and the controller could see it. */
function whileBusy(history: History, event: TraceEvent, id: 'S11' | 'S12'): readonly string[] {
  const since = history.memo('S12 since', () => new Map<string, number>())
  if (event.type === 'state' && id === 'S12') noteBusy(since, event.state, event.at)
  const call = writeIn(history, event)
  const tree = call && treeOf(call.target)
  if (call === undefined || tree === undefined || call.status === undefined) return NOTHING
  const during = history.statesDuring(call)
  const busy = busyKeys(history.state, call).filter((key) =>
    during.every((state) => busyKeys(state, call).includes(key)),
  )
  return busy.flatMap((key) => {
    if ((key === call.target.key ? 'S12' : 'S11') !== id) return []
    const isStuck = call.at - (since.get(key) ?? call.at) > STUCK_MS
    if (call.method === 'DELETE' && isStuck) return []
    if (isExcused(history, call, key)) return []
    return [`${call.method} ${call.target.key} while Azure works on ${key}`]
  })
}

/** The one that writes could not know better, or users need not wait until it does. */
function isExcused(history: History, call: Call, key: string): boolean {
  const isShown = isShownDone(history.viewOf(call.controller, key))
  return (
    isShown ||
    isUnknown(history, call, key) ||
    isServingAgain(history, call, key) ||
    isTakenBackUnread(history, call, key)
  )
}

/**
 * It was begun by a process that has ended since, and no reading has shown it to the one that writes; or by a hand, and
 * Azure refuses the write.
 */
function isUnknown(history: History, { controller, status }: Call, key: string): boolean {
  const began = history.lastWrite.get(key)?.at
  const isAnother = began === undefined ? status === 409 : history.hasRestarted(controller, began)
  return isAnother && history.viewOf(controller, key)?.is !== 'there'
}

/** Where nobody is served, the traffic waits for no late or failing list to show what is under way: Azure refuses it, and no more. */
function isServingAgain(
  history: History,
  { controller, target, status }: Call,
  key: string,
): boolean {
  const view = history.viewOf(controller, key)
  if (view?.is === 'there' && view.isOutdated !== true) return false
  const served = weightsOf(endpointIn(history.state, target.endpoint ?? ''))
  return target.kind === 'endpoint' && status === 409 && Object.keys(served).length === 0
}

/** Users are taken off a deployment although the list that would show what is under way fails: Azure refuses it, and no more. */
function isTakenBackUnread(history: History, call: Call, key: string): boolean {
  const { controller, target, status, requestBody } = call
  if (target.kind !== 'endpoint' || status !== 409) return false
  const after = weightsIn(requestBody, target.route ?? 'online')
  const before = weightsOf(endpointIn(history.state, target.endpoint ?? ''))
  const isLess = Object.entries(before).some(([name, weight]) => (after[name] ?? 0) < weight)
  return isLess && history.viewOf(controller, key)?.isOutdated === true
}

/** How long a create is given before it may be taken for stuck. */
const STUCK_MS = 600_000

/** Reads may show an end that has not come yet: who was told so may write. */
function isShownDone(view: View | undefined): boolean {
  if (view === undefined || view.is !== 'there') return view?.is === 'gone'
  return isTerminal(String(propertiesOf(view.body).provisioningState))
}

function busyKeys(state: WorldState, { target }: Call): readonly string[] {
  const { route = 'online', endpoint = '' } = target
  const own = endpointIn(state, endpoint)
  const names = deploymentsIn(state, endpoint).filter((name) => {
    const found = deploymentIn(state, endpoint, name)
    return found !== undefined && !isTerminal(found.provisioningState)
  })
  const isBusy = own !== undefined && !isTerminal(own.provisioningState)
  const base = `${route}/${endpoint}`
  return [...(isBusy ? [base] : []), ...names.map((name) => `${base}/${name}`)]
}

function noteBusy(since: Map<string, number>, state: WorldState, at: number): void {
  const endpoints = Object.entries(state.endpoints).map(
    ([name, { kind, provisioningState }]) => [`${kind}/${name}`, provisioningState] as const,
  )
  const deployments = Object.entries(state.deployments).map(([name, { provisioningState }]) => {
    const kind = endpointIn(state, name.split('/')[0]?.toLowerCase() ?? '')?.kind ?? 'online'
    return [`${kind}/${name}`, provisioningState] as const
  })
  const busy = [...endpoints, ...deployments].filter(([, word]) => !isTerminal(word))
  const keys = new Set(busy.map(([key]) => key.toLowerCase()))
  for (const key of since.keys()) if (!keys.has(key)) since.delete(key)
  for (const key of keys) since.set(key, since.get(key) ?? at)
}

function resent(history: History, event: TraceEvent): readonly string[] {
  const refused = history.memo('S11 refused', () => new Map<string, number>())
  const call = writeIn(history, event)
  if (call === undefined) return NOTHING
  const id = `${call.controller}|${call.target.key}`
  const before = refused.get(id)
  refused.delete(id)
  if (call.seenStatus === 409) refused.set(id, call.seq)
  const view = history.viewOf(call.controller, call.target.key)
  if (before === undefined || (view !== undefined && view.seq > before)) return NOTHING
  const isNewProcess = history.restarts.some(
    ({ seq, controller }) => controller === call.controller && seq > before,
  )
  return isNewProcess
    ? NOTHING
    : [`${call.method} ${call.target.key} again after a 409, without a look`]
}

const SECRET = /key|secret|token|password|sas/i
const GIVES_SECRETS = /listsecrets|listkeys|\/token$/i

function secretsTold(history: History, event: TraceEvent): readonly string[] {
  const secrets = history.memo('S17', () => new Set<string>())
  if (event.type === 'call' && event.method === 'POST' && GIVES_SECRETS.test(event.path)) {
    for (const secret of secretsIn(event.responseBody)) secrets.add(secret)
    return NOTHING
  }
  if (secrets.size === 0) return NOTHING
  if (event.type === 'plan') {
    const text = JSON.stringify(event.report)
    return [...secrets].some((secret) => text.includes(secret))
      ? [`the report of tick ${event.report.tick} holds a secret`]
      : NOTHING
  }
  const call = writeIn(history, event)
  const text = call === undefined ? '' : JSON.stringify(call.requestBody ?? '')
  return [...secrets].some((secret) => text.includes(secret))
    ? [`${call?.method} ${call?.target.key} carries a secret`]
    : NOTHING
}

function secretsIn(body: unknown): readonly string[] {
  if (!isObject(body)) return []
  return Object.entries(body).flatMap(([name, value]) => {
    if (isObject(value)) return secretsIn(value)
    return typeof value === 'string' && value.length >= 16 && SECRET.test(name) ? [value] : []
  })
}

interface Throttled {
  readonly at: number
  readonly tick: number | undefined
  readonly ms: number
}

/** A provider is asked about all endpoints at once: the others are under way when one is answered. */
function isAskedTogether(event: CallEvent, before: Throttled | undefined): boolean {
  return before?.tick === event.tick && isMeasurement(event)
}

/** The window is not in the trace: the shortest of those that are armed holds. */
function tooSoonAgain(history: History, event: TraceEvent): readonly string[] {
  if (event.type === 'plan') return looksForNothing(history, event.controller)
  const looks = looksIn(history)
  if (event.type === 'crash') looks.delete(event.controller)
  if (event.type !== 'call') return NOTHING
  const look = looks.get(event.controller)
  if (look?.path === event.path && isOwedToUsers(history, event)) looks.delete(event.controller)
  const held = history.memo('S18', () => new Map<string, Throttled>())
  const id = `${event.controller}|${event.method}|${event.path}`
  const before = held.get(id)
  if (isAskedTogether(event, before)) return NOTHING
  held.delete(id)
  if (event.fault === '429after')
    held.set(id, { at: event.at, tick: event.tick, ms: shortestWindow(history) })
  if (before === undefined) return NOTHING
  const isNewProcess = history.hasRestarted(event.controller, before.at)
  const waited = event.at - before.at
  if (isNewProcess || waited >= before.ms * TOLERANCE || isOwedToUsers(history, event))
    return NOTHING
  const said = `${event.method} ${event.path} ${Math.round(waited / 1000)} s after a 429 that said ${before.ms / 1000} s`
  if (!isLook(event)) return [said]
  // Refused once more it is the probe of that window.
  if (event.fault === undefined) looks.set(event.controller, { path: event.path, said })
  return NOTHING
}

interface Look {
  readonly path: string
  readonly said: string
}

/** By controller: what was read too soon in this tick, and no write to it has followed yet. */
function looksIn(history: History): Map<string, Look> {
  return history.memo('S18 looks', () => new Map<string, Look>())
}

/** Traffic is moved on what a GET says: the two are one probe. */
function isLook({ method, path }: CallEvent): boolean {
  const { kind, isList } = targetOf(path)
  return method === 'GET' && kind === 'endpoint' && !isList
}

function looksForNothing(history: History, controller: string): readonly string[] {
  const looks = looksIn(history)
  const said = looks.get(controller)?.said
  looks.delete(controller)
  return said === undefined ? NOTHING : [said]
}

/** Traffic that leaves a revision, or returns to users whom nobody serves (of the weight of a deployment that is gone), is the one probe that a window is given: its answer opens the next one. */
function isOwedToUsers({ state }: History, { method, path, requestBody }: CallEvent): boolean {
  const { kind, endpoint = '', route = 'online' } = targetOf(path)
  if (method !== 'PUT' || kind !== 'endpoint') return false
  const live = endpointIn(state, endpoint)
  const served = Object.values(weightsOf(live)).reduce((sum, weight) => sum + weight, 0)
  if (live !== undefined && served < 100 && propertiesOf(requestBody).traffic !== undefined)
    return true
  const record = recordIn(tagsIn(requestBody), route, endpoint)
  const after = weightsIn(requestBody, route)
  // Somebody gave the candidate more users than a step did.
  const leaves = (slot: string): boolean => (after[slot] ?? 0) < (weightsOf(live)[slot] ?? 0)
  if (record?.candidate !== undefined && leaves(record.candidate.slot)) return true
  return record?.phase === 'aborted' || record?.withdrawn !== undefined
}

const TOLERANCE = 0.97

/** What is said where the scenario does not say how long. */
const USUAL_SECONDS = 30

function shortestWindow({ faults }: History): number {
  const seconds = faults.flatMap(({ name }) => {
    if (!name.includes('429after')) return []
    return [Number(/ with (\d+)/.exec(name)?.[1] ?? USUAL_SECONDS)]
  })
  return seconds.length === 0 ? 0 : Math.min(...seconds) * 1000
}
