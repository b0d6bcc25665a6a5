import type { ResourceStatus } from '../../core/model/report.ts'
import type { WEIGHT_SOURCE } from './labels.ts'
import { type Role, rolesOf } from './roles.ts'

type Weights = NonNullable<ResourceStatus['traffic']>['live']

export interface RoleWeight {
  readonly role: Role
  readonly source: (typeof WEIGHT_SOURCE)[number]
  /** 0 to 1. */
  readonly ratio: number
}

/** Weights of an endpoint by role, as wanted and as Azure holds them; [] for what has no traffic. */
export function weightsByRole(endpoint: ResourceStatus): readonly RoleWeight[] {
  const { desired = {}, live = {} } = endpoint.traffic ?? {}
  const roleOf = rolesOf(endpoint)
  const roles = new Map<Role, string[]>()
  for (const name of new Set([...Object.keys(live), ...Object.keys(desired)])) {
    const role = roleOf(name)
    roles.set(role, [...(roles.get(role) ?? []), name])
  }
  return [...roles].flatMap(([role, members]): RoleWeight[] => [
    { role, source: 'desired', ratio: sum(desired, members) / 100 },
    { role, source: 'configured', ratio: sum(live, members) / 100 },
  ])
}

/** All weights of a map, 0 to 1. */
export function wholeOf(weights: Weights): number {
  return sum(weights, Object.keys(weights)) / 100
}

function sum(weights: Weights, names: readonly string[]): number {
  let total = 0
  for (const name of names) total += weights[name] ?? 0
  return total
}
