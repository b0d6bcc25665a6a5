import type { Answer, Call } from './call.ts'
import type { Json, JsonObject, ModelFault } from './contract.ts'
import { conflict, internalError, throttled, timedOut, withGuide } from './errors.ts'
import { isObject } from './json.ts'
import type { Latencies } from './options.ts'
import type { ActiveFault, OperationError, State } from './state.ts'

/** A fault by name, aimed at an endpoint, deployment, method or resource type, striking `count` times (absent: always). */
export interface Fault {
  readonly name: string
  readonly endpoint?: string
  readonly deployment?: string
  readonly method?: string
  /** A regular expression over the resource type, e.g. `onlineEndpoints/deployments`. */
  readonly resource?: string
  readonly count?: number
  readonly retryAfterSeconds?: number
  /** Operations: the code they fail with, or how many times as long they take. */
  readonly code?: string
  readonly factor?: number
  /** Model faults: added delay, share of requests hit (0-100), and the model's own status for them. */
  readonly delayMs?: number
  readonly percent?: number
  readonly status?: number
  /** Field faults: a JSON Pointer into the body of a write, and, of FieldAltered, the value that is kept in its place. */
  readonly field?: string
  readonly value?: string
}

/** Where a fault strikes: a request before it is handled, the operation a write begins, an answer, or a model. */
type FaultRow =
  | { readonly strikes: 'request'; readonly on: RegExp; readonly answer: RequestFault }
  | {
      readonly strikes: 'operation'
      readonly on: RegExp
      readonly type: RegExp
      readonly doom?: Doom
    }
  | { readonly strikes: 'staleRead' | 'listOmits' | 'lostResponse'; readonly on: RegExp }
  | { readonly strikes: 'field'; readonly on: RegExp }
  | { readonly strikes: 'model'; readonly model: Omit<ModelFault, 'name'> }

type RequestFault = (call: Call, fault: ActiveFault) => Answer

interface Doom {
  readonly error: OperationError
  readonly takes: keyof Latencies
}

const WRITES = /^(PUT|PATCH|DELETE)$/
const DEPLOYMENTS = /^(online|batch)Endpoints\/deployments$/i
const ENDPOINT_TREE = /^(online|batch)Endpoints/i
const CRASHED =
  'User container has crashed or terminated: Liveness probe failed: HTTP probe failed with statuscode: 502.'

function failing(
  code: string,
  message: string,
  takes: keyof Latencies,
  type: RegExp = DEPLOYMENTS,
): FaultRow {
  const doom = { error: withGuide(code, message), takes }
  const on = type === DEPLOYMENTS ? /^PUT$/ : /^(PUT|PATCH|DELETE|POST)$/
  return { strikes: 'operation', on, type, doom }
}

/** One row per fault. Messages are ERRORS 3 where it has them; ImageBuildFailure's text is ours (none was found). */
const FAULTS: Readonly<Record<string, FaultRow>> = {
  OutOfQuota: failing(
    'OutOfQuota',
    'Not enough subscription CPU quota. The amount of CPU quota requested is 8 and your maximum amount of quota is [N/A].',
    'earlyFailure',
  ),
  ImageBuildFailure: failing('ImageBuildFailure', 'Image build failed.', 'imageBuild'),
  ResourceNotReady: failing('ResourceNotReady', CRASHED, 'deploymentCreate'),
  BadArgument: failing(
    'BadArgument',
    'Startup task failed due to authorization error.',
    'earlyFailure',
  ),
  InternalServerError: failing('InternalServerError', 'Internal error.', 'earlyFailure'),
  OperationFails: failing('InternalServerError', 'Internal error.', 'earlyFailure', ENDPOINT_TREE),
  OperationLate: { strikes: 'operation', on: /^(PUT|PATCH|DELETE|POST)$/, type: ENDPOINT_TREE },
  NeverEnds: { strikes: 'operation', on: /^(PUT|PATCH|DELETE|POST)$/, type: ENDPOINT_TREE },
  Conflict: { strikes: 'request', on: WRITES, answer: conflict },
  Throttled: { strikes: 'request', on: /./, answer: throttle },
  ServiceError: { strikes: 'request', on: /./, answer: internalError },
  TransientError: { strikes: 'request', on: /./, answer: timedOut },
  StaleRead: { strikes: 'staleRead', on: /^GET$/ },
  ListOmits: { strikes: 'listOmits', on: /^GET$/ },
  LostResponse: { strikes: 'lostResponse', on: /^(PUT|PATCH|DELETE|POST)$/ },
  FieldDropped: { strikes: 'field', on: /^(PUT|PATCH)$/ },
  FieldAltered: { strikes: 'field', on: /^(PUT|PATCH)$/ },
  SlowModel: { strikes: 'model', model: { delayMs: 10_000 } },
  FailingModel: { strikes: 'model', model: { percent: 100, status: 500 } },
}

