import { urlOf } from '../../lib/url.ts'
import { type HttpRequest, type HttpResponse, jsonResponse } from '../http/message.ts'
import type { AuthorityOptions, Client } from './authority.ts'

/** MSAL ends it with a slash where the host is not the usual one. */
const PATH = /^\/metadata\/identity\/oauth2\/token\/?$/

/**
 * GET /metadata/identity/oauth2/token: tokens of the machine's managed identities, as the metadata service of a virtual machine
 * gives them (AZURE_POD_IDENTITY_AUTHORITY_HOST leads the SDKs here). undefined = the request is not for it.
 */
export function createInstanceMetadata(
  options: Pick<AuthorityOptions, 'clients' | 'issuer' | 'isKnownResource'>,
): (request: HttpRequest) => Promise<HttpResponse> | undefined {
  return (request) => {
    const { pathname, searchParams } = urlOf(request.url)
    if (request.method !== 'GET' || !PATH.test(pathname)) return undefined
    return grant(options, request, searchParams)
  }
}

async function grant(
  {
    clients,
    issuer,
    isKnownResource,
  }: Pick<AuthorityOptions, 'clients' | 'issuer' | 'isKnownResource'>,
  { headers }: HttpRequest,
  asked: URLSearchParams,
): Promise<HttpResponse> {
  // It keeps out who can only make a server follow an address.
  if (headers.metadata !== 'true')
    return refuse('invalid_request', 'Required metadata header not specified')
  const client = meantBy(clients, asked)
  if (client === undefined) return refuse('invalid_request', 'Identity not found')
  const resource = asked.get('resource') ?? ''
  if (!isKnownResource(resource.replace(/\/$/, '')))
    return refuse(
      'invalid_resource',
      `AADSTS500011: The resource principal named ${resource} was not found in the tenant.`,
    )
  const lifetime = issuer.lifetimeSeconds
  return jsonResponse(200, {
    access_token: await issuer.issue(client, resource),
    client_id: client.clientId,
    expires_in: String(lifetime),
    expires_on: String(Math.floor(Date.now() / 1000) + lifetime),
    resource,
    token_type: 'Bearer',
  })
}

/** The one that is named; without a name the only one there is. */
function meantBy(clients: readonly Client[], asked: URLSearchParams): Client | undefined {
  const own = clients.filter(({ resourceId }) => resourceId !== undefined)
  const clientId = asked.get('client_id')
  const id = (asked.get('msi_res_id') ?? asked.get('mi_res_id'))?.toLowerCase()
  if (clientId !== null) return own.find((one) => one.clientId === clientId)
  if (id !== undefined) return own.find((one) => one.resourceId?.toLowerCase() === id)
  return own.length === 1 ? own[0] : undefined
}

function refuse(error: string, description: string): HttpResponse {
  return jsonResponse(400, { error, error_description: description })
}
