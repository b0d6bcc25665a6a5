import { randomUUID } from 'node:crypto'
import { type HttpRequest, type HttpResponse, jsonResponse } from '../http/message.ts'
import type { Deployment, Outcome } from './deployment.ts'

/**
 * What the inference server in a deployment's container answers (FACTS 6), before the front door has rewritten it;
 * or why there is no such answer.
 */
export type ContainerAnswer =
  | { readonly kind: 'response'; readonly response: HttpResponse }
  | { readonly kind: Exclude<Outcome['kind'], 'answered' | 'faulted'> }

/** Sends a request on to the container, at the path that it has there. */
export async function askContainer(
  deployment: Deployment,
  { method, headers, url, body }: HttpRequest,
  path: string,
): Promise<ContainerAnswer> {
  const target = `${path}${new URL(url).search}`
  const outcome = await deployment.score({ method, target, headers: forwarded(headers), body })
  if (outcome.kind === 'answered') return { kind: 'response', response: outcome.answer }
  if (outcome.kind === 'faulted') {
    const message = `The model was told to answer ${outcome.status}.`
    return { kind: 'response', response: jsonResponse(outcome.status, { message }) }
  }
  return { kind: outcome.kind }
}

const clientIdMax = 72

/**
 * The headers that the front door sends on: the key stays here; `x-request-id` is the service's own GUID; the
 * client's id is cut and cleaned (Azure's page "troubleshoot online endpoints", on HTTP headers).
 */
function forwarded(headers: HttpRequest['headers']): Record<string, string> {
  const { authorization: _, connection: __, 'transfer-encoding': ___, ...sent } = headers
  const clientId = sent['x-ms-client-request-id']?.replaceAll(/[^\w-]/g, '').slice(0, clientIdMax)
  return {
    ...sent,
    'x-request-id': randomUUID(),
    ...(clientId === undefined ? {} : { 'x-ms-client-request-id': clientId }),
  }
}
