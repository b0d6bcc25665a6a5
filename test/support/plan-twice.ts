import { isDeepStrictEqual } from 'node:util'
import type { PlanInput } from '../../src/core/plan/context.ts'
import { makePlan } from '../../src/core/plan/plan.ts'
import type { Planned } from '../../src/core/plan/unplanned.ts'

/**
 * The plan, and another one by which nothing that earlier plans worked out is found: all of it is remembered by the objects
 * it was worked out of. Throws where the two differ, which a tick tells as a bug.
 */
export function planTwice(input: PlanInput): Planned {
  const planned = makePlan(input)
  const anew = makePlan(copyOf(input, new Map()))
  if (!isDeepStrictEqual(planned, anew))
    throw new Error(
      `What is remembered of earlier plans changes this one: ${partsIn(planned, anew)}.`,
    )
  return planned
}

/** A copy all through; what is one object twice is one in the copy, too. */
function copyOf<Value>(value: Value, known: Map<unknown, unknown>): Value {
  if (typeof value !== 'object' || value === null) return value
  const before = known.get(value) as Value | undefined
  if (before !== undefined) return before
  const copy = copied(value, (part) => copyOf(part, known)) as Value
  known.set(value, copy)
  return copy
}

function copied(value: object, copy: <Part>(part: Part) => Part): object {
  if (Array.isArray(value)) return value.map(copy)
  if (value instanceof Set) return new Set(value)
  if (value instanceof Map) return new Map([...value].map(([key, one]) => [key, copy(one)]))
  if (value instanceof Error) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, copy(one)]))
}

function partsIn(planned: Planned, anew: Planned): string {
  const [one, other] = [planned, anew].map(({ plan, memory }) => ({ ...plan, memory }))
  const parts = Object.entries({ ...other, ...one }).filter(
    ([part]) => !isDeepStrictEqual(Reflect.get(one ?? {}, part), Reflect.get(other ?? {}, part)),
  )
  return parts.map(([part]) => part).join(', ')
}
