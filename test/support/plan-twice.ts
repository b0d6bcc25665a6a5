import { isDeepStrictEqual } from 'node:util'
import type { PlanInput } from '../../src/core/plan/context.ts'
import { makePlan } from '../../src/core/plan/plan.ts'
import type { Planned } from '../../src/core/plan/unplanned.ts'
import { copyOf } from './copy.ts'

/**
 * The plan, and another one by which nothing that earlier plans worked out is found: all of it is remembered by the objects
 * it was worked out of. Throws where the two differ, which a tick tells as a bug.
 */
export function planTwice(input: PlanInput): Planned {
  const planned = makePlan(input)
  const anew = makePlan(copyOf(input))
  if (!isDeepStrictEqual(planned, anew))
    throw new Error(
      `What is remembered of earlier plans changes this one: ${partsIn(planned, anew)}.`,
    )
  return planned
}

function partsIn(planned: Planned, anew: Planned): string {
  const [one, other] = [planned, anew].map(({ plan, memory }) => ({ ...plan, memory }))
  const parts = Object.entries({ ...other, ...one }).filter(
    ([part]) => !isDeepStrictEqual(Reflect.get(one ?? {}, part), Reflect.get(other ?? {}, part)),
  )
  return parts.map(([part]) => part).join(', ')
}
