import type { Sandbox } from '../../../src/sandbox/index.ts'

/** What the tests do as a client of a running sandbox: plain ARM requests with a real token. */
export interface ArmClient {
  request(method: string, path: string, body?: unknown): Promise<ArmAnswer>
  /** Sends a write and waits until its resource has come to rest. */
  settle(method: string, path: string, body?: unknown): Promise<string>
  /** Uploads a scoring script as a code version and gives its ARM id. */
  uploadCode(name: string, files: Readonly<Record<string, string>>): Promise<string>
  /** Uploads files and gives the URI of their folder. */
  upload(name: string, files: Readonly<Record<string, string>>): Promise<string>
  readonly workspacePath: string
}

export interface ArmAnswer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: any JSON of ARM
  readonly body: any
}

const apiVersion = '2024-10-01'

export async function connect(sandbox: Sandbox): Promise<ArmClient> {
  const token = await tokenOf(sandbox)
  const { subscriptionId, resourceGroup, workspace, arm } = sandbox
  const workspacePath = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${workspace}`

  async function request(method: string, path: string, body?: unknown): Promise<ArmAnswer> {
    const response = await fetch(`${arm}${workspacePath}${path}?api-version=${apiVersion}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const { status, headers } = response
    return { status, headers, body: text === '' ? undefined : JSON.parse(text) }
  }

  async function settle(method: string, path: string, body?: unknown): Promise<string> {
    const answer = await request(method, path, body)
    if (answer.status >= 300) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`)
    const giveUpAt = Date.now() + 20_000
    let state = await stateOf(path)
    while (!['Succeeded', 'Failed', 'Gone'].includes(state)) {
      if (Date.now() > giveUpAt) throw new Error(`${path} stays ${state}`)
      state = await stateOf(path)
    }
    return state
  }

  async function stateOf(path: string): Promise<string> {
    const { status, body } = await request('GET', path)
    return status === 404 ? 'Gone' : body.properties.provisioningState
  }

  async function uploadCode(name: string, files: Readonly<Record<string, string>>) {
    const codeUri = await upload(name, files)
    const created = await request('PUT', `/codes/${name}/versions/1`, { properties: { codeUri } })
    return created.body.id as string
  }

  async function upload(name: string, files: Readonly<Record<string, string>>) {
    const path = `/codes/${name}/versions/1`
    const pending = await request('POST', `${path}/startPendingUpload`, {
      pendingUploadType: 'TemporaryBlobReference',
    })
    const { blobUri, credential } = pending.body.blobReferenceForConsumption
    for (const [file, text] of Object.entries(files)) {
      const url = new URL(credential.sasUri)
      url.pathname += `/${name}/${file}`
      const headers = { 'x-ms-blob-type': 'BlockBlob', 'x-ms-version': '2022-11-02' }
      const put = await fetch(url, { method: 'PUT', headers, body: text })
      if (put.status !== 201) throw new Error(`Upload: ${put.status} ${await put.text()}`)
    }
    return `${blobUri}/${name}`
  }

  return { request, settle, uploadCode, upload, workspacePath }
}

/** A token for ARM from the sandbox's own token endpoint; its authority must be trusted already. */
export async function tokenOf(
  sandbox: Sandbox,
  scope = 'https://management.azure.com/.default',
): Promise<string> {
  const { login, tenantId, clientId, clientSecret } = sandbox
  const response = await fetch(`${login}/${tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      scope,
    }),
  })
  const { access_token: token } = (await response.json()) as { access_token: string }
  return token
}

export const endpointBody = {
  location: 'norwayeast',
  identity: { type: 'SystemAssigned' },
  properties: { authMode: 'Key' },
}

export function endpointWith(traffic: Readonly<Record<string, number>>) {
  return { ...endpointBody, properties: { ...endpointBody.properties, traffic, mirrorTraffic: {} } }
}

export function deploymentBody(codeId: string, change: Record<string, unknown> = {}) {
  return {
    location: 'norwayeast',
    sku: { name: 'Default', capacity: 1 },
    properties: {
      endpointComputeType: 'Managed',
      instanceType: 'Standard_DS3_v2',
      codeConfiguration: { codeId, scoringScript: 'score.py' },
      requestSettings: { requestTimeout: 'PT5S', maxConcurrentRequestsPerInstance: 10 },
      ...change,
    },
  }
}
