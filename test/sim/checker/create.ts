import type { Checker, CreateChecker, TraceEvent, Violation } from '../trace.ts'
import { History } from './history.ts'
import type { Invariant } from './invariant.ts'
import { DELETES } from './invariants/deletes.ts'
import { ENDS } from './invariants/ends.ts'
import { JUDGING } from './invariants/judging.ts'
import { KNOWLEDGE } from './invariants/knowledge.ts'
import { ORDER } from './invariants/order.ts'
import { OWNERSHIP } from './invariants/ownership.ts'
import { REACTIONS } from './invariants/reactions.ts'
import { ROLLBACK } from './invariants/rollback.ts'
import { STATUS } from './invariants/status.ts'
import { STEPS } from './invariants/steps.ts'
import { TRAFFIC } from './invariants/traffic.ts'
import { USERS } from './invariants/users.ts'
import { WRITES } from './invariants/writes.ts'

/** Every invariant that one trace can be held against. Those of pairs of traces are in `metamorphic.ts`. */
export const INVARIANTS: readonly Invariant[] = [
  ...TRAFFIC,
  ...STEPS,
  ...DELETES,
  ...ROLLBACK,
  ...OWNERSHIP,
  ...KNOWLEDGE,
  ...REACTIONS,
  ...WRITES,
  ...ORDER,
  ...JUDGING,
  ...STATUS,
  ...USERS,
  ...ENDS,
]

const lookingAt = new Map<TraceEvent['type'], readonly Invariant[]>()

/** Those that look at events of a sort. */
function invariantsOn(type: TraceEvent['type']): readonly Invariant[] {
  const known = lookingAt.get(type)
  if (known !== undefined) return known
  const found = INVARIANTS.filter(({ on }) => on?.includes(type) ?? type !== 'requests')
  lookingAt.set(type, found)
  return found
}

/** The checker of a trace. It believes no report: what is true comes from 'state' events, what could be known from calls. */
export const createChecker: CreateChecker = (expectation): Checker => {
  const history = new History(expectation)
  const violations: Violation[] = []
  const known = new Set<string>()
  const add = (id: string, at: number, messages: readonly string[]): void => {
    for (const message of messages) {
      if (known.has(`${id} ${message}`)) continue
      known.add(`${id} ${message}`)
      violations.push({ id, at, message })
    }
  }
  return {
    observe(event: TraceEvent) {
      for (const { id, observe } of invariantsOn(event.type)) {
        const messages = observe(history, event)
        if (messages.length > 0) add(id, event.at, messages)
      }
      history.absorb(event)
    },
    finish() {
      for (const { id, finish } of INVARIANTS) add(id, history.now, finish?.(history) ?? [])
      return violations
    },
  }
}
