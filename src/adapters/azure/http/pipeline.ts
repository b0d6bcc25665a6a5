import type {
  HttpClient,
  Pipeline,
  PipelinePolicy,
  PipelineRequest,
} from '@azure/core-rest-pipeline'
import type { AzureCloud } from '../../../core/model/azure-cloud.ts'
import { urlOf } from '../../../lib/url.ts'
import type { Clock, Meter } from '../../../reconcile/ports.ts'
import { type RenewableCredential, tokenPolicy } from '../identity/token.ts'
import type { Limits } from '../limits.ts'
import { resourceTypeOf } from '../paths.ts'
import type { Throttle } from '../throttle/throttle.ts'
import { immediateRetryPolicy } from './immediate-retry.ts'
import { meterPolicy } from './meter-policy.ts'
import { isLoopback } from './origin.ts'
import { retryAfterMs } from './retry-after.ts'
import {
  AzureMachineLearningWorkspaces,
  bearerTokenAuthenticationPolicyName,
  deserializationPolicyName,
  proxyPolicyName,
  redirectPolicyName,
  serializationPolicyName,
  tracingPolicyName,
} from './sdk.ts'
import { headersOf, wholeAnswerPolicy } from './whole-body.ts'

export interface PipelineOptions {
  readonly subscriptionId: string
  readonly credential: RenewableCredential
  readonly cloud: AzureCloud
  /** An origin that `serviceOrigin` gave. */
  readonly origin: string
  readonly apiVersion: string
  readonly httpClient: HttpClient
  readonly clock: Clock
  readonly meter: Meter
  readonly limits: Limits
  readonly throttle: Throttle
}

/**
 * The pipeline of Microsoft's client with our policies in it: token, throttle, meter and the limit of bodies. Bodies and
 * addresses go through it as they are.
 */
export function createPipeline(options: PipelineOptions): Pipeline {
  const isLocal = isLoopback(new URL(options.origin))
  const { pipeline } = new AzureMachineLearningWorkspaces(
    options.credential,
    options.subscriptionId,
    // `allowInsecureConnection` only lets http through to loopback: serviceOrigin refused every other http address.
    {
      endpoint: options.origin,
      apiVersion: options.apiVersion,
      allowInsecureConnection: options.origin.startsWith('http:'),
      httpClient: options.httpClient,
    },
  )
  // Redirects could lead anywhere, Microsoft's retries block a tick for minutes, and its own token policy refuses
  // http even on loopback; ours also keeps the token at one origin and renews it after a 401.
  pipeline.removePolicy({ name: redirectPolicyName })
  pipeline.removePolicy({ phase: 'Retry' })
  pipeline.removePolicy({ name: bearerTokenAuthenticationPolicyName })
  if (isLocal) pipeline.removePolicy({ name: proxyPolicyName })
  for (const name of VERBATIM) pipeline.removePolicy({ name })
  addPolicies(pipeline, options)
  return pipeline
}

/** What reads or rewrites bodies and addresses by the client's models, and traces, which nobody collects. */
const VERBATIM = [
  'CustomApiVersionPolicy',
  serializationPolicyName,
  deserializationPolicyName,
  tracingPolicyName,
]

function addPolicies(pipeline: Pipeline, options: PipelineOptions): void {
  const { clock, meter, limits } = options
  const retry = { api: 'arm', methods: ['GET'], retries: limits.readRetries, clock, meter }
  pipeline.addPolicy(immediateRetryPolicy(retry), { phase: 'Retry' })
  pipeline.addPolicy(tokenPolicy(options), { phase: 'Sign' })
  pipeline.addPolicy(throttlePolicy(options), { afterPhase: 'Sign' })
  pipeline.addPolicy(meterPolicy({ api: 'arm', resourceTypeOf, clock, meter }), {
    afterPhase: 'Sign',
    afterPolicies: ['throttlePolicy'],
  })
  pipeline.addPolicy(wholeAnswerPolicy(limits.bodyBytesMax), {
    afterPhase: 'Sign',
    afterPolicies: ['meterPolicy'],
  })
}

// A mark beside the request, not in it: nothing of it goes out.
const urgent = new WeakSet<PipelineRequest>()

/** The throttle lets this request through ahead of all others. */
export function markUrgent(request: PipelineRequest): void {
  urgent.add(request)
}

function throttlePolicy({ throttle, clock }: PipelineOptions): PipelinePolicy {
  return {
    name: 'throttlePolicy',
    async sendRequest(request, next) {
      const signal =
        (request.abortSignal as AbortSignal | undefined) ?? new AbortController().signal
      const { pathname } = urlOf(request.url)
      const isUrgent = urgent.has(request)
      const settle = await throttle.admit(request.method, pathname, signal, isUrgent)
      try {
        const response = await next(request)
        const headers = headersOf(response.headers)
        const text = response.status === 429 ? (response.bodyAsText ?? '') : ''
        const waitMs = retryAfterMs(headers, text.slice(0, 4_096), clock.now())
        settle({ status: response.status, headers, retryAfterMs: waitMs })
        return response
      } catch (error) {
        settle()
        throw error
      }
    },
  }
}
