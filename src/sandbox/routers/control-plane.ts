import type { ArmRequest, ArmResponse, Json, Principal } from '../core/contract.ts'
import { respond, type State } from '../core/machine.ts'
import type { HttpRequest, HttpResponse } from '../http/message.ts'
import { withFlavors } from '../model-flavors.ts'
import type { BlobStore } from '../scoring/files.ts'

/** Told about every control-plane exchange, for checks that are always on. */
export type OnExchange = (request: ArmRequest, response: ArmResponse) => void

export interface ControlPlaneOptions {
  readonly state: State
  readonly now: () => number
  /** Who a bearer token speaks for; undefined = not a good one for ARM. */
  readonly principalOf: (token: string) => Promise<Principal | undefined>
  readonly store: BlobStore
  readonly onExchange?: OnExchange | undefined
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
    const sent = await signedRequest(request, parsed.body, options.principalOf)
    const armRequest = sent.principal ? await withFlavors(sent, options.store) : sent
    const { response } = respond(options.state, armRequest, options.now())
    if (response.createsContainer) {
      await options.store.blobs.createContainer(response.createsContainer)
    }
    if (request.method !== 'GET') options.onWrite?.()
    options.onExchange?.(sent, response)
    return encode(response)
  }
}

/** The request with who asks, if its token is good. */
async function signedRequest(
  { method, url, headers }: HttpRequest,
  body: Json | undefined,
  principalOf: ControlPlaneOptions['principalOf'],
): Promise<ArmRequest> {
  const token = /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1]
  const principal = token && (await principalOf(token))
  return {
    ...{ method, url, headers },
    ...(body === undefined ? {} : { body }),
    ...(principal ? { principal } : {}),
  }
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
  const { status, headers, lost } = response
  const content = response.text ?? jsonOf(response.body)
  const text = content ?? ''
  return {
    status,
    headers:
      content === undefined || 'Content-Type' in headers
        ? headers
        : { 'content-type': 'application/json; charset=utf-8', ...headers },
    text,
    get body() {
      return Buffer.from(text)
    },
    ...(lost ? { lost } : {}),
  }
}

function jsonOf(body: Json | undefined): string | undefined {
  return body === undefined ? undefined : JSON.stringify(body)
}
