import { isObject, type Json } from '../model/json.ts'
import type { Live } from '../model/live.ts'

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

/** Azure keeps a fifth more instances ready for its upgrades, in whole ones (FACTS 4). */
export function coresReserved(instances: number, coresEach: number): number {
  return Math.ceil((instances * 12) / 10) * coresEach
}

/**
 * Cores that are missing for so many instances of a size, beyond what this very deployment holds already; the revision
 * that serves keeps its own, so old and new are counted together. undefined = enough, or it cannot be told.
 */
export function shortageOf(
  wanted: { readonly size: string; readonly instances: number },
  held: Live | undefined,
  { sizes, quotas }: Cores,
): { readonly family: string; readonly missing: number; readonly needed: number } | undefined {
  const size = sizes.find(({ name }) => name.toLowerCase() === wanted.size.toLowerCase())
  const quota = quotas.find(({ family }) => family.toLowerCase() === size?.family.toLowerCase())
  if (size === undefined || quota === undefined || quota.limit === -1) return undefined
  const has = held === undefined ? 0 : coresReserved(instancesIn(held, size.name), size.cores)
  const needed = Math.max(0, coresReserved(wanted.instances, size.cores) - has)
  const missing = needed - Math.max(0, quota.limit - quota.used)
  return missing > 0 ? { family: quota.family, missing, needed } : undefined
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
