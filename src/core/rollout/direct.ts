import { positive, type Weights } from './weights.ts'

export interface Direct {
  /** The weights for this moment. */
  readonly weights: Weights
  /** Why they are not the target yet. */
  readonly waitingFor?: readonly string[]
}

/**
 * The way without a Rollout, in one step: nothing moves until every deployment that is to serve is ready; until then the
 * last destination that was in force and can still be served stays (`previous`), else what is live.
 */
export function goDirectly(input: {
  readonly target: Weights
  readonly previous: Weights | undefined
  readonly live: Weights
  readonly ready: ReadonlySet<string>
}): Direct {
  const waitingFor = serving(input.target).filter((name) => !input.ready.has(name))
  if (waitingFor.length === 0) return { weights: positive(input.target) }
  const { previous } = input
  const canHold =
    previous !== undefined &&
    serving(previous).length > 0 &&
    serving(previous).every((name) => input.ready.has(name))
  return { weights: positive(canHold ? previous : input.live), waitingFor }
}

function serving(weights: Weights): string[] {
  return Object.keys(positive(weights))
}
