import type { Handler } from './call.ts'
import type { BucketKind } from './limits/throttle.ts'
import * as assets from './resources/assets.ts'
import * as batchDeployments from './resources/batch/batch-deployments.ts'
import * as batchEndpoints from './resources/batch/batch-endpoints.ts'
import * as computes from './resources/computes.ts'
import * as datastores from './resources/datastores.ts'
import * as jobs from './resources/jobs/jobs.ts'
import * as secrets from './resources/online/endpoint-secrets.ts'
import * as deployments from './resources/online/online-deployments.ts'
import * as endpoints from './resources/online/online-endpoints.ts'
import { operationResult, operationStatus } from './resources/operations.ts'
import { startPendingUpload } from './resources/pending-upload.ts'
import { listPermissions, PERMISSIONS } from './resources/permissions.ts'
import * as region from './resources/region.ts'
import * as workspace from './resources/workspace.ts'

/** Which requests the workspace answers, and with what. Paths are below the workspace or the location. */
export interface Route {
  readonly method: string
  readonly scope: Scope
  /** Segments; braces match any one segment and name it. */
  readonly path: string
  readonly handler: Handler
  /** What the caller must be allowed to do, below `Microsoft.MachineLearningServices/`. */
  readonly action: string
  readonly bucket: BucketKind
}

export type Scope = 'workspaces' | 'workspace' | 'location'

type Row = readonly [method: string, path: string, handler: Handler]

/** The last segment of a POST is the action's own name: `onlineEndpoints/listKeys/action`. */
const VERBS: Readonly<Record<string, string>> = {
  GET: 'read',
  PUT: 'write',
  PATCH: 'write',
  DELETE: 'delete',
  POST: 'action',
}

const BUCKETS: Readonly<Record<string, BucketKind>> = { GET: 'reads', DELETE: 'deletes' }

const ENDPOINT = 'onlineEndpoints/{endpoint}'
const DEPLOYMENT = `${ENDPOINT}/deployments/{deployment}`

const BATCH = 'batchEndpoints/{endpoint}'
const BATCH_DEPLOYMENT = `${BATCH}/deployments/{deployment}`

const IN_WORKSPACE: readonly Row[] = [
  ['GET', '', workspace.getWorkspace],
  ['GET', 'onlineEndpoints', endpoints.listEndpoints],
  ['GET', ENDPOINT, endpoints.getEndpoint],
  ['PUT', ENDPOINT, endpoints.putEndpoint],
  ['PATCH', ENDPOINT, endpoints.patchEndpoint],
  ['DELETE', ENDPOINT, endpoints.deleteEndpoint],
  ['POST', `${ENDPOINT}/listKeys`, secrets.listKeys],
  ['POST', `${ENDPOINT}/regenerateKeys`, secrets.regenerateKeys],
  ['POST', `${ENDPOINT}/token`, secrets.issueToken],
  ['GET', `${ENDPOINT}/deployments`, deployments.listDeployments],
  ['GET', DEPLOYMENT, deployments.getDeployment],
  ['PUT', DEPLOYMENT, deployments.putDeployment],
  ['PATCH', DEPLOYMENT, deployments.patchDeployment],
  ['DELETE', DEPLOYMENT, deployments.deleteDeployment],
  ['POST', `${DEPLOYMENT}/getLogs`, deployments.getLogs],
  ['GET', `${DEPLOYMENT}/skus`, deployments.listSkus],
  ['GET', 'batchEndpoints', batchEndpoints.listBatchEndpoints],
  ['GET', BATCH, batchEndpoints.getBatchEndpoint],
  ['PUT', BATCH, batchEndpoints.putBatchEndpoint],
  ['PATCH', BATCH, batchEndpoints.patchBatchEndpoint],
  ['DELETE', BATCH, batchEndpoints.deleteBatchEndpoint],
  ['POST', `${BATCH}/listkeys`, batchEndpoints.listBatchKeys],
  ['GET', `${BATCH}/deployments`, batchDeployments.listBatchDeployments],
  ['GET', BATCH_DEPLOYMENT, batchDeployments.getBatchDeployment],
  ['PUT', BATCH_DEPLOYMENT, batchDeployments.putBatchDeployment],
  ['PATCH', BATCH_DEPLOYMENT, batchDeployments.patchBatchDeployment],
  ['DELETE', BATCH_DEPLOYMENT, batchDeployments.deleteBatchDeployment],
  ['GET', 'jobs', jobs.listJobs],
  ['GET', 'jobs/{job}', jobs.getJob],
  ['PUT', 'jobs/{job}', jobs.putJob],
  ['POST', 'jobs/{job}/cancel', jobs.cancelJob],
  ...['models', 'environments', 'codes', 'data'].flatMap(assetRows),
  ['POST', 'codes/{name}/versions/{version}/startPendingUpload', startPendingUpload],
  ['GET', 'datastores', datastores.listDatastores],
  ['GET', 'datastores/{name}', datastores.getDatastore],
  ['PUT', 'datastores/{name}', datastores.putDatastore],
  ['DELETE', 'datastores/{name}', datastores.deleteDatastore],
  ['POST', 'datastores/{name}/listSecrets', datastores.listSecrets],
  ['GET', 'computes', computes.listComputes],
  ['GET', 'computes/{name}', computes.getCompute],
  ['PUT', 'computes/{name}', computes.putCompute],
  ['DELETE', 'computes/{name}', computes.deleteCompute],
  ['GET', PERMISSIONS, listPermissions],
]

