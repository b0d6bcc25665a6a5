import { z } from 'zod'
import { isObject, type Json } from '../../model/values/json.ts'
import { weight, wholeIn } from '../fields/fields.ts'
import { checkOnlineName } from '../fields/names.ts'
import { shown } from '../fields/shown.ts'
import type { FieldIssue } from '../kind.ts'

export type Weights = { readonly [deployment: string]: number }

export const weights = z
  .record(z.string(), weight())
  .meta({ type: 'object', additionalProperties: { type: 'integer', minimum: 0, maximum: 100 } })

/** Weights that are whole numbers; others are refused one by one. */
export function weightsIn(value: Json | undefined): Weights {
  const entries = isObject(value) ? Object.entries(value) : []
  return Object.fromEntries(
    entries.flatMap(([name, given]) => {
      const weight = wholeIn(given)
      return weight === undefined ? [] : [[name, weight]]
    }),
  )
}

/** INVARIANTS S1: the sum is 0 or 100; one mirror target at most, at 50 at most, and without live traffic. */
export function trafficIssues(traffic: Weights, mirror: Weights): readonly FieldIssue[] {
  const issues: FieldIssue[] = []
  const complain = (path: readonly string[], message: string): void => {
    issues.push({ path, reason: 'InvalidTraffic', message })
  }
  for (const [map, of] of [
    [traffic, 'traffic'],
    [mirror, 'mirror_traffic'],
  ] as const) {
    for (const name of badNames(map)) complain([of, name], `${shown(name)} ${nameIssue(name)}`)
  }
  const sum = Object.values(traffic).reduce((total, weight) => total + weight, 0)
  if (sum !== 0 && sum !== 100) complain(['traffic'], `traffic must sum to 0 or 100, not ${sum}`)
  const copied = Object.entries(mirror).filter(([, weight]) => weight > 0)
  if (copied.length > 1)
    complain(['mirror_traffic'], 'only one deployment may get mirrored traffic')
  for (const [name, weight] of copied) {
    if (weight > 50) complain(['mirror_traffic', name], 'at most 50 percent can be mirrored')
    if ((folded(traffic)?.[name.toLowerCase()] ?? 0) > 0) {
      complain(
        ['mirror_traffic', name],
        `${shown(name)} has live traffic; it cannot be mirrored to as well`,
      )
    }
  }
  return issues
}

/** Names that no deployment can have, and names that differ from an earlier one by case only. */
function badNames(map: Weights): readonly string[] {
  const names = Object.keys(map)
  const lower = names.map((name) => name.toLowerCase())
  return names.filter(
    (name, index) =>
      checkOnlineName(name) !== undefined || lower.indexOf(name.toLowerCase()) < index,
  )
}

function nameIssue(name: string): string {
  return checkOnlineName(name) ?? 'is there twice: names differ by more than case'
}

/** The CLI writes names in lower case (FACTS 0.20); the service folds them too. */
export function folded(weights: Weights | undefined): Weights | undefined {
  if (weights === undefined) return undefined
  return Object.fromEntries(Object.entries(weights).map(([name, w]) => [name.toLowerCase(), w]))
}
