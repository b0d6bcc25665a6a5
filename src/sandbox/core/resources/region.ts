import { type Answer, type Call, subscriptionId } from '../call.ts'
import type { JsonObject } from '../contract.ts'
import { coresUsed, DEFAULT_QUOTA, FAMILIES, quotaOf, VM_SIZES } from '../limits/sizes.ts'

const TYPE = 'Microsoft.MachineLearningServices'
const CLUSTERS_MAX = 200

/** GET usages: clusters, all cores, the families, then the families once more for low priority (FACTS 1.8). */
export function listUsages(call: Call): Answer {
  const { state } = call
  const subscription = subscriptionId(state)
  const dedicated = FAMILIES.map((family) => coresUsed(state, family))
  const total = dedicated.reduce((sum, cores) => sum + cores, 0)
  const row = (
    type: string,
    id: string,
    currentValue: number,
    limit: number,
    value: string,
    localizedValue: string,
  ): JsonObject => {
    return {
      unit: 'Count',
      currentValue,
      limit,
      name: { value, localizedValue },
      type: `${TYPE}/${type}`,
      id,
    }
  }
  const ofFamily = (kind: string, family: string, used: number, limit: number, text: string) =>
    row(`vmFamily/${kind}/usages`, `${subscription}/usages/${family}`, used, limit, family, text)
  const value = [
    row('totalClusters/usages', subscription, 0, CLUSTERS_MAX, 'TotalClusters', 'Total Clusters'),
    row(
      'totalDedicatedCores/usages',
      subscription,
      total,
      Math.max(DEFAULT_QUOTA, ...FAMILIES.map((family) => quotaOf(state, family))),
      'TotalDedicatedCores',
      'Total Cluster Dedicated Regional vCPUs',
    ),
    ...FAMILIES.map((family, index) =>
      ofFamily(
        'dedicatedCores',
        family,
        dedicated[index] ?? 0,
        quotaOf(state, family),
        `${spoken(family)} Cluster Dedicated vCPUs`,
      ),
    ),
    ...FAMILIES.map((family) =>
      ofFamily('lowPriorityCores', family, 0, -1, `${spoken(family)} Cluster LowPriority vCPUs`),
    ),
  ]
  return { status: 200, body: { value } }
}

/** `standardFSv2Family` → `Standard FSv2 Family`. */
function spoken(family: string): string {
  return family.replace(/^standard/, 'Standard ').replace(/Family$/, ' Family')
}

/** GET quotas: the limits of the families in this workspace. No recording; the shape is swagger's. */
export function listQuotas(call: Call): Answer {
  const { state } = call
  const value = FAMILIES.map((family) => ({
    id: `${subscriptionId(state)}/quotas/${family}`,
    amlWorkspaceLocation: state.settings.location,
    type: `${TYPE}/vmFamily/dedicatedCores/quotas`,
    name: { value: family, localizedValue: `${spoken(family)} Cluster Dedicated vCPUs` },
    limit: quotaOf(state, family),
    unit: 'Count',
  }))
  return { status: 200, body: { value } }
}

/** GET vmSizes; `MIR` marks sizes for managed online deployments (FACTS 1.8). */
export function listVmSizes(): Answer {
  const value = VM_SIZES.map(({ name, family, vCPUs, gpus, memoryGB, online }) => ({
    name,
    family,
    vCPUs,
    gpus,
    osVhdSizeMB: 1_047_552,
    maxResourceVolumeMB: vCPUs * 8192,
    memoryGB,
    lowPriorityCapable: true,
    premiumIO: /s(_v\d+)?$/.test(name),
    supportedComputeTypes: online
      ? ['AmlCompute', 'ComputeInstance', 'MIR']
      : ['AmlCompute', 'ComputeInstance'],
    generation: 'gen1',
    supportsIB: false,
  }))
  return { status: 200, body: { value } }
}
