import type { ArmContext, Kind } from '../../kinds/kind.ts'
import { isObject, type JsonObject } from '../../model/values/json.ts'
import { leavesOf, valueAt, without, withValue } from '../../model/values/pointer.ts'
import type { Weights } from '../../rollout/weights.ts'
import { type Owned, wholesOf } from './diff.ts'

/** The body of a create: what the service needs, and what Git declares. */
export function createBody(kind: Kind, declared: JsonObject, context: ArmContext): JsonObject {
  return overlay(kind, kind.createDefaults(context), declared)
}

/**
 * The body of an update: the latest read with our fields replaced and the released ones left out. Everything else goes
 * back as it came, so that a field nobody declared, or nobody knows, is never lost.
 */
export function updateBody(
  kind: Kind,
  live: JsonObject,
  owned: Owned,
  context: ArmContext,
): JsonObject {
  const echoed = (kind.notEchoed ?? []).reduce(without, live)
  const defaults = kind.createDefaults(context)
  const released = owned.released.reduce((body, leaf) => {
    // What the service needs in every PUT is not left out but set back.
    const fallback = valueAt(defaults, leaf)
    return fallback === undefined ? without(body, leaf) : withValue(body, leaf, fallback)
  }, echoed)
  return overlay(kind, released, owned.declared)
}

/**
 * An endpoint's PUT always carries both maps: one without `traffic` silently sets all traffic to zero (FACTS 0, azd's
 * outage). Deployments that exist and get nothing are written as 0; names that no longer exist are left out.
 */
export function withTraffic(
  body: JsonObject,
  weights: Weights | undefined,
  mirror: Weights | undefined,
  deployments: readonly string[],
): JsonObject {
  const zeros = Object.fromEntries(deployments.map((name) => [name, 0]))
  const isSilent = weights === undefined || Object.keys(weights).length === 0
  const explicit = isSilent ? {} : { ...zeros, ...weights }
  const traffic = weights === undefined ? (valueAt(body, '/properties/traffic') ?? {}) : explicit
  const kept = valueAt(body, '/properties/mirrorTraffic') ?? {}
  return withValue(
    withValue(body, '/properties/traffic', traffic),
    '/properties/mirrorTraffic',
    mirror ?? kept,
  )
}

/** Percent by deployment, from a body's map; names folded, anything that is not a positive number dropped. */
export function weightsAt(body: JsonObject, pointer: string): Weights {
  const map = valueAt(body, pointer)
  if (!isObject(map)) return {}
  return Object.fromEntries(
    Object.entries(map)
      .filter((entry): entry is [string, number] => typeof entry[1] === 'number' && entry[1] > 0)
      .map(([name, weight]) => [name.toLowerCase(), weight]),
  )
}

function overlay(kind: Kind, under: JsonObject, over: JsonObject): JsonObject {
  return leavesOf(over, wholesOf(kind)).reduce((body, leaf) => {
    const value = valueAt(over, leaf)
    return value === undefined ? body : withValue(body, leaf, value)
  }, under)
}
