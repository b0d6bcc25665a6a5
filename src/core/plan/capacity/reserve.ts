/**
 * For upgrades of the hosts Azure asks for the quota of a fifth more instances than a managed deployment has, rounded up to
 * whole ones: `ceil(1.2 × instances) × cores` (Microsoft Learn, "Virtual machine quota allocation for deployment").
 */
export function withReserve(instances: number): number {
  return Math.ceil((instances * 12) / 10)
}

/** A size of VM as far as its reserve is told by its names. */
export interface NamedSize {
  readonly name: string
  readonly family: string
}

/**
 * Whether Azure asks for the reserve: `yes` and `no` by its published list (Microsoft Learn, "Managed online endpoints SKU
 * list", column "Skip 20% Reservation"), `unknown` of what is not on it.
 */
export function reserveOf({ name, family }: NamedSize): 'yes' | 'no' | 'unknown' {
  if (WITHOUT_RESERVE.has(name.toLowerCase())) return 'no'
  return FAMILIES_WITH_RESERVE.has(foldFamily(family)) ? 'yes' : 'unknown'
}

/** In lower case. Large GPU machines, of which nobody has a fifth to spare. */
export const WITHOUT_RESERVE: ReadonlySet<string> = new Set([
  'standard_nc24ads_a100_v4',
  'standard_nc48ads_a100_v4',
  'standard_nc96ads_a100_v4',
  'standard_nc40ads_h100_v5',
  'standard_nc80adis_h100_v5',
  'standard_nd40rs_v2',
  'standard_nd96amsr_a100_v4',
  'standard_nd96asr_v4',
  'standard_nd96is_h100_v5',
  'standard_nd96isr_h100_v5',
])

const FAMILIES_WITH_RESERVE: ReadonlySet<string> = new Set(
  [
    'standardDASv4Family',
    'standardDAv4Family',
    'standardDSv2Family',
    'standardESv3Family',
    'standardFSv2Family',
    'standardFXMDVSFamily',
    'standardLASv3Family',
    'standardLSv2Family',
    'standardLSv3Family',
    'standard NCASv3_T4 Family',
    'standardNCSv2Family',
    'standardNCSv3Family',
    'standardNVADSA10v5Family',
  ].map(foldFamily),
)

/** Azure writes one family with spaces here and without them there. */
function foldFamily(family: string): string {
  return family.replaceAll(' ', '').toLowerCase()
}
