import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isBoundToLoopback, isLocalName, isLoopback, type Refusal } from './hardening.ts'

/** How somebody who may write was let in; recorded with what was done. */
export type Admission = 'token' | 'loopback'

const NO_TOKEN =
  'levers need a token here: set VERDIGRIS_API_TOKEN or VERDIGRIS_API_TOKEN_FILE for the controller'
const BAD_TOKEN = 'levers need the header "Authorization: Bearer <token of the controller>"'
const READS_NEED_TOKEN =
  'this address can be reached from other machines, so it needs the header "Authorization: Bearer <token of the controller>" (VERDIGRIS_API_TOKEN of the controller, or its --open)'

/** What may be read from other machines without the token. Probes may always. */
export type Open = 'nothing' | 'metrics' | 'all'
export const OPEN: readonly Open[] = ['nothing', 'metrics', 'all']

/** Who may read a route from another machine without the token: everybody, or whoever `--open metrics` lets. */
export type Readers = 'everybody' | 'metrics'

const admissions = new WeakMap<IncomingMessage, Admission>()

/**
 * Why a request may not write; undefined = it may. With a token, only who has it. Without one, only who is on this
 * machine, when the server listens nowhere else.
 */
export function admit(
  request: IncomingMessage,
  boundTo: AddressInfo | string | null,
  token: (() => string) | undefined,
): Refusal | undefined {
  const type = request.headers['content-type'] ?? ''
  // A page of another site can send forms without being asked, but no JSON.
  if (!/^application\/json(?:\s*;|$)/i.test(type))
    return { status: 415, message: 'the body must be of type application/json' }
  if (token === undefined) {
    if (!isLocal(request, boundTo)) return { status: 403, message: NO_TOKEN }
    if (!isOwnPage(request)) return { status: 403, message: OTHER_SITE }
    admissions.set(request, 'loopback')
    return undefined
  }
  if (!hasToken(request, token)) return { status: 401, message: BAD_TOKEN }
  admissions.set(request, 'token')
  return undefined
}

/** Why a request may not read a route of these readers (undefined: none without the token); undefined = it may. */
export function admitReader(
  request: IncomingMessage,
  boundTo: AddressInfo | string | null,
  readers: Readers | undefined,
  { apiToken, open = 'nothing' }: { readonly apiToken?: () => string; readonly open?: Open },
): Refusal | undefined {
  const isOpen = readers === 'everybody' || open === 'all' || open === readers
  // Bound to nothing it is asked within this process.
  const isNear = boundTo === null || isBoundToLoopback(boundTo)
  if (isOpen || isNear) return undefined
  if (apiToken === undefined) return { status: 403, message: READS_NEED_TOKEN }
  return hasToken(request, apiToken) ? undefined : { status: 401, message: READS_NEED_TOKEN }
}

function hasToken({ headers }: IncomingMessage, token: () => string): boolean {
  const [, given = ''] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? []
  return isSame(given, token())
}

const OTHER_SITE = 'a page of another site pulls no lever'

/** No page of a browser, or one that this server, or another one on this machine, has served. */
function isOwnPage({ headers: { origin } }: IncomingMessage): boolean {
  return origin === undefined || (URL.canParse(origin) && isLocalName(new URL(origin).host))
}

/** How this request was let in. Throws for one that was not: nothing may be written for it. */
export function admittedBy(request: IncomingMessage): Admission {
  const admission = admissions.get(request)
  if (admission === undefined) throw new Error('a write was not admitted')
  return admission
}

/** Headers by which proxies tell for whom they speak: of the standards, of nginx, of Cloudflare and of Azure Front Door. */
const FORWARDED =
  /^(?:forwarded|via|x-forwarded-.+|x-(?:real|client|cluster-client)-ip|x-azure-(?:client|socket)ip|(?:cf-connecting|true-client)-ip)$/

/** Also a proxy on this machine speaks from loopback, for anybody: what it forwards is not local. */
function isLocal(
  { socket, headers }: IncomingMessage,
  boundTo: AddressInfo | string | null,
): boolean {
  const isForwarded = Object.keys(headers).some((name) => FORWARDED.test(name))
  return !isForwarded && isBoundToLoopback(boundTo) && isLoopback(socket.remoteAddress ?? '')
}

/** In a time that tells nothing of the token. Nothing is the same as an empty one. */
function isSame(given: string, token: string): boolean {
  const [one, other] = [given, token].map((text) => createHash('sha256').update(text).digest())
  return token !== '' && one !== undefined && other !== undefined && timingSafeEqual(one, other)
}
