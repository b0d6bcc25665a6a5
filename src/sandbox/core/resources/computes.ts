import { page } from '../answers/paging.ts'
import { type Answer, type Call, locationId, param, requestBody, subscriptionId } from '../call.ts'
import type { JsonObject } from '../contract.ts'
import { badArgument, conflict, gatewayError } from '../errors.ts'
import { objectOf, textOf, without } from '../json.ts'
import { fold, isAssetName } from '../names.ts'
import { begin, provisioningState, runningInTree } from '../operations/operations.ts'
import type { ComputeOptions } from '../options.ts'
import type { Operation, Resource, State } from '../state.ts'
import { add, addAt, find, keyOf, list } from '../store.ts'
import { serviceTime } from '../time.ts'
import { NOTHING_THERE } from './writes.ts'

const TYPES = ['AmlCompute', 'Kubernetes']
const VM_SIZE = 'STANDARD_DS3_V2'
/** Kubernetes runs a pod of this size when a deployment names no instance type. */
const POD: JsonObject = {
  nodeSelector: null,
  resources: {
    requests: { cpu: '100m', memory: '2Gi' },
    limits: { cpu: '2', memory: '2Gi', 'nvidia.com/gpu': null },
  },
}

const pathOf = (call: Call) => `computes/${param(call, 'name')}`

/** Puts in the computes that the workspace is born with and that are not there. */
export function seedComputes(state: State, now: number): void {
  for (const compute of state.settings.computes) {
    const path = `computes/${compute.name}`
    if (find(state, path) !== undefined) continue
    const properties = { computeType: compute.type, properties: seedOf(compute) }
    const body = { location: state.settings.location, tags: {}, properties }
    const resource = addAt(state, 'compute', path, body, state.settings.workspaceId, now)
    resource.inForce = body
  }
}

function seedOf({ type, vmSize, instanceTypes }: ComputeOptions): JsonObject {
  if (type === 'AmlCompute') return { vmSize: vmSize ?? VM_SIZE }
  const names = instanceTypes ?? ['defaultInstanceType']
  const entries = names.map((name) => [name, POD] as const)
  return {
    namespace: 'default',
    defaultInstanceType: names[0] ?? null,
    instanceTypes: Object.fromEntries(entries),
  }
}

/** An unknown one is a 404 with the JSON text `null` (FACTS 2.4). */
export function getCompute(call: Call): Answer {
  const compute = find(call.state, pathOf(call))
  if (compute === undefined) return { status: 404, body: null }
  return { status: 200, body: renderCompute(call, compute) }
}

export function listComputes(call: Call): Answer {
  const items = list(call.state, 'computes').map((compute) => renderCompute(call, compute))
  return page(call, items, { sizeFrom: 'count' })
}

/** PUT of a cluster: 201, also for a change (recorded). */
export function putCompute(call: Call): Answer {
  const sent = objectOf(requestBody(call).properties)
  const type = fold(TYPES, sent.computeType)
  if (!isAssetName(param(call, 'name'))) return badArgument(call, 'The compute name is invalid.')
  if (type === undefined) {
    return gatewayError(501, 'NotImplemented', `The sandbox has computes of ${TYPES.join(', ')}.`)
  }
  const key = keyOf(call.state, pathOf(call))
  if (runningInTree(call.state, key) !== undefined) return conflict(call)
  const existing = find(call.state, pathOf(call))
  const compute = existing ?? add(call, 'compute', pathOf(call), {})
  const asked = objectOf(sent.properties)
  // Its password is never shown again (recorded).
  const user = objectOf(asked.userAccountCredentials)
  const userAccountCredentials = { ...user, adminUserPassword: null }
  compute.body = {
    ...without(requestBody(call), ['id', 'name', 'type', 'systemData']),
    location: requestBody(call).location ?? call.state.settings.location,
    tags: requestBody(call).tags ?? (existing === undefined ? null : {}),
    properties: {
      ...sent,
      computeType: type,
      properties: {
        ...asked,
        ...(asked.userAccountCredentials === undefined ? {} : { userAccountCredentials }),
      },
    },
  }
  compute.modifiedAtMs = call.now
  const operation = begin(call, key, { verb: existing === undefined ? 'create' : 'update' })
  return {
    status: 201,
    body: renderCompute(call, compute),
    headers: operationHeader(call, operation),
  }
}

/** DELETE: both `Delete` and `Detach` take it out. */
export function deleteCompute(call: Call): Answer {
  if (find(call.state, pathOf(call)) === undefined) return NOTHING_THERE
  const key = keyOf(call.state, pathOf(call))
  if (runningInTree(call.state, key) !== undefined) return conflict(call)
  const operation = begin(call, key, { verb: 'delete' })
  return { status: 202, headers: operationHeader(call, operation) }
}

function operationHeader(call: Call, { guid }: Operation): Record<string, string> {
  const id = `${locationId(call.state)}/computeOperationsStatus/${guid}`
  const url = `${call.address.origin}${id}?api-version=${call.apiVersion}&service=new`
  return { 'Azure-AsyncOperation': url }
}

