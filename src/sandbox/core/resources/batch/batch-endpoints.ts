import { page } from '../../answers/paging.ts'
import { type Answer, type Call, param, requestBody, workspaceId } from '../../call.ts'
import type { JsonObject } from '../../contract.ts'
import { batchInvalid, conflict, noSuchEndpoint } from '../../errors.ts'
import { operationFault } from '../../faults.ts'
import { mergePatch, objectOf, textOf, without } from '../../json.ts'
import { fold, refuseName } from '../../names.ts'
import {
  begin,
  operationUrl,
  provisioningState,
  runningInTree,
} from '../../operations/operations.ts'
import type { Resource, State } from '../../state.ts'
import { add, find, keyOf, list } from '../../store.ts'
import { serviceTime } from '../../time.ts'
import { identityOf, refuseLocation, refuseSharedName } from '../envelope.ts'
import { acceptedDelete, acceptedPatch, acceptedPut, NOTHING_THERE, supersede } from '../writes.ts'

/** Keys of `properties.properties` that are the service's: never taken from a client (FACTS 0.10). */
const SERVICE_PROPERTIES = [
  'azureml.onlineendpointid',
  'AzureAsyncOperationUri',
  'BatchEndpointCreationApiVersion',
]
const NOT_STORED = ['provisioningState', 'scoringUri', 'swaggerUri', 'keys']
const NOBODY = '00000000-0000-0000-0000-000000000000'

const pathOf = (call: Call) => `batchEndpoints/${param(call, 'endpoint')}`

export function getBatchEndpoint(call: Call): Answer {
  const endpoint = find(call.state, pathOf(call))
  if (endpoint === undefined) return noSuchEndpoint(call, param(call, 'endpoint'))
  return { status: 200, body: renderEndpoint(call, endpoint) }
}

export function listBatchEndpoints(call: Call): Answer {
  const items = list(call.state, 'batchEndpoints').map((endpoint) => renderEndpoint(call, endpoint))
  return page(call, items, { sizeFrom: 'count' })
}

/** PUT: a whole replacement, the default deployment too (FACTS 0.1). */
export function putBatchEndpoint(call: Call): Answer {
  const existing = find(call.state, pathOf(call))
  const refusal = refusePut(call, existing)
  if (refusal !== undefined) return refusal
  const isNew = existing === undefined
  const endpoint = existing ?? add(call, 'batchEndpoint', pathOf(call), {})
  endpoint.body = completed(call, endpoint)
  endpoint.modifiedAtMs = call.now
  const verb = isNew ? 'create' : 'update'
  const key = keyOf(call.state, pathOf(call))
  const operation = begin(call, key, { verb, ...operationFault(call) })
  return acceptedPut(call, operation, isNew, renderEndpoint(call, endpoint, 'asked'))
}

function refusePut(call: Call, existing: Resource | undefined): Answer | undefined {
  const name = param(call, 'endpoint')
  const shared =
    existing === undefined ? refuseSharedName(call, 'onlineEndpoints', name) : undefined
  const misplaced = shared ?? refuseLocation(call)
  if (misplaced !== undefined) return misplaced
  if (runningInTree(call.state, keyOf(call.state, pathOf(call))) !== undefined) {
    return conflict(call)
  }
  const badName = refuseName(call, 'Endpoint', name)
  if (badName !== undefined) return badName
  if (hasFailedFirst(call.state, existing)) {
    const message = `Specified endpoint [${name}] has not been created successfully. Please recreate the endpoint.`
    return refuse(call, 'Name', message)
  }
  const others = list(call.state, 'onlineEndpoints').length
  if (
    existing === undefined &&
    others + list(call.state, 'batchEndpoints').length >= call.state.settings.endpointsMax
  ) {
    return refuse(
      call,
      'Name',
      `The limit of ${call.state.settings.endpointsMax} endpoints in the region is reached.`,
    )
  }
  // The sentence is pasted (ERRORS 8).
  if (fold(['AADToken'], objectOf(requestBody(call).properties).authMode) === undefined) {
    return refuse(call, 'AuthMode', "AuthMode must be 'AADToken'")
  }
  return refuseDefault(call, name)
}

export function hasFailedFirst(state: State, resource: Resource | undefined): boolean {
  const ended = state.operations[resource?.operation ?? '']?.ended
  return resource?.inForce === undefined && ended?.status === 'Failed'
}

/** The default deployment must be one that could take jobs. */
function refuseDefault(call: Call, endpoint: string): Answer | undefined {
  const { deploymentName } = objectOf(objectOf(requestBody(call).properties).defaults)
  const name = textOf(deploymentName)
  if (name === undefined || name === '') return undefined
  const deployment = find(call.state, `batchEndpoints/${endpoint}/deployments/${name}`)
  if (deployment === undefined) {
    const message = `Deployment '${name}' does not exist in endpoint '${endpoint}'.`
    return refuse(call, 'Defaults.DeploymentName', message)
  }
  if (deployment.inForce !== undefined) return undefined
  const word = provisioningState(call.state, deployment, call.now)
  const message = `Deployment '${name}' is in provisioning state '${word}'.`
  return refuse(call, 'Defaults.DeploymentName', message)
}

function refuse(call: Call, PropertyName: string, ErrorMessage: string): Answer {
  return batchInvalid(call, 'Endpoint', [
    { PropertyName, ErrorMessage, ErrorCode: 'ArgumentInvalid' },
  ])
}

