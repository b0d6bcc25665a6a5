/** Percent by deployment name; a missing name is 0. */
export type Weights = { readonly [deployment: string]: number }

export interface Advance {
  /** The weights for this moment. */
  readonly weights: Weights
  /** Why they are not the target yet. */
  readonly waitingFor?: readonly string[]
}

/**
 * The weights an endpoint should have now, on its way to `target`. Without a Rollout the road is one step: nothing moves
 * until every deployment that is to serve is ready; until then the last destination that can still be served stays in
 * force (`previous`, what Git said at the applied commit), else what is live.
 */
export function advance(input: {
  readonly target: Weights
  readonly previous: Weights | undefined
  readonly live: Weights
  readonly ready: ReadonlySet<string>
}): Advance {
  const waitingFor = serving(input.target).filter((name) => !input.ready.has(name))
  if (waitingFor.length === 0) return { weights: positive(input.target) }
  const { previous } = input
  const canHold =
    previous !== undefined &&
    serving(previous).length > 0 &&
    serving(previous).every((name) => input.ready.has(name))
  return { weights: positive(canHold ? previous : input.live), waitingFor }
}

/** The map in its one form: zero entries dropped. */
export function positive(weights: Weights): Weights {
  return Object.fromEntries(Object.entries(weights).filter(([, weight]) => weight > 0))
}

function serving(weights: Weights): string[] {
  return Object.keys(positive(weights))
}
