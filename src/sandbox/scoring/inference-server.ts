import { type HttpRequest, type HttpResponse, jsonResponse } from '../http/message.ts'
import type { Deployment, Outcome } from './deployment.ts'

/** A deployment, as far as requests go to it. */
export type Scored = Pick<Deployment, 'score'>

/**
 * What the inference server in a deployment's container answers (FACTS 6), before the front door has rewritten it;
 * or why there is no such answer.
 */
export type ContainerAnswer = (
  | { readonly kind: 'response'; readonly response: HttpResponse }
  | { readonly kind: Exclude<Outcome['kind'], 'answered' | 'faulted'> }
) &
  Pick<Outcome, 'virtualMs'>

/** Sends a request on to the container, at the path that it has there. */
export async function askContainer(
  deployment: Scored,
  { method, headers, url, body }: HttpRequest,
  path: string,
  requestId: string,
): Promise<ContainerAnswer> {
  const target = `${path}${new URL(url).search}`
  const sent = { method, target, headers: forwarded(headers, requestId), body }
  const { virtualMs = 0, ...outcome } = await deployment.score(sent)
  if (outcome.kind === 'answered') {
    return { kind: 'response', response: outcome.answer, virtualMs }
  }
  if (outcome.kind === 'faulted') {
    const message = `The model was told to answer ${outcome.status}.`
    return { kind: 'response', response: jsonResponse(outcome.status, { message }), virtualMs }
  }
  return { kind: outcome.kind, virtualMs }
}

const clientIdMax = 72

/**
 * The headers that the front door sends on: the key stays here; `x-request-id` is the service's own GUID; the
 * client's id is cut and cleaned (Azure's page "troubleshoot online endpoints", on HTTP headers).
 */
function forwarded(headers: HttpRequest['headers'], requestId: string): Record<string, string> {
  const { authorization: _, connection: __, 'transfer-encoding': ___, ...sent } = headers
  const clientId = sent['x-ms-client-request-id']?.replaceAll(/[^\w-]/g, '').slice(0, clientIdMax)
  return {
    ...sent,
    'x-request-id': requestId,
    ...(clientId === undefined ? {} : { 'x-ms-client-request-id': clientId }),
  }
}
