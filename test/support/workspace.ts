import type { ArmContext } from '../../src/core/kinds/kind.ts'
import { labelKey } from '../../src/core/model/desired.ts'
import type { Workspace } from '../../src/core/model/live.ts'

export const WORKSPACE: Workspace = {
  id: '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/ml-test/providers/Microsoft.MachineLearningServices/workspaces/ml',
  subscriptionId: '11111111-1111-1111-1111-111111111111',
  resourceGroup: 'ml-test',
  name: 'ml',
  location: 'eastus',
}

/** What toArm is asked with: a workspace, and the versions of labels by `labelKey`. */
export function contextOf(
  labels: Readonly<Record<string, string>>,
  workspace: Workspace = WORKSPACE,
): ArmContext {
  return { workspace, version: (label) => labels[labelKey(label)] }
}
