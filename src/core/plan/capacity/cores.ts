import type { Live } from '../../model/live.ts'
import { isObject, type Json } from '../../model/values/json.ts'
import { reserveOf, withReserve } from './reserve.ts'

/** What a region offers for managed online deployments, and how much of it is taken. */
export interface Cores {
  readonly sizes: readonly {
    readonly name: string
    readonly family: string
    readonly cores: number
  }[]
  /** Cores by VM family; a limit of −1 is none. */
  readonly quotas: readonly {
    readonly family: string
    readonly used: number
    readonly limit: number
  }[]
}

/** Whether a region that says which sizes it has does not have this one. */
export function isUnknown(size: string, { sizes }: Cores): boolean {
  return sizes.length > 0 && !sizes.some(({ name }) => name.toLowerCase() === size.toLowerCase())
}

type Size = Cores['sizes'][number]

/** Cores that Azure is reckoned to ask for: with its reserve, unless it is known to want none. */
export function coresReserved(instances: number, size: Size): number {
  return (reserveOf(size) === 'no' ? instances : withReserve(instances)) * size.cores
}

/** Cores that Azure asks for in any case: of a size that is not on its list, those of the instances alone. */
function coresCertain(instances: number, size: Size): number {
  return (reserveOf(size) === 'yes' ? withReserve(instances) : instances) * size.cores
}

export interface Shortage {
  readonly family: string
  readonly missing: number
  readonly needed: number
  readonly isReserved: boolean
}

/**
 * Cores that are missing in any case for so many instances of a size, beyond what this very deployment holds already; the
 * revision that serves keeps its own, so old and new are counted together. undefined = enough, or it cannot be told.
 */
export function shortageOf(
  wanted: { readonly size: string; readonly instances: number },
  held: Live | undefined,
  { sizes, quotas }: Cores,
): Shortage | undefined {
  const size = sizes.find(({ name }) => name.toLowerCase() === wanted.size.toLowerCase())
  const quota = quotas.find(({ family }) => family.toLowerCase() === size?.family.toLowerCase())
  if (size === undefined || quota === undefined || quota.limit === -1) return undefined
  const has = held === undefined ? 0 : coresCertain(instancesIn(held, size.name), size)
  const needed = Math.max(0, coresCertain(wanted.instances, size) - has)
  const missing = needed - Math.max(0, quota.limit - quota.used)
  const isReserved = reserveOf(size) === 'yes'
  return missing > 0 ? { family: quota.family, missing, needed, isReserved } : undefined
}

/** Instances of this size that a live deployment has. */
export function instancesIn({ body }: Live, size?: string): number {
  const { properties, sku } = body
  const type = isObject(properties) ? properties.instanceType : undefined
  if (size !== undefined && !isSame(type, size)) return 0
  const capacity = isObject(sku) ? sku.capacity : undefined
  return typeof capacity === 'number' ? capacity : 1
}

function isSame(type: Json | undefined, size: string): boolean {
  return typeof type === 'string' && type.toLowerCase() === size.toLowerCase()
}
