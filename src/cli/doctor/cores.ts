import type { CoreQuota, VmSize } from '../../compose.ts'
import { suggest } from '../../core/kinds/fields/suggest.ts'
import type { Desired } from '../../core/model/desired.ts'
import type { Live } from '../../core/model/live.ts'
import { keyOf } from '../../core/model/ref.ts'
import { coresReserved, instancesIn } from '../../core/plan/capacity/cores.ts'

/** What the declared deployments ask of a region beyond what is live. */
export interface CoreNeeds {
  /** Cores by VM family. */
  readonly cores: ReadonlyMap<string, number>
  /** Sizes that cannot be had here, each with a sentence. */
  readonly complaints: readonly string[]
}

export function coreNeeds(
  desired: readonly Desired[],
  live: readonly Live[],
  sizes: readonly VmSize[],
): CoreNeeds {
  const byName = new Map(sizes.map((size) => [size.name.toLowerCase(), size]))
  const running = new Map(live.map((one) => [keyOf(one.ref), one]))
  const cores = new Map<string, number>()
  const complaints: string[] = []
  for (const { ref, spec } of desired) {
    // On a cluster of one's own an instance type is a name that the cluster knows, or none.
    if (ref.kind !== 'OnlineDeployment' || spec.type === 'kubernetes') continue
    const name = String(spec.instance_type)
    const size = byName.get(name.toLowerCase())
    if (size?.online !== true) {
      complaints.push(complaint(name, size, sizes))
      continue
    }
    const wanted = coresReserved(Number(spec.instance_count ?? 1), size)
    const held = coresHeld(running.get(keyOf(ref)), size)
    cores.set(size.family, (cores.get(size.family) ?? 0) + Math.max(0, wanted - held))
  }
  return { cores, complaints: [...new Set(complaints)] }
}

/** Families in which more is needed than is left, each with a sentence. */
export function shortages({ cores }: CoreNeeds, quotas: readonly CoreQuota[]): readonly string[] {
  return [...cores].flatMap(([family, needed]) => {
    const quota = quotas.find((one) => one.family.toLowerCase() === family.toLowerCase())
    if (needed === 0 || quota?.limit === -1) return []
    const left = quota === undefined ? 0 : quota.limit - quota.used
    return needed > left ? [`${family}: ${needed} cores needed, ${Math.max(0, left)} left`] : []
  })
}

function coresHeld(live: Live | undefined, size: VmSize): number {
  return live === undefined ? 0 : coresReserved(instancesIn(live, size.name), size)
}

function complaint(name: string, size: VmSize | undefined, sizes: readonly VmSize[]): string {
  if (size !== undefined) return `${name} cannot be used for managed online deployments`
  const online = sizes.filter((one) => one.online).map((one) => one.name)
  const near = suggest(name, online)
  return `${name} is no VM size of this region${near === undefined ? '' : `: did you mean ${near}?`}`
}
