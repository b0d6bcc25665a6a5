import type { ResourceStatus } from '../../../core/model/report.ts'
import type { WEIGHT_SOURCE } from '../labels.ts'
import { isUnderWay, type Role, rolesOf } from './roles.ts'

type Weights = NonNullable<ResourceStatus['traffic']>['live']

export interface RoleWeight {
  readonly role: Role
  readonly source: (typeof WEIGHT_SOURCE)[number]
  /** 0 to 1. */
  readonly ratio: number
}

/**
 * Weights of an endpoint by role, as wanted and as Azure holds them; [] for what has no traffic. Both sides of a rollout
 * have a weight while it is under way, though it be 0, so that a line ends where the rollout does.
 */
export function weightsByRole(endpoint: ResourceStatus): readonly RoleWeight[] {
  const { traffic, rollout } = endpoint
  if (traffic === undefined) return []
  const { desired, live } = traffic
  const roleOf = rolesOf(endpoint)
  const isMoving = rollout?.stable !== undefined && isUnderWay(rollout)
  const roles = new Map<Role, string[]>(isMoving ? BOTH_SIDES.map((role) => [role, []]) : [])
  for (const name of new Set([...Object.keys(live), ...Object.keys(desired)])) {
    const role = roleOf(name)
    roles.set(role, [...(roles.get(role) ?? []), name])
  }
  return [...roles].flatMap(([role, members]): RoleWeight[] => [
    { role, source: 'desired', ratio: sum(desired, members) / 100 },
    { role, source: 'configured', ratio: sum(live, members) / 100 },
  ])
}

const BOTH_SIDES: readonly Role[] = ['stable', 'candidate']

/** All weights of a map, 0 to 1. */
export function wholeOf(weights: Weights): number {
  return sum(weights, Object.keys(weights)) / 100
}

function sum(weights: Weights, names: readonly string[]): number {
  let total = 0
  for (const name of names) total += weights[name] ?? 0
  return total
}
