import type { Json, Principal } from '../core/contract.ts'
import { isRegional, respondRegional, type State } from '../core/machine.ts'
import type { HttpRequest, HttpResponse } from '../http/message.ts'

export interface RegionalDoorOptions {
  readonly state: State
  readonly now: () => number
  /** Who a bearer token speaks for; undefined = not a good one for these services. */
  readonly principalOf: (token: string) => Promise<Principal | undefined>
}

/** The region's own services, which share ARM's address here. undefined = the request is not theirs. */
export function createRegionalDoor(
  options: RegionalDoorOptions,
): (request: HttpRequest) => Promise<HttpResponse> | undefined {
  return (request) => (isRegional(request.url) ? answer(options, request) : undefined)
}

async function answer(options: RegionalDoorOptions, request: HttpRequest): Promise<HttpResponse> {
  const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  const principal = token && (await options.principalOf(token))
  const { method, url, headers } = request
  const body = parsed(request.body)
  const given = {
    ...{ method, url, headers },
    ...(body === undefined ? {} : { body }),
    ...(principal ? { principal } : {}),
  }
  const response = respondRegional(options.state, given, options.now())
  const content = Buffer.from(JSON.stringify(response.body))
  return { status: response.status, headers: response.headers, body: content }
}

/** What is no JSON counts as nothing: these services are asked little. */
function parsed(body: Buffer): Json | undefined {
  try {
    return body.byteLength === 0 ? undefined : (JSON.parse(body.toString('utf8')) as Json)
  } catch {
    return undefined
  }
}
