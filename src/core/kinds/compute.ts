import type { Workspace } from '../model/live.ts'
import { text } from './fields.ts'

const ARM_ID =
  /^\/subscriptions\/[^/]{1,100}\/resourceGroups\/[^/]{1,100}\/providers\/Microsoft\.MachineLearningServices\/workspaces\/[^/]{1,100}\/computes\/[^/]{1,255}$/i
const NAME = /^(?:azureml:)?[a-zA-Z0-9][-_a-zA-Z0-9]{0,254}$/i

/** A compute of the workspace, as manifests name it: `azureml:name`, which the CLI takes as `name`, too, or its ARM id. */
export function compute() {
  return text(1024, (value) =>
    NAME.test(value) || ARM_ID.test(bare(value))
      ? undefined
      : 'must be "azureml:name", "name" or the ARM id of a compute',
  )
}

/** The ARM id of a compute as `compute` accepts it. */
export function computeIdOf(value: string, workspace: Workspace): string {
  const name = bare(value)
  return name.startsWith('/') ? name : `${workspace.id}/computes/${name}`
}

function bare(value: string): string {
  return value.replace(/^azureml:/i, '')
}
