import { page } from '../../answers/paging.ts'
import { type Answer, type Call, param, requestBody, workspaceId } from '../../call.ts'
import type { Json, JsonObject } from '../../contract.ts'
import { conflict, invalid, noSuchEndpoint } from '../../errors.ts'
import { operationFault } from '../../faults.ts'
import { drawHex } from '../../ids.ts'
import { mergePatch, objectOf, same, textOf, without } from '../../json.ts'
import { fold, refuseName } from '../../names.ts'
import {
  begin,
  operationUrl,
  provisioningState,
  runningInTree,
} from '../../operations/operations.ts'
import { refuseTraffic, trafficInForce } from '../../operations/traffic.ts'
import type { Resource } from '../../state.ts'
import { add, find, keyOf, list } from '../../store.ts'
import { serviceTime } from '../../time.ts'
import { identityOf, refuseLocation, refuseSharedName } from '../envelope.ts'
import { refuseKubernetesEndpoint } from '../kubernetes-rules.ts'
import { acceptedDelete, acceptedPatch, acceptedPut, NOTHING_THERE, supersede } from '../writes.ts'

const AUTH_MODES = ['Key', 'AMLToken', 'AADToken']
const IDENTITY_TYPES = ['SystemAssigned', 'UserAssigned', 'SystemAssigned,UserAssigned', 'None']
/** Keys of `properties.properties` that are the service's: never taken from a client (FACTS 0.10). */
const SERVICE_PROPERTIES = ['azureml.onlineendpointid', 'AzureAsyncOperationUri']
/** Read-only or write-only members of `properties`. */
const NOT_STORED = ['provisioningState', 'scoringUri', 'swaggerUri', 'keys']

const pathOf = (call: Call) => `onlineEndpoints/${param(call, 'endpoint')}`

export function getEndpoint(call: Call): Answer {
  const endpoint = find(call.state, pathOf(call))
  if (endpoint === undefined) return noSuchEndpoint(call, param(call, 'endpoint'))
  return { status: 200, body: renderEndpoint(call, endpoint) }
}

/** GET onlineEndpoints, by `name`, `tags`, `computeType` and `orderBy` (FACTS 1.1). */
export function listEndpoints(call: Call): Answer {
  const { query } = call.address
  const order = query.get('orderby')?.toLowerCase() ?? ''
  const shown = list(call.state, 'onlineEndpoints')
    .filter(({ name }) => query.get('name') === undefined || query.get('name') === name)
    .filter((endpoint) => hasTags(endpoint, query.get('tags')))
  const by = order.startsWith('updated') ? 'modifiedAtMs' : 'createdAtMs'
  shown.sort((left, right) => left[by] - right[by] || left.ordinal - right.ordinal)
  if (order.endsWith('desc')) shown.reverse()
  return page(
    call,
    shown.map((endpoint) => renderEndpoint(call, endpoint)),
    { sizeFrom: 'count' },
  )
}

/** `tags=a,b=c`: every name must be there, with its value when one is given. */
function hasTags(resource: Resource, wanted: string | undefined): boolean {
  const tags = objectOf(resource.body.tags)
  return (wanted ?? '')
    .split(',')
    .filter((part) => part !== '')
    .every((part) => {
      const [name = '', value] = part.split('=')
      return value === undefined ? name in tags : tags[name] === value
    })
}

/** PUT: a whole replacement. Traffic that the body does not name is gone with it (FACTS 0.1, DESIGN 2). */
export function putEndpoint(call: Call): Answer {
  const existing = find(call.state, pathOf(call))
  const refusal = refusePut(call, existing)
  if (refusal !== undefined) return refusal
  const isNew = existing === undefined
  const endpoint = existing ?? add(call, 'onlineEndpoint', pathOf(call), {})
  if (isNew) {
    endpoint.keys = {
      primaryKey: drawHex(call.state, 32),
      secondaryKey: drawHex(call.state, 32),
      ...textsOf(objectOf(requestBody(call).properties).keys),
    }
  }
  const before = trafficInForce(call, endpoint)
  endpoint.body = completed(call, endpoint)
  endpoint.modifiedAtMs = call.now
  const after = objectOf(endpoint.body.properties)
  const movesTraffic =
    !same(before.traffic, after.traffic) || !same(before.mirrorTraffic, after.mirrorTraffic)
  const operation = begin(call, keyOf(call.state, pathOf(call)), {
    verb: isNew ? 'create' : 'update',
    ...(!isNew && movesTraffic ? { takes: 'trafficUpdate' as const } : {}),
    ...operationFault(call),
  })
  const body = renderEndpoint(call, endpoint, 'asked')
  return acceptedPut(call, operation, isNew, isNew && call.build.bareCreate ? bare(body) : body)
}

