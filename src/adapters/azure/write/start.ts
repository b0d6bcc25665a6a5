import { basisOf, lastWriteIn, writeMarkOf } from '../../../core/model/basis.ts'
import { isAtWork } from '../../../core/model/live.ts'
import type { Action } from '../../../core/model/plan.ts'
import { DEPLOYMENT_OF, keyOf, type Ref } from '../../../core/model/ref.ts'
import { isOnItsWay, type Outcome } from '../../../core/model/report.ts'
import {
  canonical,
  isObject,
  type Json,
  type JsonObject,
  textIn,
} from '../../../core/model/values/json.ts'
import { laidOver, valueAt } from '../../../core/model/values/pointer.ts'
import { type Clock, CloudError, type Source } from '../../../reconcile/ports.ts'
import type { ArmClient } from '../http/client.ts'
import { cloudErrorFrom, cloudErrorOf, groundErrorOf } from '../http/errors.ts'
import { objectIn, objectOf, type RawResponse } from '../http/whole-body.ts'
import { DEFAULT_LIMITS } from '../limits.ts'
import type { Ages } from '../observe/ages.ts'
import type { Endpoints } from '../observe/endpoints.ts'
import { phaseOf } from '../observe/live.ts'
import type { Looks } from '../observe/looks.ts'
import type { StaleListEntries } from '../observe/stale-list-entries.ts'
import { pathOf } from '../paths.ts'
import type { Resting } from '../throttle/resting.ts'
import type { Throttle } from '../throttle/throttle.ts'
import type { Uploads } from './upload.ts'

export interface Starting {
  readonly client: ArmClient
  readonly clock: Clock
  readonly uploads: Uploads
  readonly staleEntries: StaleListEntries
  readonly ages: Pick<Ages, 'isNewlyGone'>
  readonly resting: Resting
  readonly looks: Pick<Looks, 'disturb' | 'known'>
  readonly endpoints: Pick<Endpoints, 'disturb'>
  readonly throttle: Pick<Throttle, 'hold'>
}

/**
 * Sends one write, once. Right before it the thing is read again: a write whose ground has moved is not sent
 * (INVARIANTS S9, ATTACKS 42). A lost answer is a Failed outcome; the next observation tells what became of it.
 */
export async function startAction(
  starting: Starting,
  action: Action,
  content: Pick<Source, 'blob'>,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    const letGo = place(starting, action)
    try {
      starting.resting.disturb(action.ref, action.verb === 'create')
      const answer = await (action.onto === undefined
        ? write(starting, action, content, signal)
        : takeBack(starting, action, action.onto, signal))
      disturb(starting, action.ref, true)
      return startedBy(action, answer)
    } finally {
      letGo()
    }
  } catch (error) {
    const cause = cloudErrorFrom(error, describe(action))
    if (!isOnItsWay(cause.reason)) distrustReadings(starting, action, cause.reason)
    return failed(action, cause)
  }
}

/** What was read may be why a write was refused; that Azure is busy says nothing of its endpoint. */
function distrustReadings(starting: Starting, { ref }: Action, reason: string): void {
  starting.resting.clear()
  if (reason !== 'Throttled') disturb(starting, ref, MAY_BE_DONE.has(reason))
}

function disturb({ looks, endpoints }: Starting, ref: Ref, isSent: boolean): void {
  looks.disturb(ref, isSent)
  endpoints.disturb(ref, isSent)
}

/** There was no answer: what was asked may have been done. */
const MAY_BE_DONE: ReadonlySet<string> = new Set(['TimedOut', 'Unavailable', 'UnreadableAnswer'])

async function write(
  starting: Starting,
  action: Action,
  content: Pick<Source, 'blob'>,
  signal: AbortSignal,
): Promise<RawResponse> {
  await checkGround(starting, action, signal)
  const body = await bodyOf(starting, action, content, signal)
  if (action.upload) await checkGround(starting, action, signal)
  return send(starting, action, body, signal)
}

