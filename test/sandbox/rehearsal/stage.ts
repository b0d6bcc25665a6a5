import {
  type OpenSandbox,
  type OpenSandboxOptions,
  openSandbox,
  type SandboxResponse,
} from '../../../src/sandbox/index.ts'
import type { Samples } from '../../../src/sandbox/scoring/counters/track.ts'
import { checkExchange } from '../../support/openapi.ts'

/** A workspace in process with an endpoint `fraud`, whose exchanges are all checked against Azure's documents. */
export interface RehearsalStage {
  readonly sandbox: OpenSandbox
  arm(method: string, path: string, body?: unknown): Promise<Answer>
  /** Registers a model `name:1` with tags and gives its id. */
  model(name: string, tags: Readonly<Record<string, string>>): Promise<string>
  /** Creates or updates a deployment and waits until it has come to rest; gives its provisioning state. */
  deploy(name: string, deployment?: Deployment): Promise<string>
  /** Asks for weights; they come into force 40 s later unless progress is immediate. */
  weigh(traffic: Readonly<Record<string, number>>): Promise<number>
  score(request?: Scoring): Promise<Answer>
  series(fromMs: number, toMs: number, windowMs: number): Promise<Record<string, Samples>>
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  // biome-ignore lint/suspicious/noExplicitAny: any JSON of ARM
  readonly json: any
  readonly text: string
}

export interface Deployment {
  readonly tags?: Readonly<Record<string, string>>
  readonly variables?: Readonly<Record<string, string>>
  readonly instances?: number
  readonly requestTimeout?: string
}

export interface Scoring {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
}

export const START = Date.UTC(2026, 0, 5, 9)
export const MINUTE = 60_000
export const HOUR = 3_600_000

export async function setStage(options: OpenSandboxOptions = {}): Promise<RehearsalStage> {
  const sandbox = await openSandbox({
    ...{ now: START, progress: 'immediate', rateLimits: false, onExchange: checkExchange },
    ...options,
  })
  const token = await tokenOf(sandbox, `${sandbox.arm}/.default`)
  const { subscriptionId, resourceGroup, workspace } = sandbox
  const root = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${workspace}`

  async function arm(method: string, path: string, body?: unknown): Promise<Answer> {
    const where = path.startsWith('/subscriptions') ? path : `${root}/${path}`
    return answerOf(
      await sandbox.handle({
        method,
        url: `${sandbox.arm}${where}?api-version=2024-10-01`,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    )
  }

  async function model(name: string, tags: Readonly<Record<string, string>>): Promise<string> {
    const modelUri =
      'azureml://subscriptions/s/resourceGroups/r/workspaces/w/datastores/workspaceblobstore/paths/m'
    const properties = { modelUri, modelType: 'custom_model', tags }
    return (await arm('PUT', `models/${name}/versions/1`, { properties })).json.id
  }

  let models = 0
  const stage: RehearsalStage = {
    sandbox,
    arm,
    model,
    async deploy(name, { tags, variables = {}, instances = 1, requestTimeout = 'PT5S' } = {}) {
      models += 1
      const id = tags === undefined ? undefined : await model(`m${models}`, tags)
      const path = `onlineEndpoints/fraud/deployments/${name}`
      const put = await arm('PUT', path, {
        location: 'norwayeast',
        sku: { name: 'Default', capacity: instances },
        properties: {
          endpointComputeType: 'Managed',
          instanceType: 'Standard_DS3_v2',
          environmentVariables: variables,
          requestSettings: { requestTimeout },
          ...(id === undefined ? {} : { model: id }),
        },
      })
      if (put.status >= 300) throw new Error(put.text)
      sandbox.clock.advance(options.progress === 'timed' ? HOUR : 0)
      return (await arm('GET', path)).json.properties.provisioningState
    },
    async weigh(traffic) {
      return (await arm('PUT', 'onlineEndpoints/fraud', endpointWith(traffic))).status
    },
    async score({ method = 'POST', path = '/score', headers = {} } = {}) {
      const url = `https://fraud.norwayeast.inference.ml.azure.com${path}`
      const keys = (await arm('POST', 'onlineEndpoints/fraud/listKeys')).json
      const authorization = `Bearer ${keys.primaryKey}`
      const sent = { method, url, headers: { authorization, ...headers } }
      return answerOf(await sandbox.handle(sent))
    },
    async series(fromMs, toMs, windowMs) {
      const query = `endpoint=fraud&from=${fromMs}&to=${toMs}&windowMs=${windowMs}`
      const url = `${sandbox.arm}/sandbox/series?${query}`
      const answer = answerOf(await sandbox.handle({ method: 'GET', url, headers: {} }))
      if (answer.status !== 200) throw new Error(answer.text)
      return answer.json.deployments
    },
  }
  await stage.weigh({})
  sandbox.clock.advance(options.progress === 'timed' ? MINUTE : 0)
  return stage
}

function endpointWith(traffic: Readonly<Record<string, number>>) {
  const properties = { authMode: 'Key', traffic, mirrorTraffic: {} }
  return { location: 'norwayeast', identity: { type: 'SystemAssigned' }, properties }
}

function answerOf({ status, headers, body }: SandboxResponse): Answer {
  const isJson = /^[[{"]/.test(body)
  return { status, headers, text: body, json: isJson ? JSON.parse(body) : undefined }
}

export async function tokenOf(sandbox: OpenSandbox, scope: string): Promise<string> {
  const { login, tenantId, clientId, clientSecret } = sandbox
  const form = { grant_type: 'client_credentials', client_id: clientId, scope }
  const body = new URLSearchParams({ ...form, client_secret: clientSecret }).toString()
  const url = `${login}/${tenantId}/oauth2/v2.0/token`
  const answer = await sandbox.handle({ method: 'POST', url, headers: {}, body })
  return JSON.parse(answer.body).access_token
}
