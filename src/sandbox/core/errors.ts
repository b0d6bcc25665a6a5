import type { Answer, Call } from './call.ts'
import type { Json, JsonObject } from './contract.ts'
import { drawHex } from './ids.ts'
import type { OperationError } from './state.ts'
import { serviceTime } from './time.ts'

/** The catalogue of every error this workspace answers with; sources are FACTS 2.4 and ERRORS by section. */

interface ServiceError {
  readonly code: string
  readonly message: string
  readonly target?: string
  readonly details?: readonly { readonly code: string; readonly message: string }[]
  /** Codes from outside to inside. */
  readonly inner?: readonly string[]
  /** A message's pattern and what fills it, where the service shows them. */
  readonly parameters?: {
    readonly format: string
    readonly values: Readonly<Record<string, string>>
  }
}

/** An error of the resource provider: the shape all of FACTS 2.4's table shares. */
function serviceError(call: Call, status: number, error: ServiceError): Answer {
  const { location } = call.state.settings
  const info = (type: string, value: Json): Json => ({ type, info: { value } })
  const body: JsonObject = {
    code: error.code,
    message: error.message,
    ...(error.target === undefined ? {} : { target: error.target }),
    details: (error.details ?? []).map((entry) => ({ ...entry, details: [], additionalInfo: [] })),
    additionalInfo: [
      info('ComponentName', 'managementfrontend'),
      info('Correlation', {
        operation: drawHex(call.state, 32),
        request: drawHex(call.state, 16),
      }),
      info('Environment', location),
      info('Location', location),
      info('Time', serviceTime(call.now)),
      ...(error.inner === undefined ? [] : [info('InnerError', nested(error.inner))]),
      ...(error.parameters === undefined
        ? []
        : [
            info('MessageFormat', error.parameters.format),
            info('MessageParameters', { ...error.parameters.values }),
          ]),
    ],
  }
  return { status, body: { error: body } }
}

function nested(codes: readonly string[]): Json {
  const [code, ...rest] = codes
  return code === undefined ? null : { code, innerError: nested(rest) }
}

/** An error of ARM's own gateway: flat, and without the service's headers. */
export function gatewayError(status: number, code: string, message: string): Answer {
  return { status, body: { error: { code, message } }, from: 'gateway' }
}

/** A refusal by the inference service, wrapped by the front end (ERRORS 0.1); field '' = no single field's fault. */
export function invalid(call: Call, field: string, sentences: string | readonly string[]): Answer {
  const problem = {
    errors: { [field]: typeof sentences === 'string' ? [sentences] : sentences },
    type: 'https://tools.ietf.org/html/rfc7231#section-6.5.1',
    title: 'One or more validation errors occurred.',
    status: 400,
    traceId: `00-${drawHex(call.state, 32)}-${drawHex(call.state, 16)}-01`,
  }
  return serviceError(call, 400, {
    code: 'BadRequest',
    message: 'The request is invalid.',
    details: [{ code: 'InferencingClientCallFailed', message: JSON.stringify(problem) }],
  })
}

/** One entry of a batch validation error. */
export interface BatchFault {
  readonly PropertyName: string
  readonly ErrorMessage: string
  readonly ErrorCode: string
}

/** What the batch service refuses: every fault at once, as a JSON array inside the text (FACTS 2.4, recorded). */
export function batchInvalid(
  call: Call,
  what: 'Deployment' | 'Endpoint',
  faults: readonly BatchFault[],
): Answer {
  const list = JSON.stringify(faults, null, 2)
  const message = `The ${what} request provided has the following validation errors. Please resolve them and try again.\nErrors:\n${list}\n`
  const inner = ['BadArgument', 'ArgumentInvalid', 'InvalidInputArguments']
  return serviceError(call, 400, { code: 'UserError', message, inner })
}

const NOT_FOUND = 'The specified resource was not found.'

/** Recorded for batch endpoints; the same is assumed for online ones (FACTS 2.4). */
export function noSuchEndpoint(call: Call, endpoint: string): Answer {
  const message = `There is no endpoint with name: ${endpoint} in ${call.state.settings.workspace}`
  return serviceError(call, 404, {
    code: 'NotFound',
    message: NOT_FOUND,
    details: [{ code: 'NoSuchEndpoint', message }],
  })
}

/** Modelled on NoSuchEndpoint; not recorded. */
export function noSuchDeployment(call: Call, endpoint: string, deployment: string): Answer {
  const message = `There is no deployment with name: ${deployment} in endpoint ${endpoint}`
  return serviceError(call, 404, {
    code: 'NotFound',
    message: NOT_FOUND,
    details: [{ code: 'NoSuchDeployment', message }],
  })
}

const ASSET_WORDS: Readonly<Record<string, string>> = { models: 'Model', data: 'Data' }

