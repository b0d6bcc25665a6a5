import type { ArmResponse, Json } from '../../../src/sandbox/core/contract.ts'
import {
  createWorkspace,
  injectFault,
  invokeBatch,
  isRegional,
  respond,
  respondRegional,
  type State,
} from '../../../src/sandbox/core/machine.ts'
import { type Latencies, REAL_LATENCIES } from '../../../src/sandbox/core/options.ts'
import { addAt } from '../../../src/sandbox/core/store.ts'
import { checkExchange } from '../../support/openapi.ts'
import { leftOut } from './left-out.ts'
import type { Exchange } from './recordings.ts'

/** Sandboxes in which the recorded ids, times and builds hold, so that recordings can be sent to them. */

type Members = { [key: string]: Json }

/** Time that a transcription does not tell: a deployment is up within it. */
const UNTOLD_MS = 600_000

export class ReplayWorld {
  readonly state: State
  private readonly exchanges: readonly Exchange[]
  private now: number
  /** Recorded operation guid → the URL that the sandbox gave for it, by route. */
  private readonly operations = new Map<string, string>()
  private lastHash: string | null = null
  /** Recorded job name → the name that the sandbox gave it. */
  private readonly jobs = new Map<string, string>()
  private readonly oldBuild: '2022' | '2023'