/** A place among the writes, before anything is read for it. What takes traffic off a bad revision needs none. */
function place({ throttle, client }: Starting, action: Action): () => void {
  if (action.isUrgent === true) return () => {}
  return throttle.hold(methodOf(action), `${client.workspacePath}/${pathOf(action.ref)}`)
}

/**
 * A take-back is made from what a GET shows right now: what else has moved since the plan does not hold it. When Azure
 * refuses it, the next plan is made from a GET, too.
 */
async function takeBack(
  starting: Starting,
  action: Action,
  onto: NonNullable<Action['onto']>,
  signal: AbortSignal,
): Promise<RawResponse> {
  const { client, clock, staleEntries } = starting
  const what = `GET ${keyOf(action.ref)}`
  try {
    const response = await client.get(action.ref, signal, action.isUrgent)
    if (response.status !== 200) throw groundErrorOf(response, what, clock.now())
    const live = objectOf(response, what)
    const phase = phaseOf(live)
    if (isAtWork({ phase }))
      throw refusal('Conflict', `${keyOf(action.ref)} is being changed; nothing was sent.`)
    const { path, value } = onto.witness
    if (valueAt(live, path) !== value)
      throw refusal('Moved', `${keyOf(action.ref)} changed since it was read; nothing was sent.`)
    if (phase === 'Ready' && onto.fields.every((field) => isThere(live, field)))
      throw refusal('Moved', `${keyOf(action.ref)} is as it is to be already; nothing was sent.`)
    return await send(starting, action, laidOver(live, onto), signal)
  } catch (error) {
    staleEntries.add(action.ref)
    throw error
  }
}

/** A weight of zero is none. */
function isThere(live: JsonObject, { path, value }: NonNullable<Action['onto']>['fields'][number]) {
  const text = (one: Json | undefined): string =>
    canonical(isObject(one) ? withoutZeros(one) : (one ?? null))
  return text(valueAt(live, path)) === text(value)
}

function withoutZeros(weights: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(weights).filter(([, weight]) => weight !== 0))
}

async function checkGround(starting: Starting, action: Action, signal: AbortSignal): Promise<void> {
  for (const { ref, lastWrite } of action.grounds ?? [])
    await unmoved(starting, ref, (body) => lastWriteIn(body) === lastWrite, signal)
  const isBasis = (body: JsonObject | undefined): boolean => basisOf(body) === action.basis
  const live = await unmoved(starting, action.ref, isBasis, signal)
  if (live !== undefined && isBusy(action, live)) {
    throw refusal('Conflict', `${keyOf(action.ref)} is being changed; nothing was sent.`)
  }
  if (live === undefined) await childless(starting, action.ref, signal)
  else if (action.verb === 'delete') await childrenAsRead(starting, action.ref, signal)
}

/**
 * An endpoint whose deployments are listed is there, whatever a late GET says (INVARIANTS 1.3: 404 after a create), and so
 * is one that was there a moment ago: to make it anew would take its traffic away.
 */
async function childless(starting: Starting, ref: Ref, signal: AbortSignal): Promise<void> {
  if (!(ref.kind in DEPLOYMENT_OF)) return
  const { staleEntries, ages } = starting
  const isChildless = (await childrenOf(starting, ref, signal)).length === 0
  if (isChildless && !ages.isNewlyGone(ref)) return
  staleEntries.add(ref)
  const why = isChildless
    ? 'was there a moment ago, and is looked at again'
    : 'has deployments, so it is there'
  throw refusal('Moved', `${keyOf(ref)} ${why}; nothing was sent.`)
}

/** With an endpoint go its deployments: also those that somebody made since they were read. */
async function childrenAsRead(starting: Starting, ref: Ref, signal: AbortSignal): Promise<void> {
  const known = new Set(starting.looks.known(ref)?.map((one) => one.ref.name.toLowerCase()))
  const unknown = (await childrenOf(starting, ref, signal)).filter((name) => !known.has(name))
  if (unknown.length === 0) return
  const names = unknown.join(', ')
  throw refusal('Moved', `${keyOf(ref)} has ${names}, too, since it was read; nothing was sent.`)
}

