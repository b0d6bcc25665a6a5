import { type HttpHandler, type HttpResponse, jsonResponse, textResponse } from './http/message.ts'
import type { LiveWorkspace } from './live-workspace.ts'
import { type Counter, prometheusText } from './scoring/counters.ts'

export interface ManagementOptions {
  readonly workspace: LiveWorkspace
  readonly counters: () => Counter[]
}

/** The sandbox's own routes beside ARM's: metrics, counters and faults. undefined = not one of them. */
export function createManagement(
  options: ManagementOptions,
): (...request: Parameters<HttpHandler>) => HttpResponse | undefined {
  const { workspace, counters } = options
  return (request) => {
    switch (`${request.method} ${new URL(request.url).pathname}`) {
      case 'GET /metrics':
        return textResponse(200, prometheusText(counters()), {
          'content-type': 'text/plain; version=0.0.4; charset=utf-8',
        })
      case 'GET /sandbox/counters':
        return jsonResponse(200, counters())
      case 'POST /sandbox/faults':
        return addFault(workspace, request.headers['content-type'], request.body)
      case 'DELETE /sandbox/faults':
        workspace.clearFaults()
        return textResponse(204, '')
      default:
        return undefined
    }
  }
}

function addFault(workspace: LiveWorkspace, type: string | undefined, body: Buffer): HttpResponse {
  // A web page cannot send this type to another origin without asking first.
  if (!type?.startsWith('application/json')) return refuse(415, 'The body must be application/json')
  try {
    const { fault } = JSON.parse(body.toString('utf8')) as { fault?: unknown }
    if (typeof fault !== 'string') return refuse(400, 'The body must be {"fault": "<text>"}')
    workspace.injectFault(fault)
    return textResponse(204, '')
  } catch (error) {
    return refuse(400, (error as Error).message)
  }
}

function refuse(status: number, message: string): HttpResponse {
  return jsonResponse(status, { error: { code: 'BadRequest', message } })
}
