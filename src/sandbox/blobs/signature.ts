import { createHmac, timingSafeEqual } from 'node:crypto'
import type { HttpRequest } from '../http/message.ts'

/** A storage account and its key (base64), as SharedKey and SAS signatures need them. */
export interface StorageAccount {
  readonly accountName: string
  readonly accountKey: string
}

/** The version that requests and SAS texts of the sandbox itself are signed for. */
export const storageVersion = '2022-11-02'

// Order of Microsoft's "Authorize with Shared Key" page.
const signedHeaders = [
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

/** The Authorization header of a request that already has its `x-ms-date` and `x-ms-version`. */
export function sharedKeyOf(
  account: StorageAccount,
  request: Pick<HttpRequest, 'method' | 'url' | 'headers'>,
): string {
  const { headers } = request
  const standard = signedHeaders.map((name) => signedValue(name, headers[name] ?? ''))
  const own = Object.keys(headers)
    .filter((name) => name.startsWith('x-ms-'))
    .sort()
    .map((name) => `${name}:${headers[name]?.trim()}\n`)
  const resource = canonicalResource(account.accountName, new URL(request.url))
  const text = `${request.method}\n${standard.join('\n')}\n${own.join('')}${resource}`
  return `SharedKey ${account.accountName}:${hmac(account, text)}`
}

/** A container's or the whole account's rights for all blob operations, as query text without `?`. */
export function accountSas(
  account: StorageAccount,
  validity: { startsAtMs: number; expiresAtMs: number },
): string {
  const query = new URLSearchParams({
    sv: storageVersion,
    ss: 'b',
    srt: 'sco',
    sp: 'rwdlacu',
    st: isoSeconds(validity.startsAtMs),
    se: isoSeconds(validity.expiresAtMs),
    spr: 'https,http',
  })
  query.set('sig', hmac(account, accountSasText(account.accountName, query)))
  return query.toString()
}

/** Whether a SAS in the URL, or else the Authorization header, was made with the account's key and is in time. */
export function isSigned(account: StorageAccount, request: HttpRequest, nowMs: number): boolean {
  const query = new URL(request.url).searchParams
  const signature = query.get('sig')
  if (signature === null) {
    return sameText(request.headers.authorization ?? '', sharedKeyOf(account, request))
  }
  const expiresAtMs = Date.parse(query.get('se') ?? '')
  const startsAtMs = query.has('st') ? Date.parse(query.get('st') ?? '') : 0
  if (!(startsAtMs <= nowMs && nowMs < expiresAtMs)) return false
  return sameText(signature, hmac(account, accountSasText(account.accountName, query)))
}

function accountSasText(accountName: string, query: URLSearchParams): string {
  const fields = ['sp', 'ss', 'srt', 'st', 'se', 'sip', 'spr', 'sv']
  // Versions from 2020-12-06 end with the encryption scope and one more line end.
  return `${[accountName, ...fields.map((name) => query.get(name) ?? ''), query.get('ses') ?? ''].join('\n')}\n`
}

function signedValue(name: string, value: string): string {
  return name === 'content-length' && value === '0' ? '' : value
}

function canonicalResource(accountName: string, url: URL): string {
  const names = [...new Set([...url.searchParams.keys()].map((name) => name.toLowerCase()))].sort()
  const lines = names.map((name) => `\n${name}:${url.searchParams.getAll(name).sort().join(',')}`)
  return `/${accountName}${url.pathname}${lines.join('')}`
}

function hmac(account: StorageAccount, text: string): string {
  const key = Buffer.from(account.accountKey, 'base64')
  return createHmac('sha256', key).update(text, 'utf8').digest('base64')
}

function isoSeconds(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`
}

function sameText(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}
