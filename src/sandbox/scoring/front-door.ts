import { endpointAt } from '../core/cloud.ts'
import type { EndpointView } from '../core/contract.ts'
import {
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  textResponse,
} from '../http/message.ts'
import { type PrincipalOf, refusalOf } from './authorise.ts'
import type { Counters } from './counters/counters.ts'
import { bucketOf } from './counters/latency.ts'
import { askContainer, type ContainerAnswer, type Scored } from './inference-server.ts'
import { pick, strikes } from './share.ts'

export interface FrontDoorOptions {
  readonly endpointOf: (name: string) => EndpointView | undefined
  readonly deploymentOf: (endpoint: string, deployment: string) => Scored | undefined
  readonly principalOf: PrincipalOf
  readonly counters: Counters
  /** Ms since 1970, for the history. */
  readonly now: () => number
  /** Ms of a clock that only goes forward, for latencies. */
  readonly elapsedMs: () => number
  /** A new GUID. */
  readonly requestId: () => string
}

/** How requests were shared out so far, of one endpoint. */
interface Shares {
  readonly live: Map<string, number>
  readonly mirror: Map<string, number>
}

/** The data plane: finds the endpoint, checks the caller, shares requests out by weight (FACTS 6, ERRORS 7). */
export function createFrontDoor(options: FrontDoorOptions): HttpHandler {
  const sharesByEndpoint = new Map<string, Shares>()

  function sharesOf(endpoint: string): Shares {
    const shares = sharesByEndpoint.get(endpoint) ?? { live: new Map(), mirror: new Map() }
    sharesByEndpoint.set(endpoint, shares)
    return shares
  }

  return async (request) => {
    const startedAtMs = options.elapsedMs()
    const requestId = options.requestId()
    const address = addressOf(request.url)
    const endpoint = options.endpointOf(address.endpoint)
    if (!endpoint) return textResponse(404, `There is no endpoint ${address.endpoint}.`)
    const refusal = await refusalOf(endpoint, request.headers.authorization, options.principalOf)
    // Checking took time: the request goes where the weights of this moment send it.
    const current = options.endpointOf(address.endpoint) ?? endpoint
    const answer = refusal
      ? { deployment: '', response: refusal }
      : await route(options, current, sharesOf(current.name), request, address.path, requestId)
    const latencyMs = options.elapsedMs() - startedAtMs + (answer.virtualMs ?? 0)
    count(options, endpoint.name, answer, latencyMs)
    return withFrontDoorHeaders(answer, requestId, latencyMs)
  }
}

/** `http://127.0.0.1:1/fraud/score` and `https://fraud.norwayeast.inference.ml.azure.com/score` name the same. */
function addressOf(url: string): { endpoint: string; path: string } {
  const { hostname, pathname } = new URL(url)
  const named = endpointAt(hostname)
  if (named !== undefined) return { endpoint: named, path: pathname }
  const [, endpoint = '', ...rest] = pathname.split('/')
  return { endpoint: endpoint.toLowerCase(), path: `/${rest.join('/')}` }
}

interface Routed {
  readonly deployment: string
  readonly response: HttpResponse
  /** By weight, or as a copy; absent = as the request itself said, or nowhere. */
  readonly how?: 'weight' | 'mirror'
  readonly virtualMs?: number
}

function count(
  { counters, now }: FrontDoorOptions,
  endpoint: string,
  { deployment, response, how }: Routed,
  latencyMs: number,
): void {
  const { status } = response
  counters.of({ endpoint, deployment, status, mirrored: how === 'mirror' }).add(latencyMs)
  if (how !== 'weight') return
  counters.history.of(endpoint, deployment).add(now(), status, bucketOf(latencyMs))
}

