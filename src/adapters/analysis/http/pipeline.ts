import type { TokenCredential } from '@azure/core-auth'
import {
  createEmptyPipeline,
  createPipelineRequest,
  type HttpClient,
  type Pipeline,
  type PipelinePolicy,
  proxyPolicy,
} from '@azure/core-rest-pipeline'
import { isLargerThan } from '../../../lib/bytes.ts'
import { NoData } from '../no-data.ts'
import { readText, refusalOf, tooLarge } from './http.ts'
import { checkSkew } from './skew.ts'

/** Puts a token on requests to one origin, and lets none go anywhere else. */
function originTokenPolicy(
  origin: string,
  scope: string,
  credential: TokenCredential,
): PipelinePolicy {
  return {
    name: 'originTokenPolicy',
    async sendRequest(request, next) {
      if (new URL(request.url).origin !== origin)
        throw new NoData('AddressRefused', 'The request would leave the configured host.')
      request.headers.set('Authorization', `Bearer ${await tokenFor(scope, credential)}`)
      return next(request)
    },
  }
}

async function tokenFor(scope: string, credential: TokenCredential): Promise<string> {
  const token = await credential.getToken(scope).catch(() => null)
  if (token === null) throw new NoData('Unauthorized', `No token could be had for ${scope}.`)
  return token.token
}

/** Reads bodies next to the wire and stops at `bytesMax`; an answer other than a 200 is thrown as NoData. */
function answerPolicy(bytesMax: number, now: () => number): PipelinePolicy {
  return {
    name: 'answerPolicy',
    async sendRequest(request, next) {
      request.streamResponseStatusCodes = new Set([Number.POSITIVE_INFINITY])
      const response = await next(request)
      request.streamResponseStatusCodes = new Set()
      const { readableStreamBody: stream, ...answer } = response
      const text =
        stream === undefined
          ? within(response.bodyAsText ?? '', bytesMax)
          : await readText(stream as AsyncIterable<Uint8Array>, bytesMax)
      if (answer.status !== 200) {
        const retryAfter = answer.headers.get('retry-after')
        throw refusalOf(answer.status, new URL(request.url).host, retryAfter)
      }
      checkSkew(answer.headers.get('date'), now(), new URL(request.url).host)
      return { ...answer, bodyAsText: text }
    },
  }
}

function within(text: string, bytesMax: number): string {
  if (isLargerThan(text, bytesMax)) throw tooLarge(bytesMax)
  return text
}

/** Lets `signal` end every request of a client. */
export function signalPolicy(signal: AbortSignal): PipelinePolicy {
  return {
    name: 'signalPolicy',
    sendRequest(request, next) {
      request.abortSignal = signal
      return next(request)
    },
  }
}

export interface AzureService {
  /** The only one that gets a token. */
  readonly origin: string
  readonly scope: string
  readonly credential: TokenCredential
  readonly bodyBytesMax: number
  /** By which windows are asked for. */
  readonly now: () => number
}

/** Adds our policies to a pipeline: the token, the limit of bodies, what statuses mean. */
export function addPolicies(pipeline: Pipeline, service: AzureService): void {
  const { origin, scope, credential, bodyBytesMax, now } = service
  pipeline.addPolicy(originTokenPolicy(origin, scope, credential), { phase: 'Sign' })
  pipeline.addPolicy(answerPolicy(bodyBytesMax, now), { afterPhase: 'Sign' })
}

/** For a service of Azure without a client of its own: no redirects, no repetitions, a proxy where there is one. */
export function azurePipeline(service: AzureService): Pipeline {
  const pipeline = createEmptyPipeline()
  if (service.origin.startsWith('https:')) pipeline.addPolicy(proxyPolicy())
  addPolicies(pipeline, service)
  return pipeline
}

/** The text of a 200 answer through a client; NoData for every other status. */
export async function sendThrough(
  httpClient: HttpClient,
  options: {
    readonly url: string
    readonly signal: AbortSignal
    readonly bodyBytesMax: number
    readonly now: () => number
    readonly pipeline?: Pipeline
    /** JSON to be posted; absent = GET. */
    readonly body?: string
  },
): Promise<string> {
  const { url, signal, bodyBytesMax, body, now } = options
  const pipeline = options.pipeline ?? createEmptyPipeline()
  if (options.pipeline === undefined) pipeline.addPolicy(answerPolicy(bodyBytesMax, now))
  const request = createPipelineRequest({
    url,
    method: body === undefined ? 'GET' : 'POST',
    abortSignal: signal,
    allowInsecureConnection: url.startsWith('http:'),
    ...(body === undefined ? {} : { body }),
  })
  request.headers.set('Accept', 'application/json')
  if (body !== undefined) request.headers.set('Content-Type', 'application/json')
  return (await pipeline.sendRequest(httpClient, request)).bodyAsText ?? ''
}
