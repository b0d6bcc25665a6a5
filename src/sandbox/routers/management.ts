import { urlOf } from '../../lib/url.ts'
import type { EndpointView } from '../core/contract.ts'
import {
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  jsonResponse,
  jsonTextResponse,
  textResponse,
} from '../http/message.ts'
import type { TrafficDesk } from '../rehearsal/desk.ts'
import { type Counters, prometheusText } from '../scoring/counters/counters.ts'
import { refuseSeries, seriesOf, seriesText } from '../scoring/counters/history.ts'

export interface ManagementOptions {
  readonly views: () => readonly EndpointView[]
  readonly now: () => number
  readonly counters: Counters
  readonly injectFault: (text: string) => void
  readonly clearFaults: () => void
  /** Absent = requests cannot be generated, as containers are run. */
  readonly traffic?: TrafficDesk
}

/** The sandbox's own routes beside ARM's: metrics, counters, series, faults and traffic. undefined = not one of them. */
export function createManagement(
  options: ManagementOptions,
): (...request: Parameters<HttpHandler>) => HttpResponse | undefined {
  const { counters, traffic } = options
  return (request) => {
    const { pathname, searchParams } = urlOf(request.url)
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
        return taken(request, (body) => addFault(options, body))
      case 'DELETE /sandbox/faults':
        options.clearFaults()
        return textResponse(204, '')
      case 'GET /sandbox/traffic':
        return jsonResponse(200, traffic?.figures() ?? {})
      case 'POST /sandbox/traffic':
        return traffic ? taken(request, traffic.begin) : refuse(409, CONTAINERS_RUN)
      case 'DELETE /sandbox/traffic':
        traffic?.end()
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
  const answer = seriesOf(counters.history, query, existing, now())
  return jsonTextResponse(200, seriesText(answer))
}

/** NaN for what is missing or no plain number. */
function numberOf(text: string | null): number {
  return /^\d+$/.test(text ?? '') ? Number(text) : Number.NaN
}

const CONTAINERS_RUN =
  'Requests are generated only where no container is run (runsScripts: false): send real ones here'

function addFault({ injectFault }: ManagementOptions, body: unknown): void {
  const { fault } = Object(body)
  if (typeof fault !== 'string') throw new Error('The body must be {"fault": "<text>"}')
  injectFault(fault)
}

/** 204 once the action has taken the body, or why it did not. */
function taken({ headers, body }: HttpRequest, action: (body: unknown) => void): HttpResponse {
  // A web page cannot send this type to another origin without asking first.
  if (!headers['content-type']?.startsWith('application/json')) {
    return refuse(415, 'The body must be application/json')
  }
  try {
    action(JSON.parse(body.toString('utf8')))
    return textResponse(204, '')
  } catch (error) {
    return refuse(400, (error as Error).message)
  }
}

function refuse(status: number, message: string): HttpResponse {
  return jsonResponse(status, { error: { code: 'BadRequest', message } })
}
