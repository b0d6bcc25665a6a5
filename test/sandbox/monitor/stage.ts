import { createHttpHeaders, type HttpClient } from '@azure/core-rest-pipeline'
import { audiencesOf } from '../../../src/sandbox/core/cloud.ts'
import { endpointViews } from '../../../src/sandbox/core/machine.ts'
import type { HttpHandler, HttpRequest } from '../../../src/sandbox/http/message.ts'
import { principalOf } from '../../../src/sandbox/identity/principal.ts'
import { createTokenIssuer, sharedSigningKey } from '../../../src/sandbox/identity/tokens.ts'
import { createTraffic, type TrafficFigures } from '../../../src/sandbox/index.ts'
import { createMonitorDoor } from '../../../src/sandbox/monitor/door.ts'
import { MINUTE, setStage } from '../rehearsal/stage.ts'

const CLIENT = { clientId: 'app', clientSecret: 'x', objectId: 'someone' }

/** The GUID of the sandbox's workspace, which its logs are asked for by. */
export const LOGS = '00000000-0000-4000-8000-000000000002'

/** Azure Monitor over a sandbox whose users have asked `blue` for 10 min, and both sides for 10 min more. */
export async function setMonitor(options: { readonly actions?: readonly string[] } = {}) {
  const { sandbox, deploy, weigh } = await setStage()
  await deploy('blue', { tags: { 'sandbox.error_ratio': '0.01' } })
  await deploy('green', { tags: { 'sandbox.error_ratio': '0.2', 'sandbox.latency_ms': '80' } })
  await weigh({ blue: 100 })
  const traffic = createTraffic(sandbox, { endpoint: 'fraud', seed: 7, rate: 20 })
  sandbox.clock.advance(10 * MINUTE)
  await weigh({ blue: 80, green: 20 })
  const startMs = sandbox.clock.now()
  sandbox.clock.advance(10 * MINUTE)
  const { subscriptionId, resourceGroup, workspace, tenantId } = sandbox
  const workspaceId = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${workspace}`
  const signingKey = await sharedSigningKey()
  const issuer = await createTokenIssuer({ tenantId, now: Date.now, signingKey })
  const nowMs = sandbox.clock.now()
  const clients = [{ ...CLIENT, ...options }]
  const door = createMonitorDoor({
    where: sandbox,
    audiences: audiencesOf(sandbox.cloud, []),
    views: () => endpointViews(sandbox.state, nowMs),
    history: sandbox.stage.counters.history,
    now: () => nowMs,
    principalOf: (token, accepts) => principalOf({ issuer, clients }, token, accepts),
  })
  const asked: HttpRequest[] = []
  const handle: HttpHandler = async (request) => {
    asked.push(request)
    return (await door(request)) ?? { status: 404, headers: {}, body: Buffer.from('not mine') }
  }
  const about = {
    ...{ endpoint: 'fraud', stable: 'blue', candidate: 'green', startMs },
    ...{ baselineMs: 5 * MINUTE, endMs: nowMs },
  }
  const credential = {
    getToken: async (scopes: string | string[]) => ({
      token: await issuer.issue(CLIENT, String(scopes).replace('/.default', '')),
      expiresOnTimestamp: Number.MAX_SAFE_INTEGER,
    }),
  }
  const before: TrafficFigures = traffic.figures()
  return {
    about,
    asked,
    credential,
    handle,
    httpClient: clientOf(handle),
    before,
    workspaceId,
    nowMs,
  }
}

/** A handler as the HTTP client of Microsoft's pipelines. */
function clientOf(handle: HttpHandler): HttpClient {
  return {
    async sendRequest(request) {
      const { method, url } = request
      const body = Buffer.from(String(request.body ?? ''))
      const answer = await handle({ method, url, headers: request.headers.toJSON(), body })
      const headers = createHttpHeaders(answer.headers)
      return { request, status: answer.status, headers, bodyAsText: answer.body.toString('utf8') }
    },
  }
}
