import type { TraceEvent } from '../trace.ts'
import { type Call, type CallEvent, type History, isAccepted, isWrite } from './history.ts'
import { targetOf } from './target.ts'

/** One thing that must hold. `observe` sees the history before the event, and gives what is wrong with the event. */
export interface Invariant {
  readonly id: string
  readonly title: string
  observe(history: History, event: TraceEvent): readonly string[]
  /** What can only be said when the trace is over. */
  finish?(history: History): readonly string[]
}

export const NOTHING: readonly string[] = []

/** The call that an event is, with what it speaks to; undefined when it is no write to a resource of the workspace. */
export function writeIn(history: History, event: TraceEvent): Call | undefined {
  const call = callIn(history, event)
  return call !== undefined && isWrite(call) ? call : undefined
}

/** A write that Azure took. */
export function acceptedWriteIn(history: History, event: TraceEvent): Call | undefined {
  const call = writeIn(history, event)
  return call !== undefined && isAccepted(call) ? call : undefined
}

function callIn(history: History, event: TraceEvent): Call | undefined {
  if (event.type !== 'call') return undefined
  const cached = CALLS.get(event)
  if (cached !== undefined) return cached
  const call = { ...event, seq: history.seq + 1, target: targetOf(event.path) }
  CALLS.set(event, call)
  return call
}

/** Many rows look at the same call. */
const CALLS = new WeakMap<CallEvent, Call>()