/** What is kept of a PUT: all of it, the unknown too, with the service's defaults and spelling. */
function completed(call: Call, endpoint: Resource): JsonObject {
  const body = requestBody(call)
  const asked = objectOf(body.properties)
  return {
    ...without(body, ['id', 'name', 'type', 'systemData']),
    tags: body.tags ?? {},
    properties: {
      ...without(asked, NOT_STORED),
      description: asked.description ?? null,
      // Keys may be added, never altered or removed (FACTS 1.2).
      properties: {
        BatchEndpointCreationApiVersion: call.apiVersion,
        ...without(objectOf(asked.properties), SERVICE_PROPERTIES),
        ...objectOf(objectOf(endpoint.body.properties).properties),
      },
      authMode: 'AADToken',
      defaults: { deploymentName: null, ...objectOf(asked.defaults) },
    },
  }
}

/** PATCH takes tags and identity; everything else in the body is silently left out (FACTS 0.1). */
export function patchBatchEndpoint(call: Call): Answer {
  const endpoint = find(call.state, pathOf(call))
  if (endpoint === undefined) return noSuchEndpoint(call, param(call, 'endpoint'))
  const key = keyOf(call.state, pathOf(call))
  if (runningInTree(call.state, key) !== undefined) return conflict(call)
  const { tags, identity } = requestBody(call)
  const patch = {
    ...(tags === undefined ? {} : { tags }),
    ...(identity === undefined ? {} : { identity }),
  }
  endpoint.body = objectOf(mergePatch(endpoint.body, patch))
  return acceptedPatch(call, begin(call, key, { verb: 'patch', ...operationFault(call) }))
}

export function deleteBatchEndpoint(call: Call): Answer {
  if (find(call.state, pathOf(call)) === undefined) return NOTHING_THERE
  const key = keyOf(call.state, pathOf(call))
  if (!supersede(call, key)) return conflict(call)
  return acceptedDelete(call, begin(call, key, { verb: 'delete', ...operationFault(call) }))
}

/** Nulls, as for every endpoint whose callers show Entra tokens (FACTS 0.19). */
export function listBatchKeys(call: Call): Answer {
  if (find(call.state, pathOf(call)) === undefined) {
    return noSuchEndpoint(call, param(call, 'endpoint'))
  }
  return { status: 200, body: { primaryKey: null, secondaryKey: null } }
}

/** The deployment that takes jobs that name none: of the last write that succeeded, while it is there. */
export function defaultInForce(state: State, endpoint: Resource): string | undefined {
  const { deploymentName } = objectOf(objectOf(endpoint.inForce?.properties).defaults)
  const name = textOf(deploymentName)
  if (name === undefined || name === '') return undefined
  return find(state, `batchEndpoints/${endpoint.name}/deployments/${name}`)?.name
}

/** The endpoint as clients read it; only the answer to a PUT shows a default that is not in force yet. */
function renderEndpoint(
  call: Call,
  endpoint: Resource,
  defaults: 'inForce' | 'asked' = 'inForce',
): JsonObject {
  const { body, name } = endpoint
  const properties = objectOf(body.properties)
  const { location, dataPlaneOrigin } = call.state.settings
  const origin = dataPlaneOrigin.replace('{name}', name).replace('{region}', location)
  const deploymentName = defaultInForce(call.state, endpoint) ?? null
  return {
    ...body,
    id: endpoint.id,
    name,
    type: 'Microsoft.MachineLearningServices/workspaces/batchEndpoints',
    location,
    ...shownIdentity(call, endpoint),
    properties: {
      ...properties,
      ...(defaults === 'asked'
        ? {}
        : { defaults: { ...objectOf(properties.defaults), deploymentName } }),
      properties: {
        ...objectOf(properties.properties),
        ...tellingProperties(call, endpoint, name),
      },
      scoringUri: endpoint.inForce === undefined ? null : `${origin}/jobs`,
      swaggerUri: null,
      provisioningState: provisioningState(call.state, endpoint, call.now),
    },
    systemData: {
      createdAt: serviceTime(endpoint.createdAtMs),
      createdBy: endpoint.createdBy,
      lastModifiedAt: serviceTime(endpoint.modifiedAtMs),
    },
  }
}

/** One build shows an identity of nobody, another none at all (FACTS 1.4). */
function shownIdentity(call: Call, endpoint: Resource): JsonObject {
  if (endpoint.body.identity !== undefined && endpoint.body.identity !== null) {
    return { identity: identityOf(call, endpoint) }
  }
  if (!call.build.batchTellsOperation) return {}
  return { identity: { type: 'None', principalId: NOBODY, tenantId: NOBODY } }
}

/** What the service adds to `properties.properties` of the endpoint and, in the first build, of its deployments. */
export function tellingProperties(call: Call, resource: Resource, endpoint: string): JsonObject {
  const root = workspaceId(call.state)
  if (!call.build.batchTellsOperation) {
    const isEndpoint = resource.kind === 'batchEndpoint'
    return isEndpoint ? { 'azureml.onlineendpointid': `${root}/batchEndpoints/${endpoint}` } : {}
  }
  const operation = call.state.operations[resource.operation ?? '']
  // The id says onlineendpoints, and the operation of a deployment says `be:` (both recorded).
  const url = operation && operationUrl(call, operation, 'mfeOperationsStatus')
  return {
    'azureml.onlineendpointid': `${root}/onlineEndpoints/${endpoint}`.toLowerCase(),
    ...(url === undefined ? {} : { AzureAsyncOperationUri: url.replace('/bd:', '/be:') }),
  }
}
