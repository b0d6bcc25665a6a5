import type { RolloutEvent, RolloutState } from '../decide/state.ts'
import { END_ROWS } from './ends.ts'
import { INTERVENTION_ROWS } from './interventions.ts'
import type { Row } from './row.ts'
import { TICK_ROWS } from './ticks.ts'
import { UNRECORDED_ROWS } from './unrecorded.ts'

/**
 * What a rollout does in every state at every event: the first row that fits. Total and without unreachable rows, which
 * a test proves over all combinations; `docs/rollout-states.md` is drawn from it.
 */
export const ROWS: readonly Row[] = [
  ...UNRECORDED_ROWS,
  ...INTERVENTION_ROWS,
  ...END_ROWS,
  ...TICK_ROWS,
]

export function rowOf(state: RolloutState, event: RolloutEvent): Row {
  const row = ROWS.find((one) => fits(one, state, event))
  if (row === undefined) throw new Error(`no row for ${event} in ${JSON.stringify(state)}`)
  return row
}

function fits(row: Row, state: RolloutState, event: RolloutEvent): boolean {
  return (
    row.on.includes(event) &&
    row.record.includes(state.record) &&
    (row.stable?.includes(state.stable) ?? true) &&
    (row.candidate?.includes(state.candidate) ?? true) &&
    (row.isPreviousWarm === undefined || row.isPreviousWarm === state.isPreviousWarm) &&
    (row.serving?.includes(state.serving) ?? true) &&
    (row.wants?.includes(state.wants) ?? true)
  )
}
