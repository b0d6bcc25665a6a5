import type { EndpointView } from './core/contract.ts'
import { type HttpHandler, type HttpResponse, jsonResponse, textResponse } from './http/message.ts'
import { type Counters, prometheusText } from './scoring/counters.ts'
import { refuseSeries, seriesOf } from './scoring/history.ts'

export interface ManagementOptions {
  readonly views: () => readonly EndpointView[]
  readonly now: () => number
  readonly counters: Counters
  readonly injectFault: (text: string) => void
  readonly clearFaults: () => void
}

/** The sandbox's own routes beside ARM's: metrics, counters, series and faults. undefined = not one of them. */
export function createManagement(
  options: ManagementOptions,
): (...request: Parameters<HttpHandler>) => HttpResponse | undefined {
  const { counters } = options
  return (request) => {
    const { pathname, searchParams } = new URL(request.url)
    switch (`${request.method} ${pathname}`) {
      case 'GET /metrics':
        return textResponse(200, prometheusText(counters.read()), {
          'content-type': 'text/plain; version=0.0.4; charset=utf-8',
        })
      case 'GET /sandbox/counters':
        return jsonResponse(200, counters.read())
      case 'GET /sandbox/series':
        return series(options, searchParams)
      case 'POST /sandbox/faults':
        return addFault(options, request.headers['content-type'], request.body)
      case 'DELETE /sandbox/faults':
        options.clearFaults()
        return textResponse(204, '')
      default:
        return undefined
    }
  }
}

function series({ views, now, counters }: ManagementOptions, asked: URLSearchParams): HttpResponse {
  const query = {
    endpoint: asked.get('endpoint') ?? '',
    fromMs: numberOf(asked.get('from')),
    toMs: numberOf(asked.get('to')),
    windowMs: numberOf(asked.get('windowMs')),
  }
  const refusal = refuseSeries(query)
  if (refusal !== undefined) return refuse(400, refusal)
  const isAsked = ({ name }: EndpointView) => name.toLowerCase() === query.endpoint.toLowerCase()
  const existing =
    views()
      .find(isAsked)
      ?.deployments.map(({ name }) => name) ?? []
  return jsonResponse(200, seriesOf(counters.history, query, existing, now()))
}

/** NaN for what is missing or no plain number. */
function numberOf(text: string | null): number {
  return /^\d+$/.test(text ?? '') ? Number(text) : Number.NaN
}

function addFault(
  { injectFault }: ManagementOptions,
  type: string | undefined,
  body: Buffer,
): HttpResponse {
  // A web page cannot send this type to another origin without asking first.
  if (!type?.startsWith('application/json')) return refuse(415, 'The body must be application/json')
  try {
    const { fault } = JSON.parse(body.toString('utf8')) as { fault?: unknown }
    if (typeof fault !== 'string') return refuse(400, 'The body must be {"fault": "<text>"}')
    injectFault(fault)
    return textResponse(204, '')
  } catch (error) {
    return refuse(400, (error as Error).message)
  }
}

function refuse(status: number, message: string): HttpResponse {
  return jsonResponse(status, { error: { code: 'BadRequest', message } })
}
