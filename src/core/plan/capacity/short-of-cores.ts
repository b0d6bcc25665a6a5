import type { Held } from '../../model/plan.ts'
import { valueAt } from '../../model/values/pointer.ts'
import type { Assessment } from '../assess.ts'
import type { PlanContext } from '../context.ts'
import { instancesServing } from '../rollouts/rollout-plan.ts'
import { isUnknown, shortageOf } from './cores.ts'

const SIZE = '/properties/instanceType'

/** Old and new revision run side by side, and Azure wants a fifth on top: said before anything is created, or deleted to be made again. */
export function isShortOfCores(
  { ref, live, owned, rolloutPlan, differences }: Assessment,
  { input }: { readonly input: PlanContext },
): Held | undefined {
  const { cores } = input.answers
  if (cores === undefined || rolloutPlan === undefined || ref.kind !== 'OnlineDeployment')
    return undefined
  const size = valueAt(owned.declared, SIZE)
  const instances = valueAt(owned.declared, '/sku/capacity') ?? instancesServing(rolloutPlan) ?? 1
  const grows = differences.some(({ path }) => path.startsWith('/sku') || path === SIZE)
  if (live !== undefined && !grows) return undefined
  if (typeof size !== 'string' || typeof instances !== 'number') return undefined
  // On Kubernetes it is a type of the cluster's own.
  if (valueAt(owned.declared, '/properties/endpointComputeType') === 'Kubernetes') return undefined
  if (isUnknown(size, cores)) {
    const message = `${size} is no size that this region offers for managed online deployments. A commit with another one leads on.`
    return { ref, state: 'blocked', reason: 'UnknownInstanceType', message }
  }
  const short = shortageOf({ size, instances }, live, cores)
  if (short === undefined) return undefined
  const { family, missing, needed, isReserved } = short
  const reserve = isReserved ? " (a fifth is Azure's reserve)" : ''
  const message = `${instances} × ${size} beside what serves needs ${needed} more cores of ${family}${reserve}; ${missing} are missing. Ask Azure for more, or declare fewer instances in a commit.`
  return { ref, state: 'blocked', reason: 'QuotaShort', message }
}
