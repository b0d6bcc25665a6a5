import type { World } from '../../core/model/live.ts'
import { keyOf } from '../../core/model/ref.ts'
import type { Report, ResourceStatus } from '../../core/model/report.ts'
import { valueAt } from '../../core/model/values/pointer.ts'
import type { CommandContext } from '../context.ts'
import { dryRun } from '../dry-run.ts'
import type { TargetFlags } from '../targets.ts'

/** A dry run whose online endpoints say where they are scored; in an embedded workspace nobody could ask there any more. */
export function lookWithAddresses(
  source: string | undefined,
  flags: TargetFlags,
  context: CommandContext,
): Promise<readonly Report[]> {
  return dryRun(source, flags, context, async (_, report, __, { world, isEmbedded }) => {
    if (world === undefined || isEmbedded) return report
    const addresses = addressesIn(world)
    const withAddress = (status: ResourceStatus): ResourceStatus => {
      const scoringUri = addresses.get(status.key)
      return scoringUri === undefined ? status : { ...status, scoringUri }
    }
    return { ...report, resources: report.resources.map(withAddress) }
  })
}

/** By the endpoint's key. */
function addressesIn({ resources }: World): ReadonlyMap<string, string> {
  const addresses = new Map<string, string>()
  for (const { ref, body } of resources) {
    const uri = valueAt(body, '/properties/scoringUri')
    if (ref.kind === 'OnlineEndpoint' && typeof uri === 'string') addresses.set(keyOf(ref), uri)
  }
  return addresses
}
