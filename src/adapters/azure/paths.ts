import type { Ref } from '../../core/model/ref.ts'
import { CloudError } from '../../reconcile/ports.ts'

export interface WorkspaceAddress {
  readonly subscriptionId: string
  readonly resourceGroup: string
  readonly name: string
}

/** `/subscriptions/…/workspaces/…`, each segment checked and encoded. */
export function workspacePath({ subscriptionId, resourceGroup, name }: WorkspaceAddress): string {
  const group = `/subscriptions/${segment(subscriptionId)}/resourceGroups/${segment(resourceGroup)}`
  return `${group}/providers/Microsoft.MachineLearningServices/workspaces/${segment(name)}`
}

/** The path of a thing below its workspace; throws a CloudError for a name that could lead elsewhere (ATTACKS 34). */
export function pathOf(ref: Ref): string {
  const name = segment(ref.name)
  switch (ref.kind) {
    case 'OnlineEndpoint':
      return `onlineEndpoints/${name}`
    case 'OnlineDeployment':
      return `onlineEndpoints/${segment(ref.parent)}/deployments/${name}`
    case 'BatchEndpoint':
      return `batchEndpoints/${name}`
    case 'BatchDeployment':
      return `batchEndpoints/${segment(ref.parent)}/deployments/${name}`
    case 'Model':
      return `models/${name}/versions/${segment(ref.version)}`
    case 'Environment':
      return `environments/${name}/versions/${segment(ref.version)}`
    case 'Data':
      return `data/${name}/versions/${segment(ref.version)}`
    case 'Code':
      return `codes/${name}/versions/${segment(ref.version)}`
  }
}

/** Names that may stand in an address: they begin with a letter or digit, so that none is `.` or `..`. */
export function isSegment(text: unknown): text is string {
  return typeof text === 'string' && /^[A-Za-z0-9_][A-Za-z0-9._()-]{0,254}$/.test(text)
}

/** What is counted in metrics: the collection a path leads to. */
export function resourceTypeOf(path: string): string {
  const inside = /\/workspaces\/[^/]+(?:\/(.*))?$/i.exec(path)
  if (!inside) return /\/mfeOperations/i.test(path) ? 'operations' : 'other'
  const [collection = 'workspaces', , below] = (inside[1] ?? 'workspaces').split('/')
  if (collection.endsWith('Endpoints') && below === 'deployments') return `${collection}/${below}`
  return collection
}

function segment(text: string | undefined): string {
  if (isSegment(text)) return encodeURIComponent(text)
  throw new CloudError({
    reason: 'InvalidName',
    message: 'A name that cannot stand in an Azure address.',
    errorClass: 'user',
    retry: 'Never',
  })
}
