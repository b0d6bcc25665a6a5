import type { Workspace } from '../model/live.ts'
import { text } from './fields/fields.ts'

const ARM_ID =
  /^\/subscriptions\/[^/]{1,100}\/resourceGroups\/[^/]{1,100}\/providers\/Microsoft\.MachineLearningServices\/workspaces\/[^/]{1,100}\/computes\/[^/]{1,255}$/i
const NAME = /^azureml:[a-zA-Z0-9][-_a-zA-Z0-9]{0,254}$/
const BARE = /^[a-zA-Z0-9][-_a-zA-Z0-9]{0,254}$/

/** A compute of the workspace, as manifests name it: `azureml:name` or `azureml:` and its ARM id. */
export function compute() {
  return text(1024, (value) =>
    isNamed(value)
      ? undefined
      : 'must be "azureml:name", or "azureml:" and the ARM id of a compute',
  )
}

/** The same where the CLI takes a bare `name`, too: for jobs, not for endpoints. */
export function jobCompute() {
  return text(1024, (value) =>
    isNamed(value) || BARE.test(value) || ARM_ID.test(value)
      ? undefined
      : 'must be "azureml:name", "name" or the ARM id of a compute',
  )
}

function isNamed(value: string): boolean {
  return NAME.test(value) || (value.startsWith('azureml:') && ARM_ID.test(bare(value)))
}

/** The ARM id of a compute as `compute` accepts it. */
export function computeIdOf(value: string, workspace: Workspace): string {
  const name = bare(value)
  return name.startsWith('/') ? name : `${workspace.id}/computes/${name}`
}

function bare(value: string): string {
  return value.replace(/^azureml:/i, '')
}
