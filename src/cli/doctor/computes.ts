import type { Compute, Inspector } from '../../compose.ts'
import { computeIdOf } from '../../core/kinds/compute.ts'
import { suggest } from '../../core/kinds/fields/suggest.ts'
import type { Desired } from '../../core/model/desired.ts'
import type { Workspace } from '../../core/model/live.ts'
import { someOf } from '../../core/model/values/some-of.ts'
import { CloudError } from '../../reconcile/ports.ts'
import { attempt } from './attempt.ts'
import { failed, notChecked, passed, type Row } from './row.ts'

const CHECK = 'compute'
const SHOWN = 3

/** What runs on a compute that exists already: which types of computes do, and which of its instance types. */
interface Use {
  readonly id: string
  readonly types: readonly string[]
  /** Of deployments on a Kubernetes cluster. */
  readonly instanceTypes: readonly string[]
}

/** Whether the computes that manifests name are there, and can run what is to run on them. No row where none is named. */
export async function computeRows(
  desired: readonly Desired[],
  workspace: Workspace,
  inspector: Pick<Inspector, 'compute'>,
  signal: AbortSignal,
): Promise<readonly Row[]> {
  const uses = usesOf(desired, workspace)
  if (uses.length === 0) return []
  const complaints: string[] = []
  for (const [id, ofOne] of Map.groupBy(uses, (use) => use.id)) {
    const compute = await attempt(() => inspector.compute(id, signal))
    if (compute instanceof CloudError)
      return [
        notChecked(
          CHECK,
          compute.message,
          'To have it checked, allow Microsoft.MachineLearningServices/workspaces/computes/read.',
        ),
      ]
    complaints.push(...ofOne.flatMap((use) => complaintsOf(use, compute)))
  }
  const names = [...new Set(uses.map(({ id }) => nameOf(id)))]
  if (complaints.length === 0) return [passed(CHECK, `${someOf(names, SHOWN)}: there, and fit`)]
  const advice = 'Name another compute or instance type, or make it in Azure ML first.'
  return [failed(CHECK, someOf([...new Set(complaints)], SHOWN), advice)]
}

function usesOf(desired: readonly Desired[], workspace: Workspace): readonly Use[] {
  return desired.flatMap(({ ref, spec }): readonly Use[] => {
    if (typeof spec.compute !== 'string') return []
    const id = computeIdOf(spec.compute, workspace)
    if (ref.kind === 'BatchDeployment')
      return [{ id, types: ['AmlCompute', 'Kubernetes'], instanceTypes: [] }]
    const own = desired.filter(
      (one) => one.ref.kind === 'OnlineDeployment' && one.ref.parent === ref.name,
    )
    const instanceTypes = own.flatMap((one) =>
      typeof one.spec.instance_type === 'string' ? [one.spec.instance_type] : [],
    )
    return [{ id, types: ['Kubernetes'], instanceTypes }]
  })
}

function complaintsOf(
  { id, types, instanceTypes }: Use,
  compute: Compute | undefined,
): readonly string[] {
  const name = nameOf(id)
  if (compute === undefined) return [`the workspace has no compute ${name}`]
  if (!types.includes(compute.type))
    return [`${name} is of the type ${compute.type}, not ${types.join(' or ')}`]
  const known = compute.instanceTypes
  if (known === undefined) return []
  return instanceTypes
    .filter((one) => !known.includes(one))
    .map((one) => {
      const near = suggest(one, known)
      return `${name} has no instance type ${one}${near === undefined ? '' : `: did you mean ${near}?`}`
    })
}

function nameOf(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1)
}