  /** `exchanges` is the whole file; `workspace` names the one this sandbox is to be. */
  constructor(exchanges: readonly Exchange[], workspace: string) {
    this.exchanges = exchanges
    this.now = dateOf(exchanges.find((one) => dateOf(one) > 0)) - 3_600_000
    const text = JSON.stringify(exchanges)
    this.oldBuild = text.includes('/bebes:') ? '2023' : '2022'
    const first = (pattern: RegExp, otherwise: string) => pattern.exec(text)?.[1] ?? otherwise
    const account = first(/"accountName":"([^"]+)","containerName":"azureml-blobstore/, 'acct')
    this.state = createWorkspace(
      {
        subscriptionId: first(/\/subscriptions\/([0-9a-f-]{8,})\//, 'none'),
        resourceGroup: first(
          new RegExp(`/resourceGroups/([^/"]+)/[^"]*/workspaces/${workspace}[/?"]`),
          first(/\/resourceGroups\/([^/"]+)\//, 'none'),
        ),
        workspace,
        location: first(/\/locations\/([a-z0-9]+)\//, first(/"location":"([a-z0-9]+)"/, 'eastus')),
        workspaceId: first(
          /(?:azureml-blobstore-|(?:oe|od|oeidp|be|bebes|jc):)([0-9a-f-]{36})/,
          '00000000-0000-4000-8000-000000000000',
        ),
        tenantId: '72f988bf-86f1-41af-91ab-2d7cd011db47',
        seed: 1,
        dataPlaneOrigin: `https://{name}.${first(/\.([a-z0-9-]+)\.inference\.ml\.azure\.com/, '{region}')}.inference.ml.azure.com`,
        storage: {
          accountName: account,
          blobOrigin: `https://${account}.blob.core.windows.net`,
          // What the recorder put in place of every key.
          accountKey: 'dGhpcyBpcyBmYWtlIGtleQ==',
          sasToken: 'sig=Sanitized',
        },
      },
      this.now,
    )
    this.seed(workspace)
  }

  /** Sends a recorded request at its recorded time to the build that answered it. */
  replay(exchange: Exchange): ArmResponse {
    const date = dateOf(exchange)
    this.now = Math.max(date, this.now + (exchange.isTranscribed ? UNTOLD_MS : 0))
    this.setBuild(exchange)
    this.setLatency(exchange)
    const isInvocation = exchange.url.includes('.inference.ml.azure.com/jobs')
    const response = isInvocation
      ? this.invoke(exchange)
      : this.send(exchange.method, this.urlOf(exchange), this.bodyOf(exchange))
    this.learn(exchange, response)
    return response
  }

  private send(method: string, url: string, body: Json): ArmResponse {
    const request = {
      method,
      url,
      headers: { authorization: 'Bearer recorded' },
      principal: { objectId: 'Firstname Lastname' },
      ...(body === null ? {} : { body }),
    }
    if (isRegional(url)) return respondRegional(this.state, request, this.now)
    const { response } = respond(this.state, request, this.now)
    checkExchange(request, response)
    return response
  }

  private invoke(exchange: Exchange): ArmResponse {
    const endpoint = new URL(exchange.url).hostname.split('.')[0] ?? ''
    const deployment = exchange.headers['azureml-model-deployment'] ?? ''
    const body = exchange.requestBody
    const principal = { objectId: 'Firstname Lastname' }
    const answer = invokeBatch(this.state, { endpoint, deployment, body, principal }, this.now)
    const recorded = String((exchange.body as Members).name)
    this.jobs.set(recorded, String((answer.body as Members).name))
    return answer
  }

  /** Which generation of the service answered is read off the recorded headers. */
  private setBuild({ headers }: Exchange): void {
    const is2025 = 'azureml-served-by-cluster' in headers
    const build = is2025 ? '2025' : 'x-cache' in headers ? '2024' : this.oldBuild
    Object.assign(this.state.settings, { build })
  }

  /** The write takes as long as its recorded operation did; the service's usual time where the end was not recorded. */
  private setLatency(exchange: Exchange): void {
    if (exchange.method === 'GET') return
    const guid = guidIn(`${exchange.headers['azure-asyncoperation']} ${exchange.headers.location}`)
    if (guid === undefined) {
      Object.assign(this.state.settings, { latenciesMs: REAL_LATENCIES })
      return
    }
    const end = this.exchanges.find((one) => guidIn(one.url) === guid && endOf(one) !== undefined)
    const ms = end === undefined ? undefined : (endOf(end) ?? 0) - dateOf(exchange)
    const names = Object.keys(REAL_LATENCIES) as (keyof Latencies)[]
    const latenciesMs = Object.fromEntries(names.map((name) => [name, ms ?? REAL_LATENCIES[name]]))
    Object.assign(this.state.settings, { latenciesMs })
  }

  private urlOf(exchange: Exchange): string {
    const guid = guidIn(exchange.url)
    const known = guid === undefined ? undefined : this.operations.get(guid)
    if (known === undefined) {
      const job = /\/(?:jobs|runs)\/([^/?]+)/.exec(exchange.url)?.[1] ?? ''
      return exchange.url.replace(job, this.jobs.get(job) ?? job)
    }
    const route = exchange.url.includes('mfeOperationResults')
      ? 'mfeOperationResults'
      : 'mfeOperationsStatus'
    return known.replace(/mfeOperation(sStatus|Results)/, route)
  }

  /** The recorder put zeros for the content hash into bodies; the look-up just before shows the real one. */
  private bodyOf(exchange: Exchange): Json {
    const hash = new URL(exchange.url).searchParams.get('hash')
    if (hash !== null) this.lastHash = hash
    const text = JSON.stringify(exchange.requestBody)
    if (this.lastHash === null || !text.includes('hash_sha256')) return exchange.requestBody
    return JSON.parse(
      text
        .replace(/"hash_sha256":"0+"/, `"hash_sha256":"${this.lastHash}"`)
        .replace(/"hash_version":"0+"/, '"hash_version":"202208"'),
    ) as Json
  }

  private learn(exchange: Exchange, response: ArmResponse): void {
    const guid = guidIn(`${exchange.headers['azure-asyncoperation']} ${exchange.headers.location}`)
    const given = response.headers['Azure-AsyncOperation'] ?? response.headers.Location
    if (guid !== undefined && given !== undefined) this.operations.set(guid, given)
  }

  /** Puts in what existed before the recording began: what it reads, or updates, without having made it. */
  private seed(workspace: string): void {
    const made = new Set<string>()
    for (const exchange of this.exchanges.filter((one) => leftOut(one) === undefined)) {
      const [path = ''] = exchange.url.split('?')
      if (exchange.method === 'PUT' && exchange.status === 201) made.add(idOf(path))
      this.seedAssets(exchange, workspace, made)
      this.seedEndpoint(exchange, workspace, made)
      if (/\/jobs\/[^/]+\/cancel/.test(exchange.url)) this.seedJob(exchange)
    }
    for (const { method, url, requestBody } of this.exchanges) {
      const isBatch = method === 'PUT' && /\/batchEndpoints\/[^/]+\/deployments\//.test(url)
      if (isBatch) this.assetsOf((requestBody as Members).properties as Members, made)
    }
  }

  private seedAssets(exchange: Exchange, workspace: string, made: Set<string>): void {
    for (const item of itemsOf(exchange.body)) {
      const id = String(item.id)
      const isOurs = id.toLowerCase().includes(`/workspaces/${workspace.toLowerCase()}/`)
      const isSeedable = /\/(models|environments|codes|data)\/[^/]+\/versions\/[^/]+$/.test(id)
      const isThere = made.has(id.toLowerCase()) || id.toLowerCase() in this.state.resources
      if (isOurs && isSeedable && !isThere) this.put(id, { properties: item.properties ?? null })
    }
  }

  /** A job of a kind that is left out, so that what happens to it can be replayed. */
  private seedJob(cancel: Exchange): void {
    const name = /\/jobs\/([^/]+)/.exec(cancel.url)?.[1] ?? ''
    const job = addAt(
      this.state,
      'job',
      `jobs/${name}`,
      { properties: {} },
      'someone',
      dateOf(cancel),
    )
    const plan = { endpoint: '', deployment: '', childRunId: '', plan: {}, inputs: {} }
    job.job = { ...plan, isDeclared: true }
  }

  /** Endpoints and deployments that are only read or deleted: made from what is said of them. */
  private seedEndpoint(exchange: Exchange, workspace: string, made: Set<string>): void {
    const [path = ''] = exchange.url.split('?')
    const match = new RegExp(
      `^(.*/workspaces/${workspace}/(?:online|batch)Endpoints/[^/]+)(/deployments/[^/]+)?`,
      'i',
    ).exec(idOf(path))
    const [, endpoint = '', deployment] = match ?? []
    if (match === null || made.has(endpoint)) return
    if (exchange.status === 204) return
    made.add(endpoint)
    const { location } = this.state.settings
    const identity = { type: 'SystemAssigned' }
    const isBatch = endpoint.includes('/batchendpoints/')
    const authMode = isBatch ? 'AADToken' : 'Key'
    this.put(endpoint, { location, identity, properties: { authMode } })
    if (deployment === undefined || exchange.status >= 400) return
    const recorded = itemsOf(exchange.body)[0] ?? {}
    const properties = recorded.properties as Members | undefined
    if (properties?.provisioningState === 'Failed') this.willFail()
    this.assetsOf(properties)
    const plain: Members = { endpointComputeType: 'Managed', instanceType: 'Standard_F2s_v2' }
    const asked = { ...(properties ?? plain) }
    delete asked.environmentVariables
    this.put(`${endpoint}${deployment}`, {
      location,
      tags: recorded.tags ?? {},
      sku: { name: 'Default', capacity: 1 },
      properties: asked,
    })
  }

  private willFail(): void {
    injectFault(this.state, { name: 'ResourceNotReady', count: 1 }, this.now)
  }

  private assetsOf(properties: Members | undefined, made = new Set<string>()): void {
    const code = (properties?.codeConfiguration as Members | undefined)?.codeId
    const uri = 'https://acct.blob.core.windows.net/container/scripts'
    const put = (id: Json | undefined, content: Members) => {
      if (typeof id !== 'string' || !id.startsWith('/') || made.has(id.toLowerCase())) return
      if (!(id.toLowerCase() in this.state.resources)) this.put(id, { properties: content })
    }
    put(code, { codeUri: uri })
    const { model, environmentId } = properties ?? {}
    put(typeof model === 'string' ? model : (model as Members | undefined)?.assetId, {
      modelUri: uri,
    })
    put(environmentId, { image: 'x' })
  }

  private put(id: string, body: Json): void {
    const url = `https://management.azure.com${id}?api-version=2024-04-01`
    const { status, body: answer } = this.send('PUT', url, body)
    if (status >= 300) throw new Error(`cannot seed ${id}: ${JSON.stringify(answer)}`)
    // Each one is provisioned before the next.
    this.now += 600_000
  }
}

function idOf(url: string): string {
  return url.replace('https://management.azure.com', '').toLowerCase()
}

function itemsOf(body: Json): Members[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return []
  if (Array.isArray(body.value)) return body.value.flatMap(itemsOf)
  return typeof body.id === 'string' ? [body] : []
}

function dateOf(exchange: Exchange | undefined): number {
  const text = exchange?.headers.date
  return text === undefined ? 0 : Date.parse(text)
}

function endOf({ body }: Exchange): number | undefined {
  const end = typeof body === 'object' && body !== null ? (body as Members).endTime : undefined
  // Dates of answers are whole seconds, so ends must not be later within theirs.
  return typeof end === 'string' ? Math.floor(Date.parse(end) / 1000) * 1000 : undefined
}

function guidIn(text: string): string | undefined {
  return (
    /mfeOperation(?:sStatus|Results)\/\w+:[0-9a-f-]{36}:([0-9a-z_-]+)/.exec(text)?.[1] ??
    /computeOperationsStatus\/([0-9a-f-]{36})/.exec(text)?.[1]
  )
}
