import { urlOf } from '../../lib/url.ts'
import type { Json, JsonObject, Principal } from '../core/contract.ts'
import { type HttpRequest, type HttpResponse, jsonResponse } from '../http/message.ts'
import { answerLogs } from './logs.ts'
import { answerMetrics } from './metrics.ts'
import { type Asked, badRequest, type MonitorOptions, Refusal } from './service.ts'

interface Service {
  readonly path: RegExp
  readonly accepts: 'isMetrics' | 'isLogs'
  readonly action: string
  readonly answer: (options: MonitorOptions, request: Asked) => Json
}

const SERVICES: readonly Service[] = [
  {
    path: /^\/subscriptions\/([^/]+)\/metrics:getBatch$/i,
    accepts: 'isMetrics',
    action: 'Microsoft.Insights/metrics/read',
    answer: answerMetrics,
  },
  {
    path: /^\/v1\/workspaces\/([^/]+)\/query$/i,
    accepts: 'isLogs',
    action: 'Microsoft.OperationalInsights/workspaces/query/read',
    answer: answerLogs,
  },
]

/**
 * Azure Monitor as far as a rollout asks it: an endpoint's metrics of the minute, and its traffic log by one query.
 * These services share ARM's address here. undefined = the request is not theirs.
 */
export function createMonitorDoor(
  options: MonitorOptions,
): (request: HttpRequest) => Promise<HttpResponse> | undefined {
  return (request) => {
    const { pathname, searchParams } = urlOf(request.url)
    for (const service of SERVICES) {
      const [, id] = service.path.exec(pathname) ?? []
      if (id !== undefined) return answer(options, service, request, id, searchParams)
    }
    return undefined
  }
}

async function answer(
  options: MonitorOptions,
  service: Service,
  request: HttpRequest,
  id: string,
  parameters: URLSearchParams,
): Promise<HttpResponse> {
  const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
  const accepts = options.audiences[service.accepts]
  const principal = token === '' ? undefined : await options.principalOf(token, accepts)
  try {
    allow(principal, service.action)
    if (request.method !== 'POST') throw badRequest(`It is asked by POST, not ${request.method}.`)
    const body = objectIn(request.body)
    return jsonResponse(200, service.answer(options, { id, parameters, body }))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const { status, code, message } = error
    return jsonResponse(status, { error: { code, message } })
  }
}

function allow(principal: Principal | undefined, action: string): void {
  if (principal === undefined)
    throw new Refusal(401, 'InvalidAuthenticationToken', 'The access token is missing or invalid.')
  const allowed = principal.actions?.map((one) => one.toLowerCase())
  const isAllowed =
    allowed?.some((one) => one === '*' || one === '*/read' || one === action.toLowerCase()) ?? true
  if (isAllowed) return
  const message = `The client '${principal.objectId}' does not have authorization to perform action '${action}'.`
  throw new Refusal(403, 'AuthorizationFailed', message)
}

function objectIn(body: Buffer): JsonObject {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as JsonObject
  } catch {
    // Falls through to the refusal of everything that is no object.
  }
  throw badRequest('The body must be a JSON object.')
}
