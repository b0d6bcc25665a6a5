import type { HttpClient } from '@azure/core-rest-pipeline'
import type { AzureCloud } from '../../../core/model/azure-cloud.ts'
import { type Clock, CloudError, type Meter } from '../../../reconcile/ports.ts'
import { cloudErrorFrom } from '../http/errors.ts'
import { isLoopback } from '../http/origin.ts'
import { createEmptyPipeline, createPipelineRequest, proxyPolicy } from '../http/sdk.ts'
import { type RawResponse, rawResponse, wholeAnswerPolicy } from '../http/whole-body.ts'
import { mlTokenOf, type RenewableCredential } from '../identity/token.ts'

/** One request to an address that the caller has found safe: nothing is repeated, redirects are not followed. */
export interface ServiceRequest {
  readonly what: string
  readonly api: Parameters<Meter['azureRequest']>[0]['api']
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly timeoutMs: number
  readonly bytesMax: number
}

export type ServiceSender = (request: ServiceRequest, signal: AbortSignal) => Promise<RawResponse>

interface SenderOptions {
  readonly httpClient: HttpClient
  readonly clock: Clock
  readonly meter: Meter
}

interface TokenOptions extends SenderOptions {
  readonly credential: RenewableCredential
  readonly cloud: AzureCloud
}

/** Sends a request as it is; throws a CloudError when there is no answer. */
export function serviceSender({ httpClient, clock, meter }: SenderOptions): ServiceSender {
  return async (request, signal) => {
    const { what, api, method, url, headers = {}, body, timeoutMs, bytesMax } = request
    const isLocal = isLoopback(new URL(url))
    const pipeline = createEmptyPipeline()
    if (!isLocal) pipeline.addPolicy(proxyPolicy())
    pipeline.addPolicy(wholeAnswerPolicy(bytesMax))
    const made = createPipelineRequest({
      ...{ method, url, timeout: timeoutMs, abortSignal: signal },
      allowInsecureConnection: isLocal,
      ...(body === undefined ? {} : { body }),
    })
    for (const [name, value] of Object.entries(headers)) made.headers.set(name, value)
    const startedAt = clock.now()
    let status = 0
    try {
      const response = await pipeline.sendRequest(httpClient, made)
      status = response.status
      return rawResponse(response)
    } catch (error) {
      throw cloudErrorFrom(error, what)
    } finally {
      const durationMs = clock.now() - startedAt
      meter.azureRequest({ api, resourceType: 'other', method, status, durationMs })
    }
  }
}

/** The same with an Entra token for Azure ML's own services, renewed once when it is refused. */
export function tokenSender(options: TokenOptions): ServiceSender {
  const { credential } = options
  const send = serviceSender(options)
  return async (request, signal) => {
    const withToken = async (): Promise<ServiceRequest> => {
      const authorization = `Bearer ${(await mlTokenOf(options)).token}`
      return { ...request, headers: { ...request.headers, authorization } }
    }
    const answer = await send(await withToken(), signal)
    if (answer.status !== 401) return answer
    credential.renew?.()
    return send(await withToken(), signal)
  }
}

/** An answer that is of no use, now. */
export function problem(reason: string, message: string): CloudError {
  return new CloudError({ reason, message, errorClass: 'service', retry: 'Later' })
}
