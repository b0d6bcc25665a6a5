import type { ArmRequest, ArmResponse, Json, Principal } from './core/contract.ts'
import { respond, type State } from './core/machine.ts'
import type { HttpRequest, HttpResponse } from './http/message.ts'
import type { Client } from './identity/authority.ts'
import type { TokenIssuer } from './identity/tokens.ts'

/** Told about every control-plane exchange, for checks that are always on. */
export type OnExchange = (request: ArmRequest, response: ArmResponse) => void

export interface ControlPlaneOptions {
  readonly state: State
  readonly now: () => number
  readonly issuer: TokenIssuer
  readonly clients: readonly Client[]
  readonly isArmAudience: (audience: string) => boolean
  readonly createContainer: (container: string) => Promise<void>
  readonly onExchange?: OnExchange
  /** Called after each write, before it is answered. */
  readonly onWrite?: () => void
}

/** Serves ARM: checks the token, hands the request to the core, and does what the core cannot. */
export function createControlPlane(
  options: ControlPlaneOptions,
): (request: HttpRequest) => Promise<HttpResponse> {
  return async (request) => {
    const parsed = parseBody(request.body)
    if (!parsed.ok) return encode(unreadable(parsed.message))
    const principal = await principalOf(options, request.headers.authorization)
    const armRequest: ArmRequest = {
      method: request.method,
      url: request.url,
      headers: request.headers,
      ...(parsed.body === undefined ? {} : { body: parsed.body }),
      ...(principal ? { principal } : {}),
    }
    const { response } = respond(options.state, armRequest, options.now())
    if (response.createsContainer) await options.createContainer(response.createsContainer)
    if (request.method !== 'GET') options.onWrite?.()
    options.onExchange?.(armRequest, response)
    return encode(response)
  }
}

/** The checked caller, if the header carries a token of ours for ARM that is in time. */
async function principalOf(
  { issuer, clients, isArmAudience }: ControlPlaneOptions,
  authorization = '',
): Promise<Principal | undefined> {
  const token = /^Bearer (\S+)$/i.exec(authorization)?.[1]
  const claims = token && (await issuer.verify(token))
  if (!claims || !isArmAudience(claims.audience)) return undefined
  const client = clients.find(({ clientId }) => clientId === claims.clientId)
  if (!client) return undefined
  const { objectId, actions } = client
  return actions ? { objectId, actions } : { objectId }
}

type Parsed = { ok: true; body?: Json } | { ok: false; message: string }

function parseBody(body: Buffer): Parsed {
  if (body.byteLength === 0) return { ok: true }
  try {
    return { ok: true, body: JSON.parse(body.toString('utf8')) as Json }
  } catch (error) {
    return { ok: false, message: (error as Error).message }
  }
}

function unreadable(reason: string): ArmResponse {
  const message = `The request content was invalid and could not be deserialized: '${reason}'.`
  return {
    status: 400,
    headers: { 'x-ms-failure-cause': 'gateway' },
    body: { error: { code: 'InvalidRequestContent', message } },
  }
}

function encode(response: ArmResponse): HttpResponse {
  const { status, headers, body, lost } = response
  const content = body === undefined ? '' : JSON.stringify(body)
  return {
    status,
    headers:
      body === undefined
        ? headers
        : { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: Buffer.from(content),
    ...(lost ? { lost } : {}),
  }
}
