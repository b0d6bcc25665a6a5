import { type Answer, type Call, param } from '../call.ts'
import { gatewayError } from '../errors.ts'
import { type OperationsRoute, operationName, statusDocument } from '../operations/operations.ts'
import { cancellationResult } from './jobs/jobs.ts'

/** GET mfeOperationsStatus/{name}: always 200 with the status document. */
export function operationStatus(call: Call): Answer {
  return operationDocument(call, 'mfeOperationsStatus')
}

/**
 * GET mfeOperationResults/{name}: 200 with the status document (FACTS 0.3); 202 with a repeated Location while it
 * runs, as the one recorded operation that was polled early did (a job's).
 */
export function operationResult(call: Call): Answer {
  if (param(call, 'operation').toLowerCase().startsWith('jc:')) return cancellationResult(call)
  return operationDocument(call, 'mfeOperationResults')
}

function operationDocument(call: Call, route: OperationsRoute): Answer {
  const name = param(call, 'operation')
  const guid = name.slice(name.lastIndexOf(':') + 1).toLowerCase()
  const operation = call.state.operations[guid]
  const isKnown =
    operation !== undefined &&
    operationName(call.state, operation).toLowerCase() === name.toLowerCase()
  if (!isKnown) return gatewayError(404, 'NotFound', `Operation ${name} was not found.`)
  const runs = route === 'mfeOperationResults' && operation.ended === undefined
  if (runs) return { status: 202, body: {}, headers: { Location: call.request.url } }
  return { status: 200, body: statusDocument(call, operation, route) }
}
