import type { IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|::1|::ffff:127(?:\.\d{1,3}){3})$/
const LOCAL_HOST = /^(?:localhost|[\w-]+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i

/** Why a request is refused before anything of its body is read; undefined = it may pass. */
export function refusalOf(
  request: { readonly method: string; readonly headers: IncomingHttpHeaders },
  boundTo: AddressInfo | string | null,
  bodyBytesMax: number,
): { readonly status: number; readonly message: string } | undefined {
  if (!['GET', 'HEAD'].includes(request.method)) {
    return { status: 405, message: 'this API is read only' }
  }
  const {
    'content-length': length = '0',
    'transfer-encoding': encoding,
    host = '',
  } = request.headers
  if (encoding !== undefined || Number(length) > bodyBytesMax) {
    return { status: 413, message: 'requests have no body here' }
  }
  // A page of another site can reach loopback by a name it controls (DNS rebinding); its Host header gives it away.
  const isLocal = typeof boundTo === 'object' && boundTo !== null && LOOPBACK.test(boundTo.address)
  if (isLocal && !LOCAL_HOST.test(host)) {
    return { status: 421, message: 'this address is only for local names' }
  }
  return undefined
}