async function route(
  options: FrontDoorOptions,
  endpoint: EndpointView,
  shares: Shares,
  request: HttpRequest,
  path: string,
  requestId: string,
): Promise<Routed> {
  const pinned = request.headers['azureml-model-deployment']
  const name = pinned ?? pick(shares.live, endpoint.traffic)
  if (name === undefined) return { deployment: '', response: noRoute }
  const deployment = options.deploymentOf(endpoint.name, name)
  if (!deployment) return { deployment: '', response: noDeployment(name) }
  // A request that names its deployment is not mirrored.
  if (pinned === undefined) mirror(options, endpoint, shares, request, path)
  const answer = await askContainer(deployment, request, path, requestId)
  const { virtualMs = 0 } = answer
  const routed = { deployment: properName(endpoint, name), response: rewrite(answer), virtualMs }
  return pinned === undefined ? { ...routed, how: 'weight' } : routed
}

/** Sends copies on their way and forgets them. */
function mirror(
  options: FrontDoorOptions,
  endpoint: EndpointView,
  shares: Shares,
  request: HttpRequest,
  path: string,
): void {
  for (const [name, percent] of Object.entries(endpoint.mirrorTraffic)) {
    const deployment = options.deploymentOf(endpoint.name, name)
    if (!deployment || !strikes(shares.mirror, name, percent)) continue
    const startedAtMs = options.elapsedMs()
    askContainer(deployment, request, path, options.requestId()).then((answer) => {
      const routed = { deployment: name, response: rewrite(answer), how: 'mirror' } as const
      const latencyMs = options.elapsedMs() - startedAtMs + (answer.virtualMs ?? 0)
      count(options, endpoint.name, routed, latencyMs)
    })
  }
}

/** Weights and headers may name a deployment in any case. */
function properName({ deployments }: EndpointView, name: string): string {
  const isNamed = (one: { name: string }) => one.name.toLowerCase() === name.toLowerCase()
  return deployments.find(isNamed)?.name ?? name
}

const noRoute = textResponse(
  404,
  'No valid deployments to route to. Please check that the endpoint has at least one deployment with positive weight values or use a deployment specific header to route.',
)

function noDeployment(name: string): HttpResponse {
  return textResponse(404, `There is no deployment ${name} behind this endpoint.`)
}

/** What Azure's front door makes of a container's answer: everything but a 200 is 424, its body unchanged. */
function rewrite(answer: ContainerAnswer): HttpResponse {
  switch (answer.kind) {
    case 'response':
      return answer.response.status === 200 ? answer.response : modelError(answer.response)
    case 'timeout':
      return textResponse(408, 'upstream request timeout')
    case 'overloaded':
      return textResponse(429, '', { [errorReason]: 'too_many_pending_request' })
    case 'died':
      return modelError(
        textResponse(
          502,
          'upstream connect error or disconnect/reset before headers. reset reason: connection termination',
        ),
      )
    case 'notReady':
      return modelError(textResponse(503, 'no healthy upstream'), 'model_not_ready')
    case 'unrunnable':
      return modelError(
        textResponse(
          501,
          'The sandbox runs deployments that have a scoring script and, when its Python environments are venvs, MLflow models without one. It does not run custom containers, so this deployment cannot answer here.',
        ),
        'model_not_ready',
      )
  }
}

const errorReason = 'ms-azureml-model-error-reason'

function modelError(response: HttpResponse, reason = 'model_error'): HttpResponse {
  const headers = {
    ...response.headers,
    'ms-azureml-model-error-statuscode': String(response.status),
    [errorReason]: reason,
  }
  return { ...response, status: 424, headers }
}

function withFrontDoorHeaders(
  { response, deployment }: Routed,
  requestId: string,
  latencyMs: number,
): HttpResponse {
  const which = {
    'azureml-model-deployment': deployment,
    'azureml-model-session': deployment,
    'ms-azureml-model-time': String(Math.round(latencyMs)),
  }
  return {
    ...response,
    headers: {
      server: 'azureml-frontdoor',
      'x-request-id': requestId,
      'x-ms-request-id': requestId,
      ...(deployment === '' ? {} : which),
      ...response.headers,
    },
  }
}
