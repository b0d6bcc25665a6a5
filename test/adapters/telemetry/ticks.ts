import type { Report } from '../../../src/core/model/report.ts'
import type { RolloutStatus } from '../../../src/core/model/rollout.ts'
import * as a from '../../support/report.ts'

export const BACK = { weights: { blue: 100 } } as const

/** A tick, so many seconds after the start, in which the rollout stands so. */
export function tickAt(
  second: number,
  status: RolloutStatus,
  fields: Partial<Report> = {},
): Report {
  const startedAt = a.START + second * 1000
  const resources = [a.rolling(status)]
  return a.report({ startedAt, endedAt: startedAt, converged: false, resources, ...fields })
}

/** The same while Azure holds other weights than those of the rollout. */
export function awayAt(
  second: number,
  status: RolloutStatus,
  fields: Partial<Report> = {},
): Report {
  return tickAt(second, status, {
    resources: [a.rolling(status, { blue: 90, green: 10 })],
    ...fields,
  })
}
