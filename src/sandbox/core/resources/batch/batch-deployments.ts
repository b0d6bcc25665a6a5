import { type Answer, type Call, param, requestBody } from '../../call.ts'
import { batchInvalid, conflict, notImplemented } from '../../errors.ts'
import { operationFault } from '../../faults.ts'
import { mergePatch, objectOf } from '../../json.ts'
import { begin, runningInTree } from '../../operations/operations.ts'
import type { Resource } from '../../state.ts'
import { add, find, keyOf } from '../../store.ts'
import { deploymentsOf } from '../deployments.ts'
import { acceptedDelete, acceptedPatch, acceptedPut, NOTHING_THERE, supersede } from '../writes.ts'
import { completedBatch, renderBatchDeployment } from './batch-deployment-body.ts'
import { missingBatchAsset, refuseBatchDeployment } from './batch-deployment-rules.ts'
import { defaultInForce, hasFailedFirst } from './batch-endpoints.ts'

const { endpointPath, pathOf, absent, get, list } = deploymentsOf(
  'batchEndpoints',
  renderBatchDeployment,
)

export { get as getBatchDeployment, list as listBatchDeployments }

/** PUT: create or replace. Nothing is started: a batch deployment runs only while a job does. */
export function putBatchDeployment(call: Call): Answer {
  const endpoint = find(call.state, endpointPath(call))
  if (endpoint === undefined) return absent(call)
  const existing = find(call.state, pathOf(call))
  const refusal = refusePut(call, endpoint, existing)
  if (refusal !== undefined) return refusal
  const isNew = existing === undefined
  const deployment = existing ?? add(call, 'batchDeployment', pathOf(call), {})
  deployment.body = completedBatch(call, deployment)
  if (!isNew) deployment.modifiedAtMs = call.now
  const missing = missingBatchAsset(call)
  const operation = begin(call, keyOf(call.state, pathOf(call)), {
    verb: isNew ? 'create' : 'update',
    ...operationFault(call),
    ...(missing === undefined ? {} : { doom: { error: missing, takes: 'earlyFailure' as const } }),
  })
  return acceptedPut(call, operation, isNew, renderBatchDeployment(call, deployment))
}

function refusePut(
  call: Call,
  endpoint: Resource,
  existing: Resource | undefined,
): Answer | undefined {
  const operation = call.state.operations[endpoint.operation ?? '']
  const isGoing = operation?.verb === 'delete' && operation.ended === undefined
  if (isGoing || hasFailedFirst(call.state, endpoint)) {
    const message =
      'This endpoint has not been created successfully or is in deleting provisioning state. Please recreate endpoint and then try again to create deployment.'
    return refuse(call, 'EndpointName', message)
  }
  if (runningInTree(call.state, keyOf(call.state, endpointPath(call))) !== undefined) {
    return conflict(call)
  }
  if (existing !== undefined && existing.inForce === undefined) return unrecoverable(call)
  return refuseBatchDeployment(call, existing)
}

function refuse(call: Call, PropertyName: string, ErrorMessage: string): Answer {
  const ErrorCode = 'ArgumentInvalid'
  return batchInvalid(call, 'Deployment', [{ PropertyName, ErrorMessage, ErrorCode }])
}

function unrecoverable(call: Call): Answer {
  const name = param(call, 'deployment')
  const message = `Specified deployment [${name}] failed during initial provisioning and is in an unrecoverable state. Delete and re-create.`
  return refuse(call, 'DeploymentName', message)
}

/** PATCH takes tags and `properties.description`; everything else in the body is left out (FACTS 0.1). */
export function patchBatchDeployment(call: Call): Answer {
  const deployment = find(call.state, pathOf(call))
  if (deployment === undefined) return absent(call)
  const running = runningInTree(call.state, keyOf(call.state, endpointPath(call)))
  if (running !== undefined) return conflict(call)
  if (deployment.inForce === undefined) return unrecoverable(call)
  const { tags, properties } = requestBody(call)
  const { description } = objectOf(properties)
  const patched = mergePatch(deployment.body, tags === undefined ? {} : { tags })
  const old = objectOf(deployment.body.properties)
  deployment.body = {
    ...objectOf(patched),
    properties: description === undefined ? old : { ...old, description },
  }
  const key = keyOf(call.state, pathOf(call))
  return acceptedPatch(call, begin(call, key, { verb: 'patch', ...operationFault(call) }))
}

/** DELETE; the endpoint's default forgets a deployment that is gone. */
export function deleteBatchDeployment(call: Call): Answer {
  if (find(call.state, pathOf(call)) === undefined) return NOTHING_THERE
  const endpoint = find(call.state, endpointPath(call))
  const name = param(call, 'deployment')
  const isDefault =
    endpoint !== undefined &&
    defaultInForce(call.state, endpoint)?.toLowerCase() === name.toLowerCase()
  if (isDefault) {
    return notImplemented(`deleting ${name}, the default deployment of a batch endpoint`)
  }
  if (!supersede(call, keyOf(call.state, endpointPath(call)))) return conflict(call)
  const key = keyOf(call.state, pathOf(call))
  return acceptedDelete(call, begin(call, key, { verb: 'delete', ...operationFault(call) }))
}
