import { declaredBehaviour } from '../../answers/behaviour.ts'
import { page } from '../../answers/paging.ts'
import { type Answer, type Call, param, requestBody } from '../../call.ts'
import type { JsonObject } from '../../contract.ts'
import { conflict, invalid, withGuide } from '../../errors.ts'
import { operationFault } from '../../faults.ts'
import { mergePatch, objectOf, same } from '../../json.ts'
import { begin, runningInTree } from '../../operations/operations.ts'
import { trafficInForce } from '../../operations/traffic.ts'
import type { OperationError, Resource } from '../../state.ts'
import { add, find, keyOf } from '../../store.ts'
import { missingAsset, refuseDeployment, refuseScale } from '../deployment-rules.ts'
import { deploymentsOf } from '../deployments.ts'
import { acceptedDelete, acceptedPatch, acceptedPut, NOTHING_THERE, supersede } from '../writes.ts'
import { completedDeployment, renderDeployment, runs } from './deployment-body.ts'

const { endpointPath, pathOf, absent, get, list } = deploymentsOf(
  'onlineEndpoints',
  renderDeployment,
)

export { get as getDeployment, list as listDeployments }

/** PUT: create or replace. What the container runs is started anew only when it differs. */
export function putDeployment(call: Call): Answer {
  const endpoint = find(call.state, endpointPath(call))
  if (endpoint === undefined) return absent(call)
  const existing = find(call.state, pathOf(call))
  const refusal = refusePut(call, endpoint, existing)
  if (refusal !== undefined) return refusal
  const isNew = existing === undefined
  const deployment = existing ?? add(call, 'onlineDeployment', pathOf(call), {})
  const before = deployment.body
  deployment.body = completedDeployment(call, deployment)
  if (!isNew) deployment.modifiedAtMs = call.now
  const restarts =
    isNew || hasFailed(call, deployment) || !same(runs(before), runs(deployment.body))
  if (restarts) startContainer(call, deployment)
  const fault = operationFault(call)
  const doom = missingAsset(call) ?? senselessBehaviour(call)
  const operation = begin(call, keyOf(call.state, pathOf(call)), {
    verb: isNew ? 'create' : 'update',
    ...(restarts ? {} : { takes: 'deploymentScale' as const }),
    awaitsContainer: restarts,
    ...fault,
    ...(doom === undefined ? {} : { doom: { error: doom, takes: 'earlyFailure' as const } }),
  })
  return acceptedPut(call, operation, isNew, renderDeployment(call, deployment))
}

/** A declaration that makes no sense crashes the container: it must not rehearse a good model. */
function senselessBehaviour(call: Call): OperationError | undefined {
  const { problem } = declaredBehaviour(call.state, objectOf(requestBody(call).properties))
  if (problem === undefined) return undefined
  return withGuide('ResourceNotReady', `User container has crashed or terminated: ${problem}`)
}

/** After a failure the new container never served: the next write tries it again with a fresh one. */
function hasFailed(call: Call, deployment: Resource): boolean {
  const lastEnd = call.state.operations[deployment.operation ?? '']?.ended
  return lastEnd !== undefined && lastEnd.status !== 'Succeeded'
}

function startContainer(call: Call, deployment: Resource): void {
  const isRun = call.state.settings.containers === 'runtime'
  deployment.containerGeneration = (deployment.containerGeneration ?? 0) + 1
  deployment.container = { state: isRun ? 'starting' : 'declared' }
  deployment.containerAtMs = call.now
}

function refusePut(
  call: Call,
  endpoint: Resource,
  existing: Resource | undefined,
): Answer | undefined {
  const endpointOperation = call.state.operations[endpoint.operation ?? '']
  const isBroken = endpoint.inForce === undefined && endpointOperation?.ended?.status === 'Failed'
  const isGoing = endpointOperation?.verb === 'delete' && endpointOperation.ended === undefined
  if (isBroken || isGoing) {
    return invalid(
      call,
      '',
      'This endpoint has not been created successfully or is in deleting provisioning state. Please recreate endpoint and then try again to create deployment.',
    )
  }
  const running = runningInTree(call.state, keyOf(call.state, endpointPath(call)))
  if (running !== undefined) return conflict(call)
  if (existing !== undefined && existing.inForce === undefined) return unrecoverable(call)
  return refuseDeployment(call, existing)
}

