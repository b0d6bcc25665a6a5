import type { TraceEvent } from '../trace.ts'
import { type Target, targetOf } from './target.ts'

export type CallEvent = Extract<TraceEvent, { readonly type: 'call' }>

/** A call with what it speaks to and its place in the trace. */
export interface Call extends CallEvent {
  readonly seq: number
  readonly target: Target
}

/** Whether a call speaks of resources that invariants look at. */
export function isOfWorkspace({ target }: Pick<Call, 'target'>): boolean {
  return target.kind !== 'other' || target.isList
}

/** Many rows look at the same call. */
const CALLS = new WeakMap<CallEvent, Call>()

/** The call that an event is, at its place in the trace. */
export function callOf(event: CallEvent, seq: number): Call {
  const known = CALLS.get(event)
  if (known?.seq === seq) return known
  const call = new PlacedCall(event, seq)
  CALLS.set(event, call)
  return call
}

/** Bodies are read from the event, when somebody looks at them. */
class PlacedCall implements Call {
  readonly type = 'call'
  readonly at: number
  readonly controller: string
  readonly application: string
  readonly tick: number
  readonly method: string
  readonly path: string
  readonly status?: number
  readonly seenStatus?: number
  readonly fault?: string
  readonly seq: number
  readonly target: Target
  private readonly event: CallEvent

  constructor(event: CallEvent, seq: number) {
    this.event = event
    this.seq = seq
    this.target = targetOf(event.path)
    this.at = event.at
    this.controller = event.controller
    this.application = event.application
    this.tick = event.tick
    this.method = event.method
    this.path = event.path
    if (event.status !== undefined) this.status = event.status
    if (event.seenStatus !== undefined) this.seenStatus = event.seenStatus
    if (event.fault !== undefined) this.fault = event.fault
  }

  get requestBody(): unknown {
    return this.event.requestBody
  }

  get responseBody(): unknown {
    return this.event.responseBody
  }

  get seenBody(): unknown {
    return this.event.seenBody
  }
}

/** Whether a call changes a resource of the workspace. */
export function isWrite({ method, target }: Pick<Call, 'method' | 'target'>): boolean {
  const isResource = target.kind !== 'other' && !target.isList
  return isResource && (method === 'PUT' || method === 'PATCH' || method === 'DELETE')
}

/** Whether Azure carried it out, or began to, whatever the controller heard of it. */
export function isAccepted({ status }: Pick<CallEvent, 'status'>): boolean {
  return status !== undefined && status >= 200 && status < 300
}
