import { type HttpRequest, type HttpResponse, jsonResponse, textResponse } from '../http/message.ts'
import type { Deployment, Outcome } from './deployment.ts'
import type { ScriptAnswer } from './worker.ts'

const serverVersion = 'azmlinfsrv/1.4.0'
const tooLong = 100

/**
 * What the inference server in a deployment's container answers (FACTS 6), before the front door has rewritten it;
 * or why there is no such answer.
 */
export type ContainerAnswer =
  | { readonly kind: 'response'; readonly response: HttpResponse }
  | { readonly kind: Exclude<Outcome['kind'], 'answered' | 'faulted'> }

/** Serves a path of the container: `/`, `/score` and `/swagger.json`. */
export async function askContainer(
  deployment: Deployment,
  request: HttpRequest,
  path: string,
): Promise<ContainerAnswer> {
  const response = staticAnswer(request, path)
  if (response) return { kind: 'response', response }
  const outcome = await deployment.score(inputOf(request))
  if (outcome.kind === 'answered') {
    return { kind: 'response', response: scriptResponse(outcome.answer) }
  }
  if (outcome.kind === 'faulted') {
    const body = { message: `The model was told to answer ${outcome.status}.` }
    return { kind: 'response', response: jsonResponse(outcome.status, body) }
  }
  return { kind: outcome.kind }
}

function staticAnswer(
  { method, headers, url }: HttpRequest,
  path: string,
): HttpResponse | undefined {
  const ids = ['x-request-id', 'x-ms-request-id', 'x-ms-client-request-id']
  if (ids.some((name) => (headers[name] ?? '').length > tooLong)) {
    return textResponse(431, 'A request id is longer than 100 characters.')
  }
  if (path === '/') return textResponse(200, 'Healthy')
  if (path === '/swagger.json') return swagger(new URL(url).searchParams.get('version') ?? '2')
  if (path !== '/score') return textResponse(404, 'Not Found')
  if (method === 'OPTIONS') return textResponse(200, '', { allow: 'GET, POST, OPTIONS' })
  if (method !== 'POST' && method !== 'GET') return textResponse(405, 'Method Not Allowed')
  return undefined
}

// A GET's query is what the script gets, as JSON.
function inputOf({ method, url, body }: HttpRequest): Buffer {
  if (method === 'POST') return body
  return Buffer.from(JSON.stringify(Object.fromEntries(new URL(url).searchParams)))
}

function scriptResponse(answer: ScriptAnswer): HttpResponse {
  return {
    status: answer.status,
    headers: {
      'content-type': 'application/json',
      'x-ms-run-fn-exec-ms': String(answer.tookMs),
      'x-ms-run-function-failed': answer.failed ? 'True' : 'False',
      'x-ms-server-version': serverVersion,
    },
    body: answer.body,
  }
}

function swagger(version: string): HttpResponse {
  if (!['2', '3', '3.1'].includes(version)) return textResponse(404, 'Not Found')
  const head =
    version === '2' ? { swagger: '2.0' } : { openapi: version === '3' ? '3.0.3' : '3.1.0' }
  return jsonResponse(200, {
    ...head,
    info: { title: 'ML service', description: 'API specification for the model', version: '1.0' },
    paths: {
      '/': {
        get: { operationId: 'ServiceHealthCheck', responses: { 200: { description: 'OK' } } },
      },
      '/score': {
        post: {
          operationId: 'RunMLService',
          responses: { 200: { description: 'The answer of run()' } },
        },
      },
    },
  })
}
