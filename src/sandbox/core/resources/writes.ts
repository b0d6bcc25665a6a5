import type { Answer, Call } from '../call.ts'
import type { JsonObject } from '../contract.ts'
import { finish, runningInTree, signedOperationUrl } from '../operations/operations.ts'
import { latencyMs } from '../options.ts'
import type { Operation } from '../state.ts'

/** What x-ms-async-operation-timeout announces. */
const TIMEOUT_HEADER = { 'x-ms-async-operation-timeout': 'PT30M' }

/** 201 for a create, 200 for an update, with both headers (FACTS 2.1). */
export function acceptedPut(
  call: Call,
  operation: Operation,
  isNew: boolean,
  body: JsonObject,
): Answer {
  const headers = {
    'Azure-AsyncOperation': signedOperationUrl(call, operation, 'mfeOperationsStatus'),
    Location: `${call.address.origin}${call.address.path}?api-version=${call.apiVersion}`,
    ...TIMEOUT_HEADER,
  }
  return { status: isNew ? 201 : 200, body, headers }
}

/** 202, Location only (FACTS 0.2). */
export function acceptedPatch(call: Call, operation: Operation): Answer {
  const headers = {
    Location: signedOperationUrl(call, operation, 'mfeOperationResults'),
    ...TIMEOUT_HEADER,
  }
  return { status: 202, headers }
}

/** 202 with both headers; older builds send the JSON text `null` as the body. */
export function acceptedDelete(call: Call, operation: Operation): Answer {
  const headers = {
    'Azure-AsyncOperation': signedOperationUrl(call, operation, 'mfeOperationsStatus'),
    Location: signedOperationUrl(call, operation, 'mfeOperationResults'),
    ...TIMEOUT_HEADER,
  }
  return call.build.nullBody ? { status: 202, headers, body: null } : { status: 202, headers }
}

/** Deleting what is not there: 204 without any header of the service (FACTS 2.1). */
export const NOTHING_THERE: Answer = { status: 204, from: 'nobody' }

/**
 * Whether a DELETE may go ahead on an endpoint's tree: nothing runs there, or what runs has outlived the time-out it
 * announced and is canceled now (documented as "a higher-priority operation", FACTS 2.5; without it an operation that
 * never ends could never be got rid of).
 */
export function supersede(call: Call, endpointKey: string): boolean {
  const running = runningInTree(call.state, endpointKey)
  if (running === undefined) return true
  const { settings } = call.state
  const patienceMs = latencyMs({ ...settings, progress: 'timed' }, 'operationTimeout')
  if (call.now - running.startedAtMs < patienceMs) return false
  const error = {
    code: 'OperationCanceled',
    message: 'The operation was canceled because another operation had a higher priority.',
  }
  finish(call.state, running, { atMs: call.now, status: 'Canceled', error })
  return true
}
