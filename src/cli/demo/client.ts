import type { Sandbox } from '../../sandbox/index.ts'

const API = 'api-version=2024-10-01'

interface EndpointBody {
  readonly properties: {
    readonly scoringUri: string
    readonly traffic: { readonly [name: string]: number }
  }
}

/** Somebody with rights in the workspace, who is not the controller: reads, and changes traffic by hand. */
export interface Person {
  endpoint(name: string): Promise<EndpointBody>
  key(name: string): Promise<string>
  /** Sets traffic as `az ml online-endpoint update --traffic` does: read, change, put. */
  setTraffic(name: string, traffic: { readonly [name: string]: number }): Promise<void>
}

export async function signIn(sandbox: Sandbox): Promise<Person> {
  const { arm, subscriptionId, resourceGroup, workspace } = sandbox
  const token = await tokenFor(sandbox)
  const base = `${arm}/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${workspace}/onlineEndpoints`
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${base}/${path}?${API}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok)
      throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return response.json()
  }
  const endpoint = async (name: string): Promise<EndpointBody> =>
    (await call('GET', name)) as EndpointBody
  return {
    endpoint,
    async key(name) {
      return ((await call('POST', `${name}/listKeys`)) as { primaryKey: string }).primaryKey
    },
    async setTraffic(name, traffic) {
      const body = await endpoint(name)
      await call('PUT', name, { ...body, properties: { ...body.properties, traffic } })
    },
  }
}

async function tokenFor({ login, tenantId, clientId, clientSecret }: Sandbox): Promise<string> {
  const response = await fetch(`${login}/${tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      scope: 'https://management.azure.com/.default',
    }),
  })
  return ((await response.json()) as { access_token: string }).access_token
}
