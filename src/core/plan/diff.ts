import jsonpatch from 'fast-json-patch'
import type { Kind } from '../kinds/kind.ts'
import type { IgnoreRule } from '../model/application.ts'
import { canonical, type JsonObject } from '../model/json.ts'
import type { Difference } from '../model/plan.ts'
import { leavesOf, projectionOf, valueAt } from '../model/pointer.ts'

/** What Git owns of a body: every leaf it declares now, and every leaf it declared at the applied commit. */
export interface Owned {
  readonly declared: JsonObject
  /** Leaves declared at the applied commit and no longer: they go back to the service's default. */
  readonly released: readonly string[]
}

export function ownedOf(kind: Kind, declared: JsonObject, base: JsonObject | undefined): Owned {
  const now = new Set(leavesOf(declared, wholesOf(kind)))
  const before = base === undefined ? [] : leavesOf(base, wholesOf(kind))
  return { declared, released: before.filter((leaf) => !now.has(leaf) && !coveredBy(leaf, now)) }
}

/**
 * The owned fields in which live and declared differ; [] when they mean the same. Only owned fields are looked at, so the
 * cost is bounded by what Git declares, whatever the live body holds. Canonical texts are compared first.
 */
export function differencesOf(
  kind: Kind,
  live: JsonObject,
  owned: Owned,
  ignored: readonly IgnoreRule[],
): readonly Difference[] {
  const leaves = [...leavesOf(owned.declared, wholesOf(kind)), ...owned.released].filter(
    (leaf) => !ignored.some((rule) => within(leaf, rule.path)),
  )
  const is = projectionOf(kind.normalise(live), leaves)
  const want = projectionOf(kind.normalise(owned.declared), leaves)
  if (canonical(is) === canonical(want)) return []
  return jsonpatch
    .compare(is, want)
    .map(({ path }) => ({ path, live: valueAt(is, path), desired: valueAt(want, path) }))
}

/** Whether `pointer` is `ancestor` or lies below it. */
export function within(pointer: string, ancestor: string): boolean {
  return pointer === ancestor || pointer.startsWith(`${ancestor}/`)
}

export function wholesOf(kind: Kind): readonly string[] {
  return kind.wholes ?? []
}

function coveredBy(leaf: string, leaves: ReadonlySet<string>): boolean {
  for (const other of leaves) if (within(leaf, other) || within(other, leaf)) return true
  return false
}
