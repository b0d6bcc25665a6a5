import jsonpatch from 'fast-json-patch'
import type { Kind } from '../../kinds/kind.ts'
import type { IgnoreRule } from '../../model/application.ts'
import type { Difference } from '../../model/plan.ts'
import { looksSecret } from '../../model/redact/secrets.ts'
import { canonical, isObject, type Json, type JsonObject } from '../../model/values/json.ts'
import { leavesOf, nameAt, valueAt, without } from '../../model/values/pointer.ts'
import { ABORTED_TAG, REVISION_TAG, ROLLOUT_TAG } from '../../rollout/record.ts'

/** What Git owns of a body: every leaf it declares now, and every leaf it declared at the applied commit. */
export interface Owned {
  readonly declared: JsonObject
  /** Leaves declared at the applied commit and no longer: they go back to the service's default. */
  readonly released: readonly string[]
}

/** Who is served, by weight or by default. */
const SERVED = ['/properties/traffic', '/properties/defaults/deploymentName']

/**
 * What stays as it is live where Git stops declaring it, because a default would be an outage: a number of instances is
 * handed over, to autoscale for one, and who serves waits for what is to say so next, a Rollout for one.
 */
const NEVER_RELEASED = ['/sku', ...SERVED]

/** Who is served: where a rollout moves users, no rule leaves that to others. */
const ROUTED = [...SERVED, '/properties/mirrorTraffic']

/**
 * `base` is the declared body at the applied commit; what a rule ignores is owned by nobody. `isMoved`: a rollout moves its
 * users.
 */
export function ownedOf(
  kind: Kind,
  declared: JsonObject,
  base: JsonObject | undefined,
  {
    ignored,
    isMoved = false,
  }: { readonly ignored: readonly IgnoreRule[]; readonly isMoved?: boolean },
): Owned {
  const wholes = wholesOf(kind)
  const isIgnored = (leaf: string): boolean =>
    !isRecord(leaf) &&
    !(isMoved && isRouted(leaf)) &&
    ignored.some(({ path }) => within(leaf, path))
  const kept =
    ignored.length === 0
      ? declared
      : leavesOf(declared, wholes).filter(isIgnored).reduce(without, declared)
  // What was declared then as it is now released nothing.
  if (base === undefined || base === kept) return { declared: kept, released: NONE }
  const now = new Set(leavesOf(kept, wholes))
  const before = leavesOf(base, wholes)
  const released = before.filter(
    (leaf) => !now.has(leaf) && !coveredBy(leaf, now) && !isIgnored(leaf) && !isHandedOver(leaf),
  )
  return { declared: kept, released }
}

/** Whether it stays as it is live where Git stops declaring it. */
export function isHandedOver(leaf: string): boolean {
  return NEVER_RELEASED.some((pointer) => within(leaf, pointer))
}

/** Whether it says who is served, or gets copies. */
export function isRouted(leaf: string): boolean {
  return ROUTED.some((pointer) => within(leaf, pointer))
}

/** What a rollout keeps in tags belongs to the weights and slots it explains: who ignores tags means others. */
export function isRecord(leaf: string): boolean {
  return [ROLLOUT_TAG, ABORTED_TAG, REVISION_TAG].some((tag) => leaf.endsWith(`/${tag}`))
}

/**
 * The owned fields in which live and declared differ; [] when they mean the same. Only owned fields are looked at, so the
 * cost is bounded by what Git declares, whatever the live body holds.
 */
export function differencesOf(kind: Kind, live: JsonObject, owned: Owned): readonly Difference[] {
  const is = kind.normalise(live)
  const want = kind.normalise(owned.declared)
  const leaves = [...leavesOf(owned.declared, wholesOf(kind)), ...owned.released]
  return leaves
    .flatMap((leaf) => differencesAt(leaf, valueAt(is, leaf), valueAt(want, leaf)))
    .map((difference) => withZero(difference, live))
}

/** A weight of zero means nothing, and is shown all the same where it is what the body says. */
function withZero(difference: Difference, live: JsonObject): Difference {
  const { path } = difference
  if (difference.live !== undefined || !isRouted(path)) return difference
  return { ...difference, live: valueAt(live, path) }
}

/** Of one leaf, so that a path never names more than differs: what cannot be changed in place is known by its path. */
function differencesAt(
  leaf: string,
  is: Json | undefined,
  want: Json | undefined,
): readonly Difference[] {
  if (is === want) return []
  if (isObject(is) && isObject(want)) {
    return jsonpatch.compare(is, want).map(({ path }) => {
      const [live, desired] = [valueAt(is, path), valueAt(want, path)]
      const at = `${leaf}${path}`
      return { path: at, live: shown(at, live), desired: shown(at, desired) }
    })
  }
  if (canonical(is ?? null) === canonical(want ?? null)) return []
  return [{ path: leaf, live: shown(leaf, is), desired: shown(leaf, want) }]
}

/** Whether `pointer` is `ancestor` or lies below it. */
export function within(pointer: string, ancestor: string): boolean {
  return pointer === ancestor || pointer.startsWith(`${ancestor}/`)
}

const NONE: readonly string[] = []

export function wholesOf(kind: Kind): readonly string[] {
  return kind.wholes ?? NONE
}

const HIDDEN = '[hidden]'

/**
 * A value as a difference may carry it: differences are printed, logged and posted under pull requests; environment variables
 * hold secrets under any name, and addresses and conda files in their text (INVARIANTS S17). What is written is taken from
 * the manifest, never from here.
 */
function shown(path: string, value: Json | undefined): Json | undefined {
  if (value === undefined) return undefined
  const variables = '/properties/environmentVariables'
  const isVariable = within(path, variables) || within(variables, path)
  return isVariable || isSecret(nameAt(path), value) ? HIDDEN : value
}

function isSecret(name: string, value: Json): boolean {
  if (typeof value === 'string') return looksSecret(name, value)
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([key, one]) => one !== undefined && isSecret(key, one))
}

function coveredBy(leaf: string, leaves: ReadonlySet<string>): boolean {
  for (const other of leaves) if (within(leaf, other) || within(other, leaf)) return true
  return false
}
