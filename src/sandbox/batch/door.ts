import { endpointAt } from '../core/cloud.ts'
import type { Json, Principal } from '../core/contract.ts'
import type { Invocation, InvocationAnswer } from '../core/machine.ts'
import {
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  textResponse,
} from '../http/message.ts'
import { entraRefusal, type PrincipalOf } from '../scoring/authorise.ts'

export interface BatchDoorOptions {
  readonly principalOf: PrincipalOf
  readonly invoke: (invocation: Invocation) => InvocationAnswer
}

const action = 'Microsoft.MachineLearningServices/workspaces/batchEndpoints/jobs/write'

/** The endpoint that a request invokes: `/{endpoint}/jobs`, or `/jobs` at Azure's host names; undefined = none. */
export function batchEndpointOf({ method, url }: HttpRequest): string | undefined {
  if (method !== 'POST') return undefined
  const { hostname, pathname } = new URL(url)
  const named = endpointAt(hostname)
  if (named !== undefined) return pathname === '/jobs' ? named : undefined
  return /^\/([^/]+)\/jobs$/.exec(pathname)?.[1]
}

/** The data plane of batch endpoints: takes jobs from callers with an Entra token (FACTS 7, ERRORS 7). */
export function createBatchDoor(options: BatchDoorOptions): HttpHandler {
  return async (request) => {
    const { authorization } = request.headers
    const principal = await principalFor(authorization, options.principalOf)
    const refusal = entraRefusal(authorization, principal, action)
    if (refusal !== undefined || principal === undefined) return fronted(refusal)
    const body = parsed(request.body)
    if (body === undefined) return fronted(textResponse(400, 'The request body is not JSON.'))
    const deployment = request.headers['azureml-model-deployment']
    const requestId = request.headers['repeatability_request-id']
    const answer = options.invoke({
      endpoint: batchEndpointOf(request) ?? '',
      ...(deployment ? { deployment } : {}),
      ...(requestId ? { requestId } : {}),
      body,
      principal,
    })
    return encode(answer)
  }
}

async function principalFor(
  authorization: string | undefined,
  principalOf: PrincipalOf,
): Promise<Principal | undefined> {
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
  return token === undefined ? undefined : principalOf(token)
}

function parsed(body: Buffer): Json | undefined {
  try {
    return JSON.parse(body.toString('utf8')) as Json
  } catch {
    return undefined
  }
}

function fronted(response = textResponse(401, 'key_auth_access_denied')): HttpResponse {
  return { ...response, headers: { server: 'azureml-frontdoor', ...response.headers } }
}

function encode({ status, headers, body }: InvocationAnswer): HttpResponse {
  if (typeof body === 'string') return fronted({ status, headers, body: Buffer.from(body) })
  return { status, headers, body: Buffer.from(JSON.stringify(body)) }
}
