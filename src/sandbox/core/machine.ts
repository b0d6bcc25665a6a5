import { changed } from './answers/changes.ts'
import { commonHeaders } from './answers/headers.ts'
import { answerAtRest } from './answers/kept-answers.ts'
import { type Answer, addressOf, type Call, PROVIDER } from './call.ts'
import type { ArmRequest, ArmResponse, Container, Json, JsonObject } from './contract.ts'
import { type NoPlace, type Place, placeOf } from './dispatch.ts'
import { gatewayError, notImplemented } from './errors.ts'
import { activeFault, answerFault, type Fault, fieldsTaken, requestFault } from './faults.ts'
import { isObject } from './json.ts'
import { unauthenticated, unauthorized } from './limits/access.ts'
import { refuseTags } from './limits/tags.ts'
import { withTexts } from './limits/texts.ts'
import { draw } from './limits/throttle.ts'
import { API_VERSIONS, buildOf } from './operations/builds.ts'
import { runningOperations, settle } from './operations/operations.ts'
import { latencyMs, settingsOf, type WorkspaceOptions } from './options.ts'
import { seedComputes } from './resources/computes.ts'
import { seedDatastores } from './resources/datastores.ts'
import { isAnyonesToAsk } from './resources/permissions.ts'
import { typeOf } from './routes.ts'
import type { State } from './state.ts'
import { find, keyOf } from './store.ts'

export { createKeptViews } from './answers/kept-views.ts'
export { endpointViews } from './answers/views.ts'
export { FAULT_NAMES, type Fault, parseFault } from './faults.ts'
export { type Invocation, type InvocationAnswer, invokeBatch } from './jobs/batch-invocation.ts'
export { type JobView, jobViews } from './jobs/job-view.ts'
export { setJob } from './jobs/jobs.ts'
export { isRegional, respondRegional } from './jobs/regional.ts'
export type { WorkspaceOptions } from './options.ts'
export type { State } from './state.ts'

/** A fresh workspace: its default datastores and nothing else. The result is plain JSON. */
export function createWorkspace(options: WorkspaceOptions, now = 0): State {
  const state: State = {
    version: 1,
    settings: settingsOf(options),
    createdAtMs: now,
    drawn: 0,
    made: 0,
    resources: {},
    operations: {},
    running: [],
    over: [],
    buckets: {},
    faults: [],
    priors: {},
    logs: {},
  }
  seedDatastores(state, now)
  seedComputes(state, now)
  return state
}

/** A workspace from before, with the options of today. Changes nothing that clients have made. */
export function restoreWorkspace(kept: State, options: WorkspaceOptions, now: number): State {
  const state = { ...kept, settings: settingsOf(options) }
  seedComputes(state, now)
  return state
}

/**
 * Answers one control-plane request at the instant `now` (ms since 1970). Changes `state` in place and returns it.
 * Reads from top to bottom as a request travels.
 */
export function respond(
  state: State,
  request: ArmRequest,
  now: number,
): { state: State; response: ArmResponse } {
  settle(state, now)
  const address = addressOf(request.url)
  const place = placeOf(state, request.method, address)
  const isRoute = 'route' in place
  const call: Call = {
    state,
    request,
    now,
    address,
    build: buildOf(state.settings),
    apiVersion: address.query.get('api-version') ?? '',
    principal: request.principal ?? { objectId: '' },
    type: isRoute ? typeOf(place.route.path) : '',
    params: isRoute ? place.params : {},
  }
  const limits = isRoute ? draw(call, place.route.bucket) : undefined
  const answer =
    refuseVersion(call) ??
    (request.principal === undefined ? unauthenticated(state.settings, request) : undefined) ??
    limits?.refusal ??
    requestFault(call) ??
    handle(call, place)
  const headers = {
    ...commonHeaders(call, answer),
    ...(answer.from === 'gateway' ? {} : limits?.headers),
    ...answer.headers,
  }
  return { state, response: responseOf(call, answer, headers) }
}

