import type { HttpClient, PipelineResponse } from '@azure/core-rest-pipeline'
import { type AzureCloud, isHostOf } from '../../../core/model/azure-cloud.ts'
import type { Json } from '../../../core/model/values/json.ts'
import { type Clock, CloudError } from '../../../reconcile/ports.ts'
import { isLoopback } from '../http/origin.ts'
import { retryAfterMs } from '../http/retry-after.ts'
import { createEmptyPipeline, createPipelineRequest, proxyPolicy } from '../http/sdk.ts'
import { wholeAnswerPolicy } from '../http/whole-body.ts'
import type { Limits } from '../limits.ts'

/**
 * The scoring address that Azure told, when a key may be sent there: a host of the cloud's inference domain over TLS, or
 * loopback where ARM is on loopback, too. Throws a CloudError for everything else.
 */
export function scoringAddress(
  scoringUri: Json | undefined,
  { cloud, origin }: { readonly cloud: AzureCloud; readonly origin: string },
): string {
  const url =
    typeof scoringUri === 'string' && URL.canParse(scoringUri) ? new URL(scoringUri) : undefined
  if (url === undefined || url.username !== '' || url.password !== '')
    throw refused('The endpoint has no scoring address.')
  const isInference = isHostOf(url.hostname, cloud.inferenceSuffix, [2, 2])
  const isAzure = url.protocol === 'https:' && url.port === '' && isInference
  const isSandbox = isLoopback(new URL(origin)) && isLoopback(url)
  if (isAzure || (isSandbox && /^https?:$/.test(url.protocol))) return url.href
  throw refused(
    `The endpoint's scoring address is on no host of the cloud's inference service (${cloud.inferenceSuffix}); no key is sent there.`,
  )
}

export interface ScoringRequest {
  readonly url: string
  /** Past all weights; absent = by the endpoint's traffic split. */
  readonly deployment?: string
  readonly body: Json
  readonly timeoutMs: number
  readonly secret: string
  readonly signal: AbortSignal
}

export interface ScoringAnswer {
  readonly status: number
  /** undefined = no JSON. */
  readonly body: Json | undefined
  /** The deployment that the front door says it reached. */
  readonly deployment: string | undefined
  readonly latencyMs: number
  /** How long a 429 or 503 asks callers to stay away. */
  readonly retryAfterMs?: number
}

/** Sends one request, past all weights where it names a deployment; redirects are not followed, nothing is repeated. */
export function scoringSender(options: {
  readonly httpClient: HttpClient
  readonly clock: Clock
  readonly limits: Limits
}): (request: ScoringRequest) => Promise<ScoringAnswer> {
  const { httpClient, clock, limits } = options
  const remote = createEmptyPipeline()
  remote.addPolicy(proxyPolicy())
  const local = createEmptyPipeline()
  for (const one of [remote, local]) one.addPolicy(wholeAnswerPolicy(limits.scoringBytesMax))
  return async (request) => {
    const pipeline = isLoopback(new URL(request.url)) ? local : remote
    const startedAt = clock.now()
    try {
      const response = await pipeline.sendRequest(httpClient, pipelineRequest(request))
      return answerOf(response, startedAt, clock.now())
    } catch (error) {
      if (error instanceof CloudError) throw error
      const isLate = error instanceof DOMException && error.name === 'TimeoutError'
      throw isLate ? timedOut(request.timeoutMs) : unreachable(error)
    }
  }
}

function pipelineRequest(request: ScoringRequest) {
  const { url, deployment, body, secret, signal, timeoutMs } = request
  const made = createPipelineRequest({
    url,
    method: 'POST',
    body: JSON.stringify(body),
    abortSignal: signal,
    timeout: timeoutMs,
    allowInsecureConnection: isLoopback(new URL(url)),
  })
  made.headers.set('Authorization', `Bearer ${secret}`)
  made.headers.set('Content-Type', 'application/json')
  made.headers.set('Accept', 'application/json')
  if (deployment !== undefined) made.headers.set('azureml-model-deployment', deployment)
  return made
}

function answerOf(response: PipelineResponse, startedAt: number, now: number): ScoringAnswer {
  const { status, headers } = response
  const asked = [429, 503].includes(status) ? retryAfterMs(headers.toJSON(), '', now) : undefined
  return {
    status,
    body: jsonOf(response.bodyAsText ?? ''),
    deployment: headers.get('azureml-model-deployment'),
    latencyMs: now - startedAt,
    ...(asked === undefined ? {} : { retryAfterMs: asked }),
  }
}

function jsonOf(text: string): Json | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function refused(message: string): CloudError {
  return new CloudError({ reason: 'Refused', message, errorClass: 'service', retry: 'Later' })
}

function timedOut(timeoutMs: number): CloudError {
  return new CloudError({
    reason: 'TimedOut',
    message: `There was no answer within ${timeoutMs} ms.`,
    errorClass: 'retryable',
    retry: 'Later',
  })
}

/** Errors of sockets may repeat headers: only their code is passed on. */
export function unreachable(error: unknown): CloudError {
  const { code } = (typeof error === 'object' && error !== null ? error : {}) as { code?: unknown }
  const what = typeof code === 'string' && /^[A-Z_]{3,40}$/.test(code) ? code : 'no connection'
  return new CloudError({
    reason: 'Unreachable',
    message: `The endpoint could not be reached: ${what}.`,
    errorClass: 'retryable',
    retry: 'Later',
  })
}
