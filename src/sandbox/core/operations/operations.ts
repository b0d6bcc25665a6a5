import { changed } from '../answers/changes.ts'
import { type Call, locationId } from '../call.ts'
import type { JsonObject } from '../contract.ts'
import { withGuide } from '../errors.ts'
import { drawGuid, hexOf } from '../ids.ts'
import { objectOf } from '../json.ts'
import { type Latencies, latencyMs } from '../options.ts'
import type {
  Operation,
  OperationError,
  OperationVerb,
  Resource,
  ResourceKind,
  State,
} from '../state.ts'
import { serviceTime } from '../time.ts'
import { type Build, buildOf } from './builds.ts'
import { runningWord, transitionOf } from './lifecycle.ts'

/** How long ended operations can still be asked for: the newest this many. */
const ENDED_KEPT = 2000

interface Plan {
  readonly verb: OperationVerb
  readonly takes?: keyof Latencies
  readonly awaitsContainer?: boolean
  readonly doom?: { readonly error: OperationError; readonly takes: keyof Latencies } | undefined
  readonly never?: boolean
  /** So many times as long. */
  readonly factor?: number
  readonly keys?: { readonly primaryKey: string; readonly secondaryKey: string }
}

/** Starts a long-running operation on a resource, which must be in the state already. */
export function begin(call: Call, key: string, plan: Plan): Operation {
  const { state, now } = call
  const resource = resourceAt(state, key)
  const takes = plan.doom?.takes ?? plan.takes ?? transitionOf(resource.kind, plan.verb).takes
  const operation: Operation = {
    guid: drawGuid(state),
    prefix: prefixOf(call.build, resource.kind),
    verb: plan.verb,
    target: key,
    apiVersion: call.apiVersion,
    startedAtMs: now,
    dueAtMs:
      plan.never === true ? null : now + latencyMs(state.settings, takes) * (plan.factor ?? 1),
    awaitsContainer: plan.awaitsContainer === true && plan.doom === undefined,
    ...(plan.doom === undefined ? {} : { doom: plan.doom.error }),
    ...(plan.keys === undefined ? {} : { keys: plan.keys }),
  }
  state.operations[operation.guid] = operation
  state.running.push(operation.guid)
  resource.operation = operation.guid
  return operation
}

/** What the names of a kind's operations begin with (FACTS 2.1); those of computes are bare guids. */
function prefixOf(build: Build, kind: ResourceKind): string {
  const prefixes: Partial<Record<ResourceKind, string>> = {
    onlineEndpoint: build.endpointPrefix,
    onlineDeployment: build.deploymentPrefix,
    batchEndpoint: build.batchEndpointPrefix,
    batchDeployment: build.batchDeploymentPrefix,
  }
  return prefixes[kind] ?? ''
}

function resourceAt(state: State, key: string): Resource {
  const resource = state.resources[key]
  if (resource === undefined) throw new Error(`no resource ${key}`)
  return resource
}

/** Brings the state up to `now`: ends, in the order of their ends, the operations that time and containers have ended. */
export function settle(state: State, now: number): void {
  const over: { operation: Operation; ended: NonNullable<Operation['ended']> }[] = []
  for (const operation of runningOperations(state)) {
    const ended = endOf(state, operation, now)
    if (ended !== undefined) over.push({ operation, ended })
  }
  if (over.length === 0) return
  changed(state)
  over.sort((left, right) => left.ended.atMs - right.ended.atMs)
  for (const { operation, ended } of over) finish(state, operation, ended)
}

/** The operations that are not over, the oldest first. */
export function runningOperations(state: State): Operation[] {
  return state.running.flatMap((guid) => state.operations[guid] ?? [])
}

function endOf(state: State, operation: Operation, now: number): Operation['ended'] {
  if (operation.dueAtMs === null) return undefined
  const resource = state.resources[operation.target]
  const { container, containerAtMs = 0 } = resource ?? {}
  if (operation.awaitsContainer && container?.state === 'crashed' && containerAtMs <= now) {
    const atMs = Math.max(containerAtMs, operation.startedAtMs)
    return { atMs, status: 'Failed', error: crashError(container.code, container.message) }
  }
  if (operation.awaitsContainer && container?.state === 'starting') {
    const patience = latencyMs(state.settings, 'containerPatience')
    const atMs = operation.startedAtMs + patience
    const message = 'User container did not become ready in time.'
    return now < atMs
      ? undefined
      : { atMs, status: 'Failed', error: crashError('ResourceNotReady', message) }
  }
  const atMs = Math.max(operation.dueAtMs, operation.awaitsContainer ? containerAtMs : 0)
  if (now < atMs) return undefined
  return operation.doom === undefined
    ? { atMs, status: 'Succeeded' }
    : { atMs, status: 'Failed', error: operation.doom }
}

function crashError(code: string, message: string): OperationError {
  const head = code === 'ResourceNotReady' ? 'User container has crashed or terminated: ' : ''
  return withGuide(code, message.startsWith('User container') ? message : `${head}${message}`)
}

const CREATED_AT_END: readonly ResourceKind[] = ['onlineEndpoint', 'batchEndpoint', 'compute']

/** Writes down that an operation is over, and what that does to its resource. */
export function finish(
  state: State,
  operation: Operation,
  ended: NonNullable<Operation['ended']>,
): void {
  operation.ended = ended
  state.running = state.running.filter((guid) => guid !== operation.guid)
  state.over.push(operation.guid)
  forgetOldest(state)
  const resource = state.resources[operation.target]
  if (resource === undefined || resource.operation !== operation.guid) return
  if (ended.status !== 'Succeeded') {
    withdrawTraffic(resource)
    return
  }
  if (operation.verb === 'delete') {
    remove(state, operation.target)
    return
  }
  if (operation.keys !== undefined) resource.keys = operation.keys
  // Recorded (1.2): a create moves lastModifiedAt to its end, a tag PATCH moves nothing.
  if (CREATED_AT_END.includes(resource.kind) && operation.verb === 'create') {
    resource.modifiedAtMs = ended.atMs
  }
  resource.inForce = resource.body
  if (resource.containerGeneration !== undefined) {
    resource.inForceGeneration = resource.containerGeneration
  }
}