function refuseVersion(call: Call): Answer | undefined {
  const { apiVersion, state } = call
  if (apiVersion === '') {
    const message = 'The api-version query parameter (?api-version=) is required for all requests.'
    return gatewayError(400, 'MissingApiVersionParameter', message)
  }
  if (API_VERSIONS.includes(apiVersion) || isAnyonesToAsk(call)) return undefined
  const versions = API_VERSIONS.join(', ')
  if (!/^\d{4}-\d{2}-\d{2}(-\w+)?$/.test(apiVersion)) {
    const message = `The api-version '${apiVersion}' is invalid. The supported versions are '${versions}'.`
    return gatewayError(400, 'InvalidApiVersionParameter', message)
  }
  const message = `No registered resource provider found for location '${state.settings.location}' and API version '${apiVersion}' for type 'workspaces'. The supported api-versions are '${versions}'. The supported locations are '${state.settings.location}'.`
  return gatewayError(400, 'NoRegisteredProviderFound', message)
}

function handle(call: Call, place: Place | NoPlace): Answer {
  if (!('route' in place)) return place.answer ?? notImplemented(place.operation)
  const { route } = place
  const refusal = isAnyonesToAsk(call) ? undefined : unauthorized(call, route.action)
  if (refusal !== undefined) return refusal
  if (route.method === 'GET')
    return omitted(call, stale(call) ?? answerAtRest(call, () => route.handler(call)))
  if (route.method === 'PUT' && !isObject(call.request.body)) {
    const message = 'The request content was invalid and could not be deserialized.'
    return gatewayError(400, 'InvalidRequestContent', message)
  }
  if (route.method === 'POST') {
    changed(call.state)
    return route.handler(call)
  }
  const read = withTexts(call.request.body ?? null, call.type)
  if ('refusal' in read) return read.refusal
  return write(withBody(call, read.body), route)
}

function withBody(call: Call, body: Json): Call {
  return { ...call, request: { ...call.request, body } }
}

function write(call: Call, { handler }: Place['route']): Answer {
  const prior = priorOf(call)
  const badTags = refuseTags(tagsAfter(call, prior))
  if (badTags !== undefined) return badTags
  changed(call.state)
  const answer = handler(withBody(call, fieldsTaken(call, prior)))
  if (answer.status < 300) remember(call, prior)
  return answer
}

/** Tags of the resource itself as the request leaves them; those of assets are in their properties, and no ARM tags. */
function tagsAfter({ request }: Call, prior: Json): JsonObject {
  const asked = isObject(request.body) && isObject(request.body.tags) ? request.body.tags : {}
  const before = isObject(prior) && isObject(prior.tags) ? prior.tags : {}
  return request.method === 'PATCH' ? { ...before, ...asked } : asked
}

const PRIORS_KEPT = 1000

function remember(call: Call, prior: Json): void {
  const { priors } = call.state
  const path = call.address.path.toLowerCase()
  delete priors[path]
  priors[path] = prior
  const [oldest = ''] = Object.keys(priors)
  if (Object.keys(priors).length > PRIORS_KEPT) delete priors[oldest]
}

/** What a GET of the same path says now; null = 404. Kept, so that a stale read can say it again after the write. */
function priorOf(call: Call): Json {
  const read = placeOf(call.state, 'GET', call.address)
  if (!('route' in read)) return null
  const answer = read.route.handler({ ...call, request: { ...call.request, method: 'GET' } })
  return answer.status === 200 ? (answer.body ?? null) : null
}

function stale(call: Call): Answer | undefined {
  const prior = call.state.priors[call.address.path.toLowerCase()]
  if (prior === undefined || answerFault(call, 'staleRead') === undefined) return undefined
  if (prior !== null) return { status: 200, body: prior }
  const message = `The Resource '${PROVIDER}/workspaces/${call.type}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`
  return gatewayError(404, 'ResourceNotFound', message)
}