function unrecoverable(call: Call): Answer {
  const name = param(call, 'deployment')
  return invalid(
    call,
    '',
    `Specified deployment [${name}] failed during initial provisioning and is in an unrecoverable state. Delete and re-create.`,
  )
}

/** PATCH takes tags and sku, so: scaling (FACTS 0.1). */
export function patchDeployment(call: Call): Answer {
  const deployment = find(call.state, pathOf(call))
  if (deployment === undefined) return absent(call)
  const running = runningInTree(call.state, keyOf(call.state, endpointPath(call)))
  if (running !== undefined) return conflict(call)
  if (deployment.inForce === undefined) return unrecoverable(call)
  const { tags, sku } = requestBody(call)
  const patch: JsonObject = {
    ...(tags === undefined ? {} : { tags }),
    ...(sku === undefined ? {} : { sku }),
  }
  const patched = objectOf(mergePatch(deployment.body, patch))
  const refusal = refuseScale(call, patched, deployment)
  if (refusal !== undefined) return refusal
  const scales = !same(objectOf(deployment.body.sku).capacity, objectOf(patched.sku).capacity)
  deployment.body = patched
  const restarts = hasFailed(call, deployment)
  if (restarts) startContainer(call, deployment)
  const operation = begin(call, keyOf(call.state, pathOf(call)), {
    verb: 'patch',
    ...(scales || restarts ? { takes: 'deploymentScale' as const } : {}),
    awaitsContainer: restarts,
    ...operationFault(call),
  })
  return acceptedPatch(call, operation)
}

/** DELETE; refused while the deployment has live traffic (ERRORS 5: a 400, its sentence unknown). */
export function deleteDeployment(call: Call): Answer {
  const deployment = find(call.state, pathOf(call))
  const endpoint = find(call.state, endpointPath(call))
  if (deployment === undefined || endpoint === undefined) return NOTHING_THERE
  if (!supersede(call, keyOf(call.state, endpointPath(call)))) return conflict(call)
  const { traffic } = trafficInForce(call, endpoint)
  const live = Object.entries(traffic).some(
    ([name, share]) => name.toLowerCase() === deployment.name.toLowerCase() && Number(share) > 0,
  )
  if (live) {
    return invalid(
      call,
      '',
      `Deployment [${deployment.name}] has non-zero traffic. Set its traffic to 0 before deleting it.`,
    )
  }
  const key = keyOf(call.state, pathOf(call))
  return acceptedDelete(call, begin(call, key, { verb: 'delete', ...operationFault(call) }))
}

const EMPTY_LOG = 'Instance status:\n\nContainer events:\n\nContainer logs:\n'
const READY_STATUS =
  'Instance status:\nSystemSetup: Succeeded\nUserContainerImagePull: Succeeded\nModelDownload: Succeeded\nUserContainerStart: Succeeded\n\nContainer events:\n\nContainer logs:\n'

/** POST getLogs: the status block and the last `tail` lines that the runtime gave. */
export function getLogs(call: Call): Answer {
  const deployment = find(call.state, pathOf(call))
  if (deployment === undefined) return absent(call)
  const { tail, containerType } = requestBody(call)
  const head = deployment.inForce === undefined ? EMPTY_LOG : READY_STATUS
  const isStorage = containerType === 'StorageInitializer'
  const log = isStorage ? '' : (call.state.logs[keyOf(call.state, pathOf(call))] ?? '')
  const lines = typeof tail === 'number' && tail >= 0 ? log.split('\n').slice(-tail - 1) : [log]
  return { status: 200, body: { content: `${head}${lines.join('\n')}` } }
}

/** The odd resourceType is real (FACTS 1.8); 50 instances is today's documented maximum. */
export function listSkus(call: Call): Answer {
  if (find(call.state, pathOf(call)) === undefined) return absent(call)
  const sku = {
    resourceType: 'Microsoft.MachineLearning.Services/endpoints/deployments',
    sku: { name: 'default', tier: 'Standard' },
    capacity: { minimum: 1, maximum: 50, default: 1, scaleType: 'Automatic' },
  }
  return page(call, [sku], { sizeFrom: 'count' })
}
