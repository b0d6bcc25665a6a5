import type { TraceEvent } from '../trace.ts'
import { type Call, callOf, isAccepted, isWrite } from './call.ts'
import type { History } from './history.ts'

/** One thing that must hold. `observe` sees the history before the event, and gives what is wrong with the event. */
export interface Invariant {
  readonly id: string
  readonly title: string
  /** The sorts of events it looks at; all but users' requests where it does not say. */
  readonly on?: readonly TraceEvent['type'][]
  observe(history: History, event: TraceEvent): readonly string[]
  /** What can only be said when the trace is over. */
  finish?(history: History): readonly string[]
}

export const NOTHING: readonly string[] = []

/** The call that an event is, with what it speaks to; undefined when it is no write to a resource of the workspace. */
export function writeIn(history: History, event: TraceEvent): Call | undefined {
  if (event.type !== 'call' || event.method === 'GET') return undefined
  const call = callOf(event, history.seq + 1)
  return isWrite(call) ? call : undefined
}

/** A write that Azure took. */
export function acceptedWriteIn(history: History, event: TraceEvent): Call | undefined {
  const call = writeIn(history, event)
  return call !== undefined && isAccepted(call) ? call : undefined
}
