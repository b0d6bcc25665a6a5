import type { ResourceStatus } from '../../core/model/report.ts'
import type { ROLE, WEIGHT_SOURCE } from './labels.ts'

type Traffic = NonNullable<ResourceStatus['traffic']>
type Weights = Traffic['live']
type Role = (typeof ROLE)[number]

export interface RoleWeight {
  readonly role: Role
  readonly source: (typeof WEIGHT_SOURCE)[number]
  /** 0 to 1. */
  readonly ratio: number
}

/**
 * Weights by role, so that a new deployment's name makes no new series. `stable` is what serves most now, `candidate`
 * is everything else that Git wants to serve, `retired` what it does not.
 */
export function weightsByRole({ desired, live }: Traffic): readonly RoleWeight[] {
  const names = [...new Set([...Object.keys(live), ...Object.keys(desired)])].sort()
  const stable = names.toSorted(
    (a, b) => weight(live, b) - weight(live, a) || weight(desired, b) - weight(desired, a),
  )[0]
  const roles = new Map<Role, string[]>()
  for (const name of names) {
    const role = name === stable ? 'stable' : weight(desired, name) > 0 ? 'candidate' : 'retired'
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
  return names.reduce((total, name) => total + weight(weights, name), 0)
}

function weight(weights: Weights, name: string): number {
  return weights[name] ?? 0
}
