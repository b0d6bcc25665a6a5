import { objectOf, textOf } from '../json.ts'
import type { State } from '../state.ts'

/** The VM sizes this region has; figures as the real list gives them, families as `usages` names them. */
export interface VmSize {
  readonly name: string
  readonly family: string
  readonly vCPUs: number
  readonly gpus: number
  readonly memoryGB: number
  /** Managed online deployments may use it. */
  readonly online: boolean
}

function size(name: string, family: string, vCPUs: number, memoryGB: number, gpus = 0): VmSize {
  return { name, family, vCPUs, gpus, memoryGB, online: true }
}

export const VM_SIZES: readonly VmSize[] = [
  { ...size('Standard_A1_v2', 'standardAv2Family', 1, 2), online: false },
  size('Standard_D2as_v4', 'standardDASv4Family', 2, 8),
  size('Standard_D4as_v4', 'standardDASv4Family', 4, 16),
  size('Standard_D16as_v4', 'standardDASv4Family', 16, 64),
  size('Standard_DS1_v2', 'standardDSv2Family', 1, 3.5),
  size('Standard_DS2_v2', 'standardDSv2Family', 2, 7),
  size('Standard_DS3_v2', 'standardDSv2Family', 4, 14),
  size('Standard_DS4_v2', 'standardDSv2Family', 8, 28),
  size('Standard_DS5_v2', 'standardDSv2Family', 16, 56),
  size('Standard_D2s_v3', 'standardDSv3Family', 2, 8),
  size('Standard_D4s_v3', 'standardDSv3Family', 4, 16),
  size('Standard_D8s_v3', 'standardDSv3Family', 8, 32),
  size('Standard_E2s_v3', 'standardESv3Family', 2, 16),
  size('Standard_E4s_v3', 'standardESv3Family', 4, 32),
  size('Standard_E8s_v3', 'standardESv3Family', 8, 64),
  size('Standard_F2s_v2', 'standardFSv2Family', 2, 4),
  size('Standard_F4s_v2', 'standardFSv2Family', 4, 8),
  size('Standard_F8s_v2', 'standardFSv2Family', 8, 16),
  size('Standard_F16s_v2', 'standardFSv2Family', 16, 32),
  size('Standard_F32s_v2', 'standardFSv2Family', 32, 64),
  size('Standard_F64s_v2', 'standardFSv2Family', 64, 128),
  size('Standard_F72s_v2', 'standardFSv2Family', 72, 144),
  size('Standard_NC6s_v3', 'standardNCSv3Family', 6, 112, 1),
  size('Standard_NC12s_v3', 'standardNCSv3Family', 12, 224, 2),
  size('Standard_NC24s_v3', 'standardNCSv3Family', 24, 448, 4),
  size('Standard_NC4as_T4_v3', 'standardNCASv3_T4Family', 4, 28, 1),
  size('Standard_NC8as_T4_v3', 'standardNCASv3_T4Family', 8, 56, 1),
  size('Standard_NC16as_T4_v3', 'standardNCASv3_T4Family', 16, 110, 1),
  size('Standard_NC64as_T4_v3', 'standardNCASv3_T4Family', 64, 440, 4),
  size('Standard_NC24ads_A100_v4', 'standardNCADSA100v4Family', 24, 220, 1),
  size('Standard_ND96asr_v4', 'standardNDASv4_A100Family', 96, 900, 8),
]

export const FAMILIES: readonly string[] = [...new Set(VM_SIZES.map(({ family }) => family))]

/** Families that reserve no surplus for upgrades (FACTS 4: "some families are exempt"; seen: A100, ERRORS 2). */
const WITHOUT_RESERVE = ['standardNCADSA100v4Family', 'standardNDASv4_A100Family']

export const DEFAULT_QUOTA = 100

/** A size by its name, in any case. */
export function sizeNamed(name: string): VmSize | undefined {
  return VM_SIZES.find((size) => size.name.toLowerCase() === name.toLowerCase())
}

/** Cores a managed deployment asks for: its instances and a fifth more, rounded up (FACTS 4). */
export function coresFor(size: VmSize, instances: number): number {
  const reserved = WITHOUT_RESERVE.includes(size.family)
    ? instances
    : Math.ceil((instances * 12) / 10)
  return reserved * size.vCPUs
}

export function quotaOf(state: State, family: string): number {
  return state.settings.quotas[family] ?? DEFAULT_QUOTA
}

/** Cores in use in a family by all deployments but one; a first provisioning that failed holds none. */
export function coresUsed(state: State, family: string, exceptKey?: string): number {
  let used = 0
  for (const [key, resource] of Object.entries(state.resources)) {
    if (resource.kind !== 'onlineDeployment' || key === exceptKey) continue
    const ended = state.operations[resource.operation ?? '']?.ended
    if (resource.inForce === undefined && ended?.status === 'Failed') continue
    const size = sizeNamed(textOf(objectOf(resource.body.properties).instanceType) ?? '')
    if (size?.family !== family) continue
    used += coresFor(size, Number(objectOf(resource.body.sku).capacity ?? 1))
  }
  return used
}