export const FAULT_NAMES: readonly string[] = Object.keys(FAULTS)

function throttle(call: Call, fault: ActiveFault): Answer {
  const kind = call.request.method === 'GET' ? 'read' : 'write'
  return throttled(call, kind, fault.retryAfterSeconds ?? 10)
}

const NUMBERS = ['count', 'retryAfterSeconds', 'delayMs', 'percent', 'status', 'factor']
const TEXTS = ['endpoint', 'deployment', 'method', 'resource', 'code', 'field', 'value']

/** Reads `OutOfQuota:deployment=green,count=1`; throws an Error that names what it does not know. */
export function parseFault(text: string): Fault {
  const [name = '', ...rest] = text.split(':')
  const fault: Record<string, string | number> = { name: knownName(name.trim()) }
  for (const part of rest.join(':').split(',')) {
    if (part.trim() === '') continue
    const [key = '', ...values] = part.split('=')
    const value = values.join('=').trim()
    if (TEXTS.includes(key.trim())) fault[key.trim()] = value
    else if (NUMBERS.includes(key.trim())) fault[key.trim()] = numberOf(key.trim(), value)
    else
      throw new Error(
        `Fault '${name}' has no option '${key.trim()}': use ${[...TEXTS, ...NUMBERS].join(', ')}.`,
      )
  }
  return fault as unknown as Fault
}

function knownName(name: string): string {
  const known = FAULT_NAMES.find((candidate) => candidate.toLowerCase() === name.toLowerCase())
  if (known !== undefined) return known
  throw new Error(`There is no fault '${name}': use ${FAULT_NAMES.join(', ')}.`)
}

function numberOf(key: string, value: string): number {
  const number = Number(value)
  if (value !== '' && Number.isFinite(number) && number >= 0) return number
  throw new Error(`Option '${key}' of a fault takes a number, not '${value}'.`)
}

/** A fault as the state keeps it; throws for a name that does not exist or a resource that is no expression. */
export function activeFault(fault: Fault): ActiveFault {
  const row = FAULTS[knownName(fault.name)]
  const { endpoint, deployment, method, resource, count, retryAfterSeconds } = fault
  const { delayMs, percent, status, code, factor, field, value } = fault
  if (resource !== undefined) new RegExp(resource)
  if (row?.strikes === 'field') refuseField(fault)
  const model = row?.strikes === 'model' ? { ...row.model } : undefined
  return {
    name: knownName(fault.name),
    ...defined({ endpoint, deployment, method, resource, retryAfterSeconds, code, factor }),
    ...defined({ field, value }),
    left: count ?? null,
    ...(model === undefined
      ? {}
      : { model: { name: fault.name, ...model, ...defined({ delayMs, percent, status }) } }),
  }
}

function refuseField({ name, field = '', value }: Fault): void {
  if (!/^(?:\/[^/]+)+$/.test(field))
    throw new Error(
      `Fault '${name}' needs field=/path/in/the/body, a JSON Pointer, not '${field}'.`,
    )
  if ((name === 'FieldAltered') !== (value !== undefined))
    throw new Error('FieldAltered needs value=…, JSON or a text; FieldDropped takes none.')
}

function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> }
}

/** The answer of a fault that strikes the request itself; uses the fault up by one. */
export function requestFault(call: Call): Answer | undefined {
  for (const fault of call.state.faults) {
    const row = FAULTS[fault.name]
    if (row?.strikes !== 'request' || !aims(call, fault, row.on)) continue
    spend(call.state, fault)
    return row.answer(call, fault)
  }
  return undefined
}

