import { ClientSecretCredential } from '@azure/identity'
import { describe, expect, test } from '@jest/globals'
import { type OpenSandbox, openSandbox } from '../../../src/sandbox/index.ts'
import { clientIn, MANAGED, OTHER_MANAGED } from '../../support/identities.ts'
import { sandboxHttpClient } from './http-client.ts'

const arm = 'https://management.azure.com/.default'
const METADATA_HEADER: Readonly<Record<string, string>> = { Metadata: 'true' }

describe('identity in process', () => {
  test('the real credential gets a token that opens ARM', async () => {
    const sandbox = await openSandbox()
    const { token } = await credentialOf(sandbox).getToken(arm)
    const response = await readWorkspace(sandbox, `Bearer ${token}`)
    expect(response.status).not.toBe(401)
  })

  test('a wrong secret is refused with the code of Entra', async () => {
    const sandbox = await openSandbox()
    const credential = credentialOf(sandbox, { clientSecret: 'not it' })
    await expect(credential.getToken(arm)).rejects.toThrow('AADSTS7000215')
  })

  test('an unknown application is refused with the code of Entra', async () => {
    const sandbox = await openSandbox()
    const credential = credentialOf(sandbox, { clientId: '11111111-1111-4111-8111-111111111111' })
    await expect(credential.getToken(arm)).rejects.toThrow('AADSTS700016')
  })

  test('an unknown resource is refused with the code of Entra', async () => {
    const sandbox = await openSandbox()
    const credential = credentialOf(sandbox)
    await expect(credential.getToken('https://elsewhere/.default')).rejects.toThrow('AADSTS500011')
  })

  test('an unknown tenant is refused', async () => {
    const sandbox = await openSandbox()
    const response = await requestToken(sandbox, 'not-a-tenant', {})
    expect(response.status).toBe(400)
    expect(JSON.parse(response.body).error_codes).toEqual([90002])
  })

  test.each([
    ['another grant', { grant_type: 'password' }, 'unsupported_grant_type'],
    ['a scope without .default', { scope: 'https://management.azure.com/user' }, 'invalid_scope'],
  ])('%s is refused', async (_, change, error) => {
    const sandbox = await openSandbox()
    const response = await requestToken(sandbox, sandbox.tenantId, change)
    expect(response.status).toBe(400)
    expect(JSON.parse(response.body).error).toBe(error)
  })
})

describe('managed identities of the machine', () => {
  const METADATA = 'http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01'
  const RESOURCE = 'https://management.azure.com'
  async function ask(
    clients: readonly (typeof MANAGED)[],
    query: string,
    headers = METADATA_HEADER,
  ) {
    const sandbox = await openSandbox({ clients })
    const url = `${METADATA}&resource=${RESOURCE}${query}`
    const { status, body } = await sandbox.handle({ method: 'GET', url, headers })
    return { status, ...JSON.parse(body) }
  }

  test('are named by client id or ARM id; the only one needs no name', async () => {
    const both = [MANAGED, OTHER_MANAGED]
    const named = await ask(both, `&client_id=${OTHER_MANAGED.clientId}`)
    expect(named).toMatchObject({ status: 200, client_id: OTHER_MANAGED.clientId })
    const byId = await ask(both, `&msi_res_id=${MANAGED.resourceId.toUpperCase()}`)
    expect(clientIn(byId.access_token)).toBe(MANAGED.clientId)
    expect(await ask([MANAGED], '')).toMatchObject({ client_id: MANAGED.clientId })
  })

  test.each([
    ['one that it does not have', '&client_id=x', METADATA_HEADER],
    ['none where it has several', '', METADATA_HEADER],
    ['no header, as of a server that follows an address', `&client_id=${MANAGED.clientId}`, {}],
  ])('%s is refused', async (_, query, headers) => {
    const answer = await ask([MANAGED, OTHER_MANAGED], query, headers)
    expect(answer).toMatchObject({ status: 400, error: 'invalid_request' })
    expect(answer).not.toHaveProperty('access_token')
  })
})

describe('access tokens', () => {
  test('no token, and one that nobody signed, are 401', async () => {
    const sandbox = await openSandbox()
    const forged = `Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`
    expect((await readWorkspace(sandbox)).status).toBe(401)
    expect((await readWorkspace(sandbox, forged)).status).toBe(401)
  })

  test('a token with a changed claim is 401', async () => {
    const sandbox = await openSandbox()
    const token = await tokenOf(sandbox)
    const [head, body = '', signature] = token.split('.')
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString())
    const changed = Buffer.from(JSON.stringify({ ...claims, exp: claims.exp + 1 }))
    const forged = `${head}.${changed.toString('base64url')}.${signature}`
    expect((await readWorkspace(sandbox, `Bearer ${forged}`)).status).toBe(401)
  })

  test('a token for scoring does not open ARM', async () => {
    const sandbox = await openSandbox()
    const token = await tokenOf(sandbox, 'https://ml.azure.com/.default')
    expect((await readWorkspace(sandbox, `Bearer ${token}`)).status).toBe(401)
  })

  test('a token is 401 from the moment it expires, and not before', async () => {
    let tokenNow = Date.UTC(2026, 5, 1)
    const sandbox = await openSandbox({ tokenNow: () => tokenNow, tokenLifetimeSeconds: 600 })
    const authorization = `Bearer ${await tokenOf(sandbox)}`
    tokenNow += 599_000
    expect((await readWorkspace(sandbox, authorization)).status).not.toBe(401)
    tokenNow += 1_000
    expect((await readWorkspace(sandbox, authorization)).status).toBe(401)
  })

  test('a token of another sandbox with another tenant is 401', async () => {
    const other = await openSandbox({ tenantId: '99999999-9999-4999-8999-999999999999' })
    const sandbox = await openSandbox()
    const authorization = `Bearer ${await tokenOf(other)}`
    expect((await readWorkspace(sandbox, authorization)).status).toBe(401)
  })
})

function credentialOf(
  sandbox: OpenSandbox,
  change: { clientId?: string; clientSecret?: string } = {},
): ClientSecretCredential {
  const { clientId, clientSecret } = { ...sandbox, ...change }
  return new ClientSecretCredential(sandbox.tenantId, clientId, clientSecret, {
    authorityHost: sandbox.login,
    disableInstanceDiscovery: true,
    httpClient: sandboxHttpClient(sandbox.handle),
    retryOptions: { maxRetries: 0 },
  })
}

async function tokenOf(sandbox: OpenSandbox, scope = arm): Promise<string> {
  const response = await requestToken(sandbox, sandbox.tenantId, { scope })
  return JSON.parse(response.body).access_token
}

function requestToken(sandbox: OpenSandbox, tenant: string, change: Record<string, string>) {
  const form = {
    grant_type: 'client_credentials',
    client_id: sandbox.clientId,
    client_secret: sandbox.clientSecret,
    scope: arm,
    ...change,
  }
  return sandbox.handle({
    method: 'POST',
    url: `${sandbox.login}/${tenant}/oauth2/v2.0/token`,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
  })
}

function readWorkspace(sandbox: OpenSandbox, authorization?: string) {
  const { arm: origin, subscriptionId, resourceGroup, workspace } = sandbox
  const path = `subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${workspace}`
  return sandbox.handle({
    method: 'GET',
    url: `${origin}/${path}?api-version=2024-10-01`,
    headers: authorization ? { Authorization: authorization } : {},
  })
}
