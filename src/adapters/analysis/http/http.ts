import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { NoData } from '../no-data.ts'
import { checkLiteral, guardedLookup, hostnameOf, type Resolve, systemResolve } from './hosts.ts'
import { checkSkew } from './skew.ts'

/** A host that the operator configured. The token goes to its origin and nowhere else: no redirect is followed. */
export interface MetricHost {
  /** http or https; a path is put before every path that is asked for. */
  readonly url: string
  /** For `Authorization: Bearer`; read anew for each request, so that a rotated file is seen. */
  readonly token?: () => string | Promise<string>
}

export interface HttpOptions {
  readonly allowPrivate: boolean
  readonly bodyBytesMax: number
  readonly resolve?: Resolve
  /** By which windows are asked for; absent = none are. */
  readonly now?: () => number
}

/** The text of a 200 answer of a configured host. Everything else is thrown as NoData, or as the socket's error. */
export async function getText(
  host: MetricHost,
  path: string,
  options: HttpOptions,
  signal: AbortSignal,
): Promise<string> {
  const base = new URL(host.url)
  const url = new URL(`${base.origin}${base.pathname.replace(/(?<!\/)\/+$/, '')}${path}`)
  if (url.origin !== base.origin) throw new NoData('AddressRefused', 'The path names another host.')
  checkLiteral(hostnameOf(url), options.allowPrivate)
  const response = await send(url, await host.token?.(), options, signal)
  const { statusCode = 0 } = response
  if (statusCode === 200) {
    if (options.now !== undefined) checkDate(response, options.now(), url.host)
    return readText(response, options.bodyBytesMax)
  }
  response.destroy()
  throw refusalOf(statusCode, url.host, response.headers['retry-after'])
}

function checkDate(response: IncomingMessage, nowMs: number, host: string): void {
  try {
    checkSkew(response.headers.date, nowMs, host)
  } catch (error) {
    response.destroy()
    throw error
  }
}

function send(
  url: URL,
  token: string | undefined,
  { allowPrivate, resolve = systemResolve }: HttpOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const headers = {
    accept: 'application/json',
    'accept-encoding': 'identity',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((done, fail) => {
    // A connection of its own for each request: what was checked when it was made is what is used.
    const call = request(url, {
      agent: false,
      headers,
      lookup: guardedLookup(allowPrivate, resolve),
      signal,
    })
    call.on('response', done)
    call.on('error', fail)
    call.end()
  })
}

/** The whole stream as text; stops, and breaks the connection, at `bytesMax`. */
export async function readText(
  stream: AsyncIterable<Uint8Array | string>,
  bytesMax: number,
): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk)
    size += bytes.byteLength
    if (size > bytesMax) throw tooLarge(bytesMax)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}

export function tooLarge(bytesMax: number): NoData {
  return new NoData('AnswerTooLarge', `The answer is larger than ${bytesMax} bytes.`)
}

/** What a status other than 200 means for a measurement. */
export function refusalOf(status: number, who: string, retryAfter?: string): NoData {
  const reason = REASONS[status] ?? (status >= 500 ? 'Unavailable' : 'QueryRefused')
  const seconds = /^\d{1,6}$/.test(retryAfter ?? '') ? Number(retryAfter) : undefined
  if (status === 429 || status === 503)
    return new NoData(
      reason,
      `${who} answered ${status}.`,
      seconds === undefined ? undefined : Math.min(seconds * 1000, LONGEST_WAIT_MS),
    )
  return status >= 300 && status < 400
    ? new NoData('RedirectRefused', `${who} redirects (${status}); redirects are not followed.`)
    : new NoData(reason, `${who} answered ${status}.`)
}

/** A server that asks for a longer silence is asked all the same: users are on a candidate. */
const LONGEST_WAIT_MS = 15 * 60_000

const REASONS: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Unauthorized',
  404: 'NotFound',
  408: 'TimedOut',
  429: 'Throttled',
}

/** The value of a JSON text; NoData for anything else, which is not repeated. */
export function jsonOf(text: string, who: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new NoData('UnreadableAnswer', `The answer of ${who} is not JSON.`)
  }
}
