import { AZURE_CLOUDS, tokenScopeOf } from '../../core/model/azure-cloud.ts'
import type { Sandbox } from '../../sandbox/index.ts'

const API = 'api-version=2024-10-01'

interface EndpointBody {
  readonly properties: {
    readonly scoringUri: string
    readonly traffic: { readonly [name: string]: number }
  }
}

/** Somebody with rights in the workspace, who is not the controller: reads, scores, and changes traffic by hand. */
export interface Person {
  endpoint(name: string): Promise<EndpointBody>
  key(name: string): Promise<string>
  /** Sets traffic as `az ml online-endpoint update --traffic` does: read, change, put. */
  setTraffic(name: string, traffic: { readonly [name: string]: number }): Promise<void>
  /** Starts a job of a batch endpoint's default deployment on a registered folder; gives its name. */
  invokeBatch(name: string, asset: string): Promise<string>
  job(name: string): Promise<unknown>
  /** The rows of a job's output file, as its history says where it is. */
  predictions(job: string): Promise<readonly string[]>
}

/** Where a sandbox is, and as whom to come. */
export type Door = Pick<
  Sandbox,
  | ('arm' | 'login' | 'cloud' | 'tenantId' | 'clientId' | 'clientSecret')
  | ('subscriptionId' | 'resourceGroup' | 'workspace')
>

export async function signIn(sandbox: Door): Promise<Person> {
  const { arm, subscriptionId, resourceGroup, workspace } = sandbox
  const { resourceManagerAudience, mlAudience } = AZURE_CLOUDS[sandbox.cloud]
  const token = await tokenFor(sandbox, tokenScopeOf(resourceManagerAudience))
  const scoringToken = await tokenFor(sandbox, tokenScopeOf(mlAudience))
  const root = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${workspace}`
  const call = (method: string, path: string, body?: unknown): Promise<unknown> =>
    ask(method, `${arm}${root}/${path}?${API}`, token, body)
  const history = (method: string, path: string, body?: unknown): Promise<unknown> =>
    ask(method, `${arm}/history/v1.0${root}/${path}`, scoringToken, body)
  const endpoint = async (name: string): Promise<EndpointBody> =>
    (await call('GET', `onlineEndpoints/${name}`)) as EndpointBody
  return {
    endpoint,
    async key(name) {
      const keys = await call('POST', `onlineEndpoints/${name}/listKeys`)
      return (keys as { primaryKey: string }).primaryKey
    },
    async setTraffic(name, traffic) {
      const body = await endpoint(name)
      const properties = { ...body.properties, traffic }
      await call('PUT', `onlineEndpoints/${name}`, { ...body, properties })
    },
    async invokeBatch(name, asset) {
      const { properties } = (await call('GET', `batchEndpoints/${name}`)) as EndpointBody
      const inputData = { UriFolder: { uri: asset, jobInputType: 'UriFolder' } }
      const job = await ask('POST', properties.scoringUri, scoringToken, {
        properties: { inputData },
      })
      return (job as { name: string }).name
    },
    job: (name) => call('GET', `jobs/${name}`),
    async predictions(job) {
      const children = (await history('GET', `runs/${job}/children`)) as Children
      const run = children.value[0]?.runId ?? ''
      const details = (await history('GET', `runs/${job}/details`)) as Details
      const [log = ''] = Object.values(details.logFiles)
      const store = (await call('GET', 'datastores/workspaceblobstore')) as Datastore
      const { containerName } = store.properties
      const response = await fetch(
        besideLog(log, containerName, `azureml/${run}/score/predictions.csv`),
      )
      const text = await response.text()
      if (!response.ok) throw new Error(`predictions.csv: ${response.status} ${text}`)
      return text.split('\n').filter((row) => row !== '')
    },
  }
}

interface Children {
  readonly value: readonly { readonly runId: string }[]
}

interface Datastore {
  readonly properties: { readonly containerName: string }
}

interface Details {
  /** Addresses that may be read as they are, by file name. */
  readonly logFiles: { readonly [name: string]: string }
}

/** The address of a file in the workspace's own container, with the leave to read that came with a job's log. */
function besideLog(log: string, container: string, path: string): string {
  const url = new URL(log)
  const account = url.pathname.slice(0, url.pathname.indexOf('/azureml/ExperimentRun/'))
  url.pathname = `${account}/${container}/${path}`
  return url.href
}

async function ask(method: string, url: string, token: string, body?: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`)
  return response.json()
}

async function tokenFor(
  { login, tenantId, clientId, clientSecret }: Door,
  scope: string,
): Promise<string> {
  const response = await fetch(`${login}/${tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      scope,
    }),
  })
  return ((await response.json()) as { access_token: string }).access_token
}
