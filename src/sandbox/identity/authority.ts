import { timingSafeEqual } from 'node:crypto'
import { type HttpRequest, type HttpResponse, jsonResponse } from '../http/message.ts'
import type { TokenIssuer } from './tokens.ts'

/** An application that may ask for tokens. `actions` absent = its principal may do everything. */
export interface Client {
  readonly clientId: string
  /** Absent = it has none. */
  readonly clientSecret?: string
  /** Whose tokens prove that somebody is this client; they are looked at, their signature is not. */
  readonly federated?: FederatedCredential
  /** Where this is a managed identity of the machine: its ARM id. */
  readonly resourceId?: string
  readonly objectId: string
  readonly actions?: readonly string[]
}

export interface FederatedCredential {
  readonly issuer: string
  readonly subject: string
}

export interface AuthorityOptions {
  readonly tenantId: string
  readonly clients: readonly Client[]
  readonly issuer: TokenIssuer
  /** Resources that tokens are given for, without the last slash. */
  readonly isKnownResource: (resource: string) => boolean
}

/** Answers the part of Microsoft's OAuth2 endpoints that client-credential clients use. */
export function createAuthority(
  options: AuthorityOptions,
): (request: HttpRequest) => Promise<HttpResponse> {
  return async (request) => {
    const url = new URL(request.url)
    const [tenant, ...rest] = url.pathname.split('/').filter((part) => part !== '')
    const route = `${request.method} ${rest.join('/')}`
    if (tenant !== options.tenantId) return refuse(tenantNotFound(tenant ?? ''))
    switch (route) {
      case 'GET v2.0/.well-known/openid-configuration':
      case 'GET .well-known/openid-configuration':
        return jsonResponse(200, configurationOf(url.origin, tenant))
      case 'GET discovery/v2.0/keys':
      case 'GET discovery/keys':
        return jsonResponse(200, options.issuer.publicKeys)
      case 'POST oauth2/v2.0/token':
        return grantToken(options, request)
      default:
        return jsonResponse(404, { error: 'not_found', error_description: `No route: ${route}` })
    }
  }
}

function configurationOf(origin: string, tenant: string): Record<string, unknown> {
  const authority = `${origin}/${tenant}`
  return {
    token_endpoint: `${authority}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: [
      ...['client_secret_post', 'client_secret_basic', 'private_key_jwt'],
    ],
    jwks_uri: `${authority}/discovery/v2.0/keys`,
    response_modes_supported: ['query'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['token'],
    scopes_supported: ['openid'],
    issuer: `${authority}/v2.0`,
    authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
    tenant_region_scope: null,
  }
}

interface Refusal {
  readonly status: number
  readonly error: string
  /** Number of the AADSTS text. */
  readonly code: number
  readonly text: string
}

async function grantToken(options: AuthorityOptions, request: HttpRequest): Promise<HttpResponse> {
  const form = new URLSearchParams(request.body.toString('utf8'))
  const credentials = credentialsOf(request, form)
  const client = options.clients.find(({ clientId }) => clientId === credentials.clientId)
  const scope = form.get('scope') ?? ''
  const resource = scope.endsWith('/.default') ? scope.slice(0, -'/.default'.length) : undefined
  if (form.get('grant_type') !== 'client_credentials') return refuse(unsupportedGrant)
  if (!client) return refuse(unknownClient(credentials.clientId))
  const refusal = doubtOf(client, credentials.secret, form)
  if (refusal) return refuse(refusal)
  if (resource === undefined) return refuse(invalidScope(scope))
  if (!options.isKnownResource(resource.replace(/\/$/, '')))
    return refuse(unknownResource(resource))
  const expiresIn = options.issuer.lifetimeSeconds
  return jsonResponse(
    200,
    {
      token_type: 'Bearer',
      expires_in: expiresIn,
      ext_expires_in: expiresIn,
      access_token: await options.issuer.issue(client, resource),
    },
    { 'cache-control': 'no-store, no-cache', pragma: 'no-cache' },
  )
}

/** What keeps a request from being this client's. */
function doubtOf(client: Client, secret: string, form: URLSearchParams): Refusal | undefined {
  const assertion = form.get('client_assertion')
  if (assertion !== null)
    return doubtOfAssertion(client, assertion, form.get('client_assertion_type'))
  const { clientSecret } = client
  const isRight = clientSecret !== undefined && sameText(secret, clientSecret)
  return isRight ? undefined : wrongSecret(client)
}

const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const EXCHANGE = 'api://AzureADTokenExchange'

function doubtOfAssertion(
  { clientId, federated }: Client,
  assertion: string,
  type: string | null,
): Refusal | undefined {
  const { iss, sub, aud } = claimsIn(assertion)
  if (type !== ASSERTION || iss === undefined) return unreadableAssertion
  if (iss !== federated?.issuer) return noFederation(700211, 'issuer', clientId)
  if (sub !== federated.subject) return noFederation(700213, 'subject', clientId)
  return [aud].flat().includes(EXCHANGE) ? undefined : noFederation(700212, 'audience', clientId)
}

function claimsIn(jwt: string): { readonly [claim: string]: unknown } {
  try {
    const claims: unknown = JSON.parse(
      Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'),
    )
    return typeof claims === 'object' && claims !== null ? { ...claims } : {}
  } catch {
    return {}
  }
}

function credentialsOf(
  request: HttpRequest,
  form: URLSearchParams,
): { clientId: string; secret: string } {
  const basic = /^Basic (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (basic) {
    const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString('utf8').split(':')
    return { clientId: decodeURIComponent(id), secret: decodeURIComponent(secret) }
  }
  return { clientId: form.get('client_id') ?? '', secret: form.get('client_secret') ?? '' }
}

function sameText(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}

// The words and numbers are those of Microsoft's list of AADSTS error codes.
const unsupportedGrant: Refusal = {
  status: 400,
  error: 'unsupported_grant_type',
  code: 70003,
  text: 'The app requested an unsupported grant type.',
}

function tenantNotFound(tenant: string): Refusal {
  const text = `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID.`
  return { status: 400, error: 'invalid_request', code: 90002, text }
}

function unknownClient(clientId: string): Refusal {
  const text = `Application with identifier '${clientId}' was not found in the directory.`
  return { status: 400, error: 'unauthorized_client', code: 700016, text }
}

function wrongSecret(client: Client): Refusal {
  const text = `Invalid client secret provided for app '${client.clientId}'.`
  return { status: 401, error: 'invalid_client', code: 7000215, text }
}

const unreadableAssertion: Refusal = {
  status: 401,
  error: 'invalid_client',
  code: 50027,
  text: 'JWT token is invalid or malformed.',
}

function noFederation(code: number, claim: string, clientId: string): Refusal {
  const text = `No matching federated identity record found for presented assertion ${claim} in the application '${clientId}'.`
  return { status: 401, error: 'invalid_client', code, text }
}

function invalidScope(scope: string): Refusal {
  const text = `The provided value for scope '${scope}' is not valid: it must end in /.default.`
  return { status: 400, error: 'invalid_scope', code: 1002012, text }
}

function unknownResource(resource: string): Refusal {
  const text = `The resource principal named ${resource} was not found in the tenant.`
  return { status: 400, error: 'invalid_resource', code: 500011, text }
}

function refuse(refusal: Refusal): HttpResponse {
  return jsonResponse(refusal.status, {
    error: refusal.error,
    error_description: `AADSTS${refusal.code}: ${refusal.text}`,
    error_codes: [refusal.code],
  })
}