const IN_LOCATION: readonly Row[] = [
  ['GET', 'mfeOperationsStatus/{operation}', operationStatus],
  ['GET', 'mfeOperationResults/{operation}', operationResult],
  ['GET', 'computeOperationsStatus/{operation}', computes.computeOperation],
  ['GET', 'usages', region.listUsages],
  ['GET', 'quotas', region.listQuotas],
  ['GET', 'vmSizes', region.listVmSizes],
]

function assetRows(collection: string): readonly Row[] {
  const container = `${collection}/{name}`
  return [
    ['GET', collection, assets.listContainers],
    ['GET', container, assets.getContainer],
    ['PUT', container, assets.putContainer],
    ['DELETE', container, assets.deleteContainer],
    ['GET', `${container}/versions`, assets.listVersions],
    ['GET', `${container}/versions/{version}`, assets.getVersion],
    ['PUT', `${container}/versions/{version}`, assets.putVersion],
    ['DELETE', `${container}/versions/{version}`, assets.deleteVersion],
  ]
}

export const ROUTES: readonly Route[] = [
  ...[['GET', '', workspace.listWorkspaces] as Row].map((row) => route('workspaces', row)),
  ...IN_WORKSPACE.map((row) => route('workspace', row)),
  ...IN_LOCATION.map((row) => route('location', row)),
]

function route(scope: Scope, [method, path, handler]: Row): Route {
  const type = typeOf(path)
  const head = scope === 'location' ? 'locations' : 'workspaces'
  const verb = VERBS[method] ?? 'action'
  const action = [head, type, verb].filter((part) => part !== '').join('/')
  const isDeploymentPut = method === 'PUT' && [DEPLOYMENT, BATCH_DEPLOYMENT].includes(path)
  const bucket = isDeploymentPut ? 'resource-requests' : (BUCKETS[method] ?? 'writes')
  return { method, scope, path, handler, action, bucket }
}

/** The resource type of a path: its literal segments. */
export function typeOf(path: string): string {
  return path
    .split('/')
    .filter((segment) => segment !== '' && !segment.startsWith('{'))
    .join('/')
}

const segments = new Map<string, readonly string[]>()

function segmentsOf(path: string): readonly string[] {
  const known = segments.get(path) ?? (path === '' ? [] : path.split('/'))
  segments.set(path, known)
  return known
}

/** The params a path gives when it fits the segments, whatever their case; undefined when it does not fit. */
export function matchPath(
  path: string,
  given: readonly string[],
): Record<string, string> | undefined {
  const wanted = segmentsOf(path)
  if (wanted.length !== given.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, segment] of wanted.entries()) {
    const part = given[index] ?? ''
    if (segment.startsWith('{')) params[segment.slice(1, -1)] = part
    else if (segment.toLowerCase() !== part.toLowerCase()) return undefined
  }
  return params
}
