import { type Answer, type Call, param, requestBody } from '../call.ts'
import type { JsonObject } from '../contract.ts'
import { invalid } from '../errors.ts'
import { objectOf, textOf } from '../json.ts'
import { fold } from '../names.ts'
import type { Resource } from '../state.ts'
import { find, list } from '../store.ts'
import { kubernetesNamed } from './computes.ts'

/** Per cluster (FACTS 4). */
const ENDPOINTS_MAX = 60
const DEPLOYMENTS_MAX = 100
const NAMES_MAX = 62

/** Why an endpoint on a Kubernetes compute is refused. The rules are documented (FACTS 4, 6), the sentences ours. */
export function refuseKubernetesEndpoint(
  call: Call,
  existing: Resource | undefined,
): Answer | undefined {
  const properties = objectOf(requestBody(call).properties)
  const id = textOf(properties.compute)
  const old = textOf(objectOf(existing?.body.properties).compute)
  if (existing !== undefined && old?.toLowerCase() !== id?.toLowerCase()) {
    return invalid(call, 'Compute', 'The compute of an endpoint cannot be changed.')
  }
  if (id === undefined) return undefined
  const compute = kubernetesNamed(call.state, id)
  if (compute === undefined) {
    return invalid(call, 'Compute', `There is no Kubernetes compute '${id}'.`)
  }
  if (Object.keys(objectOf(properties.mirrorTraffic)).length > 0) {
    return invalid(call, 'MirrorTraffic', 'Kubernetes online endpoints do not mirror traffic.')
  }
  if (fold(['AADToken'], properties.authMode) !== undefined) {
    return invalid(call, 'AuthMode', 'Kubernetes online endpoints do not take Entra tokens.')
  }
  const others = endpointsOn(call, compute).length
  if (existing !== undefined || others < ENDPOINTS_MAX) return undefined
  return invalid(call, '', `The limit of ${ENDPOINTS_MAX} endpoints on a cluster is reached.`)
}

function endpointsOn(call: Call, compute: Resource): Resource[] {
  return list(call.state, 'onlineEndpoints').filter(
    ({ body }) =>
      textOf(objectOf(body.properties).compute)?.toLowerCase() === compute.id.toLowerCase(),
  )
}

/** Why a deployment does not fit its endpoint: managed on managed ones, and on a cluster what the cluster has. */
export function refusePlace(
  call: Call,
  properties: JsonObject,
  existing: Resource | undefined,
): Answer | undefined {
  const endpoint = find(call.state, `onlineEndpoints/${param(call, 'endpoint')}`)
  const id = textOf(objectOf(endpoint?.body.properties).compute)
  const isKubernetes = fold(['Kubernetes'], properties.endpointComputeType) !== undefined
  if (isKubernetes !== (id !== undefined)) {
    const wanted = id === undefined ? 'Managed' : 'Kubernetes'
    const message = `The EndpointComputeType must be ${wanted}, as the endpoint's is.`
    return invalid(call, 'EndpointComputeType', message)
  }
  if (id === undefined) return undefined
  const [name, deployment] = [param(call, 'endpoint'), param(call, 'deployment')]
  if (name.length + deployment.length > NAMES_MAX) {
    return invalid(call, 'Name', `Endpoint and deployment name exceed ${NAMES_MAX} characters.`)
  }
  const compute = kubernetesNamed(call.state, id)
  const deployments = compute === undefined ? 0 : deploymentsOn(call, compute)
  if (existing === undefined && deployments >= DEPLOYMENTS_MAX) {
    return invalid(call, '', `The limit of ${DEPLOYMENTS_MAX} deployments on a cluster is reached.`)
  }
  return refuseInstanceType(call, properties, compute) ?? refuseResources(call, properties)
}

function deploymentsOn(call: Call, compute: Resource): number {
  const counts = endpointsOn(call, compute).map(
    ({ name }) => list(call.state, `onlineEndpoints/${name}/deployments`).length,
  )
  return counts.reduce((sum, count) => sum + count, 0)
}

/** The name of one of the cluster's own instance types (FACTS 1.3). */
function refuseInstanceType(
  call: Call,
  { instanceType }: JsonObject,
  compute: Resource | undefined,
): Answer | undefined {
  const name = textOf(instanceType)
  const inner = objectOf(objectOf(compute?.body.properties).properties)
  const names = Object.keys(objectOf(inner.instanceTypes))
  if (name === undefined || names.length === 0 || names.includes(name)) return undefined
  return invalid(call, 'InstanceType', `The cluster has no instance type '${name}'.`)
}

/** A Kubernetes quantity: `100m`, `0.5`, `2Gi`. */
const QUANTITY = /^\d+(\.\d+)?(m|[kKMGTPE]i?)?$/

function refuseResources(call: Call, properties: JsonObject): Answer | undefined {
  const asked = objectOf(properties.containerResourceRequirements)
  const parts = ['containerResourceRequests', 'containerResourceLimits'] as const
  for (const part of parts) {
    for (const [what, value] of Object.entries(objectOf(asked[part]))) {
      if (value === null || QUANTITY.test(textOf(value) ?? '')) continue
      return invalid(call, 'ContainerResourceRequirements', `'${what}' must be a quantity.`)
    }
  }
  return undefined
}
