import type { AccessToken } from '@azure/core-auth'
import { openAzure } from '../../../src/adapters/azure/cloud.ts'
import type { AzureOptions } from '../../../src/adapters/azure/connection.ts'
import type { Transport } from '../../../src/adapters/azure/http/transport.ts'
import { basisOf } from '../../../src/core/model/basis.ts'
import type { Action } from '../../../src/core/model/plan.ts'
import type { Ref } from '../../../src/core/model/ref.ts'
import type { JsonObject } from '../../../src/core/model/values/json.ts'
import type { Clock, Cloud, Meter } from '../../../src/reconcile/ports.ts'

/** One request as the service would see it. */
export interface Seen {
  readonly method: string
  readonly url: URL
  /** Below the workspace, without query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** An object is sent as JSON, a text as it is. */
export interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

export const ARM = 'https://management.azure.com'
export const WORKSPACE = { subscriptionId: 'sub', resourceGroup: 'rg', name: 'ws' }
export const ROOT =
  '/subscriptions/sub/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws'

export const WORKSPACE_BODY = { id: ROOT, name: 'ws', location: 'eastus', properties: {} }
export const NOTHING = { assets: [], labels: [] }
export const NO_CONTENT = { blob: () => Promise.reject(new Error('nothing to upload')) }
export const signal = (): AbortSignal => new AbortController().signal

/** A time that moves to the next sleeper as soon as nothing else is to be done. */
export interface VirtualTime extends Clock {
  advance(ms: number): void
}

export function virtualTime(start = 1_000_000): VirtualTime {
  let now = start
  let sleepers: { at: number; wake: () => void }[] = []
  let isScheduled = false
  function step(): void {
    isScheduled = false
    const [next] = sleepers.sort((a, b) => a.at - b.at)
    if (next === undefined) return
    sleepers = sleepers.filter((sleeper) => sleeper !== next)
    now = Math.max(now, next.at)
    next.wake()
    schedule()
  }
  function schedule(): void {
    if (isScheduled || sleepers.length === 0) return
    isScheduled = true
    setImmediate(step)
  }
  return {
    now: () => now,
    advance(ms) {
      now += ms
    },
    sleep(ms, aborted) {
      if (aborted.aborted) return Promise.resolve()
      return new Promise((resolve) => {
        const sleeper = { at: now + ms, wake: resolve }
        sleepers.push(sleeper)
        aborted.addEventListener('abort', () => {
          sleepers = sleepers.filter((other) => other !== sleeper)
          resolve()
        })
        schedule()
      })
    },
  }
}

export interface Samples {
  readonly meter: Meter
  readonly requests: Parameters<Meter['azureRequest']>[0][]
  readonly retries: string[]
  readonly remaining: (readonly [string, number])[]
}

export function samples(): Samples {
  const taken: Omit<Samples, 'meter'> = { requests: [], retries: [], remaining: [] }
  return {
    ...taken,
    meter: {
      azureRequest: (sample) => taken.requests.push(sample),
      azureRetry: (api, reason) => taken.retries.push(`${api} ${reason}`),
      azureRateLimit: (limit, remaining) => taken.remaining.push([limit, remaining]),
      analysisQuery: () => {},
      sourceFetch: () => {},
      manifestsRead: () => {},
      probe: () => {},
    },
  }
}

export interface Stage extends Samples {
  readonly cloud: Cloud
  readonly seen: Seen[]
  readonly clock: VirtualTime
  /** `METHOD path` of what was sent. */
  sent(): string[]
}

export type Handler = (request: Seen) => Reply | undefined | Promise<Reply | undefined>

/** The adapter before a service that the test plays; what it does not answer is 404. */
export function stage(handler: Handler, options: Partial<AzureOptions> = {}): Stage {
  const { transport, seen } = play(handler)
  const clock = virtualTime()
  const taken = samples()
  const cloud = openAzure({
    workspace: WORKSPACE,
    credential: tokens(),
    transport,
    clock,
    meter: taken.meter,
    ...options,
  })
  return {
    ...taken,
    cloud,
    seen,
    clock,
    sent: () => seen.map((one) => `${one.method} ${one.path}`),
  }
}

/** A transport that keeps what it saw. A handler that throws is a lost connection. */
export function play(handler: Handler): { transport: Transport; seen: Seen[] } {
  const seen: Seen[] = []
  const transport: Transport = {
    async handle({ method, url, headers, body }) {
      const address = new URL(url)
      const request = {
        method,
        url: address,
        path: address.pathname.replace(`${ROOT}/`, '').replace(ROOT, '.'),
        headers,
        body: Buffer.from(body ?? []).toString('utf8'),
      }
      seen.push(request)
      const reply = (await handler(request)) ?? {
        status: 404,
        body: { error: { code: 'NotFound' } },
      }
      const text = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body)
      const type = { 'content-type': 'application/json; charset=utf-8' }
      return {
        status: reply.status ?? 200,
        headers: { ...type, ...reply.headers },
        body: reply.body === undefined ? '' : (text ?? ''),
      }
    },
  }
  return { transport, seen }
}

/** A credential that gives `token-1`, then after each `renew` the next one. */
export function tokens(): {
  getToken(): Promise<AccessToken>
  renew(): void
  readonly asked: string[]
} {
  let number = 1
  const asked: string[] = []
  return {
    asked,
    getToken: async (...scopes: unknown[]) => {
      asked.push(String(scopes[0]))
      return { token: `token-${number}`, expiresOnTimestamp: Number.MAX_SAFE_INTEGER }
    },
    renew: () => {
      number += 1
    },
  }
}

/** Answers as a workspace that holds these bodies, by path below the workspace; lists follow from them. */
export function workspaceOf(bodies: { readonly [path: string]: unknown }): Handler {
  return ({ method, path }) => {
    if (method !== 'GET') return undefined
    if (path === '.') return { body: WORKSPACE_BODY }
    if (path in bodies) return { body: bodies[path] }
    if (!/^(?:online|batch)Endpoints$|\/(?:deployments|versions)$/.test(path)) return undefined
    const inside = Object.keys(bodies).filter(
      (key) => key.startsWith(`${path}/`) && !key.slice(path.length + 1).includes('/'),
    )
    return { body: { value: inside.map((key) => bodies[key]) } }
  }
}

export function endpointBody(name: string, properties: JsonObject = {}): JsonObject {
  return {
    id: `${ROOT}/onlineEndpoints/${name}`,
    name,
    type: 'Microsoft.MachineLearningServices/workspaces/onlineEndpoints',
    location: 'eastus',
    tags: {},
    kind: 'Managed',
    properties: { authMode: 'Key', provisioningState: 'Succeeded', traffic: {}, ...properties },
  }
}

/** The action that puts `body` where `live` is now. */
export function actionFor(ref: Ref, live: JsonObject | undefined, body?: JsonObject): Action {
  return {
    ref,
    verb: body === undefined ? 'delete' : live === undefined ? 'create' : 'update',
    reason: 'Update',
    differences: [],
    operation: 'update_endpoint',
    content: 'c',
    basis: basisOf(live),
    generation: '0000000000000000',
    ...(body !== undefined && { body }),
  }
}
