import { type Answer, type Call, param, requestBody } from '../../call.ts'
import type { Json, JsonObject } from '../../contract.ts'
import { type BatchFault, batchInvalid } from '../../errors.ts'
import { objectOf, textOf } from '../../json.ts'
import { fold, refuseName } from '../../names.ts'
import type { OperationError, Resource } from '../../state.ts'
import { findById, list } from '../../store.ts'
import { durationMs } from '../../time.ts'
import { missingAmong } from '../deployment-rules.ts'
import { refuseLocation } from '../envelope.ts'
import { componentOf, LOGGING_LEVELS, OUTPUT_ACTIONS } from './batch-deployment-body.ts'

const DEPLOYMENTS_MAX = 20
const INT_MAX = 2_147_483_647

/** Lowest and highest value, by the path below `properties` (swagger 2024-04-01). */
const NUMBERS: readonly (readonly [path: string, least: number, most: number])[] = [
  ['errorThreshold', -1, INT_MAX],
  ['miniBatchSize', 1, INT_MAX],
  ['maxConcurrencyPerInstance', 1, INT_MAX],
  ['retrySettings.maxRetries', 0, INT_MAX],
  ['resources.instanceCount', 1, INT_MAX],
]

const WORDS: readonly (readonly [path: string, words: readonly string[]])[] = [
  ['loggingLevel', LOGGING_LEVELS],
  ['outputAction', OUTPUT_ACTIONS],
]

/** Everything that refuses a batch deployment's PUT at once: all faults in one answer (FACTS 2.4). */
export function refuseBatchDeployment(
  call: Call,
  existing: Resource | undefined,
): Answer | undefined {
  const refusal = refuseLocation(call) ?? refuseName(call, 'Deployment', param(call, 'deployment'))
  if (refusal !== undefined) return refusal
  const properties = objectOf(requestBody(call).properties)
  const siblings = list(call.state, `batchEndpoints/${param(call, 'endpoint')}/deployments`)
  const faults = [
    ...(existing === undefined && siblings.length >= DEPLOYMENTS_MAX
      ? [fault('DeploymentName', `The limit of ${DEPLOYMENTS_MAX} deployments is reached.`)]
      : []),
    ...(componentOf(properties) === undefined ? modelFaults(call, properties) : []),
  ]
  return faults.length === 0 ? undefined : batchInvalid(call, 'Deployment', faults)
}

function fault(PropertyName: string, ErrorMessage: string): BatchFault {
  return { PropertyName, ErrorMessage, ErrorCode: 'ArgumentInvalid' }
}

function modelFaults(call: Call, properties: JsonObject): BatchFault[] {
  return [
    ...modelMissing(objectOf(properties.model)),
    ...NUMBERS.flatMap(([path, least, most]) => numberFault(properties, path, least, most)),
    ...WORDS.flatMap(([path, words]) => wordFault(properties, path, words)),
    ...timeoutFault(properties),
    ...computeFaults(call, properties),
  ]
}

function modelMissing({ assetId, path, jobId }: JsonObject): BatchFault[] {
  if ([assetId, path, jobId].some((id) => textOf(id) !== undefined)) return []
  const PropertyName = 'ModelConfiguration.ModelReference'
  const ErrorMessage = "'Model Reference' must not be empty."
  return [{ PropertyName, ErrorMessage, ErrorCode: 'ArgumentNullOrEmpty' }]
}

function numberFault(
  properties: JsonObject,
  path: string,
  least: number,
  most: number,
): BatchFault[] {
  const value = at(properties, path)
  if (value === undefined || Number.isInteger(value) === false) {
    return value === undefined ? [] : [fault(capital(path), `'${path}' must be an integer.`)]
  }
  const isGood = Number(value) >= least && Number(value) <= most
  return isGood ? [] : [fault(capital(path), `'${path}' must be at least ${least}.`)]
}

function wordFault(properties: JsonObject, path: string, words: readonly string[]): BatchFault[] {
  const value = at(properties, path)
  if (value === undefined || fold(words, value) !== undefined) return []
  return [fault(capital(path), `'${path}' must be one of ${words.join(', ')}.`)]
}

function timeoutFault(properties: JsonObject): BatchFault[] {
  const timeout = at(properties, 'retrySettings.timeout')
  if (timeout === undefined || (durationMs(timeout) ?? 0) > 0) return []
  return [fault('RetrySettings.Timeout', "'timeout' must be a positive duration.")]
}

/** A cluster of this workspace, if the deployment names one by its id. */
function computeFaults(call: Call, properties: JsonObject): BatchFault[] {
  const id = textOf(properties.compute)
  if (id === undefined || !id.toLowerCase().startsWith('/subscriptions/')) return []
  const compute = findById(call.state, id)
  if (compute?.kind === 'compute') return []
  return [fault('Compute', `The compute '${id}' was not found.`)]
}

/** The value at a path; null counts as absent. */
function at(properties: JsonObject, path: string): Json | undefined {
  const [first = '', second] = path.split('.')
  const value = second === undefined ? properties[first] : objectOf(properties[first])[second]
  return value ?? undefined
}

/** `retrySettings.maxRetries` is `RetrySettings.MaxRetries` to the service. */
function capital(path: string): string {
  return path.replaceAll(/(^|\.)[a-z]/g, (letter) => letter.toUpperCase())
}

/** An asset that the deployment names and that does not exist: accepted, and its operation fails (ERRORS 3). */
export function missingBatchAsset(call: Call): OperationError | undefined {
  const properties = objectOf(requestBody(call).properties)
  if (componentOf(properties) !== undefined) return undefined
  return missingAmong(call, [
    objectOf(properties.model).assetId,
    properties.environmentId,
    objectOf(properties.codeConfiguration).codeId,
  ])
}
