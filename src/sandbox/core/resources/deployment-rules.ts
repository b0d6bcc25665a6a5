import { type Answer, type Call, param, requestBody } from '../call.ts'
import type { Json, JsonObject } from '../contract.ts'
import { invalid } from '../errors.ts'
import { objectOf, textOf } from '../json.ts'
import { coresFor, coresUsed, quotaOf, sizeNamed } from '../limits/sizes.ts'
import { fold, refuseName } from '../names.ts'
import type { OperationError, Resource } from '../state.ts'
import { findById, keyOf, list } from '../store.ts'
import { durationMs } from '../time.ts'
import { refusePlace } from './kubernetes-rules.ts'

const DEPLOYMENTS_MAX = 20
const INSTANCES_MAX = 50
/** Managed, and on Kubernetes (FACTS 4). */
const REQUEST_TIMEOUT_MAX_MS = 180_000
const KUBERNETES_TIMEOUT_MAX_MS = 300_000

type Rule = (
  call: Call,
  properties: JsonObject,
  existing: Resource | undefined,
) => Answer | undefined

/** Everything that refuses a deployment's PUT at once; the first hit answers (FACTS 4, ERRORS 2). */
const RULES: readonly Rule[] = [
  (call) => refuseName(call, 'Deployment', param(call, 'deployment')),
  refuseCount,
  refuseType,
  (call, properties, existing) => refusePlace(call, properties, existing),
  refuseManaged,
  refuseRequestTimeout,
  (call, _properties, existing) => refuseScale(call, requestBody(call), existing),
]

export function refuseDeployment(call: Call, existing: Resource | undefined): Answer | undefined {
  const properties = objectOf(requestBody(call).properties)
  for (const rule of RULES) {
    const refusal = rule(call, properties, existing)
    if (refusal !== undefined) return refusal
  }
  return undefined
}

function refuseCount(call: Call, _properties: JsonObject, existing: Resource | undefined) {
  const siblings = list(call.state, `onlineEndpoints/${param(call, 'endpoint')}/deployments`)
  if (existing !== undefined || siblings.length < DEPLOYMENTS_MAX) return undefined
  return invalid(call, '', `The limit of ${DEPLOYMENTS_MAX} deployments per endpoint is reached.`)
}

function refuseType(call: Call, properties: JsonObject, existing: Resource | undefined) {
  const type = fold(['Managed', 'Kubernetes'], properties.endpointComputeType)
  if (type === undefined) {
    return invalid(call, 'EndpointComputeType', 'The EndpointComputeType field is required.')
  }
  const old = objectOf(existing?.body.properties).endpointComputeType
  if (old !== undefined && old !== type) {
    return invalid(call, 'EndpointComputeType', 'The EndpointComputeType cannot be changed.')
  }
  return undefined
}

function isManaged(properties: JsonObject): boolean {
  return textOf(properties.endpointComputeType)?.toLowerCase() === 'managed'
}

function refuseManaged(call: Call, properties: JsonObject, existing: Resource | undefined) {
  if (!isManaged(properties)) return undefined
  const instanceType = textOf(properties.instanceType)
  if (instanceType === undefined) {
    return invalid(call, 'InstanceType', 'The InstanceType field is required.')
  }
  const size = sizeNamed(instanceType)
  if (size === undefined || !size.online) {
    return invalid(call, 'VmSize', `The VM size ${instanceType} is not supported.`)
  }
  const old = textOf(objectOf(existing?.body.properties).instanceType)
  if (old !== undefined && old.toLowerCase() !== instanceType.toLowerCase()) {
    return invalid(call, 'InstanceType', 'The InstanceType of a deployment cannot be changed.')
  }
  const scaleType = objectOf(properties.scaleSettings).scaleType
  if (scaleType !== undefined && fold(['Default'], scaleType) === undefined) {
    return invalid(
      call,
      'ScaleSettings',
      'Managed deployments support the scale type Default only.',
    )
  }
  return undefined
}

function refuseRequestTimeout(call: Call, properties: JsonObject) {
  const { requestTimeout } = objectOf(properties.requestSettings)
  if (requestTimeout === undefined || requestTimeout === null) return undefined
  const ms = durationMs(requestTimeout)
  const most = isManaged(properties) ? REQUEST_TIMEOUT_MAX_MS : KUBERNETES_TIMEOUT_MAX_MS
  if (ms !== undefined && ms <= most) return undefined
  return invalid(call, 'RequestTimeout', `The RequestTimeout must be at most PT${most / 1000}S.`)
}

/** Instance count and quota of a whole body, for PUT and for a PATCH of the sku. */
export function refuseScale(
  call: Call,
  body: JsonObject,
  existing: Resource | undefined,
): Answer | undefined {
  const properties = objectOf(body.properties)
  const capacity = objectOf(body.sku).capacity ?? 1
  if (!isManaged(properties)) return undefined
  if (!isCount(capacity)) {
    return invalid(call, 'Capacity', `The capacity must be between 1 and ${INSTANCES_MAX}.`)
  }
  const instanceType = textOf(properties.instanceType) ?? ''
  const size = sizeNamed(instanceType)
  if (size === undefined) return undefined
  const path = `onlineEndpoints/${param(call, 'endpoint')}/deployments/${param(call, 'deployment')}`
  const key = keyOf(call.state, path)
  const limit = quotaOf(call.state, size.family)
  const used = coresUsed(call.state, size.family, existing === undefined ? undefined : key)
  const needed = coresFor(size, capacity)
  if (used + needed <= limit) return undefined
  const subscription = call.state.settings.subscriptionId
  return invalid(
    call,
    'VmSize',
    `Not enough quota available for ${instanceType} in SubscriptionId ${subscription}. Current usage/limit: ${used}/${limit}. Additional needed: ${needed} Please see troubleshooting guide, available here: https://aka.ms/oe-tsg#error-outofquota`,
  )
}

function isCount(value: Json): value is number {
  return (
    typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= INSTANCES_MAX
  )
}

/**
 * An asset of this workspace that the deployment names and that does not exist: the PUT is accepted, its operation fails
 * after some seconds (ERRORS 3). Registry assets and curated names are taken on trust.
 */
export function missingAsset(call: Call): OperationError | undefined {
  const properties = objectOf(requestBody(call).properties)
  return missingAmong(call, [
    properties.model,
    properties.environmentId,
    objectOf(properties.codeConfiguration).codeId,
  ])
}

/** The first of the ids that names an asset of this workspace which is not there. */
export function missingAmong(
  call: Call,
  ids: readonly (Json | undefined)[],
): OperationError | undefined {
  for (const id of ids) {
    const text = textOf(id)
    if (text === undefined || !text.toLowerCase().startsWith('/subscriptions/')) continue
    if (findById(call.state, text) !== undefined || isCurated(text)) continue
    return { code: 'ModelRegistryError', message: `Could not find asset with ID: ${text}` }
  }
  return undefined
}

function isCurated(id: string): boolean {
  return /\/environments\/AzureML-/i.test(id)
}
