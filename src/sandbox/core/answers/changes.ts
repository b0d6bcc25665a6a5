import type { State } from '../state.ts'

const counts = new WeakMap<State, number>()

/** Says that what the workspace shows of itself may be another from now on, whoever changed it. */
export function changed(state: State): void {
  counts.set(state, changesOf(state) + 1)
}

/** How often that was said. */
export function changesOf(state: State): number {
  return counts.get(state) ?? 0
}