function refusePut(call: Call, existing: Resource | undefined): Answer | undefined {
  const name = param(call, 'endpoint')
  const key = keyOf(call.state, pathOf(call))
  const shared = existing === undefined ? refuseSharedName(call, 'batchEndpoints', name) : undefined
  const misplaced = shared ?? refuseLocation(call)
  if (misplaced !== undefined) return misplaced
  const hasFailedFirst =
    existing?.inForce === undefined &&
    call.state.operations[existing?.operation ?? '']?.ended?.status === 'Failed'
  if (hasFailedFirst) {
    return invalid(
      call,
      '',
      `Specified endpoint [${name}] has not been created successfully. Please recreate the endpoint.`,
    )
  }
  if (runningInTree(call.state, key) !== undefined) return conflict(call)
  if (
    existing === undefined &&
    list(call.state, 'onlineEndpoints').length >= call.state.settings.endpointsMax
  ) {
    return invalid(
      call,
      '',
      `The limit of ${call.state.settings.endpointsMax} endpoints in the region is reached.`,
    )
  }
  return refuseName(call, 'Endpoint', name) ?? refuseBody(call, name, existing)
}

function refuseBody(call: Call, name: string, existing: Resource | undefined): Answer | undefined {
  const body = requestBody(call)
  const properties = objectOf(body.properties)
  const identity = objectOf(body.identity)
  if (fold(IDENTITY_TYPES, spaceless(identity.type)) === undefined) {
    return invalid(call, 'Identity', 'The Identity field is required.')
  }
  if (Object.keys(objectOf(identity.userAssignedIdentities)).length > 1) {
    return invalid(call, 'Identity', 'Only one user assigned identity is supported.')
  }
  if (existing !== undefined && identityText(existing.body) !== identityText(body)) {
    return invalid(call, 'Identity', 'The identity of an endpoint cannot be changed.')
  }
  if (fold(AUTH_MODES, properties.authMode) === undefined) {
    return invalid(call, 'AuthMode', `The AuthMode must be one of ${AUTH_MODES.join(', ')}.`)
  }
  const onCluster = refuseKubernetesEndpoint(call, existing)
  if (onCluster !== undefined) return onCluster
  return refuseTraffic(call, name, {
    traffic: objectOf(properties.traffic),
    mirrorTraffic: objectOf(properties.mirrorTraffic),
  })
}

function spaceless(value: Json | undefined): Json | undefined {
  return textOf(value)?.replaceAll(' ', '')
}

/** What is kept of a PUT: all of it, the unknown too, with the service's defaults and spelling. */
function completed(call: Call, endpoint: Resource): JsonObject {
  const body = requestBody(call)
  const asked = objectOf(body.properties)
  const compute = asked.compute ?? null
  return {
    ...without(body, ['id', 'name', 'type', 'systemData']),
    tags: body.tags ?? {},
    kind: compute === null ? 'Managed' : 'K8S',
    identity: {
      ...objectOf(body.identity),
      type: fold(IDENTITY_TYPES, spaceless(objectOf(body.identity).type)) ?? 'None',
    },
    properties: {
      ...without(asked, NOT_STORED),
      description: asked.description ?? null,
      // Keys may be added, never altered or removed (FACTS 1.2).
      properties: {
        ...without(objectOf(asked.properties), SERVICE_PROPERTIES),
        ...objectOf(objectOf(endpoint.body.properties).properties),
      },
      authMode: fold(AUTH_MODES, asked.authMode) ?? 'Key',
      compute,
      publicNetworkAccess: asked.publicNetworkAccess ?? 'Enabled',
      traffic: asked.traffic ?? {},
      mirrorTraffic: asked.mirrorTraffic ?? {},
    },
  }
}

