import { createHmac } from 'node:crypto'

/** A storage account and its key, base64. */
export interface SharedKey {
  readonly accountName: string
  readonly key: string
}

/** In this order: "Authorize with Shared Key" of the Storage REST reference. */
const SIGNED_HEADERS = [
  'content-encoding',
  'content-language',
  'content-length',
  'content-md5',
  'content-type',
  'date',
  'if-modified-since',
  'if-match',
  'if-none-match',
  'if-unmodified-since',
  'range',
]

/** The Authorization header of a request whose `x-ms-date` and `x-ms-version` are set; header names are lower-case. */
export function sharedKeyHeader(
  { accountName, key }: SharedKey,
  request: {
    readonly method: string
    readonly url: string
    readonly headers: Readonly<Record<string, string>>
  },
): string {
  const { headers } = request
  const standard = SIGNED_HEADERS.map((name) => {
    const value = headers[name] ?? ''
    // An empty body counts as no length at all.
    return name === 'content-length' && value === '0' ? '' : value
  })
  const own = Object.keys(headers)
    .filter((name) => name.startsWith('x-ms-'))
    .sort()
    .map((name) => `${name}:${headers[name]?.trim() ?? ''}`)
  const text = [request.method, ...standard, ...own, resource(accountName, request.url)].join('\n')
  const signature = createHmac('sha256', Buffer.from(key, 'base64')).update(text, 'utf8')
  return `SharedKey ${accountName}:${signature.digest('base64')}`
}

function resource(accountName: string, address: string): string {
  const url = new URL(address)
  const lines = [...new Set([...url.searchParams.keys()])]
    .sort()
    .map((name) => `\n${name.toLowerCase()}:${url.searchParams.getAll(name).sort().join(',')}`)
  return `/${accountName}${url.pathname}${lines.join('')}`
}