/** What befalls the operation that this request begins. */
export function operationFault(call: Call): OperationFault {
  for (const fault of call.state.faults) {
    const row = FAULTS[fault.name]
    if (row?.strikes !== 'operation' || !aims(call, fault, row.on)) continue
    if (fault.resource === undefined && !row.type.test(call.type)) continue
    spend(call.state, fault)
    return befalls(fault, row.doom)
  }
  return {}
}

interface OperationFault {
  readonly doom?: Doom
  readonly never?: true
  readonly factor?: number
}

function befalls({ name, code, factor = 10 }: ActiveFault, doom: Doom | undefined): OperationFault {
  if (name === 'OperationLate') return { factor }
  if (doom === undefined) return { never: true }
  return { doom: code === undefined ? doom : { ...doom, error: failureOf(code) } }
}

/** A failure of any code: with the words of its own row where it has one. */
function failureOf(code: string): OperationError {
  const row = FAULTS[code]
  const isKnown = row?.strikes === 'operation' && row.doom !== undefined
  return isKnown ? row.doom.error : withGuide(code, `The operation failed (${code}).`)
}

/** Whether a fault of this sort strikes the answer; uses the fault up by one, and gives it. */
export function answerFault(
  call: Call,
  strikes: 'staleRead' | 'listOmits' | 'lostResponse',
): ActiveFault | undefined {
  for (const fault of call.state.faults) {
    const row = FAULTS[fault.name]
    if (row?.strikes !== strikes || !aims(call, fault, row.on)) continue
    spend(call.state, fault)
    return fault
  }
  return undefined
}

/**
 * The body of a write as the service takes it: a dropped field stays as it was before (`prior`; null when there was nothing),
 * an altered one has the fault's value. A field that the write does not have is left alone, and uses nothing up.
 */
export function fieldsTaken(call: Call, prior: Json): Json {
  const { body = null, method } = call.request
  let taken = body
  for (const fault of call.state.faults) {
    const { field = '', value } = fault
    const row = FAULTS[fault.name]
    if (row?.strikes !== 'field' || !aims(call, fault, row.on)) continue
    if (!isObject(taken) || at(taken, field) === undefined) continue
    spend(call.state, fault)
    const before = method === 'PUT' && isObject(prior) ? at(prior, field) : undefined
    taken = placed(taken, field, value === undefined ? before : jsonIn(value))
  }
  return taken
}

function jsonIn(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}

function namesIn(pointer: string): string[] {
  return pointer
    .slice(1)
    .split('/')
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function at(body: Json, pointer: string): Json | undefined {
  return namesIn(pointer).reduce<Json | undefined>(member, body)
}

function member(value: Json | undefined, name: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

/** A copy of the body with this value there, or without the field. */
function placed(body: JsonObject, pointer: string, value: Json | undefined): JsonObject {
  const copy = structuredClone(body)
  const names = namesIn(pointer)
  const last = names.pop() ?? ''
  const parent = names.reduce<Json | undefined>(member, copy)
  if (!isObject(parent)) return copy
  if (value === undefined) delete parent[last]
  else parent[last] = value
  return copy
}

/** The faults of a deployment's model, for the data plane. */
export function modelFaults(state: State, endpoint: string, deployment: string): ModelFault[] {
  return state.faults.flatMap((fault) => {
    const isAimed = matches(fault.endpoint, endpoint) && matches(fault.deployment, deployment)
    return isAimed && fault.model !== undefined ? [fault.model] : []
  })
}

function aims(call: Call, fault: ActiveFault, on: RegExp): boolean {
  const { method } = call.request
  const { endpoint, deployment } = call.params
  if (fault.method === undefined ? !on.test(method) : !matches(fault.method, method)) return false
  if (fault.resource !== undefined && !new RegExp(fault.resource, 'i').test(call.type)) return false
  // A list names its items only in its answer: there the target says which item is meant.
  const isList = FAULTS[fault.name]?.strikes === 'listOmits'
  return matches(fault.endpoint, endpoint) && (isList || matches(fault.deployment, deployment))
}

function matches(wanted: string | undefined, given: string | undefined): boolean {
  return wanted === undefined || wanted.toLowerCase() === given?.toLowerCase()
}

function spend(state: State, fault: ActiveFault): void {
  if (fault.left === null) return
  fault.left--
  if (fault.left <= 0) state.faults = state.faults.filter((other) => other !== fault)
}