/** The 201 body of newer builds (FACTS 0.9). */
function bare(body: JsonObject): JsonObject {
  const properties = objectOf(body.properties)
  const inner = without(objectOf(properties.properties), ['azureml.onlineendpointid'])
  return {
    ...without(body, ['location', 'identity']),
    systemData: {},
    properties: { ...properties, properties: inner },
  }
}

/** Documented as fixed once an endpoint is made; the sentence is ours. */
function identityText(body: JsonObject): string {
  const { type, userAssignedIdentities } = objectOf(body.identity)
  const users = Object.keys(objectOf(userAssignedIdentities)).map((id) => id.toLowerCase())
  return `${spaceless(type)} ${users.sort().join()}`.toLowerCase()
}

/** PATCH takes tags and identity; everything else in the body is silently left out (FACTS 0.1). */
export function patchEndpoint(call: Call): Answer {
  const endpoint = find(call.state, pathOf(call))
  if (endpoint === undefined) return noSuchEndpoint(call, param(call, 'endpoint'))
  if (runningInTree(call.state, keyOf(call.state, pathOf(call))) !== undefined) {
    return conflict(call)
  }
  const { tags, identity } = requestBody(call)
  const patch = {
    ...(tags === undefined ? {} : { tags }),
    ...(identity === undefined ? {} : { identity }),
  }
  // lastModifiedAt stays: it did not move on the recorded PATCH (FACTS 1.2).
  endpoint.body = objectOf(mergePatch(endpoint.body, patch))
  const fault = operationFault(call)
  const key = keyOf(call.state, pathOf(call))
  return acceptedPatch(call, begin(call, key, { verb: 'patch', ...fault }))
}

export function deleteEndpoint(call: Call): Answer {
  const endpoint = find(call.state, pathOf(call))
  if (endpoint === undefined) return NOTHING_THERE
  const key = keyOf(call.state, pathOf(call))
  if (!supersede(call, key)) return conflict(call)
  return acceptedDelete(call, begin(call, key, { verb: 'delete', ...operationFault(call) }))
}

function textsOf(value: Json | undefined): Record<string, string> {
  const entries = Object.entries(objectOf(value)).flatMap(([name, text]) =>
    typeof text === 'string' ? [[name, text] as const] : [],
  )
  return Object.fromEntries(entries)
}

/** The endpoint as clients read it. Traffic is what is in force; only the answer to a PUT shows what was asked. */
function renderEndpoint(
  call: Call,
  endpoint: Resource,
  traffic: 'inForce' | 'asked' = 'inForce',
): JsonObject {
  const { body, name } = endpoint
  const properties = objectOf(body.properties)
  const { location, dataPlaneOrigin } = call.state.settings
  const origin = dataPlaneOrigin.replace('{name}', name).replace('{region}', location)
  const isReady = endpoint.inForce !== undefined
  const operation = call.state.operations[endpoint.operation ?? '']
  return {
    ...body,
    id: endpoint.id,
    name,
    type: 'Microsoft.MachineLearningServices/workspaces/onlineEndpoints',
    location,
    identity: identityOf(call, endpoint),
    properties: {
      ...properties,
      ...(traffic === 'asked' ? {} : trafficInForce(call, endpoint)),
      properties: {
        ...objectOf(properties.properties),
        'azureml.onlineendpointid':
          `${workspaceId(call.state)}/onlineEndpoints/${name}`.toLowerCase(),
        ...(operation === undefined
          ? {}
          : { AzureAsyncOperationUri: operationUrl(call, operation, 'mfeOperationsStatus') }),
      },
      scoringUri: isReady ? `${origin}/score` : null,
      swaggerUri: isReady ? `${origin}/swagger.json` : null,
      provisioningState: provisioningState(call.state, endpoint, call.now),
    },
    systemData: {
      createdAt: serviceTime(endpoint.createdAtMs),
      createdBy: endpoint.createdBy,
      lastModifiedAt: serviceTime(endpoint.modifiedAtMs),
    },
  }
}
