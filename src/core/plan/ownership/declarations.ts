import type { Desired } from '../../model/desired.ts'
import { keyOf } from '../../model/ref.ts'
import { once } from '../../model/values/once.ts'

export type Declarations = ReadonlyMap<string, Desired>

/** What a commit declares, by key: what a Rollout declares for each of its slots is declared by Git, too. */
export const declarationsOf = once(
  (declared: readonly Desired[]): Declarations =>
    new Map(
      declared
        .flatMap((desired) => [...(desired.rollout?.slots ?? []), desired])
        .map((desired) => [keyOf(desired.ref), desired]),
    ),
)