/** Names of the deployments of an endpoint, as their list shows them now; of anything else there are none. */
async function childrenOf(
  { client, clock }: Starting,
  ref: Ref,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (ref.kind !== 'OnlineEndpoint' && ref.kind !== 'BatchEndpoint') return []
  const what = `LIST deployments of ${keyOf(ref)}`
  const response = await client.list({ kind: DEPLOYMENT_OF[ref.kind], parent: ref.name }, signal)
  if (response.status === 404) return []
  if (response.status !== 200) throw groundErrorOf(response, what, clock.now())
  const { value } = objectOf(response, what)
  // What is no list is not known to be empty.
  if (!Array.isArray(value)) return ['']
  return value.map((one) => (isObject(one) ? textIn(one.name).toLowerCase() : ''))
}

/** What is live, read directly; throws when it is not what the plan saw. */
async function unmoved(
  { client, clock, staleEntries }: Starting,
  ref: Ref,
  isAsRead: (body: JsonObject | undefined) => boolean,
  signal: AbortSignal,
): Promise<JsonObject | undefined> {
  const what = `GET ${keyOf(ref)}`
  const response = await client.get(ref, signal)
  const isAbsent = response.status === 404
  if (!isAbsent && response.status !== 200) throw groundErrorOf(response, what, clock.now())
  const live = isAbsent ? undefined : objectOf(response, what)
  if (isAsRead(live)) return live
  staleEntries.add(ref)
  throw refusal('Moved', `${keyOf(ref)} changed since it was read; nothing was sent.`)
}

/** Something under way is left alone (INVARIANTS S12); only a delete may end a create that is stuck. */
function isBusy(action: Action, live: JsonObject): boolean {
  const phase = phaseOf(live)
  return phase === 'Deleting' || (phase === 'Provisioning' && action.verb !== 'delete')
}

async function bodyOf(
  { uploads }: Starting,
  action: Action,
  content: Pick<Source, 'blob'>,
  signal: AbortSignal,
): Promise<JsonObject | undefined> {
  if (action.upload === undefined || action.body === undefined) return action.body
  return uploads.place(
    { ref: action.ref, body: action.body, upload: action.upload },
    content,
    signal,
  )
}

async function send(
  { client, clock }: Starting,
  action: Action,
  body: JsonObject | undefined,
  signal: AbortSignal,
): Promise<RawResponse> {
  const method = methodOf(action)
  const response = await client.write(
    method,
    pathOf(action.ref),
    body,
    signal,
    action.isUrgent === true,
  )
  const isAccepted = response.status >= 200 && response.status <= 204
  if (!isAccepted) throw cloudErrorOf(response, describe(action), clock.now())
  return response
}

/** An answer that is nested deeper tells no mark. */
const DEPTH_MAX = DEFAULT_LIMITS.depthMax

/** What Azure accepted, with the mark that it leaves, where the answer tells it. */
function startedBy(action: Action, answer: RawResponse): Outcome {
  const mark = writeMarkOf(answer.headers['azure-asyncoperation'], objectIn(answer, DEPTH_MAX))
  return { action, result: 'Started', mark }
}

/** Archiving is a PUT: models, environments, data and code are never deleted, whatever a plan says. */
function methodOf({ verb, body, ref }: Action): 'PUT' | 'DELETE' {
  if (verb !== 'delete') {
    if (body === undefined) throw new Error(`The plan gave no body for ${keyOf(ref)}.`)
    return 'PUT'
  }
  if (ref.version !== undefined) throw new Error(`The plan deletes the asset ${keyOf(ref)}.`)
  return 'DELETE'
}

function describe(action: Action): string {
  return `${action.verb} ${keyOf(action.ref)}`
}

function refusal(reason: string, message: string): CloudError {
  return new CloudError({ reason, message, errorClass: 'conflict', retry: 'Later' })
}

function failed(action: Action, error: CloudError): Outcome {
  const { reason, message, errorClass, retry, retryAfterMs, usualMs } = error
  return {
    action,
    result: 'Failed',
    reason,
    message,
    errorClass,
    retry,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(usualMs !== undefined && { usualMs }),
  }
}