/** GET computeOperationsStatus: another vocabulary than that of endpoints (FACTS 1.7). */
export function computeOperation(call: Call): Answer {
  const name = param(call, 'operation').toLowerCase()
  const operation = call.state.operations[name]
  if (operation === undefined || operation.prefix !== '') {
    return gatewayError(404, 'NotFound', `Operation ${name} was not found.`)
  }
  if (operation.ended === undefined) return { status: 200, body: { status: 'InProgress' } }
  return { status: 200, body: { status: operation.ended.status, percentComplete: 100 } }
}

function renderCompute(call: Call, compute: Resource): JsonObject {
  const properties = objectOf(compute.body.properties)
  const word = provisioningState(call.state, compute, call.now)
  const isCluster = properties.computeType === 'AmlCompute'
  const inner = objectOf(properties.properties)
  return {
    ...compute.body,
    id: compute.id,
    name: compute.name,
    type: 'Microsoft.MachineLearningServices/workspaces/computes',
    tags: word === 'Creating' ? (compute.body.tags ?? null) : objectOf(compute.body.tags),
    properties: {
      createdOn: serviceTime(compute.createdAtMs),
      modifiedOn: serviceTime(compute.modifiedAtMs),
      disableLocalAuth: isCluster ? false : null,
      description: properties.description ?? null,
      resourceId: resourceIdOf(call, compute, isCluster, word),
      ...properties,
      ...(word === 'Creating' && compute.inForce === undefined
        ? {}
        : { computeLocation: compute.body.location ?? null }),
      provisioningState: word,
      provisioningErrors: null,
      isAttachedCompute: !isCluster,
      properties: isCluster ? clusterOnRead(compute, inner, word) : inner,
    },
  }
}

/** A cluster shows its own id while it is changed, and none afterwards (recorded). */
function resourceIdOf(
  call: Call,
  compute: Resource,
  isCluster: boolean,
  word: string,
): string | null {
  const { resourceGroup, workspace } = call.state.settings
  const group = `${subscriptionId(call.state)}/resourceGroups/${resourceGroup}/providers`
  if (!isCluster) {
    const attached = textOf(objectOf(compute.body.properties).resourceId)
    return attached ?? `${group}/Microsoft.ContainerService/managedClusters/${compute.name}`
  }
  if (word !== 'Creating' || compute.inForce === undefined) return null
  return `${group}/Microsoft.BatchAI/workspaces/${workspace}/clusters/${compute.name}`
}

const NODES: JsonObject = {
  preparingNodeCount: 0,
  runningNodeCount: 0,
  idleNodeCount: 0,
  unusableNodeCount: 0,
  leavingNodeCount: 0,
  preemptedNodeCount: 0,
}

const CLUSTER: JsonObject = {
  vmPriority: 'Dedicated',
  osType: 'Linux',
  remoteLoginPortPublicAccess: 'NotSpecified',
  enableNodePublicIp: true,
}
const SCALE: JsonObject = {
  maxNodeCount: 4,
  minNodeCount: 0,
  nodeIdleTimeBeforeScaleDown: 'PT2M',
}
/** While it is made a cluster tells nothing of its nodes (recorded). */
const IN_THE_MAKING: JsonObject = {
  currentNodeCount: null,
  targetNodeCount: null,
  nodeStateCounts: null,
  allocationState: null,
}

function clusterOnRead(compute: Resource, asked: JsonObject, word: string): JsonObject {
  return {
    subnet: null,
    virtualMachineImage: null,
    isolatedNetwork: false,
    errors: null,
    ...CLUSTER,
    ...without(asked, ['userAccountCredentials']),
    vmSize: (textOf(asked.vmSize) ?? VM_SIZE).toUpperCase(),
    scaleSettings: { ...SCALE, ...objectOf(asked.scaleSettings) },
    ...(word === 'Creating' ? IN_THE_MAKING : readyCluster(compute, asked)),
  }
}

function readyCluster(compute: Resource, asked: JsonObject): JsonObject {
  const user = asked.userAccountCredentials
  return {
    ...(user === undefined
      ? {}
      : { userAccountCredentials: { adminUserSshPublicKey: null, ...objectOf(user) } }),
    currentNodeCount: 0,
    targetNodeCount: 0,
    nodeStateCounts: NODES,
    allocationState: 'Steady',
    allocationStateTransitionTime: serviceTime(compute.modifiedAtMs),
    propertyBag: {},
  }
}

/** A Kubernetes compute by its ARM id, for the endpoints on it; undefined = there is none. */
export function kubernetesNamed(state: State, id: string): Resource | undefined {
  const compute = state.resources[id.toLowerCase()]
  const isKubernetes = objectOf(compute?.body.properties).computeType === 'Kubernetes'
  return compute?.kind === 'compute' && isKubernetes ? compute : undefined
}