/** Traffic, or a default deployment, that a failed write asked for must not come into force with the next one. */
function withdrawTraffic(resource: Resource): void {
  if (resource.inForce === undefined) return
  const asked = objectOf(resource.body.properties)
  const { traffic = {}, mirrorTraffic = {}, defaults = {} } = objectOf(resource.inForce.properties)
  if (resource.kind === 'onlineEndpoint') {
    resource.body = { ...resource.body, properties: { ...asked, traffic, mirrorTraffic } }
  } else if (resource.kind === 'batchEndpoint') {
    resource.body = { ...resource.body, properties: { ...asked, defaults } }
  }
}

/** Takes out a resource and all below it; an endpoint also forgets a deployment's share of its traffic. */
function remove(state: State, key: string): void {
  for (const below of Object.keys(state.resources)) {
    if (below === key || below.startsWith(`${key}/`)) {
      delete state.resources[below]
      delete state.logs[below]
    }
  }
}

function forgetOldest(state: State): void {
  while (state.over.length > ENDED_KEPT) {
    const guid = state.over.shift() ?? ''
    const target = state.operations[guid]?.target ?? ''
    // A resource's newest operation tells its state, however old it is.
    if (state.resources[target]?.operation !== guid) delete state.operations[guid]
  }
}

/** The operation that runs on a resource or, for an endpoint, on any of its deployments (writes are one tree's, FACTS 2.4). */
export function runningInTree(state: State, endpointKey: string): Operation | undefined {
  return runningOperations(state).find(
    ({ target }) => target === endpointKey || target.startsWith(`${endpointKey}/`),
  )
}

/** The provisioningState of an endpoint or deployment at `now`. */
export function provisioningState(state: State, resource: Resource, now: number): string {
  const operation = state.operations[resource.operation ?? '']
  if (operation === undefined) return 'Succeeded'
  const transition = transitionOf(resource.kind, operation.verb)
  if (operation.ended === undefined) {
    return runningWord(transition, now - operation.startedAtMs, state.settings.timeScale)
  }
  return operation.ended.status === 'Succeeded' ? transition.succeeded : operation.ended.status
}

/** When the word of something that is being worked on becomes another, without its work being over. */
export function nextWordAt(state: State, now: number): number {
  const instants = runningOperations(state).flatMap(({ target, verb, startedAtMs }) => {
    const resource = state.resources[target]
    if (resource === undefined) return []
    const { running } = transitionOf(resource.kind, verb)
    return running.map(({ fromMs }) => startedAtMs + fromMs / state.settings.timeScale)
  })
  return Math.min(...instants.filter((at) => at + 1 > now))
}

/** `oe:<workspaceId>:<guid>`, the name that operation URLs and documents carry. */
export function operationName(state: State, operation: Operation): string {
  return `${operation.prefix}:${state.settings.workspaceId}:${operation.guid}`
}

export type OperationsRoute = 'mfeOperationsStatus' | 'mfeOperationResults'

/** The URL of an operation without its signature: what AzureAsyncOperationUri shows. */
export function operationUrl(call: Call, operation: Operation, route: OperationsRoute): string {
  const id = `${locationId(call.state)}/${route}/${operationName(call.state, operation)}`
  return `${call.address.origin}${id}?api-version=${operation.apiVersion}`
}

/** The URL as headers carry it; newer builds sign it with some 3 KB (FACTS 0.6). */
export function signedOperationUrl(
  call: Call,
  operation: Operation,
  route: OperationsRoute,
): string {
  const url = operationUrl(call, operation, route)
  if (!call.build.signedOperations) return url
  const seed = `${operation.guid}${route}`
  const ticks = 621355968000000000n + BigInt(Math.floor(operation.startedAtMs)) * 10000n
  const [certificate, signature] = [hexOf(`${seed}c`).repeat(41), hexOf(`${seed}s`).repeat(6)]
  return `${url}&t=${ticks}&c=${certificate}&s=${signature.slice(0, 342)}&h=${hexOf(`${seed}h`).slice(0, 43)}`
}

/** The status document of an operation at `now`. */
export function statusDocument(
  call: Call,
  operation: Operation,
  route: OperationsRoute,
): JsonObject {
  const name = operationName(call.state, operation)
  const build = buildOf(call.state.settings)
  const { ended } = operation
  // The batch service of its own tells no times (recorded).
  if (operation.prefix.endsWith('bes') && ended?.error === undefined) {
    const id = `${locationId(call.state)}/${route}/${name}`
    return { id, name, status: ended?.status ?? 'Updating' }
  }
  const document = {
    id: `${locationId(call.state)}/${route}/${name}`,
    name,
    status: ended?.status ?? 'Updating',
    startTime: serviceTime(operation.startedAtMs),
    percentComplete: ended?.status === 'Succeeded' ? build.percentAtEnd : 0,
  }
  if (ended === undefined) return document
  const withEnd = { ...document, endTime: serviceTime(ended.atMs) }
  return ended.error === undefined ? withEnd : { ...withEnd, error: shown(ended.error, build) }
}

function shown(error: OperationError, build: { codedErrors: boolean }): JsonObject {
  if (build.codedErrors) return { code: error.code, message: error.message }
  return { code: null, message: `${error.code}: ${error.message}` }
}