/** A list without the item that a ListOmits fault aims at; without an aim, without its last. */
function omitted(call: Call, answer: Answer): Answer {
  const { body } = answer
  if (!isObject(body) || !Array.isArray(body.value)) return answer
  const fault = answerFault(call, 'listOmits')
  if (fault === undefined) return answer
  const aim = (fault.deployment ?? fault.endpoint)?.toLowerCase()
  const isLast = (index: number) => index === (body.value as unknown[]).length - 1
  const value = body.value.filter((item, index) => {
    const name = isObject(item) ? String(item.name).toLowerCase() : ''
    return aim === undefined ? !isLast(index) : name !== aim
  })
  return { status: answer.status, body: { ...body, value } }
}

function responseOf(call: Call, answer: Answer, headers: Record<string, string>): ArmResponse {
  const { status, body, createsContainer } = answer
  const isWrite = call.type !== '' && call.request.method !== 'GET' && status < 300
  const isLost = isWrite && answerFault(call, 'lostResponse') !== undefined
  const told = {
    ...(createsContainer === undefined ? {} : { createsContainer }),
    ...(isLost ? { lost: true as const } : {}),
  }
  if (body === undefined) return { status, headers, ...told }
  // A copy: what goes out must not change with the state, nor the state with it.
  const text = answer.text ?? JSON.stringify(body)
  let copy: Json | undefined
  return {
    status,
    headers,
    ...told,
    text,
    get body() {
      copy ??= JSON.parse(text) as Json
      return copy
    },
  }
}

/**
 * The runtime tells how a deployment's container does. Ignored for a deployment that is gone and for a generation
 * that is not the newest.
 */
export function setContainer(
  state: State,
  endpoint: string,
  deployment: string,
  containerGeneration: number,
  container: Container,
  now: number,
): void {
  settle(state, now)
  const resource = find(state, `onlineEndpoints/${endpoint}/deployments/${deployment}`)
  if (resource === undefined || resource.containerGeneration !== containerGeneration) return
  resource.container = container
  resource.containerAtMs = now
  changed(state)
  settle(state, now)
}

const LOG_MAX = 65_536

/** Adds text to what getLogs answers for a deployment; the last 64 KiB are kept. */
export function appendLog(state: State, endpoint: string, deployment: string, text: string): void {
  const path = `onlineEndpoints/${endpoint}/deployments/${deployment}`
  if (find(state, path) === undefined) return
  const key = keyOf(state, path)
  state.logs[key] = `${state.logs[key] ?? ''}${text}`.slice(-LOG_MAX)
}

/** Puts a fault into the workspace; it strikes matching requests, operations and models from now on. */
export function injectFault(state: State, fault: Fault, now: number): void {
  settle(state, now)
  state.faults.push(activeFault(fault))
}

/** Takes all faults out again; operations they have doomed stay so. */
export function clearFaults(state: State): void {
  state.faults = []
}

/** Changes the cores that a VM family may use from now on; what runs already is left alone. */
export function setQuota(state: State, family: string, cores: number): void {
  const quotas = { ...state.settings.quotas, [family]: cores }
  state.settings = { ...state.settings, quotas }
}

/** The next instant at which something changes by itself; undefined = nothing will. */
export function nextEventAt(state: State, now: number): number | undefined {
  settle(state, now)
  const instants = runningOperations(state).flatMap((operation) => {
    if (operation.dueAtMs === null) return []
    const isWaiting = operation.awaitsContainer && isStarting(state, operation.target)
    const patience = operation.startedAtMs + latencyMs(state.settings, 'containerPatience')
    return isWaiting ? [patience] : [operation.dueAtMs]
  })
  const later = instants.filter((instant) => instant > now)
  return later.length === 0 ? undefined : Math.min(...later)
}

function isStarting(state: State, target: string): boolean {
  return state.resources[target]?.container?.state === 'starting'
}