/** An asset or container that is not there, in the words of its kind (FACTS 2.4). */
export function noSuchAsset(call: Call, type: string, name: string, version?: string): Answer {
  if (type === 'environments') {
    const message = `No environment exists for name: ${name}, version: ${version ?? ''}, label: `
    return serviceError(call, 404, { code: 'UserError', message, inner: ['NotFoundError'] })
  }
  const kind = ASSET_WORDS[type] ?? 'Code'
  const what =
    version === undefined
      ? `${kind} container with name: ${name} not found.`
      : `${kind} ${name}:${version} not found.`
  return serviceError(call, 404, {
    code: 'UserError',
    message: NOT_FOUND,
    details: [{ code: `${kind}NotFound`, message: what }],
  })
}

/** Pasted (ERRORS 1, sister text); its status is a guess. */
export function dataVersionExists(call: Call): Answer {
  const message =
    "A data version with this name and version already exists. If you are trying to create a new data version, use a different name or version. If you are trying to update an existing data version, the existing asset's data uri cannot be changed. Only tags, description, and isArchived can be updated."
  return serviceError(call, 409, { code: 'UserError', message, inner: ['Conflict'] })
}

export function noSuchJob(call: Call, name: string): Answer {
  const message = `Job ${name} not found.`
  return serviceError(call, 404, {
    code: 'UserError',
    message,
    inner: ['NotFound', 'JobNotFound'],
    parameters: { format: 'Job {JobId} not found.', values: { JobId: name } },
  })
}

/** Cancelling a job that is over: the codes are recorded (FACTS 2.4), the sentence is not. */
export function jobIsOver(call: Call, name: string, status: string): Answer {
  const message = `Job ${name} is in terminal status ${status} and cannot be canceled.`
  const inner = ['BadArgument', 'ArgumentInvalid', 'CancelPipelineRunInTerminalStatus']
  return serviceError(call, 400, { code: 'UserError', message, inner })
}

export function noSuchDatastore(call: Call, name: string): Answer {
  const message = `Could not find datastore: ${name}.`
  return serviceError(call, 404, { code: 'UserError', message, inner: ['NotFoundError'] })
}

/** Another write on the same endpoint runs (ERRORS 4). */
export function conflict(call: Call): Answer {
  const { workspace } = call.state.settings
  return serviceError(call, 409, {
    code: 'Conflict',
    message: 'Conflict',
    details: [
      {
        code: 'OperationDuplicationConflict',
        message: `Conflict of operation, another operation on same entity is already running in workspace ${workspace}.`,
      },
    ],
  })
}

/** An asset version exists with other content (ERRORS 4; pasted for models, the same shape for the others). */
export function versionInUse(call: Call, kind: string, name: string, version: string): Answer {
  return serviceError(call, 409, {
    code: 'UserError',
    message: 'Conflict',
    details: [
      {
        code: `${kind}VersionInUse`,
        message: `${kind} ${name}:${version} already exists. Please use a different name or version.`,
      },
    ],
  })
}

/** A code version's content cannot change (FACTS 1.6: a 400 of the "immutable" style). */
export function immutableField(call: Call, what: string, field: string): Answer {
  const message = `Failed to update ${what} since field "${field}" is immutable, try specifying a new version.`
  return serviceError(call, 400, {
    code: 'UserError',
    message,
    inner: ['BadArgument', 'ArgumentInvalid'],
  })
}

/** A malformed body or argument, in the service's own family. */
export function badArgument(call: Call, message: string): Answer {
  return serviceError(call, 400, {
    code: 'UserError',
    message,
    inner: ['BadArgument', 'ArgumentInvalid'],
  })
}

export function internalError(call: Call): Answer {
  return serviceError(call, 500, { code: 'ServiceError', message: 'InternalServerError' })
}

export function timedOut(call: Call): Answer {
  const message = 'Service invocation timed out. Please retry.'
  return serviceError(call, 504, { code: 'TransientError', message, target: 'managementfrontend' })
}

/** ARM's throttling (ERRORS 6). */
export function throttled(call: Call, kind: string, retryAfterSeconds: number): Answer {
  const { subscriptionId } = call.state.settings
  const message = `Number of '${kind}' requests for subscription '${subscriptionId}' actor '${call.principal.objectId}' exceeded. Please try again after '${retryAfterSeconds}' seconds.`
  return {
    ...gatewayError(429, 'SubscriptionRequestsThrottled', message),
    headers: { 'Retry-After': String(retryAfterSeconds) },
  }
}

export function notImplemented(operation: string): Answer {
  const message = `The sandbox does not support ${operation}.`
  return gatewayError(501, 'NotImplemented', message)
}

/** The text with the link that failed operations end in (ERRORS 0.2). */
export function withGuide(code: string, message: string): OperationError {
  const link = `https://aka.ms/oe-tsg#error-${code.toLowerCase()}`
  return {
    code,
    message: `${message} Please see troubleshooting guide, available here: ${link}`,
  }
}
