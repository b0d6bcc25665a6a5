import type { IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|::1|::ffff:127(?:\.\d{1,3}){3})$/
const LOCAL_HOST = /^(?:localhost|[\w-]+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i

export interface Refusal {
  readonly status: number
  readonly message: string
}

/** Why a request is refused before anything of its body is read; undefined = it may pass. */
export function refusalOf(
  request: {
    readonly method: string
    readonly headers: IncomingHttpHeaders
    /** Whether a route takes this method at this path. */
    readonly isTaken: boolean
  },
  boundTo: AddressInfo | string | null,
  bodyBytesMax: number,
): Refusal | undefined {
  if (!['GET', 'HEAD'].includes(request.method) && !request.isTaken) {
    return { status: 405, message: 'nothing is written here' }
  }
  const {
    'content-length': length = '0',
    'transfer-encoding': encoding,
    host = '',
  } = request.headers
  if (encoding !== undefined || Number(length) > bodyBytesMax) {
    return { status: 413, message: `a body has a length of at most ${bodyBytesMax} bytes here` }
  }
  // A page of another site can reach loopback by a name it controls (DNS rebinding); its Host header gives it away.
  if (isBoundToLoopback(boundTo) && !isLocalName(host)) {
    return { status: 421, message: 'this address is only for local names' }
  }
  return undefined
}

/** Whether a host, with or without its port, is this machine. */
export function isLocalName(host: string): boolean {
  return LOCAL_HOST.test(host)
}

/** Whether the server listens on this machine only. */
export function isBoundToLoopback(boundTo: AddressInfo | string | null): boolean {
  return typeof boundTo === 'object' && boundTo !== null && isLoopback(boundTo.address)
}

export function isLoopback(address: string): boolean {
  return LOOPBACK.test(address)
}
