import type { Answer, Call } from '../call.ts'
import { drawGuid, drawHex, guidOf } from '../ids.ts'
import { compactTime, httpTime } from '../time.ts'

/**
 * The headers that every answer of the service has besides its own (FACTS 2.2). Those of the connection (length,
 * encoding, Vary) are the shell's. `gateway` answers lack what the service adds, `nobody` answers the ids' routing too.
 */
export function commonHeaders(call: Call, answer: Answer): Record<string, string> {
  const correlation = drawGuid(call.state)
  const { location } = call.state.settings
  const headers: Record<string, string> = {
    'Cache-Control': 'no-cache',
    Pragma: 'no-cache',
    Expires: '-1',
    Date: httpTime(call.now),
    'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
    'X-Content-Type-Options': 'nosniff',
    'x-ms-correlation-request-id': correlation,
    'x-ms-routing-request-id': `${location.toUpperCase()}:${compactTime(call.now)}:${correlation}`,
  }
  if (call.build.xCache) headers['X-Cache'] = 'CONFIG_NOCACHE'
  if (answer.body !== undefined) headers['Content-Type'] = 'application/json; charset=utf-8'
  if (answer.from === 'gateway') headers['x-ms-failure-cause'] = 'gateway'
  return answer.from === undefined ? { ...headers, ...serviceHeaders(call, answer) } : headers
}

function serviceHeaders(call: Call, answer: Answer): Record<string, string> {
  const { state, build, principal } = call
  const { settings } = state
  const headers: Record<string, string> = {
    'Request-Context': `appId=cid-v1:${guidOf(state, 'front end')}`,
    'x-ms-response-type': answer.status >= 400 ? 'error' : 'standard',
    [build.clusterHeader]: `vienna-${settings.location}-0${(state.drawn % 2) + 1}`,
    'x-request-time': `0.0${10 + (state.drawn % 90)}`,
  }
  if (build.globalBuckets) {
    const who = `tenantId=${settings.tenantId},objectId=${principal.objectId}`
    headers['x-ms-operation-identifier'] = `${who}/${settings.location}/${drawGuid(state)}`
  }
  const isTimed = answer.status === 200 || answer.status === 201
  if (build.serverTiming && isTimed) {
    const parent = `00-${drawHex(state, 32)}-${drawHex(state, 16)}-01`
    headers['Server-Timing'] = `traceparent;desc="${parent}"`
  }
  return headers
}
