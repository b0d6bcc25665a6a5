import type { HttpClient, PipelineResponse } from '@azure/core-rest-pipeline'
import { cleanText } from '../../../core/model/redact/redact.ts'
import { type Clock, CloudError } from '../../../reconcile/ports.ts'
import { isLoopback } from '../http/origin.ts'
import { createEmptyPipeline, createPipelineRequest, proxyPolicy } from '../http/sdk.ts'
import { unreachable } from '../scoring/scoring.ts'

/** One request for an online endpoint: JSON, sent as it is. */
export interface ScoringCall {
  /** Past all weights; absent = by the weights. */
  readonly deployment?: string
  readonly body: Uint8Array
  readonly timeoutMs: number
  /** Longest answer that is read. */
  readonly bytesMax: number
}

/** What came back, byte for byte. */
export interface ScoringReply {
  readonly status: number
  readonly body: Uint8Array
  /** Of a status that is no 2xx: the beginning of the body, fit to be shown, without the secret that was sent. */
  readonly errorText?: string
  /** The deployment that the front door says it reached; absent = it answered by itself. */
  readonly deployment?: string
  /** The status of the model's own answer, where the front door made another one of it. */
  readonly modelStatus?: string
  /** Until the whole answer was there. */
  readonly latencyMs: number
}

/** An address that `scoringAddress` gave, and the secret for it. */
interface Destination {
  readonly url: string
  readonly secret: string
}

/**
 * Sends one request; redirects are not followed, nothing is repeated. Throws a CloudError when there is no answer, or one
 * that is too late or too large; its message holds nothing of the request.
 */
export async function score(
  { httpClient, clock }: { readonly httpClient: HttpClient; readonly clock: Clock },
  { url, secret }: Destination,
  { deployment, body, timeoutMs, bytesMax }: ScoringCall,
  signal: AbortSignal,
): Promise<ScoringReply> {
  const isLocal = isLoopback(new URL(url))
  const pipeline = createEmptyPipeline()
  if (!isLocal) pipeline.addPolicy(proxyPolicy())
  const timeUp = AbortSignal.timeout(timeoutMs)
  const request = createPipelineRequest({
    ...{ url, method: 'POST', body, allowInsecureConnection: isLocal },
    abortSignal: AbortSignal.any([signal, timeUp]),
    // Of every status: the body is read here.
    streamResponseStatusCodes: new Set([Number.POSITIVE_INFINITY]),
  })
  request.headers.set('Authorization', `Bearer ${secret}`)
  request.headers.set('Content-Type', 'application/json')
  if (deployment !== undefined) request.headers.set('azureml-model-deployment', deployment)
  const startedAt = clock.now()
  try {
    const response = await pipeline.sendRequest(httpClient, request)
    const read = await bytesOf(response, bytesMax)
    return replyOf(response, read, secret, clock.now() - startedAt)
  } catch (error) {
    if (error instanceof CloudError) throw error
    throw timeUp.aborted ? timedOut(timeoutMs) : unreachable(error)
  }
}

function replyOf(
  { status, headers }: PipelineResponse,
  body: Uint8Array,
  secret: string,
  latencyMs: number,
): ScoringReply {
  const isSuccess = status >= 200 && status < 300
  const text = isSuccess ? '' : Buffer.from(body).toString('utf8')
  const deployment = headers.get('azureml-model-deployment')
  const modelStatus = headers.get('ms-azureml-model-error-statuscode')
  return {
    ...{ status, body, latencyMs },
    ...(isSuccess ? {} : { errorText: cleanText(text, [secret]) }),
    ...(deployment === undefined ? {} : { deployment }),
    ...(modelStatus === undefined ? {} : { modelStatus }),
  }
}

async function bytesOf(
  { readableStreamBody: stream, bodyAsText }: PipelineResponse,
  bytesMax: number,
): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let size = 0
  // Leaving the loop by an exception destroys the stream, and with it the connection.
  for await (const chunk of stream ?? [bodyAsText ?? '']) {
    const bytes = Buffer.from(chunk)
    size += bytes.byteLength
    if (size > bytesMax) throw tooLarge(bytesMax)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

function tooLarge(bytesMax: number): CloudError {
  const message = `The endpoint's answer is larger than ${bytesMax} bytes; the rest was not read.`
  return new CloudError({
    ...{ reason: 'AnswerTooLarge', message },
    ...{ errorClass: 'service', retry: 'Later' },
  })
}

function timedOut(timeoutMs: number): CloudError {
  const message = `The endpoint gave no whole answer within ${timeoutMs / 1000} s.`
  return new CloudError({
    ...{ reason: 'TimedOut', message },
    ...{ errorClass: 'retryable', retry: 'Later' },
  })
}
